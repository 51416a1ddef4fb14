//! Callers that administer: accounts, applications, secrets, consents, locks, and a backup now and then.

use serde_json::json;

use super::book::{Ended, Rule};
use super::family::post;
use super::worker::{App, Lack, Look, Scene, TENANT, Tools, Worker};

/// Changes the directory, and remembers what it was told.
pub(crate) struct Operator {
    tools: Tools,
    users: Vec<User>,
    apps: Vec<Registered>,
    /// Application and user of each acknowledged consent.
    consents: Vec<(usize, usize)>,
    /// Where the things of this cycle begin.
    recent: (usize, usize, usize),
}

struct User {
    name: String,
    /// Unknown where the last answer did not come.
    is_disabled: Option<bool>,
}

struct Registered {
    name: String,
    client_id: String,
    secrets: Vec<Secret>,
}

struct Secret {
    id: String,
    text: String,
    /// Unknown where the answer to its removal did not come.
    works: Option<bool>,
}

/// Secrets that an application may have.
const MOST_SECRETS: usize = 3;

impl Operator {
    pub(crate) fn new(tools: Tools) -> Self {
        Self { tools, users: Vec::new(), apps: Vec::new(), consents: Vec::new(), recent: (0, 0, 0) }
    }

    fn add_user(&mut self) {
        let name = self.tools.fresh_name("staff");
        let body = json!({ "name": name }).to_string();
        if self.tools.change(("user.create", &name), ("POST", "/users"), &body).is_ok() {
            self.users.push(User { name, is_disabled: Some(false) });
        }
    }

    fn switch(&mut self, place: usize) {
        let Some(User { name, is_disabled: Some(is_disabled) }) = self.users.get(place) else { return };
        let (name, disable) = (name.clone(), !is_disabled);
        let (action, verb) = if disable { ("user.disable", "disable") } else { ("user.enable", "enable") };
        let answer = self.tools.change((action, &name), ("POST", &format!("/users/{name}/{verb}")), "");
        self.users[place].is_disabled = match answer {
            Ok(_) => Some(disable),
            Err(lack) => lack.refusal().map(|_| !disable),
        };
    }

    fn add_app(&mut self) {
        let name = self.tools.fresh_name("app");
        let body = json!({ "name": name, "kind": "web" }).to_string();
        if let Ok(answer) = self.tools.change(("app.create", &name), ("POST", "/apps"), &body) {
            let answer = answer.json();
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let secret = Secret {
                id: text(&answer["secrets"][0]["id"]),
                text: text(&answer["client_secret"]),
                works: Some(true),
            };
            let client_id = text(&answer["client_id"]);
            self.apps.push(Registered { name, client_id, secrets: vec![secret] });
        }
    }

    fn add_secret(&mut self, place: usize) {
        let app = &self.apps[place];
        if app.secrets.iter().filter(|secret| secret.works != Some(false)).count() >= MOST_SECRETS {
            return;
        }
        let name = app.name.clone();
        let body = json!({ "name": self.tools.fresh_name("s"), "days": 30 }).to_string();
        let path = format!("/apps/{name}/secrets");
        if let Ok(answer) = self.tools.change(("app.secret.add", &name), ("POST", &path), &body) {
            let answer = answer.json();
            let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
            let secret = Secret { id: text("secret_id"), text: text("client_secret"), works: Some(true) };
            self.apps[place].secrets.push(secret);
        }
    }

    fn remove_secret(&mut self, place: usize) {
        let app = &self.apps[place];
        let working: Vec<usize> =
            (0..app.secrets.len()).filter(|place| app.secrets[*place].works == Some(true)).collect();
        if working.len() < 2 {
            return;
        }
        let (name, which) = (app.name.clone(), working[0]);
        let path = format!("/apps/{name}/secrets/{}", app.secrets[which].id);
        let answer = self.tools.change(("app.secret.remove", &name), ("DELETE", &path), "");
        self.apps[place].secrets[which].works = match answer {
            Ok(_) => Some(false),
            Err(lack) => lack.refusal().map(|_| true),
        };
    }

    fn consent(&mut self, app: usize, user: usize) {
        if self.consents.contains(&(app, user)) {
            return;
        }
        let (app_name, user_name) = (self.apps[app].name.clone(), self.users[user].name.clone());
        let body =
            json!({ "app": app_name, "permission": "notes:notes.read", "user": user_name }).to_string();
        if self.tools.change(("grant.add", &app_name), ("POST", "/grants"), &body).is_ok() {
            self.consents.push((app, user));
        }
    }

    /// Whether a secret authenticates its application: unknown tokens are revoked without complaint (RFC 7009 §2.2).
    fn try_secret(&mut self, app: usize, secret: usize) -> Result<(), Lack> {
        let registered = &self.apps[app];
        let app = App {
            client_id: registered.client_id.clone(),
            secret: Some(registered.secrets[secret].text.clone()),
            redirect_uri: "",
        };
        post(&mut self.tools.http, &self.tools.book, ("revoke", &app), &[("token", "nothing")]).map(drop)
    }

