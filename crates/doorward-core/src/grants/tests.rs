//! Tests of the rules in this room, by topic.

mod answer;
mod client_credentials;
mod code;
mod code_replay;
mod origin;
mod phases;
mod pkce;
mod random;
mod refresh;
mod refresh_reuse;
mod refresh_scope;

use doorward_token::Outcome;

use crate::change::{Change, GrantChange};
use crate::refusal::{OAuthError, Refusal};
use crate::test_world::World;

/// What ends an account, an application or a grant.
type Spoil = fn(&mut World);

fn code_of(refusal: &Refusal) -> String {
    refusal.reason.row().code.to_string()
}

fn error_of(refusal: &Refusal) -> OAuthError {
    refusal.reason.row().error
}

fn failed_check(refusal: &Refusal) -> String {
    let checks = refusal.trail.checks();
    let last = checks.last().expect("a trail is never empty");
    assert_eq!(last.outcome, Outcome::Failed, "{checks:?}");
    last.name.to_string()
}

fn revokes_grant(changes: &[Change]) -> bool {
    matches!(changes, [Change::Grant(change)] if matches!(**change, GrantChange::RevokeGrant { .. }))
}
