//! The ordered record of named checks behind one decision.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What a check saw, beside what it wanted. Neither side ever holds a secret or a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the caller sent, shortened where it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    /// What would have passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

impl Evidence {
    /// Both sides of a comparison that failed.
    pub fn differ(sent: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { sent: Some(sent.into()), expected: Some(expected.into()) }
    }

    /// Only what was sent.
    pub fn sent(sent: impl Into<String>) -> Self {
        Self { sent: Some(sent.into()), expected: None }
    }

    /// Only what was expected, where nothing was sent.
    pub fn expected(expected: impl Into<String>) -> Self {
        Self { sent: None, expected: Some(expected.into()) }
    }
}

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The rule holds.
    Passed,
    /// The rule does not hold.
    Failed,
    /// The rule does not apply to this request.
    Skipped,
}

/// One named rule and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A stable dotted name, for example `redirect_uri.registered`.
    pub name: Cow<'static, str>,
    /// The section that demands it, for example `RFC 6749 §3.1.2.3`; empty where the rule is ours.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub spec: Cow<'static, str>,
    /// The verdict.
    pub outcome: Outcome,
    /// What was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// The checks of one decision in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trail(Vec<Check>);

impl Trail {
    /// An empty trail.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that a rule holds.
    pub fn pass(&mut self, name: &'static str, spec: &'static str) {
        self.push(name, spec, Outcome::Passed, None);
    }

    /// Records that a rule holds, and for what.
    pub fn pass_with(&mut self, name: &'static str, spec: &'static str, evidence: Evidence) {
        self.push(name, spec, Outcome::Passed, Some(evidence));
    }

    /// Records that a rule does not hold.
    pub fn fail(&mut self, name: &'static str, spec: &'static str, evidence: Evidence) {
        self.push(name, spec, Outcome::Failed, Some(evidence));
    }

    /// Records that a rule does not apply here.
    pub fn skip(&mut self, name: &'static str, spec: &'static str) {
        self.push(name, spec, Outcome::Skipped, None);
    }

    /// The checks, oldest first.
    pub fn checks(&self) -> &[Check] {
        &self.0
    }

    /// The first check that failed: *the* cause; later failures are only listed.
    pub fn first_failure(&self) -> Option<&Check> {
        self.0.iter().find(|check| check.outcome == Outcome::Failed)
    }

    /// Appends another decision's checks.
    pub fn extend(&mut self, other: Trail) {
        self.0.extend(other.0);
    }

    fn push(&mut self, name: &'static str, spec: &'static str, outcome: Outcome, evidence: Option<Evidence>) {
        self.0.push(Check { name: Cow::Borrowed(name), spec: Cow::Borrowed(spec), outcome, evidence });
    }
}

impl FromIterator<Check> for Trail {
    /// Checks that were made elsewhere, in their order.
    fn from_iter<T: IntoIterator<Item = Check>>(checks: T) -> Self {
        Self(checks.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_is_the_cause() {
        let mut trail = Trail::new();
        trail.pass("client.known", "RFC 6749 §2.2");
        trail.fail("redirect_uri.registered", "RFC 6749 §3.1.2.3", Evidence::differ("a", "b"));
        trail.fail("scope.known", "RFC 6749 §3.3", Evidence::sent("x"));
        assert_eq!(trail.first_failure().map(|c| c.name.as_ref()), Some("redirect_uri.registered"));
    }

    #[test]
    fn a_trail_survives_serialisation() {
        let mut trail = Trail::new();
        trail.skip("pkce.verifier", "RFC 7636 §4.6");
        let text = serde_json::to_string(&trail).unwrap();
        assert_eq!(serde_json::from_str::<Trail>(&text).unwrap(), trail);
    }
}