    fn check_user(&mut self, place: usize) {
        let user = &self.users[place];
        let (name, is_disabled) = (user.name.clone(), user.is_disabled);
        let verdict = match self.tools.manage("GET", &format!("/users/{name}"), "") {
            Ok(answer) => {
                let found = answer.json()["disabled"].as_bool();
                // What nobody knew is known from now on.
                self.users[place].is_disabled = found;
                if is_disabled.is_none() || found == is_disabled {
                    Ok(())
                } else {
                    Err(format!("user {name}: disabled {is_disabled:?} acknowledged, {found:?} found"))
                }
            }
            Err(lack) => Err(format!("user {name}: {}", lack.text())),
        };
        self.tools.book.judge(Rule::ChangeHolds, verdict);
    }

    fn check_app(&mut self, place: usize) {
        let name = self.apps[place].name.clone();
        let shown = self.tools.manage("GET", &format!("/apps/{name}"), "");
        let verdict = shown.map(drop).map_err(|lack| format!("app {name}: {}", lack.text()));
        self.tools.book.judge(Rule::ChangeHolds, verdict);
        for secret in 0..self.apps[place].secrets.len() {
            let Some(expected) = self.apps[place].secrets[secret].works else { continue };
            let verdict = match (expected, self.try_secret(place, secret)) {
                (true, Ok(())) => Ok(()),
                (false, Err(lack)) if lack.refusal().is_some() => Ok(()),
                (true, Err(lack)) => Err(format!("a secret of {name} does not work: {}", lack.text())),
                (false, outcome) => Err(format!("a removed secret of {name}: {outcome:?}")),
            };
            self.tools.book.judge(Rule::ChangeHolds, verdict);
        }
    }

    fn check_consent(&mut self, place: usize) {
        let (app, user) = self.consents[place];
        let (app, user) = (&self.apps[app].name, &self.users[user].name);
        let (path, what) = (format!("/grants?app={app}&user={user}"), format!("consent of {user} for {app}"));
        let verdict = match self.tools.manage("GET", &path, "") {
            Ok(answer) if answer.body.contains("notes.read") => Ok(()),
            Ok(answer) => Err(format!("{what}: {}", answer.body)),
            Err(lack) => Err(format!("{what}: {}", lack.text())),
        };
        self.tools.book.judge(Rule::ChangeHolds, verdict);
    }
}

impl Worker for Operator {
    fn work(&mut self) {
        let user = self.tools.random.place(self.users.len());
        let app = self.tools.random.place(self.apps.len());
        match (self.tools.random.below(100), user, app) {
            (0..30, ..) | (_, None, _) => self.add_user(),
            (30..45, ..) | (_, _, None) => self.add_app(),
            (45..60, Some(user), _) => self.switch(user),
            (60..75, _, Some(app)) => self.add_secret(app),
            (75..83, _, Some(app)) => self.remove_secret(app),
            (_, Some(user), Some(app)) => self.consent(app, user),
        }
    }

    fn check(&mut self, look: Look) {
        let (users, apps, consents) = match look {
            Look::Recent => self.recent,
            Look::Everything => (0, 0, 0),
        };
        for place in 0..self.users.len() {
            let is_open = self.users[place].is_disabled.is_none();
            if place >= users || is_open || self.tools.random.picks(users) {
                self.check_user(place);
            }
        }
        for place in 0..self.apps.len() {
            if place >= apps || self.tools.random.picks(apps) {
                self.check_app(place);
            }
        }
        for place in 0..self.consents.len() {
            if place >= consents || self.tools.random.picks(consents) {
                self.check_consent(place);
            }
        }
        self.recent = (self.users.len(), self.apps.len(), self.consents.len());
    }

    fn meet(&mut self, scene: &Scene) {
        self.tools.meet(scene);
    }
}

/// A service that asks for tokens without end: reads beside all the writes.
pub(crate) struct Service {
    tools: Tools,
}

impl Service {
    pub(crate) fn new(tools: Tools) -> Self {
        Self { tools }
    }
}

impl Worker for Service {
    fn work(&mut self) {
        let app = self.tools.scene.web.clone();
        let fields = [("grant_type", "client_credentials"), ("resource", "api://notes")];
        let answer = post(&mut self.tools.http, &self.tools.book, ("token", &app), &fields);
        let how = answer.as_ref().map_or_else(Lack::ended, |_| Ended::Told);
        self.tools.book.ended("client credentials", how);
        if let Err(lack) = &answer
            && lack.refusal().is_some()
        {
            let evidence = format!("a service of {TENANT} got no token: {}", lack.text());
            self.tools.book.judge(Rule::ChangeHolds, Err(evidence));
        }
    }

    fn check(&mut self, _: Look) {
        self.work();
    }

    fn meet(&mut self, scene: &Scene) {
        self.tools.meet(scene);
    }
}
