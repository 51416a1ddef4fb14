//! Samples of the log's pages.

use super::{TRACE, frame, href, production};
use crate::pages::*;

fn row(time: &str, asked: (&str, &str), code: &str, did: &str) -> LogRow {
    LogRow {
        day: "2026-11-22".to_owned(),
        time: time.to_owned(),
        method: asked.0.to_owned(),
        place: asked.1.to_owned(),
        app: "Web Shop".to_owned(),
        user: "ben.fern".to_owned(),
        status: if code.is_empty() { 200 } else { 400 },
        code: code.to_owned(),
        did: did.to_owned(),
        probable: String::new(),
        similar: 0,
        href: href("/portal/log/9c11f0d26f2a91b451b7e3c051e0a7c4"),
        is_this: false,
    }
}

fn rows() -> Vec<LogRow> {
    vec![
        LogRow {
            probable: "the same client redeemed one code twice within two seconds: a callback that runs twice, or a retry".to_owned(),
            user: String::new(),
            ..row("10:42:55", ("POST", "token"), "DW2004", "this code was redeemed 0 s ago by the same client with the same verifier")
        },
        LogRow { app: "Indexer".to_owned(), user: String::new(), similar: 311, ..row("10:41:30", ("POST", "token"), "", "app token for notes") },
        row("10:41:19", ("POST", "token"), "", "tokens for openid api://notes/notes.read"),
        row("10:41:07", ("POST", "page/sign-in"), "", "signed in, code for openid api://notes/notes.read"),
    ]
}

pub(in crate::pages) fn log() -> LogPage {
    LogPage {
        frame: production(),
        kind: LogKind::Kept,
        rows: rows(),
        codes: vec![
            Chip { label: "DW2004".to_owned(), count: 1, href: href("/portal/log"), is_set: true },
            Chip {
                label: "DW1101".to_owned(),
                count: 4,
                href: href("/portal/log?code=DW1101"),
                is_set: false,
            },
        ],
        apps: vec![Chip {
            label: "Web Shop".to_owned(),
            count: 3,
            href: href("/portal/log?app=Web+Shop"),
            is_set: false,
        }],
        filter: LogFilter { code: "DW2004".to_owned(), ..LogFilter::default() },
        action: href("/portal/log"),
        earlier: Some(href("/portal/log?cursor=x")),
        latest: Some(href("/portal/log")),
        is_filtered: true,
    }
}

pub(in crate::pages) fn live() -> LogPage {
    LogPage {
        frame: frame(),
        kind: LogKind::Live,
        action: href("/_live"),
        filter: LogFilter::default(),
        earlier: None,
        ..log()
    }
}

pub(in crate::pages) fn gate() -> GatePage {
    GatePage { frame: production(), why: GateReason::NotSignedIn, trace: TRACE.to_owned(), log: None }
}

pub(in crate::pages) fn trace() -> TracePage {
    let check = |name: &str, verdict, spec: &str| CheckRow {
        name: name.to_owned(),
        verdict,
        spec: spec.to_owned(),
        sent: String::new(),
        expected: String::new(),
        is_cause: false,
    };
    TracePage {
        frame: frame(),
        row: LogRow {
            is_this: true,
            ..row(
                "10:52:40",
                ("GET", "authorize"),
                "DW1101",
                "redirect_uri is not registered for this application",
            )
        },
        trace: TRACE.to_owned(),
        path: "/meadow/oauth2/authorize".to_owned(),
        slug: "redirect-uri-mismatch".to_owned(),
        remedy: "Register it: `doorward app redirect add web-shop http://localhost:5173/callback/`"
            .to_owned(),
        comparison: Some(Comparison::new(
            Some("http://localhost:5173/callback/"),
            Some("http://localhost:5173/callback"),
        )),
        docs: Some(href("/docs/errors/DW1101")),
        facts: vec![
            Fact { key: "app", value: "Web Shop".to_owned() },
            Fact { key: "agent", value: "Mozilla/5.0 (X11; Linux x86_64)".to_owned() },
        ],
        checks: vec![
            check("client.known", "passed", "RFC 6749 §2.2"),
            CheckRow {
                sent: "http://localhost:5173/callback/".to_owned(),
                expected: "http://localhost:5173/callback".to_owned(),
                is_cause: true,
                ..check("redirect_uri.registered", "failed", "RFC 6749 §3.1.2.3")
            },
            check("pkce.method", "skipped", "RFC 7636 §4.3"),
        ],
        probable: vec![Guess {
            cause: "the hidden frame came without our cookie, while the same browser is signed in here"
                .to_owned(),
            codes: vec![GuessCode {
                code: "DW2103".to_owned(),
                slug: "third-party-cookies".to_owned(),
                href: href("/docs/errors/DW2103"),
            }],
        }],
        related: rows(),
        public_text: "trace   9c11f0d2\ncode    DW1101".to_owned(),
        client_text: "client  web-shop".to_owned(),
        log: href("/portal/log"),
        elapsed: "1.8".to_owned(),
    }
}
