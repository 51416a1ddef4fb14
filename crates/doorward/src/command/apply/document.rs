//! What a declarative file may say. Every key is known; an unknown one is refused with the one that was meant.
//!
//! A list that is there is the whole list of its thing (redirect URIs, scopes, roles, permissions asked for); a key that
//! is absent is left as it is. Passwords and secrets have no place in a file.

use serde::Deserialize;

use super::super::ending::Ending;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    pub(super) tenants: Vec<Tenant>,
}

/// A tenant and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) domain: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) user_consent: Option<bool>,
    pub(super) flow_issuer: Option<String>,
    #[serde(default)]
    pub(super) apis: Vec<Api>,
    #[serde(default)]
    pub(super) apps: Vec<App>,
    #[serde(default)]
    pub(super) flows: Vec<Flow>,
    #[serde(default)]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) grants: Vec<Grant>,
}

/// An API.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Api {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) identifier_uris: Option<Vec<String>>,
    pub(super) profile: Option<String>,
    pub(super) algorithm: Option<String>,
    pub(super) access_token_secs: Option<u32>,
    pub(super) introspectors: Option<Vec<String>>,
    pub(super) scopes: Option<Vec<Scope>>,
    pub(super) roles: Option<Vec<Role>>,
}

/// A scope: its name, or more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) admin_only: bool,
}

/// An app role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) description: Option<String>,
    #[serde(default = "applications")]
    pub(super) members: String,
}

fn applications() -> String {
    "applications".to_owned()
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) client_id: Option<String>,
    pub(super) redirect_uris: Option<Vec<Redirect>>,
    pub(super) post_logout_redirect_uris: Option<Vec<String>>,
    pub(super) requires: Option<Vec<String>>,
    pub(super) pkce: Option<String>,
    pub(super) first_party: Option<bool>,
    pub(super) claims_in_id_token: Option<bool>,
    pub(super) refresh_idle_secs: Option<u32>,
}

/// A redirect URI and, where it is not that of the application's kind, its platform.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirect {
    pub(super) uri: String,
    pub(super) platform: Option<String>,
}

/// A user flow.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flow {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) identity: Option<String>,
    pub(super) consent: Option<String>,
    #[serde(default)]
    pub(super) claims: Vec<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
}

/// An account, without a password: the person gets one by invitation or reset, or the operator sets it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) name: String,
    #[serde(default)]
    pub(super) emails: Vec<String>,
    pub(super) display_name: Option<String>,
    pub(super) given_name: Option<String>,
    pub(super) family_name: Option<String>,
}

/// A delegated permission of an application, for everybody or for one user; or an app role of an application or a user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    pub(super) permission: String,
    pub(super) app: Option<String>,
    pub(super) user: Option<String>,
    #[serde(default)]
    pub(super) all_users: bool,
    #[serde(default)]
    pub(super) role: bool,
}

/// Reads a file's text: TOML where its name ends so, else YAML, of which JSON is a part.
pub(super) fn read(text: &str, is_toml: bool) -> Result<Document, Ending> {
    let told = |path: String, fault: String| {
        let place = if path == "." || path.is_empty() { String::new() } else { format!("{path}: ") };
        Ending::usage(format!("{place}{}", meant(&fault)), "Correct the file; nothing was changed")
    };
    if is_toml {
        let document =
            toml::Deserializer::parse(text).map_err(|fault| told(String::new(), fault.to_string()))?;
        return serde_path_to_error::deserialize(document)
            .map_err(|fault| told(fault.path().to_string(), fault.inner().message().to_owned()));
    }
    let document = yaml_serde::Deserializer::from_str(text);
    serde_path_to_error::deserialize(document)
        .map_err(|fault| told(fault.path().to_string(), fault.inner().to_string()))
}

/// An unknown key with the one that was meant, from what the reader says: ``unknown field `x`, expected one of `a`, `b` ``.
fn meant(fault: &str) -> String {
    let Some((_, rest)) = fault.split_once("unknown field `") else { return fault.to_owned() };
    let Some((unknown, rest)) = rest.split_once('`') else { return fault.to_owned() };
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let nearest = known.iter().min_by_key(|key| crate::config::distance(unknown, key));
    let hint = match nearest {
        Some(key) if crate::config::distance(unknown, key) <= 2.max(unknown.len() / 3) => {
            format!("; did you mean `{key}`?")
        }
        _ => String::new(),
    };
    format!("`{unknown}` is not a key here{hint} (there are {})", known.join(", "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fault(text: &str) -> String {
        match read(text, false) {
            Err(Ending::Usage { fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
        let said =
            fault("tenants:\n- name: meadow\n  apps:\n  - name: web\n    kind: web\n    redirect_uri: []\n");
        assert!(said.contains("tenants[0].apps[0]"), "{said}");
        assert!(said.contains("`redirect_uri` is not a key here; did you mean `redirect_uris`?"), "{said}");
        assert!(fault("tenents: []").contains("did you mean `tenants`?"));
    }

    #[test]
    fn toml_and_yaml_say_the_same() {
        let yaml = "tenants:\n- name: meadow\n  apis:\n  - name: notes\n    scopes: [{name: read}]\n";
        let toml = "[[tenants]]\nname = \"meadow\"\n[[tenants.apis]]\nname = \"notes\"\nscopes = [{ name = \"read\" }]\n";
        assert_eq!(read(yaml, false).unwrap(), read(toml, true).unwrap());
        assert!(read("[[tenants]]\nnam = 1", true).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}", is_toml: bool) {
            let _ = read(&text, is_toml);
        }
    }
}
