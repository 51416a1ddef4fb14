//! `doorward logs tail`: the request log in the terminal, and the sheet of one request for `doorward explain`.

use clap::{Args, Subcommand};
use doorward_server::{Clock as _, SystemClock};
use doorward_token::{Check, Outcome};
use serde::Deserialize;
use serde_json::Value;

use super::ending::Ending;
use super::output::{facts, moment, object, print, table};
use super::path::Path;
use super::session::Session;

/// How long one question waits for something new, in seconds.
const WAIT_SECS: &str = "20";
/// Rows of one question.
const MOST: u64 = 1000;

/// The request log.
#[derive(Args, Debug)]
pub(crate) struct LogsArgs {
    #[command(subcommand)]
    verb: LogsVerb,
}

#[derive(Subcommand, Debug)]
enum LogsVerb {
    /// Show the latest requests, and with --follow those to come
    Tail(TailArgs),
}

/// What is shown.
#[derive(Args, Debug)]
struct TailArgs {
    /// Only this tenant's
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Only of this application: its name or client_id
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Only about this account: its sign-in name
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Only refused with this code, such as DW1101
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// Not older than this: 90s, 15m, 2h, 3d, or a moment such as 2026-11-22T10:41:00Z
    #[arg(long, value_name = "WHEN", value_parser = Since::parse)]
    since: Option<Since>,
    /// How many at the most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=MOST))]
    limit: u64,
    /// Go on with what comes, until interrupted
    #[arg(long, short)]
    follow: bool,
}

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Ago(i64),
    At(i64),
}

impl Since {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "write 90s, 15m, 2h, 3d, or a moment such as 2026-11-22T10:41:00Z".to_owned();
        if let Ok(moment) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::At(moment.as_second()));
        }
        let unit = text.chars().last().ok_or_else(wrong)?;
        let secs = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 24 * 3600,
            _ => return Err(wrong()),
        };
        let number: i64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
        if number < 0 {
            return Err(wrong());
        }
        number.checked_mul(secs).map(Self::Ago).ok_or_else(wrong)
    }

    fn seconds(self, now: i64) -> i64 {
        match self {
            Self::Ago(secs) => now.saturating_sub(secs),
            Self::At(at) => at,
        }
    }
}

/// Runs a verb.
pub(super) async fn run(args: LogsArgs, session: &Session) -> Result<(), Ending> {
    match args.verb {
        LogsVerb::Tail(args) => tail(args, session).await,
    }
}

async fn tail(args: TailArgs, session: &Session) -> Result<(), Ending> {
    let since = args.since.map(|since| since.seconds(SystemClock.now().seconds()).to_string());
    let filtered = |path: Path| {
        path.with_some("tenant", args.tenant.as_ref())
            .with_some("app", args.app.as_ref())
            .with_some("user", args.user.as_ref())
            .with_some("code", args.code.as_ref())
    };
    // Before the past is read, so that nothing falls between it and what comes.
    let mut after = session.get(&Path::of(&["events", "latest"])).await?["last"].as_u64().unwrap_or_default();
    let past = filtered(Path::of(&["events"]))
        .with("limit", args.limit.to_string())
        .with_some("since", since.as_ref());
    let answer = session.get(&past).await?;
    let mut rows: Vec<&Value> = answer["items"].as_array().into_iter().flatten().collect();
    rows.reverse();
    let json = session.output.is_json();
    if rows.is_empty() && !args.follow {
        session.output.note("nothing fits; the log keeps what applications and people asked for");
    }
    for row in &rows {
        show(row, json);
    }
    let shown: Vec<String> = rows.iter().filter_map(|row| row["trace"].as_str().map(str::to_owned)).collect();
    if !args.follow {
        return Ok(());
    }
    loop {
        let path = filtered(Path::of(&["events", "latest"]));
        let path = path.with("after", after.to_string()).with("wait_secs", WAIT_SECS);
        let answer = session.get(&path).await?;
        for row in answer["items"].as_array().into_iter().flatten() {
            if !shown.iter().any(|trace| row["trace"] == trace.as_str()) {
                show(row, json);
            }
        }
        after = answer["last"].as_u64().unwrap_or(after);
    }
}

fn show(row: &Value, json: bool) {
    if json {
        object(row);
    } else {
        print(&line(row));
    }
}

