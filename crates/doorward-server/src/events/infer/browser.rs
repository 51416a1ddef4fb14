//! Signals of people's browsers: codes, sign-ins and frames.

use super::window::Window;
use crate::events::record::Record;

/// After the life of a code nobody redeems it any more.
const CODE_LIFE_SECS: u64 = 60;
/// So many authorizations in so many milliseconds are a loop.
const LOOP: usize = 5;
const LOOP_MS: u64 = 30_000;
const LOCAL_LOGOUT_MS: i64 = 10_000;

/// A code was given, and its time is over without a redemption.
pub(super) fn code_never_redeemed(subject: &Record, window: &Window<'_>) -> bool {
    let Some(code) = subject.gave_code() else { return false };
    window.age_secs(subject) > CODE_LIFE_SECS && !redeemed(code, window)
}

fn redeemed(code: &str, window: &Window<'_>) -> bool {
    window.all().any(|record| record.is_at("token") && record.has_link(code))
}

/// The codes that an application got in this browser around the subject.
fn codes<'a>(subject: &Record, window: &'a Window<'_>) -> Vec<&'a str> {
    let begins_or_continues = |record: &&Record| {
        record.same_app(subject) && (record.same_browser(subject) || record.same_device(subject))
    };
    let mut codes: Vec<&str> =
        window.within(subject, LOOP_MS).filter(begins_or_continues).filter_map(Record::gave_code).collect();
    codes.dedup();
    codes
}

/// Loops are told on any of their authorizations.
fn in_loop<'a>(subject: &'a Record, window: &'a Window<'_>) -> Option<Vec<&'a str>> {
    let own = subject.gave_code()?;
    let mut all = codes(subject, window);
    all.push(own);
    (all.len() >= LOOP).then_some(all)
}

/// Five codes in half a minute, all redeemed.
pub(super) fn session_not_kept(subject: &Record, window: &Window<'_>) -> bool {
    in_loop(subject, window).is_some_and(|codes| codes.iter().all(|code| redeemed(code, window)))
}

/// Five codes in half a minute, none redeemed.
pub(super) fn callback_loop(subject: &Record, window: &Window<'_>) -> bool {
    in_loop(subject, window).is_some_and(|codes| !codes.iter().any(|code| redeemed(code, window)))
}

/// A frame of another site without our cookie, from a device that is signed in at the top.
pub(super) fn third_party_cookies(subject: &Record, window: &Window<'_>) -> bool {
    let caller = &subject.story.caller;
    let framed = matches!(caller.dest.as_deref(), Some("iframe" | "frame"));
    let foreign = caller.site.as_deref() == Some("cross-site");
    if !subject.is_at("authorize")
        || !framed
        || !foreign
        || caller.cookies.session
        || subject.gave_code().is_some()
    {
        return false;
    }
    window.all().any(|record| {
        let top = matches!(record.story.caller.dest.as_deref(), None | Some("document"));
        let signed_in = record.story.caller.cookies.session || record.gave_code().is_some();
        record.trace() != subject.trace() && record.same_device(subject) && top && signed_in
    })
}

/// Two sign-ins of one application wait in one browser.
pub(super) fn parallel_sign_ins(subject: &Record, window: &Window<'_>) -> bool {
    let mine = |record: &&Record| record.same_app(subject) && record.same_browser(subject);
    if !(subject.is_at("authorize") || subject.place.starts_with("page/")) {
        return false;
    }
    let before = |record: &&Record| record.at_ms() <= subject.at_ms();
    let opened = window
        .all()
        .filter(mine)
        .filter(before)
        .filter(|r| r.is_at("authorize") && r.succeeded() && r.gave_code().is_none());
    let closed =
        window.all().filter(mine).filter(before).filter(|r| r.gave_code().is_some() && !r.is_at("authorize"));
    opened.count() >= closed.count() + 2
}

/// A code without a question, right after the application revoked its tokens.
pub(super) fn local_logout(subject: &Record, window: &Window<'_>) -> bool {
    if !subject.is_at("authorize") || subject.gave_code().is_none() {
        return false;
    }
    window.all().any(|record| {
        let since = subject.at_ms() - record.at_ms();
        record.is_at("revoke")
            && record.succeeded()
            && record.same_app(subject)
            && record.user.is_some()
            && record.user == subject.user
            && (0..=LOCAL_LOGOUT_MS).contains(&since)
    })
}
