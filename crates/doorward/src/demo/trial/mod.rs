//! The demo tried out without a browser: journeys that have to work, and failures that have to explain themselves.
//!
//! Owns the list of both, a person who can fill in forms ([`visitor`]), and what is told of an outcome. Everything happens over
//! HTTP, as a browser, an app or a script would do it; only the story of a refused request is looked up where the server
//! keeps it. Nothing here weakens the server: a break is a client that does something wrong.

mod api;
mod apps;
mod breaks;
mod check;
mod journeys;
mod outcome;
mod visitor;

use doorward_core::model::Client;
use doorward_server::App;
use url::Url;

use super::cast::{self, NOTES_URI};
use super::doors::Addresses;
use super::secrets::Secrets;
use super::seed::Planted;

pub(super) use breaks::{BREAKS, Break, named};
pub(super) use check::check;
pub(super) use outcome::Told;

/// The verifier of every request that is made here (RFC 7636 §4.1).
const VERIFIER: &str = "the-demo-tries-itself-out-with-this-verifier-0123456789";
/// `S256` of it.
const CHALLENGE_METHOD: &str = "S256";

/// Everything that a trial needs to know about the running demo.
pub(super) struct Stage {
    http: reqwest::Client,
    at: Addresses,
    app: App,
    people: Vec<(String, String)>,
    apps: Vec<AppCard>,
}

/// An application of the cast.
struct AppCard {
    name: String,
    client_id: String,
    client_secret: Option<String>,
    secret_id: Option<String>,
    redirect_uri: String,
}

/// A door of the tenant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// Plain OpenID Connect.
    Plain,
    /// As the directory spells it.
    Directory,
}

impl Stage {
    /// From what was planted.
    pub(super) fn new(
        http: reqwest::Client,
        at: &Addresses,
        app: App,
        planted: &Planted,
        secrets: &mut Secrets,
    ) -> Self {
        let people = planted.people.iter().filter(|(person, _)| person.tenant == cast::MEADOW);
        let people = people.map(|(person, _)| (person.username.to_owned(), secrets.password(person.who)));
        let people = people.collect();
        let card = |client: &Client| AppCard {
            name: client.name.clone(),
            client_id: client.client_id.to_string(),
            client_secret: secrets.client_secret(&client.name).map(str::to_owned),
            secret_id: client.secrets.first().map(|secret| secret.id.to_string()),
            redirect_uri: client
                .redirect_uris
                .first()
                .map(|redirect| redirect.uri.as_str().to_owned())
                .unwrap_or_default(),
        };
        let apps = planted.apps.iter().map(card).collect();
        Self { http, at: at.clone(), app, people, apps }
    }

    /// Whether the server shows the mails that it sends.
    pub(super) async fn has_mailbox(&self) -> bool {
        let Ok(url) = Url::parse(&format!("{}/_mail", self.at.base)) else { return false };
        visitor::Visitor::new(self).open(&url).await.is_ok_and(|reply| reply.status == 200)
    }

    /// The application of that name, which the cast has.
    fn card(&self, name: &str) -> anyhow::Result<&AppCard> {
        self.apps.iter().find(|app| app.name == name).ok_or_else(|| anyhow::anyhow!("the app {name} is gone"))
    }

    fn password(&self, person: &str) -> anyhow::Result<&str> {
        let found = self.people.iter().find(|(name, _)| name == person);
        Ok(&found.ok_or_else(|| anyhow::anyhow!("the account {person} is gone"))?.1)
    }

    /// The address of an endpoint behind a door.
    fn endpoint(&self, door: Door, name: &str) -> String {
        let tenant = format!("{}/{}", self.at.base, cast::MEADOW);
        match door {
            Door::Plain => format!("{tenant}/oauth2/{name}"),
            Door::Directory => format!("{tenant}/oauth2/v2.0/{name}"),
        }
    }

    /// A sound authorization request of an app.
    fn ask(&self, door: Door, app: &str, scope: &str) -> anyhow::Result<Url> {
        let card = self.card(app)?;
        let challenge =
            doorward_token::jose::base64url::encode(doorward_crypto::digest::sha256(VERIFIER.as_bytes()));
        let mut url = Url::parse(&self.endpoint(door, "authorize"))?;
        url.query_pairs_mut()
            .append_pair("client_id", &card.client_id)
            .append_pair("redirect_uri", &card.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", scope)
            .append_pair("state", "the-state-of-this-trial")
            .append_pair("nonce", "the-nonce-of-this-trial")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", CHALLENGE_METHOD);
        Ok(url)
    }
}

/// A scope of the notes API, in full.
fn scope(name: &str) -> String {
    format!("{NOTES_URI}/{name}")
}

/// A request with one parameter changed; `None` leaves it out.
fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let pairs: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(known, _)| known != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs).extend_pairs(value.map(|value| (name, value)));
    changed
}
