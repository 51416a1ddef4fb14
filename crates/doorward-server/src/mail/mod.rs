//! Mail: letters that a decision wants sent become mails in the outbox, and a worker delivers them.
//!
//! Owns the words and the looks of mails, their seal in the outbox, delivery with its patience, and the transports:
//! SMTP, the mailbox of the development profile, or none. Does not own who is told what (`doorward_core::journey`
//! decides) nor when: a mail is committed with what it tells, and nothing here delays a request.
//!
//! ```text
//!  Letter ──compose──▶ Composed ──seal──▶ Mail ══commit══▶ outbox ──worker──▶ SMTP | mailbox
//! ```
//!
//! A mail is delivered at least once: a process that dies between the mail server's yes and the commit that takes the
//! mail out of the outbox sends it again after its next start, and of several nodes two may try at the same moment. The
//! `Message-ID` is the same each time, so that mailboxes can tell. On one node one attempt per mail is under way.

mod attempt;
mod compose;
mod mailbox;
mod queue;
mod smtp;
mod worker;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use doorward_core::model::Instant;
use serde::Serialize;
use tokio::sync::Notify;

pub(crate) use mailbox::{Kept, Mailbox};
pub(crate) use queue::Heading;
pub use smtp::{SmtpFault, SmtpSecurity, SmtpSettings};
pub use worker::MailWorker;

use crate::app::App;
use compose::Words;
use smtp::Smtp;

/// All that the shell knows about mail.
pub(crate) struct Post {
    words: Words,
    smtp: OnceLock<Smtp>,
    mailbox: Option<Arc<Mailbox>>,
    wake: Notify,
    /// Held while a round of deliveries runs.
    round: tokio::sync::Mutex<()>,
    last: Mutex<Last>,
}

/// What came of the last attempts.
#[derive(Clone, Debug, Default)]
struct Last {
    delivered_at: Option<Instant>,
    failed_at: Option<Instant>,
    error: Option<String>,
}

/// How mail stands, for administrators and checks.
#[derive(Clone, Debug, Serialize)]
pub struct MailState {
    /// `smtp`, `mailbox` or `none`.
    pub transport: &'static str,
    /// The mail server, `host:port`.
    pub server: Option<String>,
    /// How the connection is protected: `tls`, `starttls` or `none`.
    pub security: Option<&'static str>,
    /// The sender.
    pub from: Option<String>,
    /// When a mail was last delivered by this process, in seconds since 1970.
    pub delivered_at: Option<i64>,
    /// When an attempt last failed in this process.
    pub failed_at: Option<i64>,
    /// What the mail server said then, without addresses.
    pub error: Option<String>,
}

impl Post {
    /// The development profile keeps mail in a mailbox of its own; everybody else sends it, or has none.
    pub(crate) fn new(development: bool) -> Self {
        Self {
            words: Words::new(),
            smtp: OnceLock::new(),
            mailbox: development.then(|| Arc::new(Mailbox::default())),
            wake: Notify::new(),
            round: tokio::sync::Mutex::new(()),
            last: Mutex::new(Last::default()),
        }
    }

    /// Mails are waiting.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// The mailbox of the development profile.
    pub(crate) fn mailbox(&self) -> Option<&Arc<Mailbox>> {
        self.mailbox.as_ref()
    }

    fn can_send(&self) -> bool {
        self.smtp.get().is_some() || self.mailbox.is_some()
    }

    fn delivered(&self, now: Instant) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.delivered_at = Some(now);
    }

    fn failed(&self, now: Instant, error: &str) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (last.failed_at, last.error) = (Some(now), Some(error.to_owned()));
    }
}

impl App {
    /// Sends mail through a mail server, from now on. Called once, before anything is served.
    pub fn use_smtp(&self, settings: SmtpSettings) -> Result<(), SmtpFault> {
        let smtp = Smtp::new(settings, &self.settings().base_url)?;
        self.ports().post.smtp.set(smtp).map_err(|_| SmtpFault::SetTwice)
    }

    /// Whether mail can be sent at all.
    pub fn can_send_mail(&self) -> bool {
        self.ports().post.can_send()
    }

    /// How mail stands.
    pub fn mail_state(&self) -> MailState {
        let post = &self.ports().post;
        let last = post.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let smtp = post.smtp.get();
        MailState {
            transport: match (smtp, &post.mailbox) {
                (Some(_), _) => "smtp",
                (None, Some(_)) => "mailbox",
                (None, None) => "none",
            },
            server: smtp.map(Smtp::server),
            security: smtp.map(|smtp| smtp.security().as_str()),
            from: smtp.map(Smtp::from),
            delivered_at: last.delivered_at.map(Instant::seconds),
            failed_at: last.failed_at.map(Instant::seconds),
            error: last.error,
        }
    }

    /// Shakes hands with the mail server: connection, TLS and credentials. `None` where there is none to ask.
    pub async fn probe_mail(&self) -> Option<Result<(), String>> {
        Some(self.ports().post.smtp.get()?.probe().await)
    }
}
