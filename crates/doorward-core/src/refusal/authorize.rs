//! Refusals of the authorization endpoint.

use doorward_token::Evidence;

use super::{OAuthError, Row};
use crate::model::{ClientId, ScopeSet};

/// Why an authorization request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizeRefusal {
    /// A scope that only an administrator may grant.
    #[error("the scopes {scopes} need an administrator's consent")]
    AdminConsentNeeded {
        /// Which.
        scopes: ScopeSet,
    },
    /// The person pressed cancel.
    #[error("the person left the sign-in page")]
    Cancelled,
    /// The registration is switched off.
    #[error("the application {client} is disabled")]
    ClientDisabled {
        /// Which.
        client: ClientId,
    },
    /// The person said no.
    #[error("the person did not allow the access")]
    ConsentRefused,
    /// Consent is missing and nobody may be asked.
    #[error("the person has not allowed {scopes}")]
    ConsentRequired {
        /// Which scopes are missing.
        scopes: ScopeSet,
    },
    /// The kind of application cannot use this endpoint.
    #[error("an application of kind {kind} cannot use {grant}")]
    GrantNotAllowed {
        /// As registered.
        kind: &'static str,
        /// The grant type.
        grant: String,
    },
    /// No signed-in account fits the hint.
    #[error("none of the signed-in accounts fits the {parameter} that was sent")]
    HintMatchesNobody {
        /// `login_hint`, `sid`, or `id_token_hint`.
        parameter: &'static str,
    },
    /// Nobody is signed in, and nobody may be asked.
    #[error("nobody is signed in in this browser and prompt=none forbids to ask")]
    LoginRequired,
    /// No permission of the API is granted, and this door asks nobody.
    #[error("none of the scopes {scopes} is granted to this application")]
    NothingGranted {
        /// What was asked for.
        scopes: ScopeSet,
    },
    /// The challenge method is not S256.
    #[error("code_challenge_method is {sent}, only S256 is accepted")]
    PkceMethod {
        /// As sent, or `plain` where it was absent.
        sent: String,
    },
    /// No challenge where one is demanded.
    #[error("code_challenge is missing")]
    PkceRequired,
    /// The redirect URI is not one of the registered ones.
    #[error("redirect_uri {presented} is not registered for client {client}")]
    RedirectNotRegistered {
        /// As sent.
        presented: String,
        /// Which client.
        client: ClientId,
        /// The registered ones; trace class.
        registered: Vec<String>,
    },
    /// `request` or `request_uri`.
    #[error("request objects are not processed, {parameter} was sent")]
    RequestObject {
        /// Which of the two.
        parameter: &'static str,
    },
    /// A strength of the sign-in that is asked for and not reached.
    #[error("the sign-in does not reach the strength that was asked for, {wanted}")]
    RequirementsUnmet {
        /// The values asked for.
        wanted: String,
    },
    /// A scope outside the grammar.
    #[error("{fault}")]
    ScopeSyntax {
        /// What is wrong.
        fault: String,
    },
    /// A second factor is needed, and nobody may be asked.
    #[error("the sign-in needs a second factor, and the request forbids to ask for it")]
    SecondFactorNeeded {
        /// Whether the account has one.
        enrolled: bool,
    },
    /// Several accounts are signed in and nobody may be asked which.
    #[error("{count} accounts are signed in and the request does not say which")]
    SeveralAccounts {
        /// How many fit.
        count: usize,
    },
    /// The session is older than the request allows, or it asks for a fresh sign-in.
    #[error("the sign-in is {age_secs} s old, the request allows {max_age_secs} s")]
    SessionTooOld {
        /// Age of the sign-in.
        age_secs: u64,
        /// `max_age`.
        max_age_secs: u64,
    },
    /// Scopes of two APIs in one request.
    #[error("the scopes name two APIs, {first} and {second}; one access token serves one API")]
    TwoApis {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// No API answers to that identifier.
    #[error("no API answers to {identifier}")]
    UnknownApi {
        /// As sent.
        identifier: String,
    },
    /// No such client in this tenant.
    #[error("no application with client id {client_id} is registered in tenant {tenant}")]
    UnknownClient {
        /// As sent.
        client_id: String,
        /// The tenant's name.
        tenant: String,
    },
    /// The API does not expose that scope.
    #[error("{api} does not expose the scope {scope}")]
    UnknownScope {
        /// The API's name.
        api: String,
        /// As sent.
        scope: String,
    },
    /// A prompt value that does not exist, or `none` beside another.
    #[error("prompt is {sent}")]
    UnsupportedPrompt {
        /// As sent.
        sent: String,
    },
    /// A response mode that does not exist or does not fit.
    #[error("response_mode is {sent}, expected query, fragment or form_post")]
    UnsupportedResponseMode {
        /// As sent.
        sent: String,
    },
    /// A response type that is not answered.
    #[error("response_type is {sent}, expected code")]
    UnsupportedResponseType {
        /// As sent.
        sent: String,
    },
}

