//! `doorward keys emergency KID`: what it ends is told first, and asked about.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use axum::http::Method;
use serde_json::Value;

use super::super::ending::Ending;
use super::super::output::facts;
use super::super::path::Path;
use super::super::session::{Probe, Session};
use super::{of_tenant, rows, show};

pub(super) async fn run(
    named: Option<&String>,
    (kid, is_sure): (&str, bool),
    session: &Session,
) -> Result<(), Ending> {
    let tenant = session.tenant(named, Probe::Nothing).await?;
    let path = Path::of(&["tenants", &tenant, "keys", kid, "emergency"]);
    let reach = session.get(&path).await?;
    if !is_sure {
        if !io::stdin().is_terminal() || session.output.is_json() {
            return Err(Ending::usage(
                format!("this ends what key {kid} signed, and nobody can be asked here\n{}", told(&reach)),
                "Say that it is meant: --yes",
            ));
        }
        if !agreed(&reach) {
            return Err(Ending::finding("nothing was changed", "Nothing to do"));
        }
    }
    let answer = session.send(Method::POST, &path, None).await?;
    session.changed(of_tenant(answer, &tenant), |answer| told(&reach) + &show::table_of(rows(answer)));
    Ok(())
}

/// The blast radius.
fn told(reach: &Value) -> String {
    let text = |name: &str| reach[name].as_str().unwrap_or_default();
    let within = reach["guards_within_secs"].as_i64().unwrap_or_default();
    let apis: Vec<&str> = reach["apis"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let signs = reach["signs"] == true;
    let next = match (signs, reach["replaced_by"].as_str()) {
        (false, _) => "nothing: another key signs already".to_owned(),
        (true, Some(next)) => format!("key {next}, which is published already"),
        (true, None) => "a new key, which no verifier has yet: each fetches the key set once".to_owned(),
    };
    let minutes = reach["longest_token_secs"].as_i64().unwrap_or_default() / 60;
    facts(&[
        ("withdraw", format!("key {} ({}, {})", text("kid"), text("algorithm"), text("state"))),
        ("ends", format!("every token it signed: at this server at once, at guarded APIs within {within} s")),
        ("APIs", if apis.is_empty() { "none of this tenant".to_owned() } else { apis.join(", ") }),
        (
            "others",
            format!(
                "verifiers that follow no feed refuse it once they fetch the key set, at the latest when its tokens end in {minutes} min"
            ),
        ),
        (
            "stays",
            "sessions, refresh tokens and secrets: applications get new tokens without a sign-in".to_owned(),
        ),
        ("signs then", next),
    ])
}

fn agreed(reach: &Value) -> bool {
    let mut terminal = io::stderr().lock();
    let _ = write!(terminal, "{}Withdraw it? [y/N] ", told(reach)).and_then(|()| terminal.flush());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok_and(|_| matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_reach_is_told_in_full() {
        let text = told(&json!({
            "kid": "k", "algorithm": "RS256", "state": "active", "signs": true, "apis": ["notes", "tasks"],
            "longest_token_secs": 3600, "replaced_by": null, "guards_within_secs": 6
        }));
        for words in
            ["key k (RS256, active)", "within 6 s", "notes, tasks", "in 60 min", "no verifier has yet"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
