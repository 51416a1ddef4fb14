//! A record as the pages show it.

use std::fmt::Write as _;

use doorward_token::{Check, Outcome};

use crate::app::App;
use crate::events::{Record, Told, TraceView};
use crate::pages::{
    CheckRow, Comparison, Fact, GatePage, GateReason, Guess, GuessCode, Href, LogKind, LogRow, TracePage,
};
use crate::reply::Visit;

/// The list.
pub(super) fn home(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Live => "/_live",
        LogKind::Kept => "/portal/log",
    }
}

/// The page of a trace.
pub(super) fn address(kind: LogKind, trace: &str) -> String {
    format!("{}/{trace}", home(kind))
}

fn link(text: String) -> Href {
    Href::parse(text).expect("codes and trace ids make plain paths")
}

/// A line of the list.
pub(super) fn row(record: &Record, kind: LogKind, probable: String) -> LogRow {
    // The whole view is the reader's: who sees the list is cleared for each of its rows.
    let moment = jiff::Timestamp::from_millisecond(record.at_ms()).unwrap_or_default();
    LogRow {
        day: moment.strftime("%Y-%m-%d").to_string(),
        time: moment.strftime("%H:%M:%S").to_string(),
        method: record.method().to_owned(),
        place: record.place().to_owned(),
        app: record.app_name().unwrap_or_default().to_owned(),
        user: record.user_name().unwrap_or_default().to_owned(),
        status: record.status(),
        code: record.code().unwrap_or_default().to_owned(),
        did: record.did().to_owned(),
        probable,
        similar: record.similar(),
        href: link(address(kind, record.trace())),
        is_this: false,
    }
}

/// The decision trace.
pub(super) fn trace(app: &App, visit: &Visit, kind: LogKind, (record, told): (&Record, Told)) -> TracePage {
    let Told { view, related } = told;
    let related = related
        .iter()
        .map(|other| LogRow { is_this: other.trace() == record.trace(), ..row(other, kind, String::new()) });
    let comparison = (view.sent.is_some() || view.expected.is_some())
        .then(|| Comparison::new(view.sent.as_deref(), view.expected.as_deref()));
    TracePage {
        frame: visit.frame(app, view.tenant.as_deref()),
        row: row(record, kind, String::new()),
        trace: view.trace.clone(),
        path: if view.path.is_empty() { view.place.clone() } else { view.path.clone() },
        slug: view.slug.unwrap_or_default().to_owned(),
        remedy: view.remedy.clone().unwrap_or_default(),
        comparison,
        docs: view.code.as_ref().map(|code| link(format!("/docs/errors/{code}?trace={}", view.trace))),
        facts: facts(&view),
        checks: checks(&view),
        probable: view.probable.iter().map(guess).collect(),
        related: related.collect(),
        public_text: text(&record.public()),
        client_text: record
            .app()
            .and_then(|app| record.for_client(app))
            .map(|view| text(&view))
            .unwrap_or_default(),
        log: link(home(kind).to_owned()),
        elapsed: format!("{:.1}", view.elapsed_ms),
    }
}

/// Nobody may read.
pub(super) fn gate(
    app: &App,
    visit: &Visit,
    (why, log): (GateReason, Option<LogKind>),
    trace: String,
) -> GatePage {
    GatePage { frame: visit.frame(app, None), why, trace, log: log.map(|kind| link(home(kind).to_owned())) }
}

fn guess(probable: &crate::events::Probable) -> Guess {
    let code = |code: &&str| GuessCode {
        code: (*code).to_owned(),
        slug: doorward_dialect::slug(code).to_owned(),
        href: link(format!("/docs/errors/{code}")),
    };
    Guess { cause: probable.cause.to_owned(), codes: probable.codes.iter().map(code).collect() }
}

fn checks(view: &TraceView) -> Vec<CheckRow> {
    let cause = view.checks.checks().iter().position(|check| check.outcome == Outcome::Failed);
    let row = |(index, check): (usize, &Check)| {
        let evidence = check.evidence.clone().unwrap_or_default();
        CheckRow {
            name: check.name.to_string(),
            verdict: match check.outcome {
                Outcome::Failed => "failed",
                Outcome::Passed => "passed",
                Outcome::Skipped => "skipped",
            },
            spec: check.spec.to_string(),
            sent: evidence.sent.unwrap_or_default(),
            expected: evidence.expected.unwrap_or_default(),
            is_cause: cause == Some(index),
        }
    };
    view.checks.checks().iter().enumerate().map(row).collect()
}

fn facts(view: &TraceView) -> Vec<Fact> {
    let caller = &view.caller;
    let opened =
        [caller.dest.as_deref(), caller.site.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let cookies = match (caller.cookies.session, caller.cookies.flow) {
        (true, true) => "session, flow",
        (true, false) => "session",
        (false, true) => "flow",
        (false, false) if caller.agent.is_some() => "none",
        (false, false) => "",
    };
    let skew = caller.skew_secs.filter(|secs| *secs != 0).map(|secs| format!("{secs:+} s"));
    let similar = (view.similar > 0).then(|| view.similar.to_string());
    let all = [
        ("tenant", view.tenant.clone()),
        ("app", view.app.clone()),
        ("client_id", view.client_id.clone()),
        ("user", view.user.clone().or_else(|| view.user_id.clone())),
        ("grant_type", view.grant_type.clone()),
        ("origin", caller.origin.clone()),
        ("agent", caller.agent.clone()),
        ("frame", Some(opened)),
        ("cookies", Some(cookies.to_owned())),
        ("host", caller.other_host.clone()),
        ("skew", skew),
        ("parent", caller.parent.clone()),
        ("similar", similar),
    ];
    let told =
        all.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    told.map(|(key, value)| Fact { key, value }).collect()
}

/// A view as lines of text that can be pasted.
fn text(view: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(view).unwrap_or_default();
    let mut text = String::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let told = match value {
            serde_json::Value::String(value) => value.clone(),
            serde_json::Value::Array(items) => {
                items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join("; ")
            }
            other => other.to_string(),
        };
        let told = if name == "at" {
            value
                .as_i64()
                .and_then(|at| jiff::Timestamp::from_second(at).ok())
                .map_or(told, |at| at.to_string())
        } else {
            told
        };
        let _ = writeln!(text, "{name:<10} {told}");
    }
    text.trim_end().to_owned()
}
