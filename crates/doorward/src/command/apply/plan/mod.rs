//! The difference between a file and what is there, as steps: what a person reads, and the request that does it.
//!
//! Pure: the views of what is there come in, steps go out. Nothing that the file does not name is touched.

mod api;
mod app;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::document::{Flow, Grant, Tenant, User};
use crate::command::path::Path;

/// One change.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// `+`, `~` or `-`.
    pub(super) sign: char,
    /// What it is about: `app meadow/web`.
    pub(super) thing: String,
    /// What changes, for people.
    pub(super) detail: String,
    /// How.
    pub(super) method: Method,
    pub(super) path: Path,
    pub(super) body: Option<Value>,
}

/// The steps of one tenant under construction.
pub(super) struct Plan<'a> {
    tenant: &'a str,
    pub(super) steps: Vec<Step>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(tenant: &'a str) -> Self {
        Self { tenant, steps: Vec::new() }
    }

    fn path(&self, segments: &[&str]) -> Path {
        Path::of(&[&["tenants", self.tenant], segments].concat())
    }

    fn add(
        &mut self,
        (sign, thing, detail): (char, String, String),
        (method, path): (Method, Path),
        body: Option<Value>,
    ) {
        let thing = thing.replacen(' ', &format!(" {}/", self.tenant), 1);
        self.steps.push(Step { sign, thing, detail, method, path, body });
    }

    /// The tenant itself; `is` is its view, `None` where it does not exist.
    pub(super) fn tenant(&mut self, wanted: &Tenant, is: Option<&Value>) {
        let Some(is) = is else {
            let mut body = json!({ "name": wanted.name });
            set(&mut body, "domain", wanted.domain.as_ref());
            set(&mut body, "display_name", wanted.display_name.as_ref());
            self.steps.push(Step {
                sign: '+',
                thing: format!("tenant {}", wanted.name),
                detail: wanted.domain.clone().unwrap_or_default(),
                method: Method::POST,
                path: Path::of(&["tenants"]),
                body: Some(body),
            });
            self.tenant_settings(
                wanted,
                &json!({ "display_name": wanted.display_name, "user_consent": true, "flow_issuer": "tfp" }),
            );
            return;
        };
        self.tenant_settings(wanted, is);
    }

    fn tenant_settings(&mut self, wanted: &Tenant, is: &Value) {
        let mut change = Difference::from(is);
        change.want("display_name", wanted.display_name.as_ref().map(|text| json!(text)));
        change.want("user_consent", wanted.user_consent.map(Value::from));
        change.want("flow_issuer", wanted.flow_issuer.as_ref().map(|text| json!(text)));
        if let Some((detail, body)) = change.done() {
            self.steps.push(Step {
                sign: '~',
                thing: format!("tenant {}", wanted.name),
                detail,
                method: Method::PATCH,
                path: Path::of(&["tenants", &wanted.name]),
                body: Some(body),
            });
        }
    }

    /// A user flow.
    pub(super) fn flow(&mut self, wanted: &Flow, is: Option<&Value>) {
        let mut body = json!({ "kind": wanted.kind, "claims": wanted.claims, "aliases": wanted.aliases });
        set(&mut body, "identity", wanted.identity.as_ref());
        set(&mut body, "consent", wanted.consent.as_ref());
        let thing = format!("flow {}", wanted.name);
        let path = self.path(&["flows", &wanted.name]);
        let Some(is) = is else {
            return self.add(('+', thing, wanted.kind.clone()), (Method::PUT, path), Some(body));
        };
        let mut change = Difference::from(is);
        for (name, value) in body.as_object().into_iter().flatten() {
            change.want(name, Some(value.clone()));
        }
        if let Some((detail, _)) = change.done() {
            // A flow is replaced as a whole: what the file does not say stays as it is.
            for name in ["identity", "consent"] {
                if body.get(name).is_none() && !is[name].is_null() {
                    body[name] = is[name].clone();
                }
            }
            self.add(('~', thing, detail), (Method::PUT, path), Some(body));
        }
    }

    /// An account.
    pub(super) fn user(&mut self, wanted: &User, is: Option<&Value>) {
        let thing = format!("user {}", wanted.name);
        let Some(is) = is else {
            let mut body = json!({ "name": wanted.name, "emails": wanted.emails });
            set(&mut body, "display_name", wanted.display_name.as_ref());
            set(&mut body, "given_name", wanted.given_name.as_ref());
            set(&mut body, "family_name", wanted.family_name.as_ref());
            return self.add(
                ('+', thing, wanted.emails.join(" ")),
                (Method::POST, self.path(&["users"])),
                Some(body),
            );
        };
        let mut change = Difference::from(is);
        change.want("display_name", wanted.display_name.as_ref().map(|text| json!(text)));
        change.want("given_name", wanted.given_name.as_ref().map(|text| json!(text)));
        change.want("family_name", wanted.family_name.as_ref().map(|text| json!(text)));
        if let Some((detail, body)) = change.done() {
            let path = self.path(&["users", &wanted.name]);
            self.add(('~', thing.clone(), detail), (Method::PATCH, path), Some(body));
        }
        let there: Vec<String> = is["sign_in_names"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| name["value"].as_str().map(str::to_lowercase))
            .collect();
        for new in wanted.emails.iter().filter(|email| !there.contains(&email.to_lowercase())) {
            let path = self.path(&["users", &wanted.name, "names"]);
            self.add(('+', thing.clone(), new.clone()), (Method::POST, path), Some(json!({ "name": new })));
        }
    }

    /// A grant that is not in `there`, the rows that the server lists for its application or user.
    pub(super) fn grant(&mut self, wanted: &Grant, there: &[Value]) {
        let Some((api, permission)) = wanted.permission.split_once(':') else { return };
        let whom = match (&wanted.user, wanted.all_users, &wanted.app) {
            (Some(user), ..) => user.clone(),
            (None, true, _) => "all users".to_owned(),
            (None, false, Some(_)) => "the app itself".to_owned(),
            (None, false, None) => return,
        };
        let known = there.iter().any(|row| {
            row["api"] == api
                && row["granted_for"].as_str().is_some_and(|text| text.eq_ignore_ascii_case(&whom))
                && texts(&row["permissions"]).iter().any(|text| text == permission)
        });
        if known {
            return;
        }
        let who = wanted.app.as_ref().or(wanted.user.as_ref()).cloned().unwrap_or_default();
        let line = ('+', format!("grant {who} {}", wanted.permission), format!("for {whom}"));
        let mut body: Map<String, Value> = Map::new();
        body.insert("permission".to_owned(), json!(wanted.permission));
        if let Some(app) = &wanted.app {
            body.insert("app".to_owned(), json!(app));
        }
        if let Some(user) = &wanted.user {
            body.insert("user".to_owned(), json!(user));
        }
        let segment = if wanted.is_role() {
            "role-assignments"
        } else {
            body.insert("all".to_owned(), json!(wanted.all_users));
            "grants"
        };
        self.add(line, (Method::POST, self.path(&[segment])), Some(Value::Object(body)));
    }
}

