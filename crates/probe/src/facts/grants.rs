//! What the plan's account may do.

use crate::fault::SharedFault;
use crate::mysql::grants::AccountGrants;
use crate::mysql::session::MysqlSession;

/// Reads the rights of the session, including those of active roles.
pub(crate) async fn read(session: &MysqlSession) -> Result<AccountGrants, SharedFault> {
    let rows = session.rows("SHOW GRANTS".to_owned()).await?;
    Ok(AccountGrants::read(rows.iter().filter_map(|row| row.first()?.as_deref())))
}
