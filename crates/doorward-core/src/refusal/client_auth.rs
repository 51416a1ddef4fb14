//! Refusals of client authentication (RFC 6749 §2.3).

use doorward_token::Evidence;

use super::{AssertionFault, OAuthError, Row};

/// Why a client was not authenticated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientAuthRefusal {
    /// A client assertion that proves nothing.
    #[error("the client assertion of {client} is not good: {fault}")]
    Assertion {
        /// Why.
        fault: AssertionFault,
        /// Whose.
        client: String,
    },
    /// A client assertion that was used before (RFC 7523 §3).
    #[error("the client assertion of {client} was used before")]
    AssertionReplayed {
        /// Whose.
        client: String,
    },
    /// The registration is switched off.
    #[error("the application {client} is disabled")]
    ClientDisabled {
        /// Which.
        client: String,
    },
    /// A confidential client sent nothing to prove itself.
    #[error("the client sent no secret")]
    CredentialMissing,
    /// The keys that the client publishes cannot be had.
    #[error("the client's keys at {uri} cannot be had: {why}")]
    KeysUnavailable {
        /// `jwks_uri`.
        uri: String,
        /// What went wrong.
        why: String,
    },
    /// An assertion of a client that registered no key.
    #[error("{client} sent a client assertion and has registered no key")]
    NoKeys {
        /// Which.
        client: String,
    },
    /// A method that is offered, but not the one this client registered.
    #[error("{client} used {used} and is registered for {registered}")]
    OtherMethod {
        /// The method that was tried.
        used: &'static str,
        /// The registered one.
        registered: &'static str,
        /// Which.
        client: String,
    },
    /// A public client sent a secret.
    #[error("{client} is a public client and sent a secret")]
    PublicClientSentSecret {
        /// Which.
        client: String,
    },
    /// The right secret, too late.
    #[error("the client secret ended {days} days ago")]
    SecretExpired {
        /// Whole days since its end.
        days: u64,
    },
    /// A wrong secret.
    #[error("the client secret is wrong{}", if *.looks_like_id { ": it has the form of a secret's id" } else { "" })]
    SecretWrong {
        /// It is a GUID: people paste the secret's id. By form only, so public.
        looks_like_id: bool,
        /// Which client.
        client: String,
    },
    /// Two methods in one request (RFC 6749 §2.3).
    #[error("the client used two authentication methods, {first} and {second}")]
    TwoMethods {
        /// One.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// No such client in this tenant.
    #[error("no application with client id {client_id} is registered in tenant {tenant}")]
    UnknownClient {
        /// As sent.
        client_id: String,
        /// The tenant's name.
        tenant: String,
    },
    /// A method that is not offered.
    #[error("the client authentication method {method} is not offered")]
    UnsupportedMethod {
        /// Which.
        method: String,
    },
}

impl ClientAuthRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        use OAuthError::InvalidClient;
        match self {
            Self::Assertion { fault, client } => {
                Row::new("DW2062", InvalidClient, fault.remedy(client)).seen(fault.seen())
            }
            Self::AssertionReplayed { .. } => Row::new(
                "DW2063",
                InvalidClient,
                "Make a fresh assertion with a new jti for every request, a repeated one too",
            ),
            Self::KeysUnavailable { uri, .. } => Row::new(
                "DW2064",
                InvalidClient,
                "Let the address answer 200 with a key set over https, or register the keys in line: doorward app update APP --jwks FILE",
            )
            .seen(Evidence::sent(super::quote(uri, 200)))
            .for_client(),
            Self::NoKeys { client } => Row::new(
                "DW2003",
                InvalidClient,
                format!("Register its public keys: doorward app update {client} --jwks FILE"),
            )
            .seen(Evidence::differ("private_key_jwt", "client_secret_basic, client_secret_post")),
            Self::OtherMethod { used, registered, client } => Row::new(
                "DW2003",
                InvalidClient,
                format!(
                    "Authenticate with {registered}, or change the registration: doorward app update {client} --auth-method {used}"
                ),
            )
            .seen(Evidence::differ(*used, *registered)),
            Self::ClientDisabled { client } => {
                Row::new("DW1063", InvalidClient, format!("Enable it again: doorward app enable {client}"))
            }
            Self::CredentialMissing => Row::new(
                "DW2058",
                InvalidClient,
                "Send client_secret in the form or the Authorization header (Basic)",
            )
            .seen(Evidence::expected("client_secret")),
            Self::PublicClientSentSecret { client } => Row::new(
                "DW2003",
                InvalidClient,
                "Remove the secret from the app: a single-page or native app cannot keep one",
            )
            .seen(Evidence::sent(client)),
            Self::SecretExpired { .. } => {
                Row::new("DW2002", InvalidClient, "Make a new one: doorward app secret add APP").for_client()
            }
            Self::SecretWrong { looks_like_id, client } => Row::new(
                "DW2001",
                InvalidClient,
                if *looks_like_id {
                    format!(
                        "Paste the secret's value (it begins dws_), not its id; make a new one: doorward app secret add {client}"
                    )
                } else {
                    format!(
                        "Compare with the secret you were shown, or make a new one: doorward app secret add {client}"
                    )
                },
            ),
            Self::TwoMethods { .. } => Row::new(
                "DW2059",
                OAuthError::InvalidRequest,
                "Authenticate once, in the header or in the form",
            ),
            Self::UnknownClient { client_id, .. } => Row::new(
                "DW1001",
                InvalidClient,
                "Copy the client id from doorward app list, and check the tenant in the authority's address",
            )
            .seen(Evidence::sent(client_id)),
            Self::UnsupportedMethod { method } => Row::new(
                "DW2003",
                InvalidClient,
                "Use client_secret_basic, client_secret_post, private_key_jwt, or none for a public client",
            )
            .seen(Evidence::differ(method, "client_secret_basic, client_secret_post, private_key_jwt, none")),
        }
    }
}
