//! What every store guarantees, tested through `dyn Store`. A new database adds a module with its own set-up here;
//! nothing else changes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checks;
mod export;
mod plans;
mod records;
mod secrets;
mod servers;
mod sqlite;
mod together;

use store::{NewPlan, PlanChange, PlanId, SealedSecret, SecretChange, Store};

/// One test per guarantee, on the store that `$world` sets up, if it can be set up on this machine. A function that is
/// not listed is dead code, which clippy refuses.
#[macro_export]
macro_rules! contract {
    ($world:ident) => {
        $crate::contract! { $world:
            plans::{
                a_missing_plan_is_none,
                a_created_plan_is_loaded_as_it_was,
                an_existing_plan_is_not_created_over,
                a_save_raises_the_revision_by_one,
                a_save_on_another_revision_is_a_conflict,
                a_save_of_a_missing_plan_finds_nothing,
                the_list_has_the_last_changed_first,
                a_deleted_plan_does_not_exist_and_the_others_stay,
                any_text_comes_back_byte_for_byte,
                a_store_is_healthy_and_describes_itself,
            },
            secrets::{
                secrets_are_stored_with_a_new_plan,
                a_save_sets_replaces_and_removes_secrets,
                a_conflict_stores_no_secret,
                each_plan_has_its_own_secrets,
                secrets_are_deleted_with_their_plan,
            },
            checks::{
                a_repeated_outcome_extends_its_period,
                only_the_last_periods_of_a_check_are_stored,
                a_save_marks_results_as_outdated,
                results_belong_to_their_plan_and_are_deleted_with_it,
            },
            records::{
                appended_records_are_numbered_and_numbers_are_never_reused,
                records_are_scanned_in_both_directions_from_any_key,
                a_condition_that_is_not_met_prevents_the_whole_write,
                records_belong_to_their_plan_and_are_deleted_with_it,
                a_save_writes_its_records_or_nothing,
                expired_records_are_pruned_and_others_stay,
                any_record_comes_back_byte_for_byte,
                a_secret_is_replaced_only_if_it_is_unchanged,
                all_plans_are_found_page_by_page,
                many_append_at_once_and_no_number_is_lost,
            },
            export::{
                an_exported_plan_is_imported_unchanged,
                an_import_replaces_nothing_that_exists,
            },
            together::{
                of_many_saves_on_one_revision_exactly_one_wins,
                many_plans_are_created_at_once,
                a_cancelled_save_is_stored_completely_or_not_at_all_and_blocks_no_other,
            },
        }
    };
    ($world:ident: $($promises:ident::{$($promise:ident),+ $(,)?}),+ $(,)?) => {
        $($(
            #[tokio::test]
            async fn $promise() {
                let Some(world) = $world().await else { return };
                $crate::$promises::$promise(&world.store).await;
                store::Store::close(&world.store).await;
            }
        )+)+
    };
}

/// The ID of plan `number` in a test's own store.
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
