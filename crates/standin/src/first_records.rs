//! What a new database contains: the super admin, and the applications of the console and of My Account.

use crate::clock;
use crate::database::{DatabaseError, SharedDatabase};
use crate::identifiers::IdGenerator;
use crate::records::application::Application;
use crate::records::user::User;

/// Stores the first records.
pub(crate) async fn store(
    database: &SharedDatabase,
    ids: &IdGenerator,
    hostname: &str,
    admin_user: &str,
    admin_password: &str,
) -> Result<(), DatabaseError> {
    let mut admin = User::new(ids.uuid(), admin_user, admin_password, clock::timestamp().to_string());
    admin.is_admin = true;
    database.insert(&admin).await?;
    for (name, client_id, path) in [("Console", "CONSOLE", "/console"), ("My Account", "MY_ACCOUNT", "/myaccount")] {
        let application = Application {
            id: ids.uuid(),
            name: name.to_owned(),
            description: format!("This is the {} application.", name.to_lowercase()),
            client_id: client_id.to_owned(),
            callbacks: vec![format!("https://{hostname}{path}")],
            grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
            is_public_client: true,
            requires_pkce: true,
            skips_login_consent: true,
            skips_logout_consent: true,
            ..Application::default()
        };
        database.insert(&application).await?;
    }
    Ok(())
}
