//! What a check says, and how all of them are told.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// Looked at, and right.
    Ok,
    /// Could not be looked at from here, and why.
    Skipped,
    /// Works today, or works in part.
    Warning,
    /// Broken for somebody now.
    Failure,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// Where: `config`, `public`, `clocks`, `mail`, `keys`, `secrets`, `apps`.
    pub(super) area: &'static str,
    pub(super) level: Level,
    /// Code of the failure catalogue that this would become, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    /// What was found.
    pub(super) found: String,
    /// What to do; empty where nothing is to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) remedy: String,
}

impl Finding {
    pub(super) fn ok(area: &'static str, found: impl Into<String>) -> Self {
        Self { area, level: Level::Ok, code: None, found: found.into(), remedy: String::new() }
    }

    pub(super) fn skipped(area: &'static str, why: impl Into<String>) -> Self {
        Self { level: Level::Skipped, ..Self::ok(area, why) }
    }

    pub(super) fn warning(area: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Warning, remedy: remedy.into(), ..Self::ok(area, found) }
    }

    pub(super) fn failure(area: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Failure, remedy: remedy.into(), ..Self::ok(area, found) }
    }

    pub(super) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

/// How many of a level there are.
pub(super) fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}

/// The findings for people, one to three lines each, and the sum.
pub(super) fn told(findings: &[Finding]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for finding in findings {
        let word = match finding.level {
            Level::Ok => "ok",
            Level::Skipped => "-",
            Level::Warning => "warn",
            Level::Failure => "FAIL",
        };
        let code = finding.code.map(|code| format!("{code}  ")).unwrap_or_default();
        let _ = writeln!(text, "  {:<8} {word:<4}  {code}{}", finding.area, finding.found);
        if !finding.remedy.is_empty() {
            let _ = writeln!(text, "  {:<8} {:<4}  -> {}", "", "", finding.remedy);
        }
    }
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let failures = plural(count(findings, Level::Failure), "failure");
    let warnings = plural(count(findings, Level::Warning), "warning");
    let _ = writeln!(text, "  {failures}, {warnings}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_counts_what_is_bad() {
        let findings = [
            Finding::ok("keys", "fine"),
            Finding::warning("secrets", "ends soon", "make another").coded("DW2002"),
            Finding::failure("public", "unreachable", "look"),
        ];
        let text = told(&findings);
        assert!(text.contains("FAIL  unreachable") && text.contains("warn  DW2002  ends soon"), "{text}");
        assert!(text.ends_with("1 failure, 1 warning\n"), "{text}");
    }
}
