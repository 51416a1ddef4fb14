//! Callers that sign in, redeem codes, and use and revoke what they got.

use std::thread;
use std::time::{Duration, Instant};

use super::book::{Ended, Rule};
use super::browser::{Browser, Landed};
use super::family::{Family, State, token_request};
use super::http::form;
use super::time::now;
use super::worker::{App, Lack, Look, Scene, TENANT, Tools, Worker};

const PASSWORD: &str = "quiet-harbour-lantern-61";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SCOPE: &str = "openid offline_access api://notes/notes.read";

/// A code is good for a minute; it is judged only well within.
const CODE_IS_FRESH: Duration = Duration::from_secs(30);
/// Within this time a second redemption by the same application is only refused; later it ends the grant.
const RETRY: Duration = Duration::from_secs(7);
/// So many grants a caller keeps using; the older ones rest until they are checked.
const IN_USE: usize = 6;

/// Signs in, and lives on what it gets.
pub(crate) struct Person {
    tools: Tools,
    sessions: Vec<(Browser, App)>,
    families: Vec<Family>,
    codes: Vec<Code>,
    /// Where the families and sessions of this cycle begin.
    recent: (usize, usize),
}

/// A code that was acknowledged.
struct Code {
    app: App,
    text: String,
    got_at: Instant,
    /// Whether somebody tried to redeem it.
    was_tried: bool,
    /// When tokens were given for it, and to which family they belong.
    redeemed: Option<(Instant, Option<usize>)>,
}

impl Person {
    pub(crate) fn new(tools: Tools) -> Self {
        Self { tools, sessions: Vec::new(), families: Vec::new(), codes: Vec::new(), recent: (0, 0) }
    }

    /// A new account, made by the administration, signs in for the first time.
    fn arrive(&mut self) {
        let name = self.tools.fresh_name("person");
        let body = serde_json::json!({ "name": name, "password": PASSWORD }).to_string();
        if self.tools.change(("user.create", &name), ("POST", "/users"), &body).is_err() {
            return;
        }
        let spot = self.tools.random.next().to_be_bytes();
        let mut browser = Browser::at(format!("10.{}.{}.{}", spot[0], spot[1], spot[2]));
        let app = self.some_app();
        if let Some(code) = self.sign_in(&mut browser, &app, &name) {
            self.sessions.push((browser, app.clone()));
            self.redeem(app, code);
        }
    }

    fn some_app(&mut self) -> App {
        let scene = &self.tools.scene;
        if self.tools.random.happens(70) { scene.spa.clone() } else { scene.web.clone() }
    }

    /// Walks through the pages to the code.
    fn sign_in(&mut self, browser: &mut Browser, app: &App, name: &str) -> Option<String> {
        let typed = [("username", name), ("password", PASSWORD)];
        let steps: [(&str, &[(&str, &str)]); 2] = [("signin", &typed), ("consent", &[("decision", "allow")])];
        let mut landed = browser.visit(&mut self.tools.http, &ask(app, &[]));
        for (id, typed) in steps {
            let page = match self.heard(landed)? {
                Landed::Client(parameters) => return self.code(parameters.get("code"), name),
                Landed::Page(page) => page,
            };
            match browser.submit(&mut self.tools.http, &page, (id, typed)) {
                Ok(Some(next)) => landed = Ok(next),
                Ok(None) => return self.strange(page.status, &page.body, name),
                Err(error) => landed = Err(error),
            }
        }
        match self.heard(landed)? {
            Landed::Client(parameters) => self.code(parameters.get("code"), name),
            Landed::Page(page) => self.strange(page.status, &page.body, name),
        }
    }

    fn heard(&self, landed: std::io::Result<Landed>) -> Option<Landed> {
        landed
            .inspect_err(|error| {
                self.tools.book.broke(error);
                self.tools.book.ended("sign in", Ended::Unknown);
            })
            .ok()
    }

    fn code(&self, code: Option<&String>, name: &str) -> Option<String> {
        match code {
            Some(code) => {
                self.tools.book.ended("sign in", Ended::Told);
                Some(code.clone())
            }
            None => self.strange(0, "the application was sent an error", name),
        }
    }

    /// A page where the code should be. An account that was just acknowledged can sign in.
    fn strange(&self, status: u16, html: &str, name: &str) -> Option<String> {
        self.tools.book.ended("sign in", Ended::TurnedAway);
        if status < 500 {
            let start = html.find("<main").unwrap_or(0);
            let said: String = html[start..].chars().take(600).collect();
            self.tools.book.judge(Rule::ChangeHolds, Err(format!("{name} cannot sign in: {status} {said}")));
        }
        None
    }

    /// Redeems a code once, twice at the same moment, or later.
    fn redeem(&mut self, app: App, code: String) {
        let mut code = Code { app, text: code, got_at: now(), was_tried: false, redeemed: None };
        if !self.tools.random.happens(10) {
            let both = self.tools.random.happens(30);
            self.try_code(&mut code, both);
        }
        self.codes.push(code);
    }

