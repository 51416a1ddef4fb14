//! Tests of the rules in this room, by topic.

mod account;
mod consent;
mod consent_answer;
mod flow_consent;
mod issue;
mod prompt;
mod random;
mod redirect;
mod request;
mod scope;

use doorward_token::Outcome;

use super::AuthorizeFailure;
use crate::model::AuthorizationCode;
use crate::refusal::OAuthError;
use crate::test_world::World;

fn error_of(failure: &AuthorizeFailure) -> OAuthError {
    failure.refusal.reason.row().error
}

fn failed_check(failure: &AuthorizeFailure) -> String {
    let checks = failure.refusal.trail.checks();
    let last = checks.last().expect("a trail is never empty");
    assert_eq!(last.outcome, Outcome::Failed, "{checks:?}");
    last.name.to_string()
}

fn last_code(world: &World) -> &AuthorizationCode {
    world.codes.last().expect("a code was issued")
}
