//! An OpenID Connect client over HTTP: discovery, authorization code with PKCE, ID token checks, refresh, sign-out.
//!
//! It speaks to the demo's server as any relying party would, through TLS with the machine's own authority. Owns nothing
//! of the session. Specifications: OpenID Connect Core §3.1, RFC 7636, RFC 9207, RP-Initiated Logout 1.0.

use std::fmt;
use std::sync::Arc;

use doorward_crypto::{AwsLcVerifier, digest, random_token};
use doorward_token::ClaimSet;
use doorward_token::jose::JwkSet;
use doorward_token::verify::{Expectation, IssuerTrust, TokenKind, Verifier};
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;

use super::fault::SignInFault;
use crate::demo::fetch;

/// The scopes of a sign-in, whatever else is asked for.
const IDENTITY: &str = "openid profile offline_access";

/// An authority's published document, as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: String,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// The client's registration.
#[derive(Clone)]
pub(in crate::demo) struct Registration {
    pub(in crate::demo) client_id: String,
    pub(in crate::demo) client_secret: String,
    pub(in crate::demo) redirect_uri: String,
    pub(in crate::demo) post_logout_redirect_uri: String,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("client_id", &self.client_id)
            .field("client_secret", &"***")
            .finish_non_exhaustive()
    }
}

/// A sign-in that has begun: what the answer is held against. Random for every one of them.
#[derive(Clone)]
pub(super) struct Attempt {
    /// Which authority was asked.
    pub(super) way: String,
    /// For which scopes of the API, in full.
    scopes: Vec<String>,
    state: String,
    nonce: String,
    verifier: String,
}

/// What came of a sign-in.
#[derive(Clone)]
pub(super) struct SignedIn {
    /// Which authority signed the person in.
    pub(super) way: String,
    /// Scopes of the API that were asked for, in full; the access token says which were granted.
    pub(super) asked: Vec<String>,
    pub(super) access_token: String,
    /// Seconds of the Unix epoch.
    pub(super) expires_at: i64,
    pub(super) refresh_token: Option<String>,
    pub(super) id_token: String,
    /// Verified.
    pub(super) id_claims: ClaimSet,
    /// How often the tokens were renewed.
    pub(super) renewals: u32,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    id_token: Option<String>,
    refresh_token: Option<String>,
    #[serde(default)]
    expires_in: i64,
    error: Option<String>,
    error_description: Option<String>,
}

/// What the browser brings back.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// A client of one authority.
pub(super) struct Client {
    way: &'static str,
    authority: String,
    http: reqwest::Client,
    metadata: OnceCell<Metadata>,
    registration: Registration,
    verifier: Verifier,
}

impl Client {
    /// A client of `authority`, whose document is found below it.
    pub(super) fn new(
        way: &'static str,
        authority: String,
        http: reqwest::Client,
        registration: Registration,
    ) -> Self {
        let verifier = Verifier::new(Arc::new(AwsLcVerifier::default()));
        Self { way, authority, http, metadata: OnceCell::new(), registration, verifier }
    }

