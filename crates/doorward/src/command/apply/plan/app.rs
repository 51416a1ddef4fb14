//! Applications: settings, addresses and permissions asked for as whole lists.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::document::{App, Redirect};
use super::{Difference, Plan, set, texts};

impl Plan<'_> {
    /// An application. Its kind and `client_id` cannot change; a difference is left to the server to refuse.
    pub(in super::super) fn app(&mut self, wanted: &App, is: Option<&Value>) {
        let settings = |is: &Value| {
            let mut change = Difference::from(is);
            change.want("pkce", wanted.pkce.as_ref().map(|text| json!(text)));
            change.want("first_party", wanted.first_party.map(Value::from));
            change.want("claims_in_id_token", wanted.claims_in_id_token.map(Value::from));
            change.want("refresh_idle_secs", wanted.refresh_idle_secs.map(Value::from));
            change.done()
        };
        let thing = format!("app {}", wanted.name);
        let path = self.path(&["apps", &wanted.name]);
        let Some(is) = is else {
            let mut body = json!({
                "name": wanted.name,
                "kind": wanted.kind,
                "redirect_uris": wanted.redirect_uris.iter().flatten().map(redirect_body).collect::<Vec<_>>(),
                "post_logout_redirect_uris": wanted.post_logout_redirect_uris.clone().unwrap_or_default(),
                "requires": wanted.requires.clone().unwrap_or_default(),
                "secret": null,
            });
            set(&mut body, "client_id", wanted.client_id.as_ref());
            self.add(
                ('+', thing.clone(), wanted.kind.clone()),
                (Method::POST, self.path(&["apps"])),
                Some(body),
            );
            let fresh = json!({ "pkce": "profile", "first_party": false, "claims_in_id_token": false });
            if let Some((detail, body)) = settings(&fresh) {
                self.add(('~', thing, detail), (Method::PATCH, path), Some(body));
            }
            return;
        };
        if let Some((detail, body)) = settings(is) {
            self.add(('~', thing.clone(), detail), (Method::PATCH, path.clone()), Some(body));
        }
        if let Some(redirects) = &wanted.redirect_uris {
            let there: Vec<Redirect> =
                is["redirect_uris"].as_array().into_iter().flatten().filter_map(redirect_of).collect();
            let usual = if wanted.kind == "daemon" { "web" } else { &wanted.kind };
            let same = |a: &Redirect, b: &Redirect| {
                a.uri == b.uri
                    && a.platform.as_deref().unwrap_or(usual) == b.platform.as_deref().unwrap_or(usual)
            };
            for gone in there.iter().filter(|there| !redirects.iter().any(|wanted| same(wanted, there))) {
                let path = self.path(&["apps", &wanted.name, "redirects"]).with("uri", &gone.uri);
                self.add(
                    ('-', thing.clone(), format!("redirect {}", gone.uri)),
                    (Method::DELETE, path),
                    None,
                );
            }
            for new in redirects.iter().filter(|wanted| !there.iter().any(|there| same(there, wanted))) {
                let path = self.path(&["apps", &wanted.name, "redirects"]);
                let body = Some(redirect_body(new));
                self.add(('+', thing.clone(), format!("redirect {}", new.uri)), (Method::POST, path), body);
            }
        }
        if let Some(uris) = &wanted.post_logout_redirect_uris {
            let there = texts(&is["post_logout_redirect_uris"]);
            for gone in there.iter().filter(|there| !uris.contains(there)) {
                let path = self.path(&["apps", &wanted.name, "logout-uris"]).with("uri", gone);
                self.add(('-', thing.clone(), format!("logout {gone}")), (Method::DELETE, path), None);
            }
            for new in uris.iter().filter(|wanted| !there.contains(wanted)) {
                let path = self.path(&["apps", &wanted.name, "logout-uris"]);
                self.add(
                    ('+', thing.clone(), format!("logout {new}")),
                    (Method::POST, path),
                    Some(json!({ "uri": new })),
                );
            }
        }
        if let Some(permissions) = &wanted.requires {
            let there: Vec<String> = is["requires"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|row| row["permission"].as_str().map(str::to_owned))
                .collect();
            for gone in there.iter().filter(|there| !permissions.contains(there)) {
                let path = self.path(&["apps", &wanted.name, "requires"]).with("permission", gone);
                self.add(('-', thing.clone(), format!("requires {gone}")), (Method::DELETE, path), None);
            }
            for new in permissions.iter().filter(|wanted| !there.contains(wanted)) {
                let path = self.path(&["apps", &wanted.name, "requires"]);
                let body = Some(json!({ "permissions": [new] }));
                self.add(('+', thing.clone(), format!("requires {new}")), (Method::POST, path), body);
            }
        }
    }
}

fn redirect_body(redirect: &Redirect) -> Value {
    json!({ "uri": redirect.uri, "platform": redirect.platform })
}

fn redirect_of(row: &Value) -> Option<Redirect> {
    Some(Redirect {
        uri: row["uri"].as_str()?.to_owned(),
        platform: row["platform"].as_str().map(str::to_owned),
    })
}
