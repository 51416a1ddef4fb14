//! APIs: settings, and scopes and roles as whole lists.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::document::{Api, Role, Scope};
use super::{Difference, Plan, says, set};

impl Plan<'_> {
    /// An API.
    pub(in super::super) fn api(&mut self, wanted: &Api, is: Option<&Value>) {
        let settings = |is: &Value| {
            let mut change = Difference::from(is);
            change.want("title", wanted.title.as_ref().map(|text| json!(text)));
            change.want("identifier_uris", wanted.identifier_uris.as_ref().map(|all| json!(all)));
            change.want("profile", wanted.profile.as_ref().map(|text| json!(text)));
            change.want("algorithm", wanted.algorithm.as_ref().map(|text| json!(text)));
            change.want("access_token_secs", wanted.access_token_secs.map(Value::from));
            change.done()
        };
        let Some(is) = is else {
            let body = json!({
                "name": wanted.name,
                "scopes": wanted.scopes.iter().flatten().map(scope_body).collect::<Vec<_>>(),
                "roles": wanted.roles.iter().flatten().map(role_body).collect::<Vec<_>>(),
                "settings": settings(&Value::Null).map_or_else(|| json!({}), |(_, body)| body),
            });
            let names = wanted.scopes.iter().flatten().map(|scope| scope.name.as_str());
            let names = names.chain(wanted.roles.iter().flatten().map(|role| role.name.as_str()));
            let detail = names.collect::<Vec<_>>().join(" ");
            return self.add(
                ('+', format!("api {}", wanted.name), detail),
                (Method::POST, self.path(&["apis"])),
                Some(body),
            );
        };
        if let Some((detail, body)) = settings(is) {
            let path = self.path(&["apis", &wanted.name]);
            self.add(('~', format!("api {}", wanted.name), detail), (Method::PATCH, path), Some(body));
        }
        let same_scope = |is: &Value, scope: &Scope| {
            says(is, "title", scope.title.as_deref())
                && says(is, "description", scope.description.as_deref())
                && is["admin_only"] == scope.admin_only
        };
        let same_role = |is: &Value, role: &Role| {
            says(is, "description", role.description.as_deref()) && is["members"] == role.members.as_str()
        };
        if let Some(scopes) = &wanted.scopes {
            self.parts(
                ("scope", "scopes", &wanted.name),
                scopes,
                is,
                (|scope| &scope.name, same_scope, scope_body),
            );
        }
        if let Some(roles) = &wanted.roles {
            self.parts(("role", "roles", &wanted.name), roles, is, (|role| &role.name, same_role, role_body));
        }
    }

    /// Scopes or roles: the list is the whole list.
    fn parts<T>(
        &mut self,
        (noun, segment, api): (&str, &str, &str),
        wanted: &[T],
        is: &Value,
        (name, same, body): (impl Fn(&T) -> &String, impl Fn(&Value, &T) -> bool, impl Fn(&T) -> Value),
    ) {
        let there: Vec<&Value> = is[segment].as_array().into_iter().flatten().collect();
        for part in wanted {
            let known = there.iter().find(|known| known["name"] == name(part).as_str());
            let sign = match known {
                Some(known) if same(known, part) => continue,
                Some(_) => '~',
                None => '+',
            };
            let path = self.path(&["apis", api, segment]);
            self.add(
                (sign, format!("{noun} {api}:{}", name(part)), String::new()),
                (Method::POST, path),
                Some(body(part)),
            );
        }
        for known in there {
            let Some(text) = known["name"].as_str() else { continue };
            if !wanted.iter().any(|part| name(part) == text) {
                let path = self.path(&["apis", api, segment, text]);
                self.add(('-', format!("{noun} {api}:{text}"), String::new()), (Method::DELETE, path), None);
            }
        }
    }

    /// Who may introspect an API's tokens; `ids` are the applications' ids in the order of the file.
    pub(in super::super) fn introspectors(&mut self, api: &Api, ids: &[String], is: Option<&Value>) {
        let mut change = Difference::from(is.unwrap_or(&Value::Null));
        change.want("introspectors", Some(json!(ids)));
        if let (Some((_, body)), Some(names)) = (change.done(), &api.introspectors) {
            let path = self.path(&["apis", &api.name]);
            let detail = format!("introspectors {}", names.join(" "));
            self.add(('~', format!("api {}", api.name), detail), (Method::PATCH, path), Some(body));
        }
    }
}

fn scope_body(scope: &Scope) -> Value {
    let mut body = json!({ "value": scope.name, "admin_only": scope.admin_only });
    set(&mut body, "title", scope.title.as_ref());
    set(&mut body, "description", scope.description.as_ref());
    body
}

fn role_body(role: &Role) -> Value {
    let mut body = json!({ "value": role.name, "members": role.members });
    set(&mut body, "description", role.description.as_ref());
    body
}
