// tidy: table
//! The menu "break something": what can be made to fail, and the code that it has to fail with.

use std::future::Future;
use std::pin::Pin;

use super::outcome::Told;
use super::visitor::Reply;
use super::{Stage, api, apps};

/// Something that fails for real.
pub(in crate::demo) struct Break {
    /// What scripts call it.
    pub(in crate::demo) name: &'static str,
    /// What goes wrong, in one line.
    pub(in crate::demo) title: &'static str,
    /// Who says no.
    pub(in crate::demo) at: &'static str,
    /// The code that it has to be refused with.
    pub(in crate::demo) code: &'static str,
    run: fn(&Stage) -> Trying<'_>,
}

type Trying<'s> = Pin<Box<dyn Future<Output = anyhow::Result<Reply>> + Send + 's>>;

impl Break {
    /// Breaks it, and reads what is told.
    pub(in crate::demo) async fn run(&self, stage: &Stage) -> anyhow::Result<Told> {
        let reply = (self.run)(stage).await?;
        Ok(stage.told(&reply))
    }
}

/// The break of that name.
pub(in crate::demo) fn named(name: &str) -> Option<&'static Break> {
    BREAKS.iter().find(|one| one.name == name)
}

macro_rules! breaks {
    ($(at $at:literal { $($name:literal $code:literal $title:literal => $run:path;)+ })+) => {
        &[$($(Break { name: $name, title: $title, at: $at, code: $code, run: |stage| Box::pin($run(stage)) },)+)+]
    };
}

/// All of them, in the order of a sign-in.
pub(in crate::demo) const BREAKS: &[Break] = breaks! {
    at "authorize" {
    "redirect-uri" "DW1101" "the app sends its return address with one slash too many" => apps::redirect_uri;
    "client-id" "DW1001" "the placeholder of a tutorial went out as client id" => apps::unknown_client;
    "tenant" "DW1056" "the tenant in the authority is misspelt" => apps::unknown_tenant;
    "flow" "DW1106" "the user flow in the authority is misspelt" => apps::unknown_flow;
    "scope" "DW1103" "the app asks for a scope that the API does not have" => apps::unknown_scope;
    "api" "DW1008" "the app asks for a scope of an API that is not registered" => apps::unknown_api;
    "implicit" "DW1058" "the single-page app wants its token in the fragment" => apps::implicit_flow;
    "pkce" "DW1102" "the single-page app sends no PKCE challenge" => apps::no_pkce;
    "silent" "DW2101" "a silent request, and nobody is signed in" => apps::silent_without_session;
    "silent-consent" "DW1301" "a silent request for a scope that nobody has allowed" => apps::silent_without_consent;
    "password" "DW1250" "a wrong password is typed" => apps::wrong_password;
    "cancel" "DW1255" "the person goes back to the app" => apps::cancelled;
    "sign-out" "DW4002" "after signing out, the app wants to go where it is not registered" => apps::sign_out_address;
    }
    at "token" {
    "secret-id" "DW2001" "the daemon sends the id of its secret instead of the value" => apps::secret_id;
    "no-secret" "DW2058" "a confidential app sends no secret" => apps::no_secret;
    "two-secrets" "DW2059" "the secret comes in the header and in the form" => apps::two_credentials;
    "code-twice" "DW2004" "the callback runs twice and redeems its code again" => apps::code_twice;
    "verifier" "DW2005" "the verifier of another tab is sent with the code" => apps::wrong_verifier;
    "code-redirect" "DW2053" "the code is redeemed with another return address" => apps::code_of_another_address;
    "code-unknown" "DW2050" "a code of another server is redeemed" => apps::invented_code;
    "spa-platform" "DW2006" "a browser redeems a code of an address registered for a server" => apps::browser_redeems_web_code;
    "spa-on-server" "DW2007" "a server redeems a code of a single-page app" => apps::server_redeems_spa_code;
    "refresh-copied" "DW2104" "an old refresh token is used again: somebody has a copy" => apps::refresh_copied;
    "daemon-scope" "DW2008" "the daemon asks for a scope of people" => apps::daemon_scope;
    "password-grant" "DW1062" "an app collects the password itself" => apps::password_grant;
    }
    at "notes API" {
    "no-token" "DW3150" "the call carries no token" => api::no_token;
    "missing-scope" "DW3202" "a note is deleted with a token that may only read" => api::missing_scope;
    "id-token" "DW3101" "the ID token is sent to the API" => api::id_token;
    "refresh-token" "DW3101" "the refresh token is sent to the API" => api::refresh_token;
    "audience" "DW3105" "a token without a scope of the API is sent to it" => api::token_for_another_api;
    "provider" "DW3106" "a token of another provider is sent to the API" => api::token_of_another_provider;
    "forged" "DW3151" "somebody writes a scope into the token and signs it again" => api::changed_token;
    "other-key" "DW5101" "the token was signed by a server with other keys" => api::key_of_another_server;
    "unsigned" "DW3152" "a token without a signature, as emulators make them" => api::unsigned_token;
    "truncated" "DW3150" "the token was cut off on its way" => api::truncated_token;
    "app-as-person" "DW3204" "the daemon calls a route that is about a person" => api::app_calls_me;
    "person-as-app" "DW3205" "a person calls a route that is for daemons" => api::person_reads_all;
    "route" "DW3250" "a route that the API's document does not declare" => api::undeclared_route;
    "method" "DW3252" "a method that the API's document does not declare" => api::undeclared_method;
    "path" "DW3251" "a path that can be read in two ways" => api::ambiguous_path;
    "two-tokens" "DW3253" "the token comes in the header and in the address" => api::two_tokens;
    }
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_break_has_a_name_of_its_own_and_a_code_of_the_catalogue() {
        let names: BTreeSet<&str> = BREAKS.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), BREAKS.len());
        for one in BREAKS {
            assert_ne!(doorward_dialect::slug(one.code), "unlisted", "{}", one.name);
            assert!(one.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", one.name);
            assert!(named(one.name).is_some() && !one.title.ends_with('.'));
        }
        assert!(named("list").is_none() && named("all").is_none(), "these two mean something else");
    }
}
