//! The daemon: a service without a person. It gets a token for itself and reads everybody's notes.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use doorward_server::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};

use super::fetch;

/// Between two runs.
const EVERY: Duration = Duration::from_secs(30);
/// A token that ends sooner is replaced.
const MARGIN_SECS: i64 = 60;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Report {
    /// Seconds of the Unix epoch.
    pub(super) at: i64,
    /// What the API answered; `None` where the run did not get so far.
    pub(super) status: Option<u16>,
    /// Notes read.
    pub(super) notes: Option<usize>,
    /// People whose notes they are.
    pub(super) people: Option<usize>,
    /// Code of the refusal.
    pub(super) code: Option<String>,
    /// Why not.
    pub(super) detail: Option<String>,
}

/// The last report, for the web app's page.
#[derive(Debug, Default)]
pub(super) struct LastRun(Mutex<Option<Report>>);

impl LastRun {
    /// The last report, if there was a run.
    pub(super) fn report(&self) -> Option<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, report: Report) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }
}

/// The daemon's registration and addresses.
pub(super) struct Daemon {
    pub(super) http: reqwest::Client,
    pub(super) token_endpoint: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) scope: String,
    pub(super) notes_url: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    #[serde(default)]
    expires_in: i64,
    error: Option<String>,
    error_description: Option<String>,
}

/// What the API answers: the notes, or a problem.
#[derive(Deserialize)]
struct NotesAnswer {
    notes: Option<Vec<serde_json::Value>>,
    people: Option<usize>,
    code: Option<String>,
    detail: Option<String>,
}

struct Token {
    text: String,
    expires_at: i64,
}

impl Daemon {
    /// Runs every 30 s for as long as it is polled, the first time at once; `tell` hears of every run.
    pub(super) async fn run(self, last: &LastRun, tell: impl Fn(&Report)) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut token = None;
        loop {
            every.tick().await;
            let now = SystemClock.now().seconds();
            let report = self.once(&mut token, now).await;
            if report.status != Some(200) {
                tracing::warn!(status = report.status, detail = report.detail, "the daemon was not let in");
                token = None;
            }
            tell(&report);
            last.keep(report);
        }
    }

    async fn once(&self, token: &mut Option<Token>, now: i64) -> Report {
        let mut report =
            Report { at: now, status: None, notes: None, people: None, code: None, detail: None };
        if token.as_ref().is_none_or(|token| token.expires_at - now < MARGIN_SECS) {
            match self.token(now).await {
                Ok(fresh) => *token = Some(fresh),
                Err(detail) => return Report { detail: Some(detail), ..report },
            }
        }
        let bearer = token.as_ref().map(|token| token.text.as_str()).unwrap_or_default();
        match fetch::answer(self.http.get(&self.notes_url).bearer_auth(bearer)).await {
            Err(fault) => report.detail = Some(fault.to_string()),
            Ok(answer) => {
                report.status = Some(answer.status);
                match serde_json::from_slice::<NotesAnswer>(&answer.body) {
                    Err(fault) => report.detail = Some(fault.to_string()),
                    Ok(body) => {
                        report.notes = body.notes.map(|notes| notes.len());
                        report.people = body.people;
                        report.code = body.code;
                        report.detail = body.detail;
                    }
                }
            }
        }
        report
    }

    async fn token(&self, now: i64) -> Result<Token, String> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", &self.client_secret),
            ("scope", &self.scope),
        ];
        let request = self.http.post(&self.token_endpoint).form(&form);
        let answer: TokenAnswer = fetch::any_status(request).await.map_err(|fault| fault.to_string())?;
        match (answer.access_token, answer.error) {
            (Some(text), None) => Ok(Token { text, expires_at: now + answer.expires_in }),
            (_, error) => {
                Err(answer.error_description.or(error).unwrap_or_else(|| "no token in the answer".to_owned()))
            }
        }
    }
}
