//! What every store promises, written against `dyn Store`. A new database adds a module with its own worlds here and
//! names them in the macro; nothing else changes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checks;
mod plans;
mod records;
mod secrets;
mod sqlite;
mod together;

use store::{NewPlan, PlanChange, PlanId, SealedSecret, SecretChange, Store};

/// One test per promise on the store that `$world` makes. A promise that is not listed is dead code, which clippy refuses.
#[macro_export]
macro_rules! contract {
    ($world:ident: $($promises:ident::{$($promise:ident),+ $(,)?}),+ $(,)?) => {
        $($(
            #[tokio::test]
            async fn $promise() {
                let world = $world().await;
                $crate::$promises::$promise(&world.store).await;
                store::Store::close(&world.store).await;
            }
        )+)+
    };
}

/// The id of the plan called `number` in a test's own world.
fn id(number: u8) -> PlanId {
    PlanId::from_random([number; 16])
}

fn new_plan(number: u8) -> NewPlan {
    let document = format!(r#"{{"number":{number}}}"#);
    NewPlan::new(id(number), format!("Plan {number}"), document, 1_000 + i64::from(number))
}

fn sealed(setting: &str, bytes: &[u8]) -> SealedSecret {
    SealedSecret { setting: setting.to_owned(), sealed: bytes.to_vec() }
}

fn change(document: &str, secrets: Vec<SecretChange>) -> PlanChange {
    PlanChange {
        title: "Changed".to_owned(),
        document: document.to_owned(),
        secrets,
        stale: Vec::new(),
        records: Vec::new(),
        at: 2_000,
    }
}

async fn settings_and_bytes(store: &dyn Store, id: PlanId) -> Vec<(String, Vec<u8>)> {
    store.secrets(id).await.unwrap().into_iter().map(|secret| (secret.setting, secret.sealed)).collect()
}
