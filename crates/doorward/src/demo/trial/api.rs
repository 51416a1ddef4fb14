//! Calls of the notes API that its guard refuses.

use doorward_crypto::{SigningKey, sign_jwt};
use doorward_server::{Clock as _, SystemClock};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, CompactJws, Header};
use serde_json::{Value, json};
use url::Url;

use super::visitor::{self, Reply};
use super::{Door, Stage, scope};

type Tried = anyhow::Result<Reply>;

impl Stage {
    /// Calls the API.
    pub(super) async fn call(&self, method: &str, path: &str, tokens: &[&str]) -> Tried {
        let url = Url::parse(&format!("{}{path}", self.at.api))?;
        let mut request =
            self.http.request(method.parse()?, url.clone()).header("accept", "application/json");
        for token in tokens {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        visitor::read(request, url).await
    }

    /// An access token of a person with these scopes of the notes API.
    pub(super) async fn access(&self, names: &[&str]) -> anyhow::Result<String> {
        let scopes: Vec<String> = names.iter().map(|name| scope(name)).collect();
        let body = self.tokens(Door::Directory, &format!("openid {}", scopes.join(" "))).await?;
        Ok(body["access_token"].as_str().unwrap_or_default().to_owned())
    }

    async fn daemons(&self) -> anyhow::Result<String> {
        let body = self.daemon(&scope(".default"), None).await?.json();
        Ok(body["access_token"].as_str().unwrap_or_default().to_owned())
    }
}

/// A token that says what `claims` says, signed by a key that nobody knows.
fn forged(claims: &Value, kid: Option<String>) -> anyhow::Result<String> {
    let key = SigningKey::generate(Algorithm::RS256)?;
    let header = Header::for_signing(Algorithm::RS256, kid.unwrap_or_else(|| key.kid().to_owned()));
    Ok(sign_jwt(&key, &header, &serde_json::from_value::<ClaimSet>(claims.clone())?)?)
}

pub(super) async fn no_token(stage: &Stage) -> Tried {
    stage.call("GET", "/notes", &[]).await
}

pub(super) async fn missing_scope(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    stage.call("DELETE", "/notes/1", &[&token]).await
}

pub(super) async fn id_token(stage: &Stage) -> Tried {
    let body = stage.tokens(Door::Directory, &format!("openid {}", scope("notes.read"))).await?;
    stage.call("GET", "/notes", &[body["id_token"].as_str().unwrap_or_default()]).await
}

pub(super) async fn refresh_token(stage: &Stage) -> Tried {
    let body =
        stage.tokens(Door::Directory, &format!("openid offline_access {}", scope("notes.read"))).await?;
    stage.call("GET", "/notes", &[body["refresh_token"].as_str().unwrap_or_default()]).await
}

pub(super) async fn token_for_another_api(stage: &Stage) -> Tried {
    let body = stage.tokens(Door::Directory, "openid profile").await?;
    stage.call("GET", "/notes", &[body["access_token"].as_str().unwrap_or_default()]).await
}

pub(super) async fn token_of_another_provider(stage: &Stage) -> Tried {
    let now = SystemClock.now().seconds();
    let claims = json!({
        "iss": "https://accounts.google.com", "aud": "1234.apps.googleusercontent.com", "azp": "1234.apps.googleusercontent.com",
        "sub": "109876", "scope": "openid", "iat": now, "exp": now + 3_600
    });
    stage.call("GET", "/notes", &[&forged(&claims, None)?]).await
}

pub(super) async fn changed_token(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    let (header, claims) = CompactJws::parse(&token).map_err(anyhow::Error::new)?.into_parts();
    let mut claims = claims;
    claims.insert("scp", "notes.read notes.write");
    let forged = forged(&serde_json::to_value(&claims)?, header.kid)?;
    stage.call("DELETE", "/notes/1", &[&forged]).await
}

pub(super) async fn key_of_another_server(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    let (_, claims) = CompactJws::parse(&token).map_err(anyhow::Error::new)?.into_parts();
    stage.call("GET", "/notes", &[&forged(&serde_json::to_value(&claims)?, None)?]).await
}

pub(super) async fn unsigned_token(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    let payload = token.split('.').nth(1).unwrap_or_default();
    let header = doorward_token::jose::base64url::encode(r#"{"alg":"none","typ":"JWT"}"#);
    stage.call("GET", "/notes", &[&format!("{header}.{payload}.")]).await
}

pub(super) async fn truncated_token(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    stage.call("GET", "/notes", &[&token[..token.len() / 2]]).await
}

pub(super) async fn app_calls_me(stage: &Stage) -> Tried {
    stage.call("GET", "/notes", &[&stage.daemons().await?]).await
}

pub(super) async fn person_reads_all(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read", "notes.write"]).await?;
    stage.call("GET", "/notes/all", &[&token]).await
}

pub(super) async fn undeclared_route(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    stage.call("GET", "/debug", &[&token]).await
}

pub(super) async fn undeclared_method(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    stage.call("PUT", "/notes/1", &[&token]).await
}

pub(super) async fn ambiguous_path(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    stage.call("GET", "/notes%2fall", &[&token]).await
}

pub(super) async fn two_tokens(stage: &Stage) -> Tried {
    let token = stage.access(&["notes.read"]).await?;
    stage.call("GET", &format!("/notes?access_token={token}"), &[&token]).await
}
