//! `doorward mail …`

use axum::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::ending::Ending;
use super::output::{facts, moment, table};
use super::path::Path;
use super::session::{Listing, Session};
use super::tenant::removed;

/// Mail: how it stands, the outbox, a test.
#[derive(Args, Debug)]
pub(crate) struct MailArgs {
    #[command(subcommand)]
    verb: MailVerb,
}

#[derive(Subcommand, Debug)]
enum MailVerb {
    /// How mail is sent, and whether the mail server answers
    Show,
    /// Send a test to an address
    Test {
        /// The address
        address: String,
    },
    /// List the mails that wait to be delivered
    List {
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Try a waiting mail again, now
    Retry {
        /// Its id
        mail: String,
    },
    /// Take a waiting mail out, unsent
    Drop {
        /// Its id
        mail: String,
    },
}

pub(super) async fn run(args: MailArgs, session: &Session) -> Result<(), Ending> {
    match args.verb {
        MailVerb::Show => {
            let answer = session.get(&Path::of(&["mail"]).with("probe", "true")).await?;
            session.shown(&answer, state);
        }
        MailVerb::Test { address } => {
            let body = json!({ "to": address });
            let answer = session.send(Method::POST, &Path::of(&["mail-tests"]), Some(body)).await?;
            session.shown(&answer, |answer| {
                facts(&[("queued", text(answer, "id")), ("to", text(answer, "to")), next()])
            });
        }
        MailVerb::List { limit } => {
            let (rows, is_cut) = session.rows(&Path::of(&["mails"]), limit).await?;
            session.listed(&Listing { rows, is_cut }, list);
        }
        MailVerb::Retry { mail } => {
            let answer = session.send(Method::POST, &Path::of(&["mails", &mail, "retry"]), None).await?;
            session.shown(&answer, |answer| facts(&[("tried again", text(answer, "id")), next()]));
        }
        MailVerb::Drop { mail } => {
            let answer = session.send(Method::DELETE, &Path::of(&["mails", &mail]), None).await?;
            session.changed(answer, removed);
        }
    }
    Ok(())
}

fn next() -> (&'static str, String) {
    ("next", "doorward mail list".to_owned())
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_default().to_owned()
}

fn at(answer: &Value, name: &str) -> String {
    answer[name].as_i64().map(moment).unwrap_or_default()
}

fn state(answer: &Value) -> String {
    let transport = match answer["transport"].as_str() {
        Some("none") => "none: set [mail] server and from in the configuration file".to_owned(),
        Some("mailbox") => "the mailbox of the development profile".to_owned(),
        other => other.unwrap_or_default().to_owned(),
    };
    let answers = match (answer["reachable"].as_bool(), answer["probe_error"].as_str()) {
        (Some(true), _) => "yes".to_owned(),
        (Some(false), Some(fault)) => format!("no: {fault}"),
        _ => String::new(),
    };
    facts(&[
        ("transport", transport),
        ("server", text(answer, "server")),
        ("security", text(answer, "security")),
        ("from", text(answer, "from")),
        ("answers", answers),
        ("delivered", at(answer, "delivered_at")),
        ("failed", at(answer, "failed_at")),
        ("said", text(answer, "error")),
    ])
}

fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        vec![
            text(row, "id"),
            text(row, "to"),
            row["attempts"].to_string(),
            at(row, "next_attempt"),
            at(row, "expiry"),
            text(row, "last_error"),
        ]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&["MAIL", "TO", "ATTEMPTS", "NEXT", "UNTIL", "SAID"], &rows, "no mail waits")
}
