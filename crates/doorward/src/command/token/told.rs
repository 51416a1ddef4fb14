//! The verdict as people read it: a line per check with `ok` or `FAIL` and the code, then the first cause and what to do.

use doorward_token::{Evidence, Outcome};

use super::judge::{Explanation, Line};
use crate::command::output::facts;

/// Checks that people see as one line, in the guard's order.
const GROUPS: [(&str, &[&str]); 8] = [
    ("route", &["policy.declared"]),
    ("form", &["token.form", "token.present", "token.parseable"]),
    ("kind", &["token.kind"]),
    ("issuer", &["token.issuer"]),
    ("signature", &["token.key", "token.algorithm", "token.signature"]),
    ("time", &["token.expiry", "token.not_before"]),
    ("audience", &["token.audience"]),
    ("scopes", &["policy.route"]),
];

/// Where the verdict of a line begins, unless the line is longer.
const VERDICT_COLUMN: usize = 92;

/// The whole answer.
pub(super) fn sheet(explanation: &Explanation) -> String {
    let mut text = String::new();
    for (label, names) in GROUPS {
        let lines: Vec<&Line> =
            explanation.lines.iter().filter(|line| names.contains(&line.name.as_str())).collect();
        if !lines.is_empty() {
            text.push_str(&row(label, &says(label, &lines, explanation), &verdict(&lines)));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let rows: Vec<(&str, String)> =
        ending(explanation).into_iter().map(|(label, said)| (label, printable(&said))).collect();
    text + &facts(&rows)
}

fn row(label: &str, says: &str, verdict: &str) -> String {
    let line = format!("  {label:<11} {}", printable(says));
    let gap = VERDICT_COLUMN.saturating_sub(line.chars().count()).max(2);
    format!("{line}{}{verdict}\n", " ".repeat(gap))
}

fn verdict(lines: &[&Line]) -> String {
    if let Some(failed) = lines.iter().find(|line| line.outcome == Outcome::Failed) {
        return format!("FAIL {}", failed.code.as_deref().unwrap_or_default());
    }
    let passed = lines.iter().any(|line| line.outcome == Outcome::Passed);
    let word = if passed { "ok" } else { "not checked" };
    word.to_owned()
}

fn says(label: &str, lines: &[&Line], explanation: &Explanation) -> String {
    let failed = lines.iter().find(|line| line.outcome == Outcome::Failed);
    match (label, failed) {
        ("route", None) => route(&lines[0].evidence),
        ("form", None) => form(explanation),
        ("kind", _) => {
            let kind = explanation.kind.map_or("unknown", doorward_token::verify::TokenKind::described);
            let because = failed.map(|line| compared(&line.evidence)).unwrap_or_default();
            if because.is_empty() { bare(kind).to_owned() } else { because }
        }
        ("issuer", None) => explanation.claims.text("iss").unwrap_or_default().to_owned(),
        ("signature", _) => signature(lines, explanation),
        ("time", _) => time(explanation),
        ("audience", _) => audience(explanation),
        (_, Some(line)) => compared(&line.evidence),
        (_, None) => lines.iter().find_map(|line| line.evidence.sent.clone()).unwrap_or_default(),
    }
}

fn route(evidence: &Evidence) -> String {
    let (route, needs) = (evidence.sent.as_deref(), evidence.expected.as_deref());
    format!("{} is declared and needs {}", route.unwrap_or_default(), needs.unwrap_or_default())
}

fn form(explanation: &Explanation) -> String {
    let wrapped: Vec<String> = explanation.seen.wrappings.iter().map(|w| w.described()).collect();
    let what = bare(explanation.seen.sight.described);
    if wrapped.is_empty() { what.to_owned() } else { format!("{what}, taken out of {}", wrapped.join(", ")) }
}

fn compared(evidence: &Evidence) -> String {
    match (&evidence.sent, &evidence.expected) {
        (Some(sent), Some(expected)) => format!("{sent}; expected: {expected}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => String::new(),
    }
}

fn signature(lines: &[&Line], explanation: &Explanation) -> String {
    let Some((alg, kid)) = &explanation.header else { return String::new() };
    let kid = kid.as_deref().map_or_else(|| "no kid".to_owned(), |kid| format!("kid {}", short(kid)));
    let failed = lines.iter().find(|line| line.outcome == Outcome::Failed);
    let why = match failed.map(|line| line.name.as_str()) {
        Some("token.key") => ": not among the issuer's keys",
        Some("token.algorithm") => ": not what the issuer's key is for",
        Some(_) => ": does not match the issuer's key",
        None if lines.iter().all(|line| line.outcome == Outcome::Skipped) => {
            ": the issuer is not trusted here"
        }
        None => "",
    };
    format!("{alg} {kid}{why}")
}

fn time(explanation: &Explanation) -> String {
    let now = explanation.now;
    let at = |name: &str| explanation.claims.seconds(name);
    let issued = match at("iat") {
        Some(at) if at <= now => format!("issued {} ago", span(now.saturating_sub(at))),
        Some(at) => format!("issued {} in the future", span(at.saturating_sub(now))),
        None => "no iat".to_owned(),
    };
    let expires = match at("exp") {
        Some(at) if at > now => format!("expires in {}", span(at.saturating_sub(now))),
        Some(at) => format!("expired {} ago", span(now.saturating_sub(at))),
        None => "no exp".to_owned(),
    };
    let early = at("nbf").filter(|at| *at > now);
    let early = early.map(|at| format!(", valid in {}", span(at.saturating_sub(now)))).unwrap_or_default();
    format!("{issued}, {expires}{early}")
}

fn audience(explanation: &Explanation) -> String {
    let sent = explanation.claims.one_or_many("aud");
    let sent = if sent.is_empty() { "none".to_owned() } else { sent.join(", ") };
    match &explanation.api {
        Some(api) if !explanation.audiences.contains(&sent) => {
            format!("{sent}; API {api} answers to {}", explanation.audiences.join(", "))
        }
        _ => sent,
    }
}

fn ending(explanation: &Explanation) -> Vec<(&'static str, String)> {
    let sight = &explanation.seen.sight;
    let looks = sight.code.as_ref().map(|code| {
        format!(
            "{}, because {} ({code} {})",
            bare(sight.described),
            sight.because,
            doorward_dialect::slug(code.as_str())
        )
    });
    let mut rows = vec![("looks like", looks.unwrap_or_default())];
    if let Some(cause) = &explanation.cause {
        let slug = doorward_dialect::slug(&cause.code);
        rows.push(("first cause", format!("{} {slug}: {}", cause.code, cause.diagnosis)));
        rows.push(("do this", explanation.remedy().unwrap_or_default().to_owned()));
        rows.push(("docs", explanation.page(&cause.code)));
    } else if explanation.is_good() {
        let verdict = match (&explanation.api, &explanation.route) {
            (Some(api), Some(route)) => format!("{api} lets {route} pass with this token"),
            (Some(api), None) => format!("{api} believes this token; add --route to see what it may do"),
            (None, _) => "nothing is wrong with its form; add --for API to have it checked".to_owned(),
        };
        rows.push(("verdict", verdict));
    } else {
        rows.push(("do this", sight.remedy.to_owned()));
        let code = sight.code.as_ref().map(|code| explanation.page(code.as_str()));
        rows.push(("docs", code.unwrap_or_default()));
    }
    rows
}

/// Without its article.
fn bare(described: &str) -> &str {
    described.strip_prefix("an ").or_else(|| described.strip_prefix("a ")).unwrap_or(described)
}

/// Seconds in the largest unit that fits.
fn span(secs: i64) -> String {
    match secs {
        0..=119 => format!("{secs} s"),
        120..=7_199 => format!("{} min", secs / 60),
        7_200..=172_799 => format!("{} h", secs / 3_600),
        _ => format!("{} days", secs / 86_400),
    }
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(12).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// Text from a token that is not believed: no control characters reach the terminal.
fn printable(text: &str) -> String {
    text.chars().take(1_000).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
