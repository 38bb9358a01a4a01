//! What the plan's account may do.

use crate::fault::Fault;
use crate::mysql::grants::Grants;
use crate::mysql::session::Session;

/// Reads the rights of the session, including those of active roles.
pub(crate) async fn read(session: &Session) -> Result<Grants, Fault> {
    let rows = session.rows("SHOW GRANTS".to_owned()).await?;
    Ok(Grants::read(rows.iter().filter_map(|row| row.first()?.as_deref())))
}
