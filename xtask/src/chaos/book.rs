//! What callers were told, what nobody knows, and which rules were broken: the one place that all callers write to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A rule that every run checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// See [`RULES`].
    AuditIsComplete,
    /// See [`RULES`].
    BackupIsWhole,
    /// See [`RULES`].
    ChangeHolds,
    /// See [`RULES`].
    CodeWorksOnce,
    /// See [`RULES`].
    DataIsSound,
    /// See [`RULES`].
    EndsOnlyWhenKilled,
    /// See [`RULES`].
    OneSuccessor,
    /// See [`RULES`].
    RevocationHolds,
    /// See [`RULES`].
    SessionHolds,
    /// See [`RULES`].
    TokenLives,
}

/// The rules in words.
pub(crate) const RULES: [(Rule, &str); 10] = [
    (Rule::AuditIsComplete, "every acknowledged change has its audit line, and no line came twice"),
    (
        Rule::BackupIsWhole,
        "a backup that was acknowledged restores, with everything acknowledged before it began",
    ),
    (Rule::ChangeHolds, "every acknowledged user, app, secret, consent and lock is there"),
    (Rule::CodeWorksOnce, "an acknowledged code works, and never twice"),
    (
        Rule::DataIsSound,
        "the data passes the integrity check after a kill, and the log does not grow from kill to kill",
    ),
    (Rule::EndsOnlyWhenKilled, "the server answers until it is killed, and starts again"),
    (Rule::OneSuccessor, "a refresh token never has two successors"),
    (Rule::RevocationHolds, "an acknowledged revocation holds"),
    (Rule::SessionHolds, "an acknowledged sign-in is still a session"),
    (Rule::TokenLives, "every acknowledged refresh token works, or its successor within the grace"),
];

/// How an operation ended for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The caller was told that it is done.
    Told,
    /// The connection broke: it may be done or not.
    Unknown,
    /// The server said that it cannot now (5xx): it is not done, or not known to be.
    TurnedAway,
}

/// The book.
#[derive(Default)]
pub(crate) struct Book {
    /// From the moment before the kill, broken connections are no news.
    pub(crate) is_dying: AtomicBool,
    lines: Mutex<Lines>,
}

/// What is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    /// By operation: told, unknown, turned away.
    pub(crate) operations: BTreeMap<&'static str, [u64; 3]>,
    /// By rule: how often it was looked at.
    pub(crate) checks: BTreeMap<Rule, u64>,
    /// Every breach, with its evidence.
    pub(crate) breaches: Vec<(Rule, String)>,
    /// By action and target: how often told and how often unknown, in the whole run.
    pub(crate) audit: BTreeMap<(String, String), [u64; 2]>,
}

impl Book {
    /// Notes how an operation ended.
    pub(crate) fn ended(&self, operation: &'static str, how: Ended) {
        self.lines().operations.entry(operation).or_default()[how as usize] += 1;
    }

    /// Notes a change that leaves a line in the audit log.
    pub(crate) fn changed(&self, action: &'static str, target: &str, how: Ended) {
        self.ended(action, how);
        let column = usize::from(how != Ended::Told);
        self.lines().audit.entry((action.to_owned(), target.to_owned())).or_default()[column] += 1;
    }

    /// Notes that a rule was looked at, and the breach if there is one.
    pub(crate) fn judge(&self, rule: Rule, verdict: Result<(), String>) {
        let mut lines = self.lines();
        *lines.checks.entry(rule).or_default() += 1;
        if let Err(evidence) = verdict {
            lines.breaches.push((rule, evidence));
        }
    }

    /// A connection broke. Before the kill that is a breach.
    pub(crate) fn broke(&self, error: &std::io::Error) {
        if !self.is_dying.load(Ordering::SeqCst) {
            self.judge(
                Rule::EndsOnlyWhenKilled,
                Err(format!("a connection broke under a living server: {error}")),
            );
        }
    }

    /// Everything so far.
    pub(crate) fn snapshot(&self) -> Lines {
        self.lines().clone()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares the lines of the audit log with what was told and what is unknown.
pub(crate) fn audit_breach(
    key: &(String, String),
    [told, unknown]: [u64; 2],
    found: u64,
) -> Result<(), String> {
    let (action, target) = key;
    if found < told {
        return Err(format!("{action} {target}: {told} acknowledged, {found} in the log"));
    }
    if found > told + unknown {
        return Err(format!(
            "{action} {target}: {told} acknowledged, {unknown} unknown, yet {found} in the log"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_be_there_when_nobody_knows_but_must_be_when_told() {
        let key = ("user.create".to_owned(), "ada".to_owned());
        assert!(audit_breach(&key, [1, 0], 1).is_ok());
        assert!(audit_breach(&key, [0, 1], 1).is_ok() && audit_breach(&key, [0, 1], 0).is_ok());
        assert!(audit_breach(&key, [1, 0], 0).is_err(), "lost");
        assert!(audit_breach(&key, [1, 0], 2).is_err(), "twice");
    }

    #[test]
    fn a_broken_connection_is_news_only_before_the_kill() {
        let book = Book::default();
        book.is_dying.store(true, Ordering::SeqCst);
        book.broke(&std::io::ErrorKind::BrokenPipe.into());
        assert!(book.snapshot().breaches.is_empty());
        book.is_dying.store(false, Ordering::SeqCst);
        book.broke(&std::io::ErrorKind::BrokenPipe.into());
        assert_eq!(book.snapshot().breaches.len(), 1);
    }

    #[test]
    fn every_rule_has_words() {
        for (rule, words) in RULES {
            assert!(words.len() > 20, "{rule:?}");
        }
    }
}
