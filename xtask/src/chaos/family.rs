//! The refresh tokens of one grant, from the side of their holder.

use std::thread;
use std::time::{Duration, Instant};

use super::book::{Book, Ended, Rule};
use super::http::{Http, Request, form};
use super::time::now;
use super::worker::{App, Lack, TENANT, Tools, good};

/// A replaced token is presented again only well within the server's grace of 30 s.
const WITHIN_GRACE: Duration = Duration::from_secs(18);

/// What is known about a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Its token must work.
    Lives,
    /// Its revocation was acknowledged.
    Revoked,
    /// Anything is right.
    Doubtful,
}

/// The refresh tokens of one grant.
pub(crate) struct Family {
    app: App,
    /// The latest token that was acknowledged.
    token: String,
    /// The one before it, and when it was replaced.
    before: Option<(String, Instant)>,
    /// When a replacement of `token` was asked for whose answer never came.
    unanswered: Option<Instant>,
    /// What is known.
    pub(crate) state: State,
}

/// Parts of the answer of a token endpoint.
pub(crate) struct Issued {
    pub(crate) refresh_token: Option<String>,
}

/// Asks the token endpoint, the application proving itself as it can.
pub(crate) fn token_request(
    http: &mut Http,
    tools: &Book,
    app: &App,
    fields: &[(&str, &str)],
) -> Result<Issued, Lack> {
    let answer = post(http, tools, ("token", app), fields)?;
    let refresh_token = answer.json()["refresh_token"].as_str().map(str::to_owned);
    Ok(Issued { refresh_token })
}

/// Posts a form to an endpoint for machines.
pub(crate) fn post(
    http: &mut Http,
    book: &Book,
    (endpoint, app): (&str, &App),
    fields: &[(&str, &str)],
) -> Result<super::http::Answer, Lack> {
    let mut fields = fields.to_vec();
    fields.push(("client_id", &app.client_id));
    if let Some(secret) = &app.secret {
        fields.push(("client_secret", secret));
    }
    let path = format!("/{TENANT}/oauth2/{endpoint}");
    // A single-page application calls from its page, so that its browser says where it comes from.
    let origin = app.redirect_uri.trim_end_matches("/back");
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", origin)];
    let headers = if app.secret.is_none() { &headers[..] } else { &headers[..1] };
    good(http.ask(&Request { method: "POST", path: &path, headers, body: &form(&fields) }), book)
}

impl Family {
    /// A grant whose first token was just acknowledged.
    pub(crate) fn new(app: App, token: String) -> Self {
        Self { app, token, before: None, unanswered: None, state: State::Lives }
    }

    /// Whether its tokens are replaced when they are used.
    fn rotates(&self) -> bool {
        self.app.secret.is_none()
    }

    /// Uses the token once, or twice at the same moment.
    pub(crate) fn refresh(&mut self, tools: &mut Tools) {
        let twice = tools.random.happens(25);
        let token = self.token.clone();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let (book, app) = (tools.book.clone(), self.app.clone());
        let (http, twin) = (&mut tools.http, &mut tools.twin);
        let answers = if twice {
            thread::scope(|scope| {
                let other = scope.spawn(|| token_request(twin, &book, &app, &fields));
                let first = token_request(http, &book, &app, &fields);
                vec![first, other.join().unwrap_or(Err(Lack::Broken))]
            })
        } else {
            vec![token_request(http, &book, &app, &fields)]
        };
        for answer in answers {
            self.hear(tools, &token, answer);
        }
    }

    /// Learns from one answer to a use of `token`.
    fn hear(&mut self, tools: &Tools, token: &str, answer: Result<Issued, Lack>) {
        let how = answer.as_ref().map_or_else(Lack::ended, |_| Ended::Told);
        tools.book.ended("refresh", how);
        match answer {
            Ok(issued) => self.succeed(tools, token, issued.refresh_token),
            Err(lack) => {
                if let (Some(_), State::Lives) = (lack.refusal(), self.state) {
                    let evidence = format!("a live refresh token was refused: {}", lack.text());
                    tools.book.judge(Rule::TokenLives, Err(evidence));
                    self.state = State::Doubtful;
                } else if self.token == token {
                    self.unanswered = self.unanswered.or(Some(now()));
                }
            }
        }
    }

