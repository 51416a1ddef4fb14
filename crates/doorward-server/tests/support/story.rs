//! Stretches of a story that many tests begin with: somebody signs in, a code is redeemed, a token is verified.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_crypto::AwsLcVerifier;
use doorward_token::ClaimSet;
use doorward_token::jose::JwkSet;
use doorward_token::verify::{Expectation, IssuerTrust, TokenKind, Verifier};
use serde_json::Value;

use super::answer::Answer;
use super::browser::{Arrival, Browser, Landed};
use super::cast::{
    ADA, ADA_PASSWORD, BEN_PASSWORD, DAEMON, DAEMON_SECRET, SPA, SPA_ORIGIN, WEB, WEB_SECRET, redirect_of,
};
use super::door::{Ask, Door, VERIFIER};
use super::world::World;

impl World {
    /// Signs somebody in with a browser; the request must lead to the sign-in page.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, ask: &Ask, user: &str) -> Landed {
        let page = browser.visit(&ask.url()).await.page();
        let password = if user == ADA { ADA_PASSWORD } else { BEN_PASSWORD };
        browser.sign_in(&page, (user, password)).await
    }

    /// The answer to a request of somebody who signs in with a fresh browser.
    pub(crate) async fn arrive(&self, ask: &Ask, user: &str) -> Arrival {
        self.sign_in(&mut self.browser(), ask, user).await.client()
    }

    /// A code for Ben.
    pub(crate) async fn code(&self, ask: &Ask) -> String {
        self.arrive(ask, "ben").await.code()
    }

    /// A request of the token endpoint by a client that proves itself as it should.
    pub(crate) async fn token(&self, door: Door, client: &str, fields: &[(&str, &str)]) -> Answer {
        let (all, headers) = authenticated(client, fields);
        self.post_with(&door.at("token"), &all, &headers).await
    }

    /// Redeems a code with the verifier of every request.
    pub(crate) async fn redeem(&self, door: Door, client: &str, code: &str) -> Answer {
        self.token(door, client, &redemption(client, code)).await
    }

    pub(crate) async fn refresh(&self, door: Door, client: &str, token: &str) -> Answer {
        self.token(door, client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Tokens for Ben.
    pub(crate) async fn tokens(&self, door: Door, client: &str, scope: &str) -> Value {
        let code = self.code(&Ask::of(door, client).scope(scope)).await;
        self.redeem(door, client, &code).await.ok()
    }

    /// The claims of an access token whose signature verifies with the published keys.
    pub(crate) async fn access_claims(&self, token: &str, issuer: &str, audience: &str) -> ClaimSet {
        let expectation =
            Expectation::of(TokenKind::Access).from_issuer(issuer, IssuerTrust::Ours).for_audience(audience);
        self.verified(token, &expectation).await
    }

    /// The claims of an ID token of a door, likewise.
    pub(crate) async fn id_claims(&self, token: &str, door: Door, client: &str) -> ClaimSet {
        let expectation =
            Expectation::of(TokenKind::Id).from_issuer(door.issuer(), IssuerTrust::Ours).for_audience(client);
        self.verified(token, &expectation).await
    }

    async fn verified(&self, token: &str, expectation: &Expectation) -> ClaimSet {
        let keys = JwkSet::parse(&self.get("/meadow/oauth2/jwks").await.body).unwrap();
        let verifier = Verifier::new(Arc::new(AwsLcVerifier::default()));
        let report = verifier.check(token, expectation, &keys, self.now());
        report.verified().unwrap_or_else(|why| panic!("{why}: {:?}", claims_of(token))).clone()
    }
}

/// The fields of a redemption.
pub(crate) fn redemption<'a>(client: &'a str, code: &'a str) -> Pairs<'a> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_of(client)),
        ("code_verifier", VERIFIER),
    ]
}

/// Fields or headers.
type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// Adds what a client proves itself with: a secret in the form, or the origin of its page.
pub(crate) fn authenticated<'a>(client: &'a str, fields: &[(&'a str, &'a str)]) -> (Pairs<'a>, Pairs<'a>) {
    let mut all = fields.to_vec();
    all.push(("client_id", client));
    match client {
        WEB => all.push(("client_secret", WEB_SECRET)),
        DAEMON => all.push(("client_secret", DAEMON_SECRET)),
        _ => {}
    }
    let headers = if client == SPA { vec![("origin", SPA_ORIGIN)] } else { Vec::new() };
    (all, headers)
}

/// The claims of a token as they stand there.
#[track_caller]
pub(crate) fn claims_of(token: &str) -> Value {
    part(token, 1)
}

/// The header of a token.
#[track_caller]
pub(crate) fn headers_of(token: &str) -> Value {
    part(token, 0)
}

#[track_caller]
fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a token has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
