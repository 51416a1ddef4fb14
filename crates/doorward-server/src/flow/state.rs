//! The sealed state of a flow (Settled 12): navigation and a transaction id, bound to a cookie of this browser, for ten
//! minutes at the most. It holds no secret; guess budgets and codes live in the store.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::authorize::{AuthorizeRequest, Interaction, SignInReason};
use doorward_core::change::GuessChange;
use doorward_core::model::{Expiry, FactorId, Instant, ScopeSet};
use doorward_core::refusal::JourneyRefusal;
use doorward_crypto::random_token;
use http::Uri;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::pages::Href;

/// Ten minutes.
const LIFE_SECS: i64 = 600;

/// A flow in progress.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FlowState {
    /// Path of the authorization endpoint it began at.
    pub(crate) path: String,
    /// The part of its query that names the door (`p=…`).
    pub(crate) query: String,
    /// The request.
    pub(crate) request: AuthorizeRequest,
    /// What the pages brought.
    pub(crate) interaction: Interaction,
    /// What the consent page showed.
    pub(crate) shown: Vec<(String, ScopeSet)>,
    /// Why the sign-in page is shown, so that it says the same after a wrong password.
    #[serde(default)]
    pub(crate) reason: Option<SignInReason>,
    /// Which second factor the person chose to prove.
    #[serde(default)]
    pub(crate) way: Option<FactorId>,
    /// The mailbox or name that was typed on a page before: what the next one speaks of.
    #[serde(default)]
    pub(crate) mailbox: Option<String>,
    /// Random id of the transaction.
    transaction: String,
    /// When it ends.
    ends: i64,
}

impl FlowState {
    /// The state of a request that just arrived.
    pub(crate) fn begin(uri: &Uri, request: &AuthorizeRequest, now: Instant) -> Self {
        Self {
            path: uri.path().to_owned(),
            query: door_of(uri).to_owned(),
            request: request.clone(),
            interaction: Interaction::default(),
            shown: Vec::new(),
            reason: None,
            way: None,
            mailbox: None,
            transaction: random_token(16),
            ends: now.seconds() + LIFE_SECS,
        }
    }

    /// Ten minutes from now: a mail was sent, and its code lives as long.
    pub(crate) fn renew(&mut self, now: Instant) {
        self.ends = now.seconds() + LIFE_SECS;
    }

    /// The text that travels through the browser with this cookie.
    pub(crate) fn seal(&self, app: &App, cookie: &str) -> String {
        seal(app, ("flow", cookie), self)
    }

    /// Opens a text in the browser that has the cookie.
    pub(crate) fn open(app: &App, sealed: &str, cookie: &str, now: Instant) -> Result<Self, JourneyRefusal> {
        let state: Self = open(app, ("flow", cookie), sealed)?;
        if now.seconds() >= state.ends {
            return Err(JourneyRefusal::FlowExpired);
        }
        Ok(state)
    }

    /// The id of the transaction: what a code that is sent, or a seed that is shown, belongs to.
    pub(crate) fn transaction(&self) -> &str {
        &self.transaction
    }

    /// The mark that this flow gave its code.
    pub(crate) fn spend(&self, app: &App) -> GuessChange {
        let id = app.vault().digest(self.transaction.as_bytes());
        GuessChange::Spend { id, until: Expiry::at(Instant::from_seconds(self.ends)) }
    }

    /// The address of the same request, to start again.
    pub(crate) fn restart(&self) -> Option<Href> {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let request = serde_json::to_value(&self.request).ok()?;
        for (name, value) in request.as_object()? {
            match value {
                serde_json::Value::String(text) => {
                    query.append_pair(name, text);
                }
                serde_json::Value::Array(all) => {
                    for text in all.iter().filter_map(serde_json::Value::as_str) {
                        query.append_pair(name, text);
                    }
                }
                _ => {}
            }
        }
        let joint = if self.query.is_empty() { "" } else { "&" };
        Href::parse(format!("{}?{}{joint}{}", self.path, self.query, query.finish())).ok()
    }
}

/// The part of an address's query that names the door, as it stands there.
pub(crate) fn door_of(uri: &Uri) -> &str {
    uri.query()
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find(|pair| pair.get(..2).is_some_and(|name| name.eq_ignore_ascii_case("p=")))
        .unwrap_or_default()
}

/// Seals a state for a purpose and a browser.
pub(super) fn seal(app: &App, (purpose, cookie): (&str, &str), state: &impl Serialize) -> String {
    let json = serde_json::to_vec(state).expect("states are plain data");
    URL_SAFE_NO_PAD.encode(app.ports().root.in_flight.seal(&json, format!("{purpose}/{cookie}").as_bytes()))
}

/// Opens a state that was sealed for that purpose and browser.
pub(super) fn open<S: DeserializeOwned>(
    app: &App,
    (purpose, cookie): (&str, &str),
    sealed: &str,
) -> Result<S, JourneyRefusal> {
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| JourneyRefusal::ForeignBrowser)?;
    let place = format!("{purpose}/{cookie}");
    let json = app
        .ports()
        .root
        .in_flight
        .open(&bytes, place.as_bytes())
        .map_err(|_| JourneyRefusal::ForeignBrowser)?;
    serde_json::from_slice(&json).map_err(|_| JourneyRefusal::FlowExpired)
}
