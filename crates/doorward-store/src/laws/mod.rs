//! The contract: what every engine does, as laws that its tests instantiate with [`contract!`](crate::contract).
//!
//! Each law is an `async fn` over a [`Bench`] with an empty store. Laws say nothing about how an engine does it.
//! Neighbours: `fixture` makes the things that laws store.

mod bench;
pub mod cascades;
pub mod codes;
pub mod config;
pub mod directory;
pub mod dumps;
pub mod expiry;
pub mod feeds;
pub mod guesses;
pub mod mailboxes;
pub mod names;
pub mod pages;
pub mod permissions;
pub mod races;
pub mod refresh;
pub mod round_trips;
pub mod sessions;
pub mod snapshots;
pub mod texts;

pub use bench::Bench;

/// Instantiates every law as a test. The argument is the path of an `async fn() -> Bench` over an empty store.
#[macro_export]
macro_rules! contract {
    ($fresh:path) => {
        $crate::contract! { @laws $fresh;
            cascades: removing_a_user_takes_what_is_theirs, removing_a_client_takes_what_is_its,
                removing_an_api_takes_its_permissions, removing_a_tenant_takes_all_it_holds;
            codes: a_code_is_issued_once, a_code_is_redeemed_once, an_unknown_code_is_missing,
                a_later_epoch_kills_a_code, a_disabled_or_removed_party_kills_a_code, revoking_a_grant_is_idempotent,
                a_revoked_token_stays_on_the_list_for_the_longest_time;
            config: each_change_is_told_once_and_in_order, what_belongs_to_people_is_not_told,
                interleaved_writers_lose_no_change, a_version_that_never_was_resets, a_failed_commit_is_not_told,
                the_keys_of_a_change_concern_what_it_changed;
            directory: an_update_compares_with_what_was_read, what_is_gone_is_missing, names_are_taken_once,
                nothing_is_put_into_what_is_not_there, api_identifiers_are_one_namespace, flows_share_no_segment,
                keys_move_from_the_state_they_are_in;
            expiry: the_boundary_itself_is_over, a_redeemed_code_is_remembered, a_living_family_is_not_swept,
                a_sweep_keeps_to_its_limit, what_is_not_over_stays;
            feeds: a_feed_has_one_line_for_each_thing, many_revoke_at_once, a_line_that_is_over_is_swept,
                a_request_is_found_in_every_way, a_request_is_forgotten_in_its_time;
            guesses: a_window_begins_with_its_first_guess, a_window_from_a_wrong_clock_is_over, a_right_guess_clears_the_budget, a_mark_is_spent_once;
            mailboxes: a_challenge_is_used_up_once, the_next_challenge_voids_the_earlier, one_answers_a_challenge,
                challenges_belong_to_their_tenant, a_challenge_that_is_over_is_swept,
                the_outbox_is_in_the_order_of_its_attempts, a_mail_is_queued_and_removed_once,
                a_mail_goes_out_with_what_it_tells_or_not_at_all;
            names: every_proven_name_leads_to_its_user, an_unproven_address_leads_nowhere_and_takes_nothing,
                a_principal_name_is_nobody_elses_address, a_new_domain_renames_everyone, pools_have_their_own_names,
                a_released_name_is_free;
            pages: every_row_appears_once, rows_that_come_and_go_disturb_nothing, filters_hold,
                a_search_finds_beginnings, a_foreign_cursor_is_refused, the_audit_log_is_read_backwards;
            permissions: consent_is_a_union, consent_goes_with_its_last_scope, all_principals_and_one_are_two_rows,
                a_role_is_assigned_once;
            races: one_redeems_a_code, one_rotates_a_family, guesses_stop_at_the_limit, one_version_follows_another,
                one_gets_the_name, one_spends_a_mark, no_consent_is_lost, one_record_wins, one_key_change_wins,
                one_update_wins, a_failure_leaves_no_trace;
            refresh: a_rotation_replaces_the_state, a_stale_generation_is_refused, a_wrong_secret_is_refused,
                a_revoked_family_is_still, a_later_epoch_stops_the_family, touching_moves_the_idle_end;
            round_trips: an_empty_store_answers_with_absence, a_tenant, a_user, a_client, a_resource, a_flow,
                permissions, signing_keys, codes_and_grants, sessions, records, health_is_told;
            sessions: a_persons_sessions_are_found, a_version_follows_the_one_before, a_new_cookie_replaces_the_old, ending_is_idempotent;
            snapshots: facts_never_mix_two_commits, a_failing_last_change_undoes_the_first,
                what_was_committed_is_read_at_once, a_second_handle_sees_it, tenants_do_not_see_each_other;
            texts: any_script_survives, the_longest_names_fit;
        }
        $crate::contract! { @pairs $fresh;
            dumps: everything_comes_back, a_broken_load_can_be_repeated, a_load_resets_caches;
        }
    };
    (@laws $fresh:path; $($room:ident: $($law:ident),+;)+) => {$(
        mod $room {
            #[allow(unused_imports, reason = "the path of `fresh` is relative to the caller")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $law() {
                    $crate::laws::$room::$law(&$fresh().await).await;
                }
            )+
        }
    )+};
    (@pairs $fresh:path; $($room:ident: $($law:ident),+;)+) => {$(
        mod $room {
            #[allow(unused_imports, reason = "the path of `fresh` is relative to the caller")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $law() {
                    $crate::laws::$room::$law(&$fresh().await, &$fresh().await).await;
                }
            )+
        }
    )+};
}