impl AuthorizeRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        match self {
            Self::AdminConsentNeeded { scopes } => Row::new(
                "DW1302",
                OAuthError::ConsentRequired,
                format!("Let an administrator grant it: doorward grant add APP API:{scopes} --all"),
            ),
            Self::Cancelled => Row::new("DW1255", OAuthError::AccessDenied, "Offer the person to start again"),
            Self::ClientDisabled { client } => Row::new(
                "DW1063",
                OAuthError::UnauthorizedClient,
                format!("Enable it again: doorward app enable {client}"),
            ),
            Self::ConsentRefused => {
                Row::new("DW1304", OAuthError::AccessDenied, "Explain in the app why it asks, and offer to ask again")
            }
            Self::ConsentRequired { scopes } => Row::new(
                "DW1301",
                OAuthError::ConsentRequired,
                format!("Send the person through the authorization endpoint without prompt=none, asking for {scopes}"),
            )
            .for_client(),
            Self::GrantNotAllowed { kind, grant } => Row::new(
                "DW1006",
                OAuthError::UnauthorizedClient,
                format!("Register an application of another kind for {grant}: doorward app add NAME --kind web"),
            )
            .seen(Evidence::sent(*kind)),
            Self::HintMatchesNobody { .. } => Row::new(
                "DW2102",
                OAuthError::LoginRequired,
                "Send the person through a visible sign-in, or send the login_hint claim of a signed-in account",
            ),
            Self::LoginRequired => Row::new(
                "DW2101",
                OAuthError::LoginRequired,
                "Send the person through a visible sign-in (without prompt=none)",
            ),
            Self::NothingGranted { scopes } => Row::new(
                "DW1009",
                OAuthError::AccessDenied,
                format!("Grant it to the application: doorward grant add APP API:{scopes} --all"),
            )
            .seen(Evidence::sent(scopes.to_string())),
            Self::PkceMethod { sent } => {
                Row::new("DW1064", OAuthError::InvalidRequest, "Send code_challenge_method=S256")
                    .seen(Evidence::differ(sent, "S256"))
            }
            Self::PkceRequired => Row::new(
                "DW1102",
                OAuthError::InvalidRequest,
                "Switch PKCE on in the client library (code_challenge with S256)",
            )
            .seen(Evidence::expected("code_challenge")),
            Self::RedirectNotRegistered { presented, client, registered } => {
                let close = nearest(presented, registered);
                let expected = close.map_or_else(|| registered.join(" "), |(uri, _)| uri.to_owned());
                let remedy = match close {
                    Some((uri, difference)) => format!(
                        "{difference} from the registered {uri}: change the app, or register this one too: `doorward app redirect add {client} {presented}`"
                    ),
                    None => format!("Register it: `doorward app redirect add {client} {presented}`"),
                };
                Row::new("DW1101", OAuthError::InvalidRequest, remedy)
                    .seen(Evidence::differ(presented, expected))
                    .for_trace()
            }
            Self::RequestObject { parameter } => {
                let error = if *parameter == "request" {
                    OAuthError::RequestNotSupported
                } else {
                    OAuthError::RequestUriNotSupported
                };
                Row::new("DW1061", error, "Send the parameters themselves").seen(Evidence::sent(*parameter))
            }
            Self::RequirementsUnmet { wanted } => Row::new(
                "DW1276",
                OAuthError::UnmetAuthenticationRequirements,
                "Ask for a value of acr_values_supported, and let the person set up a second factor when the page offers it",
            )
            .seen(Evidence::differ(wanted, doorward_token::acr::SUPPORTED.join(" "))),
            Self::SecondFactorNeeded { .. } => Row::new(
                "DW1209",
                OAuthError::InteractionRequired,
                "Send the person through a visible sign-in (without prompt=none) with the same acr_values",
            ),
            Self::ScopeSyntax { .. } => {
                Row::new("DW1103", OAuthError::InvalidScope, "Separate scopes by single spaces and use visible ASCII only")
            }
            Self::SeveralAccounts { .. } => Row::new(
                "DW2107",
                OAuthError::InteractionRequired,
                "Send prompt=select_account, or the login_hint claim of one of them",
            )
            .for_trace(),
            Self::SessionTooOld { age_secs, max_age_secs } => Row::new(
                "DW2101",
                OAuthError::LoginRequired,
                "Send the person through a visible sign-in (without prompt=none)",
            )
            .seen(Evidence::differ(format!("{age_secs} s"), format!("{max_age_secs} s"))),
            Self::TwoApis { first, second } => Row::new(
                "DW1104",
                OAuthError::InvalidScope,
                "Ask for one API at a time; a refresh token serves the other one",
            )
            .seen(Evidence::sent(format!("{first} {second}"))),
            Self::UnknownApi { identifier } => Row::new(
                "DW1008",
                OAuthError::InvalidTarget,
                "Use an identifier of doorward api list, or register the API: doorward api import openapi FILE",
            )
            .seen(Evidence::sent(identifier)),
            Self::UnknownClient { client_id, .. } => Row::new(
                "DW1001",
                OAuthError::UnauthorizedClient,
                "Copy the client id from doorward app list, and check the tenant in the authority's address",
            )
            .seen(Evidence::sent(client_id)),
            Self::UnknownScope { api, scope } => Row::new(
                "DW1103",
                OAuthError::InvalidScope,
                format!("Ask for a scope that doorward api show {api} lists"),
            )
            .seen(Evidence::sent(scope)),
            Self::UnsupportedPrompt { sent } => Row::new(
                "DW1060",
                OAuthError::InvalidRequest,
                "Send none alone, or any of login, consent, select_account, create",
            )
            .seen(Evidence::sent(sent)),
            Self::UnsupportedResponseMode { sent } => {
                Row::new("DW1059", OAuthError::InvalidRequest, "Send query, fragment or form_post")
                    .seen(Evidence::differ(sent, "query, fragment, form_post"))
            }
            Self::UnsupportedResponseType { sent } => {
                Row::new("DW1058", OAuthError::UnsupportedResponseType, "Use the code flow with PKCE: response_type=code")
                    .seen(Evidence::differ(sent, "code"))
            }
        }
    }
}

