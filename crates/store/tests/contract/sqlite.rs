//! The contract on SQLite, each promise in a database of its own.

use store::SqliteStore;
use tempfile::TempDir;

use crate::contract;

struct World {
    store: SqliteStore,
    _folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    World { store: SqliteStore::open(folder.path().join("plans.db")).await.unwrap(), _folder: folder }
}

contract! { world:
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
    together::{
        of_many_saves_on_one_revision_exactly_one_wins,
        many_plans_are_created_at_once,
        an_abandoned_save_is_whole_or_nothing_and_blocks_nobody,
    },
}