    /// The server named the successor of `token`.
    fn succeed(&mut self, tools: &Tools, token: &str, successor: Option<String>) {
        let Some(successor) = successor else {
            let evidence = "an answer without a refresh token".to_owned();
            tools.book.judge(Rule::TokenLives, Err(evidence));
            return;
        };
        if !self.rotates() {
            self.token = successor;
            self.unanswered = None;
            return;
        }
        if self.token == token {
            self.before = Some((token.to_owned(), self.unanswered.take().unwrap_or_else(now)));
            self.token = successor;
            return;
        }
        // The token was replaced before: there is one successor, ever.
        let verdict = if self.token == successor {
            Ok(())
        } else {
            Err("one refresh token was replaced by two different ones".to_owned())
        };
        tools.book.judge(Rule::OneSuccessor, verdict);
    }

    /// Ends the grant.
    pub(crate) fn revoke(&mut self, tools: &mut Tools) {
        let fields = [("token", self.token.as_str()), ("token_type_hint", "refresh_token")];
        let answer = post(&mut tools.http, &tools.book, ("revoke", &self.app), &fields);
        tools.book.ended("revoke", answer.as_ref().map_or_else(Lack::ended, |_| Ended::Told));
        self.state = match answer {
            Ok(_) => State::Revoked,
            Err(_) => State::Doubtful,
        };
    }

    /// Judges the grant on a server that was started again.
    pub(crate) fn check(&mut self, tools: &mut Tools) {
        match self.state {
            State::Doubtful => {}
            State::Revoked => {
                let verdict = match self.present(tools, &self.token.clone()) {
                    Ok(_) => Err("a revoked refresh token works".to_owned()),
                    Err(lack) if lack.refusal().is_some() => Ok(()),
                    Err(lack) => Err(format!("a revoked refresh token: {}", lack.text())),
                };
                tools.book.judge(Rule::RevocationHolds, verdict);
            }
            State::Lives => self.check_living(tools),
        }
    }

    fn check_living(&mut self, tools: &mut Tools) {
        let is_late = |at: Instant| at.elapsed() > WITHIN_GRACE;
        if self.unanswered.is_some_and(is_late) {
            // Too late to tell a lost answer from a theft: the machine was too slow for this one.
            self.state = State::Doubtful;
            return;
        }
        if let Some((before, _)) = self.before.clone().filter(|(_, at)| self.rotates() && !is_late(*at))
            && self.unanswered.is_none()
        {
            let verdict = match self.present(tools, &before) {
                Ok(issued) if issued.refresh_token.as_ref() == Some(&self.token) => Ok(()),
                Ok(_) => Err("after a kill a replaced token has another successor than before".to_owned()),
                Err(lack) => Err(format!("a replaced token within the grace: {}", lack.text())),
            };
            tools.book.judge(Rule::OneSuccessor, verdict);
        }
        let token = self.token.clone();
        match self.present(tools, &token) {
            Ok(issued) => {
                tools.book.judge(Rule::TokenLives, Ok(()));
                self.succeed(tools, &token, issued.refresh_token);
            }
            Err(lack) => {
                let evidence = format!("an acknowledged refresh token: {}", lack.text());
                tools.book.judge(Rule::TokenLives, Err(evidence));
                self.state = State::Doubtful;
                return;
            }
        }
        if self.rotates()
            && let Ok(issued) = self.present(tools, &token)
        {
            self.succeed(tools, &token, issued.refresh_token);
        }
    }

    fn present(&self, tools: &mut Tools, token: &str) -> Result<Issued, Lack> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        token_request(&mut tools.http, &tools.book, &self.app, &fields)
    }
}
