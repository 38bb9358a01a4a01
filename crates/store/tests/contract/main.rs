//! What every store promises, written against `dyn Store`. A new database adds a module with its own worlds here; nothing
//! else changes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod checks;
mod plans;
mod records;
mod secrets;
mod servers;
mod sqlite;
mod together;
mod whole;

use store::{NewPlan, PlanChange, PlanId, SealedSecret, SecretChange, Store};

/// One test per promise on the store in the world that `$world` makes, if it can be made here. A promise that is not
/// listed is dead code, which clippy refuses.
#[macro_export]
macro_rules! contract {
    ($world:ident) => {
        $crate::contract! { $world:
            plans::{
                an_absent_plan_is_none,
                a_created_plan_is_loaded_as_it_was,
                an_existing_plan_is_not_created_over,
                a_save_raises_the_revision_by_one,
                a_save_on_another_revision_is_a_conflict,
                a_save_of_an_absent_plan_says_so,
                the_list_has_the_last_changed_first,
                a_deleted_plan_is_gone_and_the_others_stay,
                any_text_comes_back_byte_for_byte,
                a_sound_store_says_so_and_names_itself,
            },
            secrets::{
                secrets_are_kept_with_a_new_plan,
                a_save_sets_replaces_and_removes_secrets,
                a_conflict_keeps_no_secret_of_the_loser,
                secrets_of_one_plan_are_not_those_of_another,
                a_deleted_plan_takes_its_secrets_along,
            },
            checks::{
                changes_of_an_outcome_are_kept_and_repeats_only_noted,
                only_the_last_changes_of_a_check_are_kept,
                a_save_takes_results_away_in_the_same_step,
                results_are_those_of_their_plan_and_go_with_it,
            },
            records::{
                appended_records_are_numbered_and_numbers_are_never_used_again,
                records_are_scanned_both_ways_from_any_key,
                what_is_not_as_expected_keeps_all_of_a_write_away,
                records_are_those_of_their_plan_and_go_with_it,
                a_save_writes_its_records_or_nothing,
                expired_records_are_pruned_and_others_stay,
                any_record_comes_back_byte_for_byte,
                a_secret_is_replaced_only_while_it_is_the_old_one,
                all_plans_are_found_page_by_page,
                many_append_at_once_and_no_number_is_lost,
            },
            whole::{
                a_plan_comes_out_whole_and_goes_in_whole,
                what_is_there_is_not_brought_over,
            },
            together::{
                of_many_saves_on_one_revision_exactly_one_wins,
                many_plans_are_created_at_once,
                an_abandoned_save_is_whole_or_nothing_and_blocks_nobody,
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