/// The registered URI that comes closest, and how they differ in words.
fn nearest<'a>(presented: &str, registered: &'a [String]) -> Option<(&'a str, &'static str)> {
    let close =
        |test: fn(&str, &str) -> bool| registered.iter().find(|uri| test(uri, presented)).map(String::as_str);
    let trim = |text: &str| text.trim_end_matches('/').to_owned();
    if let Some(uri) = registered.iter().find(|uri| trim(uri) == trim(presented)) {
        return Some((uri, "Only the trailing slash differs"));
    }
    if let Some(uri) = close(str::eq_ignore_ascii_case) {
        return Some((uri, "Only upper and lower case differ"));
    }
    let swap = |text: &str| text.replacen("127.0.0.1", "localhost", 1);
    if let Some(uri) = registered.iter().find(|uri| swap(uri) == swap(presented)) {
        return Some((uri, "The loopback name differs"));
    }
    let scheme_free = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
    if let Some(uri) = registered.iter().find(|uri| scheme_free(uri) == scheme_free(presented)) {
        return Some((uri, "Only the scheme differs"));
    }
    None
}

#[cfg(test)]
mod tests {
    use doorward_token::Explain;

    use super::*;
    use crate::refusal::Reason;

    #[test]
    fn a_trailing_slash_is_named() {
        let reason = Reason::from(AuthorizeRefusal::RedirectNotRegistered {
            presented: "http://localhost:5173/callback/".to_owned(),
            client: ClientId::parse("web-shop").unwrap(),
            registered: vec!["http://localhost:5173/callback".to_owned()],
        });
        assert!(reason.remedy().starts_with("Only the trailing slash differs"), "{}", reason.remedy());
    }
}