impl Grant {
    /// An app role: said so, or of an application alone, or of a user alone.
    pub(super) fn is_role(&self) -> bool {
        self.role || (!self.all_users && (self.user.is_none() || self.app.is_none()))
    }
}

/// Members that differ from a view.
struct Difference<'v> {
    is: &'v Value,
    body: Map<String, Value>,
    said: Vec<String>,
}

impl<'v> From<&'v Value> for Difference<'v> {
    fn from(is: &'v Value) -> Self {
        Self { is, body: Map::new(), said: Vec::new() }
    }
}

impl Difference<'_> {
    fn want(&mut self, name: &str, value: Option<Value>) {
        let Some(value) = value else { return };
        let is = &self.is[name];
        if *is != value {
            let was = if is.is_null() { String::new() } else { format!("{is} -> ") };
            self.said.push(format!("{name} {was}{value}"));
            self.body.insert(name.to_owned(), value);
        }
    }

    fn done(self) -> Option<(String, Value)> {
        (!self.body.is_empty()).then(|| (self.said.join(", "), Value::Object(self.body)))
    }
}

fn set(body: &mut Value, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        body[name] = json!(value);
    }
}

/// What the file says, or anything where it says nothing.
fn says(is: &Value, name: &str, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|text| is[name] == text)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}
