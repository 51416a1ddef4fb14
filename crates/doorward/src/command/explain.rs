//! `doorward explain <code|trace>`: a code from the catalogue that is built in, a trace from the server that remembers it.

use std::sync::LazyLock;

use clap::Args;
use doorward_core::directory::nearest;
use doorward_token::Code;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ending::Ending;
use super::logs;
use super::output::{Output, facts, object, print};
use super::session::Session;

/// What is to be explained.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// An error code such as DW1101, its name, or the trace id of a request
    what: String,
}

/// A row of the failure catalogue.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    code: String,
    slug: String,
    stage: String,
    wire_error: String,
    symptom: String,
    causes: Vec<String>,
    server_knows: Vec<String>,
    diagnosis: String,
    remedy: String,
    disclosure: String,
    sources: Vec<String>,
}

static CATALOGUE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../catalogue/failures.json"))
        .expect("the catalogue is part of the build, and a test reads it")
});

/// Explains a code. `false` where a trace is meant, which only a server knows.
pub(super) fn offline(args: &ExplainArgs, output: Output) -> Result<bool, Ending> {
    let word = args.what.trim();
    let found = match Code::parse(word) {
        Some(code) => CATALOGUE.iter().find(|row| row.code == code.as_str()),
        None => CATALOGUE.iter().find(|row| row.slug == word),
    };
    if let Some(row) = found {
        if output.is_json() {
            object(&json!(row));
        } else {
            print(&sheet(row));
        }
        return Ok(true);
    }
    if Code::parse(word).is_none() && is_trace(word) {
        return Ok(false);
    }
    let names = CATALOGUE.iter().flat_map(|row| [row.code.as_str(), row.slug.as_str()]);
    let hint = nearest(word, names).map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    let fault = format!("{word} is no code of the catalogue and no trace id{hint}");
    Err(Ending::finding(fault, "A code is DW and four digits; a trace id is 32 hexadecimal digits"))
}

/// What the catalogue says to do about a code; empty where it has no row.
pub(crate) fn remedy_of(code: &str) -> &'static str {
    CATALOGUE.iter().find(|row| row.code == code).map_or("", |row| row.remedy.as_str())
}

fn is_trace(word: &str) -> bool {
    word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn sheet(row: &Row) -> String {
    let mut lines =
        vec![format!("{} {}", row.code, row.slug), String::new(), row.diagnosis.clone(), String::new()];
    lines.push(facts(&[("seen as", row.symptom.clone()), ("on the wire", row.wire_error.clone())]));
    for (title, items) in [("causes", &row.causes), ("the server knows", &row.server_knows)] {
        if !items.is_empty() {
            lines.push(title.to_owned());
            lines.extend(items.iter().map(|item| format!("  - {item}")));
            lines.push(String::new());
        }
    }
    lines.extend(["do this".to_owned(), format!("  {}", row.remedy), String::new()]);
    lines.join("\n")
}

/// Explains a trace.
pub(super) async fn online(args: &ExplainArgs, session: &Session) -> Result<(), Ending> {
    let answer = session.get(&logs::address(&args.what.trim().to_ascii_lowercase())).await?;
    session.shown(&answer, logs::sheet);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_catalogue_can_be_explained() {
        assert!(CATALOGUE.len() > 100);
        for row in CATALOGUE.iter() {
            assert!(sheet(row).contains(&row.remedy), "{}", row.code);
        }
    }

    #[test]
    fn codes_names_and_traces_are_told_apart() {
        let output = Output::new(true);
        let explained = |what: &str| offline(&ExplainArgs { what: what.to_owned() }, output);
        assert!(matches!(explained("dw1101"), Ok(true)));
        assert!(matches!(explained("redirect-uri-mismatch"), Ok(true)));
        assert!(matches!(explained("0123456789abcdef0123456789ABCDEF"), Ok(false)));
        let Err(Ending::Refused(problem)) = explained("DW9999") else { panic!("there is no such code") };
        assert!(problem["detail"].as_str().unwrap().contains("no code of the catalogue"));
        assert!(explained("redirect-uri-mismatsch").is_err());
    }
}
