//! Signals of programs: redemptions, refreshes, hosts, origins and clocks.

use super::window::Window;
use crate::events::record::Record;

const TWICE_MS: u64 = 2_000;
const RACE_MS: u64 = 5_000;
const SKEW_SECS: i64 = 30;
/// A page calls at once after its preflight was answered.
const CALLS_WITHIN_SECS: u64 = 5;

/// One code, two redemptions within two seconds, by whoever holds the verifier.
pub(super) fn code_redeemed_twice(subject: &Record, window: &Window<'_>) -> bool {
    let Some(code) = subject.link("code").filter(|_| subject.is_at("token")) else { return false };
    let again = |record: &Record| record.code() == Some("DW2004") && proved(record);
    let first = |record: &Record| record.succeeded();
    window.within(subject, TWICE_MS).any(|other| {
        let pair = again(subject) && first(other) || first(subject) && again(other);
        other.is_at("token") && other.has_link(code) && other.same_app(subject) && pair
    })
}

/// Client and verifier were in order, only the code was used up.
fn proved(record: &Record) -> bool {
    record.story.refusal.as_ref().is_some_and(|refusal| refusal.diagnosis.contains("same verifier"))
}

/// One grant, two refreshes within five seconds.
pub(super) fn tabs_racing(subject: &Record, window: &Window<'_>) -> bool {
    let refreshes = |record: &Record| record.story.grant_type.as_deref() == Some("refresh_token");
    let Some(grant) = subject.link("grant").filter(|_| refreshes(subject)) else { return false };
    window.within(subject, RACE_MS).any(|other| {
        let device = subject.story.caller.device == other.story.caller.device;
        refreshes(other) && other.has_link(grant) && device
    })
}

/// The document that tells the issuer, asked for under another name. Other endpoints may well be behind a proxy that
/// does not pass the name on.
pub(super) fn other_host(subject: &Record, _: &Window<'_>) -> bool {
    subject.is_at("metadata") && subject.story.caller.other_host.is_some()
}

/// A preflight of an origin from which nothing followed.
pub(super) fn preflight_and_nothing(subject: &Record, window: &Window<'_>) -> bool {
    let origin = subject.story.caller.origin.as_deref();
    if !subject.is_at("preflight") || origin.is_none() || window.age_secs(subject) <= CALLS_WITHIN_SECS {
        return false;
    }
    !window.all().any(|record| !record.is_at("preflight") && record.story.caller.origin.as_deref() == origin)
}

/// By the `Date` that the caller sent.
pub(super) fn clock_skew(subject: &Record, _: &Window<'_>) -> bool {
    subject.story.caller.skew_secs.is_some_and(|secs| secs.abs() > SKEW_SECS)
}
