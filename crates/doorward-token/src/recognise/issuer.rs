//! Tokens that parse: whose they are by their own word, and what their issuer means them for.

use crate::ClaimSet;
use crate::jose::Header;

use super::{SIGNED, Sight};

/// A product whose tokens are often sent to the wrong API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// For people.
    pub name: &'static str,
    kind: &'static str,
    described: &'static str,
    because: &'static str,
    remedy: &'static str,
}

impl Origin {
    /// Reads `iss`.
    pub fn of(claims: &ClaimSet) -> Option<Self> {
        let issuer = claims.text("iss")?;
        let rest = issuer.strip_prefix("https://").unwrap_or(issuer);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        ORIGINS.iter().find(|(mark, _)| mark.fits(host, path)).map(|(_, origin)| *origin)
    }
}

/// What tells an issuer.
enum Mark {
    /// The host, exactly.
    Host(&'static str),
    /// The end of the host.
    Under(&'static str),
    /// The beginning of the host.
    From(&'static str),
    /// A segment of the path.
    Path(&'static str),
}

impl Mark {
    fn fits(&self, host: &str, path: &str) -> bool {
        match self {
            Self::Host(known) => host == *known,
            Self::Under(known) => host.ends_with(known),
            Self::From(known) => host.starts_with(known),
            Self::Path(segment) => path.split('/').any(|part| part == *segment),
        }
    }
}

/// A signed token, as far as its marks say who made it.
pub(super) fn sight(header: &Header, claims: &ClaimSet) -> Sight {
    if claims.one_or_many("aud").iter().any(|aud| GRAPH.contains(aud)) || header.nonce.is_some() {
        return Sight::wrong(
            "signed_graph",
            "an access token for Microsoft Graph",
            "its audience is Graph, or its header carries `nonce`",
            "DW3107",
            "ask for a scope of your own API in acquireTokenSilent: only Graph can check a token for Graph",
        );
    }
    if let Some(origin) = Origin::of(claims) {
        let code = if origin.kind == "signed_firebase_cookie" { "DW3104" } else { "DW3102" };
        return Sight::wrong(origin.kind, origin.described, origin.because, code, origin.remedy);
    }
    Sight {
        kind: SIGNED,
        described: "a signed token",
        because: "it has header, payload and signature",
        code: None,
        remedy: "",
    }
}

/// How Graph is named in `aud`.
const GRAPH: [&str; 3] =
    ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "https://graph.microsoft.com/"];

const OURS: &str = "sign in here with that provider, and send the access token of this server's token answer";

const fn origin(
    name: &'static str,
    kind: &'static str,
    described: &'static str,
    because: &'static str,
    remedy: &'static str,
) -> Origin {
    Origin { name, kind, described, because, remedy }
}

const ENTRA: Origin = origin(
    "Microsoft Entra ID",
    "signed_entra",
    "a token of Microsoft Entra ID",
    "its issuer is Microsoft's",
    "point the client's authority at this server and ask for a scope of this API; a token of Microsoft stays a token of Microsoft",
);

/// Issuers that are told apart, the narrower marks first.
const ORIGINS: &[(Mark, Origin)] = &[
    (
        Mark::Host("accounts.google.com"),
        origin(
            "Google",
            "signed_google",
            "an ID token of Google",
            "its issuer is accounts.google.com",
            "exchange it first: signInWithCredential takes it, and getIdToken() gives the token to send",
        ),
    ),
    (
        Mark::Host("securetoken.google.com"),
        origin(
            "Firebase",
            "signed_firebase",
            "an ID token of a Firebase project at Google",
            "its issuer is securetoken.google.com",
            "let the app use the project of this server: with Google's project its tokens are Google's",
        ),
    ),
    (
        Mark::Host("session.firebase.google.com"),
        origin(
            "Firebase",
            "signed_firebase_cookie",
            "a session cookie of Firebase",
            "its issuer is session.firebase.google.com",
            "check it with verifySessionCookie(); an API wants the token that getIdToken() returns",
        ),
    ),
    (Mark::Host("login.microsoftonline.com"), ENTRA),
    (Mark::Host("sts.windows.net"), ENTRA),
    (Mark::Host("login.microsoftonline.us"), ENTRA),
    (
        Mark::Under(".b2clogin.com"),
        origin(
            "Azure AD B2C",
            "signed_b2c",
            "a token of Azure AD B2C",
            "its issuer is a tenant at b2clogin.com",
            "point authority and knownAuthorities at this server, then ask for a scope of this API",
        ),
    ),
    (
        Mark::Under(".ciamlogin.com"),
        origin(
            "Microsoft Entra External ID",
            "signed_ciam",
            "a token of Microsoft Entra External ID",
            "its issuer is a tenant at ciamlogin.com",
            "point authority and knownAuthorities at this server, then ask for a scope of this API",
        ),
    ),
    (
        Mark::Host("appleid.apple.com"),
        origin("Apple", "signed_apple", "an ID token of Apple", "its issuer is appleid.apple.com", OURS),
    ),
    (
        Mark::Under(".auth0.com"),
        origin("Auth0", "signed_auth0", "a token of Auth0", "its issuer is a tenant at auth0.com", OURS),
    ),
    (
        Mark::Under(".okta.com"),
        origin("Okta", "signed_okta", "a token of Okta", "its issuer is an organisation at okta.com", OURS),
    ),
    (
        Mark::From("cognito-idp."),
        origin(
            "Amazon Cognito",
            "signed_cognito",
            "a token of Amazon Cognito",
            "its issuer is a user pool",
            OURS,
        ),
    ),
    (
        Mark::Host("token.actions.githubusercontent.com"),
        origin(
            "GitHub Actions",
            "signed_github_actions",
            "the identity of a GitHub workflow",
            "its issuer is GitHub Actions",
            OURS,
        ),
    ),
    (
        Mark::Under("kubernetes.default.svc"),
        origin(
            "Kubernetes",
            "signed_kubernetes",
            "a service account's token of Kubernetes",
            "its issuer is a cluster",
            "give the workload credentials of an app here, and send the access token that it gets with them",
        ),
    ),
    (
        Mark::Path("realms"),
        origin("Keycloak", "signed_keycloak", "a token of Keycloak", "its issuer is a realm", OURS),
    ),
];