    fn try_code(&mut self, code: &mut Code, both: bool) {
        let is_first = !std::mem::replace(&mut code.was_tried, true);
        let text = code.text.clone();
        let fields = redemption(&code.app, &text);
        let (book, app) = (self.tools.book.clone(), code.app.clone());
        let (http, twin) = (&mut self.tools.http, &mut self.tools.twin);
        let answers = if both {
            thread::scope(|scope| {
                let other = scope.spawn(|| token_request(twin, &book, &app, &fields));
                let first = token_request(http, &book, &app, &fields);
                vec![first, other.join().unwrap_or(Err(Lack::Broken))]
            })
        } else {
            vec![token_request(http, &book, &app, &fields)]
        };
        let refusals = answers.iter().filter_map(|answer| answer.as_ref().err()?.refusal());
        if is_first && refusals.count() == answers.len() {
            let said = answers.iter().filter_map(|answer| Some(answer.as_ref().err()?.text()));
            let evidence =
                format!("an acknowledged code was refused: {}", said.collect::<Vec<_>>().join(" "));
            self.tools.book.judge(Rule::CodeWorksOnce, Err(evidence));
        }
        for answer in answers {
            self.tools.book.ended("redeem", answer.as_ref().map_or_else(Lack::ended, |_| Ended::Told));
            let Ok(issued) = answer else { continue };
            let verdict = match code.redeemed {
                Some(_) => Err("a code gave tokens twice".to_owned()),
                None => Ok(()),
            };
            self.tools.book.judge(Rule::CodeWorksOnce, verdict);
            let family = issued.refresh_token.map(|token| {
                self.families.push(Family::new(code.app.clone(), token));
                self.families.len() - 1
            });
            code.redeemed = Some((now(), family));
        }
    }

    /// A code on a server that was started again.
    fn check_code(&mut self, mut code: Code) {
        if let Some((at, family)) = code.redeemed {
            if !self.tools.random.happens(40) {
                return;
            }
            let text = code.text.clone();
            let answer = token_request(
                &mut self.tools.http,
                &self.tools.book,
                &code.app,
                &redemption(&code.app, &text),
            );
            let verdict = match answer {
                Ok(_) => Err("after a kill a redeemed code gives tokens again".to_owned()),
                Err(lack) if lack.refusal().is_some() => Ok(()),
                Err(lack) => Err(format!("a redeemed code: {}", lack.text())),
            };
            self.tools.book.judge(Rule::CodeWorksOnce, verdict);
            // Later than a network's retry: the server takes it for a theft and ends the grant.
            if at.elapsed() > RETRY
                && let Some(family) = family.and_then(|place| self.families.get_mut(place))
            {
                family.state = State::Doubtful;
            }
        } else if code.got_at.elapsed() < CODE_IS_FRESH {
            // Where an attempt went unanswered before the kill, a refusal is right as well.
            self.try_code(&mut code, false);
        }
    }

    /// Asks without a page: works while the session and the consent are there.
    fn return_silently(&mut self, place: usize) -> Option<String> {
        let (browser, app) = self.sessions.get_mut(place)?;
        match browser.visit(&mut self.tools.http, &ask(app, &[("prompt", "none")])) {
            Ok(Landed::Client(parameters)) => {
                let verdict = parameters.get("code").cloned().ok_or_else(|| {
                    let said = parameters.get("error_description").cloned().unwrap_or_default();
                    format!("a signed-in person is asked again: {said}")
                });
                self.tools.book.judge(Rule::SessionHolds, verdict.as_ref().map(drop).map_err(Clone::clone));
                verdict.ok()
            }
            Ok(Landed::Page(page)) if page.status >= 500 => None,
            Ok(Landed::Page(page)) => {
                let evidence = format!("prompt=none shows a page: {}", page.status);
                self.tools.book.judge(Rule::SessionHolds, Err(evidence));
                None
            }
            Err(error) => {
                self.tools.book.broke(&error);
                None
            }
        }
    }
}

impl Worker for Person {
    fn work(&mut self) {
        let in_use = self.families.len().saturating_sub(IN_USE)..self.families.len();
        let some = self.tools.random.place(in_use.len()).map(|place| in_use.start + place);
        match (self.tools.random.below(100), some) {
            (0..25, _) | (_, None) => self.arrive(),
            (25..35, _) => {
                let place = self.tools.random.place(self.sessions.len());
                if let Some(place) = place
                    && let Some(code) = self.return_silently(place)
                {
                    let app = self.sessions[place].1.clone();
                    self.redeem(app, code);
                }
            }
            (35..42, Some(place)) if self.families[place].state == State::Lives => {
                self.families[place].revoke(&mut self.tools);
            }
            (_, Some(place)) if self.families[place].state == State::Lives => {
                self.families[place].refresh(&mut self.tools);
            }
            _ => {}
        }
    }

    fn check(&mut self, look: Look) {
        for code in std::mem::take(&mut self.codes) {
            self.check_code(code);
        }
        let (families, sessions) = match look {
            Look::Recent => self.recent,
            Look::Everything => (0, 0),
        };
        // Those in use were there before this cycle.
        let families = families.saturating_sub(IN_USE);
        for place in 0..self.families.len() {
            if place >= families || self.tools.random.picks(families) {
                self.families[place].check(&mut self.tools);
            }
        }
        for place in 0..self.sessions.len() {
            if place >= sessions || self.tools.random.picks(sessions) {
                self.return_silently(place);
            }
        }
        self.recent = (self.families.len(), self.sessions.len());
    }

    fn meet(&mut self, scene: &Scene) {
        self.tools.meet(scene);
    }
}

/// An authorization request.
fn ask(app: &App, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", app.redirect_uri),
        ("response_type", "code"),
        ("scope", SCOPE),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    fields.extend(more);
    format!("/{TENANT}/oauth2/authorize?{}", form(&fields))
}

fn redemption<'a>(app: &App, code: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", app.redirect_uri),
        ("code_verifier", VERIFIER),
    ]
}