/// `10:41:07  POST   token          web-shop      ben         400 DW2004  why  t 9c11…`, and a guess below.
fn line(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { cut(text, 14) };
    let clock = row["at"].as_i64().map(moment).unwrap_or_default();
    let clock = clock.get(11..19).unwrap_or_default().to_owned();
    let result = format!("{} {}", row["status"], text("code"));
    let more = match row["similar"].as_u64() {
        Some(number @ 1..) => format!(" (and {number} like it)"),
        _ => String::new(),
    };
    let mut line = format!(
        "{clock}  {:<6} {:<19} {:<14} {:<14} {:<10}  {}{more}  t {}\n",
        text("method"),
        cut(text("place"), 19),
        or_dash(text("app")),
        or_dash(text("user")),
        result.trim_end(),
        text("did"),
        text("trace"),
    );
    for guess in row["probable"].as_array().into_iter().flatten() {
        let cause = guess["cause"].as_str().unwrap_or_default();
        line.push_str("          probably: ");
        line.push_str(cause);
        line.push('\n');
    }
    line
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// A request as the server tells it to the operator.
#[derive(Debug, Deserialize)]
struct Story {
    trace: String,
    at: i64,
    method: String,
    place: String,
    status: u16,
    elapsed_ms: f64,
    tenant: Option<String>,
    app: Option<String>,
    client_id: Option<String>,
    user: Option<String>,
    did: String,
    code: Option<String>,
    slug: Option<String>,
    remedy: Option<String>,
    sent: Option<String>,
    expected: Option<String>,
    checks: Vec<Check>,
    similar: u64,
    probable: Vec<Probable>,
    #[serde(default)]
    related: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Probable {
    cause: String,
    codes: Vec<String>,
}

/// The address of a request's story.
pub(super) fn address(trace: &str) -> Path {
    Path::of(&["events", trace])
}

/// The sheet of a request, for people.
pub(super) fn sheet(answer: &Value) -> String {
    let Ok(story) = Story::deserialize(answer) else { return format!("{answer:#}\n") };
    let verdict = match (&story.code, &story.slug) {
        (Some(code), Some(slug)) => format!("{code} {slug}: {}", story.did),
        _ => story.did.clone(),
    };
    let app = match (&story.app, &story.client_id) {
        (Some(name), Some(id)) if name != id => format!("{name} ({id})"),
        (name, id) => name.clone().or(id.clone()).unwrap_or_default(),
    };
    let similar =
        if story.similar > 0 { format!("{} more were only counted", story.similar) } else { String::new() };
    let docs = story.code.as_ref().map(|code| format!("doorward explain {code}")).unwrap_or_default();
    let mut text = facts(&[
        ("trace", story.trace.clone()),
        ("when", moment(story.at)),
        ("where", format!("{} {}", story.method, story.place)),
        ("tenant", story.tenant.unwrap_or_default()),
        ("app", app),
        ("user", story.user.unwrap_or_default()),
        ("answer", format!("{} after {:.1} ms", story.status, story.elapsed_ms)),
        ("like it", similar),
        ("verdict", verdict),
        ("sent", story.sent.unwrap_or_default()),
        ("expected", story.expected.unwrap_or_default()),
        ("do this", story.remedy.unwrap_or_default()),
        ("more", docs),
    ]);
    for guess in &story.probable {
        text.push_str(&facts(&[("probably", format!("{} ({})", guess.cause, guess.codes.join(", ")))]));
    }
    if !story.checks.is_empty() {
        let rows: Vec<_> = story.checks.iter().map(cells).collect();
        text.push('\n');
        text.push_str(&table(&["CHECK", "VERDICT", "SENT", "EXPECTED", "RULE"], &rows, ""));
    }
    if story.related.len() > 1 {
        text.push_str("\nsame browser or flow\n");
        for row in &story.related {
            let mark = if row["trace"] == story.trace.as_str() { "> " } else { "  " };
            text.push_str(mark);
            text.push_str(&line(row));
        }
    }
    text
}

fn cells(check: &Check) -> Vec<String> {
    let verdict = match check.outcome {
        Outcome::Failed => "FAIL",
        Outcome::Passed => "ok",
        Outcome::Skipped => "-",
    };
    let evidence = check.evidence.clone().unwrap_or_default();
    vec![
        check.name.to_string(),
        verdict.to_owned(),
        evidence.sent.unwrap_or_default(),
        evidence.expected.unwrap_or_default(),
        check.spec.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_moment_is_told_in_either_way() {
        assert_eq!(Since::parse("15m"), Ok(Since::Ago(900)));
        assert_eq!(Since::parse("3d").unwrap().seconds(1_000_000), 1_000_000 - 259_200);
        assert_eq!(Since::parse("1970-01-01T00:01:00Z"), Ok(Since::At(60)));
        for bad in ["", "m", "15", "15x", "-3m", "yesterday", "9223372036854775807d", "15\u{e4}"] {
            assert!(Since::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_line_stands_in_columns_and_long_names_are_cut() {
        let row = json!({
            "at": 60, "method": "POST", "place": "token", "app": "a very long application name", "user": null,
            "status": 400, "code": "DW2004", "did": "this code was redeemed 0 s ago", "trace": "9c11",
            "similar": 2, "probable": [{ "cause": "a callback that runs twice", "codes": ["DW2004"] }],
        });
        assert_eq!(
            line(&row),
            "00:01:00  POST   token               a very long a… -              400 DW2004  this code was redeemed 0 s ago (and 2 like it)  t 9c11\n          probably: a callback that runs twice\n"
        );
    }

    #[test]
    fn an_answer_of_another_version_is_shown_as_it_is() {
        assert_eq!(sheet(&json!({ "new": true })), "{\n  \"new\": true\n}\n");
    }
}
