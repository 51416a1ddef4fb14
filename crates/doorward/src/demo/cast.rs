//! The cast: the tenants, people and applications that a demo begins with.
//!
//! Owns names only. How they get into the store is [`super::seed`]'s business, their secrets are [`super::secrets`]'.

use doorward_core::directory::{FlowSpec, NewApp, NewRedirect, PermissionRef};
use doorward_core::model::{ClientKind, ConsentStyle, FlowClaim, FlowKind, TenantKind};

use super::doors::Addresses;

/// The tenant in which everything but the personal account lives.
pub(super) const MEADOW: &str = "meadow";
/// The API.
pub(super) const NOTES: &str = "notes";
/// The API's identifier URI.
pub(super) const NOTES_URI: &str = "api://notes";
/// The user flow.
pub(super) const FLOW: &str = "B2C_1_susi";
/// The demo's own web app.
pub(super) const NOTES_WEB: &str = "notes-web";
/// The web app of the reader: the examples' redirect URI, and nothing granted.
pub(super) const WEB_SHOP: &str = "web-shop";
/// The daemon.
pub(super) const INDEXER: &str = "indexer";
/// What the daemon may do.
pub(super) const READ_ALL: &str = "Notes.Read.All";
/// Where the web app takes the answer to a sign-in.
pub(super) const CALLBACK: &str = "/redirect";
/// Where the examples listen.
const EXAMPLE: &str = "http://localhost:3000";
/// The origin of the single-page application.
const SPA: &str = "http://localhost:5173";

/// A tenant.
pub(super) struct CastTenant {
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    pub(super) display_name: &'static str,
    pub(super) kind: TenantKind,
}

/// An account.
pub(super) struct Person {
    pub(super) tenant: &'static str,
    /// User name, typed to sign in.
    pub(super) username: &'static str,
    /// Proven e-mail address, typed to sign in as well.
    pub(super) email: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    /// Who it is: two accounts of one person have one password.
    pub(super) who: &'static str,
    pub(super) is_administrator: bool,
    /// What is special, for people.
    pub(super) note: &'static str,
}

impl Person {
    pub(super) fn display_name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

pub(super) const TENANTS: [CastTenant; 2] = [
    CastTenant { name: MEADOW, domain: "meadow.test", display_name: "Meadow", kind: TenantKind::Work },
    CastTenant { name: "home", domain: "home.test", display_name: "Home", kind: TenantKind::Personal },
];

pub(super) const PEOPLE: [Person; 4] = [
    Person {
        tenant: MEADOW,
        username: "ada",
        email: "ada@meadow.test",
        given_name: "Ada",
        family_name: "Brook",
        who: "ada",
        is_administrator: true,
        note: "administrator",
    },
    Person {
        tenant: MEADOW,
        username: "ben.fern",
        email: "ben@meadow.test",
        given_name: "Ben",
        family_name: "Fern",
        who: "ben",
        is_administrator: false,
        note: "",
    },
    Person {
        tenant: MEADOW,
        username: "cy",
        email: "cy@meadow.test",
        given_name: "Cy",
        family_name: "Reed",
        who: "cy",
        is_administrator: false,
        note: "work account",
    },
    Person {
        tenant: "home",
        username: "cy",
        email: "cy@meadow.test",
        given_name: "Cy",
        family_name: "Reed",
        who: "cy",
        is_administrator: false,
        note: "personal account, the same e-mail",
    },
];

/// The user flow as stored: no consent page, administrators grant.
pub(super) fn flow() -> FlowSpec {
    FlowSpec {
        name: FLOW.to_owned(),
        kind: FlowKind::SignUpOrSignIn,
        identity: doorward_core::model::FlowIdentity::UserName,
        consent: ConsentStyle::AdminOnly,
        claims: vec![
            FlowClaim::DisplayName,
            FlowClaim::GivenName,
            FlowClaim::FamilyName,
            FlowClaim::Emails,
            FlowClaim::ObjectId,
            FlowClaim::SignInName,
            FlowClaim::TenantId,
            FlowClaim::NewUser,
        ],
        aliases: vec!["signin".to_owned()],
    }
}

/// The applications, all in `meadow`. Their secrets are made apart.
pub(super) fn apps(at: &Addresses) -> Vec<NewApp> {
    vec![
        NewApp {
            redirect_uris: redirects(&[&format!("{EXAMPLE}{CALLBACK}"), &web_app_callback(&at.web_app)]),
            post_logout_redirect_uris: vec![format!("{EXAMPLE}/")],
            ..app(WEB_SHOP, ClientKind::Web, &["notes.read", "notes.write"])
        },
        NewApp {
            redirect_uris: redirects(&[&web_app_callback(&at.web_app)]),
            post_logout_redirect_uris: vec![web_app_home(&at.web_app)],
            ..app(NOTES_WEB, ClientKind::Web, &["notes.read", "notes.write"])
        },
        NewApp {
            redirect_uris: redirects(&[&format!("{SPA}/callback")]),
            post_logout_redirect_uris: vec![format!("{SPA}/")],
            ..app("notes-spa", ClientKind::Spa, &["notes.read", "notes.write"])
        },
        NewApp {
            redirect_uris: redirects(&["http://localhost"]),
            ..app("notes-desktop", ClientKind::Native, &["notes.read", "notes.write"])
        },
        app(INDEXER, ClientKind::Daemon, &[READ_ALL]),
    ]
}

/// Where the web app takes the answer to a sign-in.
pub(super) fn web_app_callback(web_app: &str) -> String {
    format!("{web_app}{CALLBACK}")
}

/// Where the web app is after signing out.
pub(super) fn web_app_home(web_app: &str) -> String {
    format!("{web_app}/")
}

/// The origins from which a browser's code may call the API.
pub(super) fn origins(at: &Addresses) -> Vec<String> {
    vec![SPA.to_owned(), EXAMPLE.to_owned(), at.web_app.clone()]
}

/// A permission of the notes API.
pub(super) fn permission(name: &str) -> PermissionRef {
    PermissionRef::parse(&format!("{NOTES}:{name}")).expect("the cast names its permissions well")
}

fn app(name: &str, kind: ClientKind, requires: &[&str]) -> NewApp {
    let requires = requires.iter().map(|name| permission(name)).collect();
    NewApp { requires, secret: None, ..NewApp::new(name, kind) }
}

fn redirects(uris: &[&str]) -> Vec<NewRedirect> {
    uris.iter().map(|uri| NewRedirect { uri: (*uri).to_owned(), platform: None }).collect()
}