    /// The authority's address.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Begins a sign-in: where to send the browser, and what to remember.
    pub(super) async fn begin(&self, scopes: &[String]) -> Result<(Url, Attempt), SignInFault> {
        let metadata = self.metadata().await?;
        let attempt = Attempt {
            way: self.way.to_owned(),
            scopes: scopes.to_vec(),
            state: random_token(32),
            nonce: random_token(32),
            verifier: random_token(32),
        };
        let mut url = absolute(&metadata.authorization_endpoint)?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("redirect_uri", &self.registration.redirect_uri)
            .append_pair("scope", &scope(scopes))
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &digest::sha256_base64url(attempt.verifier.as_bytes()))
            .append_pair("code_challenge_method", "S256");
        Ok((url, attempt))
    }

    /// Completes a sign-in with what the browser brought back. `now` in seconds of the Unix epoch.
    pub(super) async fn complete(
        &self,
        attempt: &Attempt,
        callback: Callback,
        now: i64,
    ) -> Result<SignedIn, SignInFault> {
        let state = callback.state.as_deref().unwrap_or_default();
        if !digest::equal(state.as_bytes(), attempt.state.as_bytes()) {
            return Err(SignInFault::State);
        }
        let metadata = self.metadata().await?;
        // RFC 9207 §2.4: an answer of another server must not be taken to this one.
        if metadata.authorization_response_iss_parameter_supported
            && callback.iss.as_deref() != Some(&metadata.issuer)
        {
            return Err(SignInFault::Issuer { expected: metadata.issuer.clone(), got: callback.iss });
        }
        if let Some(error) = callback.error {
            return Err(SignInFault::refused(&error, callback.error_description.as_deref()));
        }
        let code = callback.code.ok_or(SignInFault::NoCode)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &self.registration.redirect_uri),
            ("code_verifier", &attempt.verifier),
        ];
        let answer = self.token(&form).await?;
        let id_token = answer.id_token.clone().ok_or(SignInFault::Missing("id_token"))?;
        let id_claims = self.verified(&id_token, now).await?;
        let nonce = id_claims.text("nonce").unwrap_or_default();
        if !digest::equal(nonce.as_bytes(), attempt.nonce.as_bytes()) {
            return Err(SignInFault::Nonce);
        }
        Ok(SignedIn {
            way: self.way.to_owned(),
            asked: attempt.scopes.clone(),
            access_token: answer.access_token.ok_or(SignInFault::Missing("access_token"))?,
            expires_at: now + answer.expires_in,
            refresh_token: answer.refresh_token,
            id_token,
            id_claims,
            renewals: 0,
        })
    }

    /// Renews the tokens without the person. The new ID token must be about the same one (OpenID Connect Core §12.2).
    pub(super) async fn renew(&self, person: &SignedIn, now: i64) -> Result<SignedIn, SignInFault> {
        let refresh_token = person.refresh_token.as_deref().ok_or(SignInFault::Missing("refresh_token"))?;
        // What was granted meanwhile comes with the next token, if it is asked for again.
        let scope = scope(&person.asked);
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope.as_str())];
        let answer = self.token(&form).await?;
        let mut renewed = person.clone();
        if let Some(id_token) = answer.id_token {
            let claims = self.verified(&id_token, now).await?;
            if claims.text("sub") != person.id_claims.text("sub") {
                return Err(SignInFault::Subject);
            }
            (renewed.id_token, renewed.id_claims) = (id_token, claims);
        }
        renewed.access_token = answer.access_token.ok_or(SignInFault::Missing("access_token"))?;
        renewed.expires_at = now + answer.expires_in;
        renewed.refresh_token = answer.refresh_token.or(renewed.refresh_token);
        renewed.renewals += 1;
        Ok(renewed)
    }

    /// Where signing out at the server leads over.
    pub(super) async fn sign_out(&self, person: &SignedIn) -> Result<Url, SignInFault> {
        let mut url = absolute(&self.metadata().await?.end_session_endpoint)?;
        url.query_pairs_mut()
            .append_pair("id_token_hint", &person.id_token)
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("post_logout_redirect_uri", &self.registration.post_logout_redirect_uri);
        Ok(url)
    }

    async fn metadata(&self) -> Result<&Metadata, SignInFault> {
        let url = format!("{}/v2.0/.well-known/openid-configuration", self.authority);
        let fetched = self.metadata.get_or_try_init(|| fetch::json::<Metadata>(self.http.get(&url))).await;
        fetched.map_err(|fault| SignInFault::Unreachable { url, fault: fault.to_string() })
    }

    async fn token(&self, form: &[(&str, &str)]) -> Result<TokenAnswer, SignInFault> {
        let url = self.metadata().await?.token_endpoint.clone();
        let mut all = vec![
            ("client_id", self.registration.client_id.as_str()),
            ("client_secret", self.registration.client_secret.as_str()),
        ];
        all.extend(form);
        let answer: TokenAnswer = fetch::any_status(self.http.post(&url).form(&all))
            .await
            .map_err(|fault| SignInFault::Unreachable { url, fault: fault.to_string() })?;
        match &answer.error {
            Some(error) => Err(SignInFault::refused(error, answer.error_description.as_deref())),
            None => Ok(answer),
        }
    }

    /// The claims of an ID token of this authority for this client (OpenID Connect Core §3.1.3.7). Keys are fetched for each
    /// token: a sign-in is rare, and what is not kept cannot be stale.
    async fn verified(&self, id_token: &str, now: i64) -> Result<ClaimSet, SignInFault> {
        let metadata = self.metadata().await?;
        let url = metadata.jwks_uri.clone();
        let document = fetch::bytes(self.http.get(&url))
            .await
            .map_err(|fault| SignInFault::Unreachable { url, fault: fault.to_string() })?;
        let keys = JwkSet::parse(&document).map_err(|refusal| SignInFault::IdToken(refusal.to_string()))?;
        let expectation = Expectation::of(TokenKind::Id)
            .from_issuer(metadata.issuer.clone(), IssuerTrust::Ours)
            .for_audience(self.registration.client_id.clone());
        let report = self.verifier.check(id_token, &expectation, &keys, now);
        report.verified().cloned().map_err(|refusal| SignInFault::IdToken(refusal.to_string()))
    }
}

fn scope(of_api: &[String]) -> String {
    format!("{IDENTITY} {}", of_api.join(" "))
}

fn absolute(text: &str) -> Result<Url, SignInFault> {
    Url::parse(text)
        .map_err(|fault| SignInFault::Unreachable { url: text.to_owned(), fault: fault.to_string() })
}
