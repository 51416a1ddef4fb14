//! Apps that do something wrong at the server: at the authorization endpoint, on its pages, at the token endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use doorward_token::jose::base64url;
use serde_json::Value;
use url::Url;

use super::visitor::{self, Reply, Visitor};
use super::{Door, Stage, VERIFIER, cast, scope, with};

/// The app of the reader.
pub(super) const WEB: &str = cast::WEB_SHOP;
/// The single-page app.
const SPA: &str = "notes-spa";
/// Who signs in.
pub(super) const PERSON: &str = "cy";

type Tried = anyhow::Result<Reply>;

impl Stage {
    /// Posts a form as a program does.
    pub(super) async fn post(&self, url: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Tried {
        let mut request = self.http.post(url).header("accept", "application/json").form(form);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        visitor::read(request, Url::parse(url)?).await
    }

    /// A code for [`PERSON`].
    async fn code(&self, door: Door, app: &str, scope: &str) -> anyhow::Result<String> {
        let url = self.ask(door, app, scope)?;
        let reply = Visitor::new(self).sign_in(&url, PERSON).await?;
        let told = self.told(&reply);
        reply.answered("code").ok_or_else(|| anyhow::anyhow!("no code but {} {}", told.code, told.diagnosis))
    }

    /// Redeems a code as the app should, with some fields changed.
    async fn redeem(&self, door: Door, app: &str, code: &str, changed: &[(&str, &str)]) -> Tried {
        let card = self.card(app)?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", &card.client_id),
            ("code", code),
            ("redirect_uri", &card.redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        if let Some(secret) = &card.client_secret {
            form.push(("client_secret", secret));
        }
        form.retain(|(name, _)| !changed.iter().any(|(known, _)| known == name));
        form.extend(changed.iter().filter(|(_, value)| !value.is_empty()));
        let origin = Url::parse(&card.redirect_uri)?.origin().ascii_serialization();
        let headers: &[(&str, &str)] = if app == SPA { &[("origin", &origin)] } else { &[] };
        self.post(&self.endpoint(door, "token"), &form, headers).await
    }

    /// Tokens for [`PERSON`] through the reader's app.
    pub(super) async fn tokens(&self, door: Door, scope: &str) -> anyhow::Result<Value> {
        let code = self.code(door, WEB, scope).await?;
        let reply = self.redeem(door, WEB, &code, &[]).await?;
        anyhow::ensure!(reply.status == 200, "no tokens but {} {}", reply.status, reply.body);
        Ok(reply.json())
    }

    /// The daemon's own token request, with another scope or secret.
    pub(super) async fn daemon(&self, scope: &str, secret: Option<&str>) -> Tried {
        let card = self.card(cast::INDEXER)?;
        let secret = secret.or(card.client_secret.as_deref()).unwrap_or_default();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", card.client_id.as_str()),
            ("client_secret", secret),
            ("scope", scope),
        ];
        self.post(&self.endpoint(Door::Directory, "token"), &form, &[]).await
    }

    async fn open(&self, url: &Url) -> Tried {
        Visitor::new(self).open(url).await
    }

    fn read(&self, app: &str) -> anyhow::Result<Url> {
        self.ask(Door::Directory, app, &format!("openid {}", scope("notes.read")))
    }
}

pub(super) async fn redirect_uri(stage: &Stage) -> Tried {
    let sent = format!("{}/", stage.card(WEB)?.redirect_uri);
    stage.open(&with(&stage.read(WEB)?, "redirect_uri", Some(&sent))).await
}

pub(super) async fn unknown_client(stage: &Stage) -> Tried {
    stage.open(&with(&stage.read(WEB)?, "client_id", Some("YOUR_CLIENT_ID"))).await
}

pub(super) async fn unknown_tenant(stage: &Stage) -> Tried {
    let url = stage.read(WEB)?.to_string().replacen("/meadow/", "/medow/", 1);
    stage.open(&Url::parse(&url)?).await
}

pub(super) async fn unknown_flow(stage: &Stage) -> Tried {
    let url = format!("{}/{}/b2c_1_sussi/v2.0/.well-known/openid-configuration", stage.at.base, cast::MEADOW);
    stage.open(&Url::parse(&url)?).await
}

pub(super) async fn unknown_scope(stage: &Stage) -> Tried {
    // Plain OpenID Connect drops what it does not know; the directory says so.
    stage.open(&stage.ask(Door::Directory, WEB, &format!("openid {}", scope("notes.print")))?).await
}

pub(super) async fn unknown_api(stage: &Stage) -> Tried {
    stage.open(&with(&stage.read(WEB)?, "scope", Some("api://calendar/events.read"))).await
}

pub(super) async fn implicit_flow(stage: &Stage) -> Tried {
    stage.open(&with(&stage.read(SPA)?, "response_type", Some("token"))).await
}

pub(super) async fn no_pkce(stage: &Stage) -> Tried {
    let url = with(&stage.read(SPA)?, "code_challenge", None);
    stage.open(&with(&url, "code_challenge_method", None)).await
}

pub(super) async fn silent_without_session(stage: &Stage) -> Tried {
    stage.open(&with(&stage.read(WEB)?, "prompt", Some("none"))).await
}

pub(super) async fn silent_without_consent(stage: &Stage) -> Tried {
    let mut visitor = Visitor::new(stage);
    visitor.sign_in(&stage.ask(Door::Directory, WEB, "openid")?, PERSON).await?;
    let url = stage.ask(Door::Directory, "notes-desktop", &scope("notes.write"))?;
    let url = with(&url, "redirect_uri", Some("http://localhost"));
    visitor.open(&with(&url, "prompt", Some("none"))).await
}

pub(super) async fn wrong_password(stage: &Stage) -> Tried {
    let mut visitor = Visitor::new(stage);
    let page = visitor.open(&stage.read(WEB)?).await?;
    visitor.submit(&page, "signin", &[("username", "nobody.at.all"), ("password", "not the password")]).await
}

pub(super) async fn cancelled(stage: &Stage) -> Tried {
    let mut visitor = Visitor::new(stage);
    let page = visitor.open(&stage.read(WEB)?).await?;
    let link = page
        .body
        .split("id=\"cancel\"")
        .nth(1)
        .and_then(|rest| visitor::attribute(rest.split('>').next()?, "href"));
    let link = link.ok_or_else(|| anyhow::anyhow!("the sign-in page has no way back"))?;
    visitor.open(&page.url.join(&link)?).await
}

pub(super) async fn sign_out_address(stage: &Stage) -> Tried {
    let mut url = Url::parse(&stage.endpoint(Door::Directory, "logout"))?;
    url.query_pairs_mut()
        .append_pair("client_id", &stage.card(WEB)?.client_id)
        .append_pair("post_logout_redirect_uri", "http://localhost:3000/bye");
    stage.open(&url).await
}

pub(super) async fn secret_id(stage: &Stage) -> Tried {
    let id = stage.card(cast::INDEXER)?.secret_id.clone().unwrap_or_default();
    stage.daemon(&scope(".default"), Some(&id)).await
}

pub(super) async fn no_secret(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, WEB, "openid").await?;
    stage.redeem(Door::Directory, WEB, &code, &[("client_secret", "")]).await
}

pub(super) async fn two_credentials(stage: &Stage) -> Tried {
    let card = stage.card(WEB)?;
    let secret = card.client_secret.clone().unwrap_or_default();
    let form =
        [("grant_type", "client_credentials"), ("client_id", &card.client_id), ("client_secret", &secret)];
    let pair = STANDARD.encode(format!("{}:{secret}", card.client_id));
    let header = format!("Basic {pair}");
    stage.post(&stage.endpoint(Door::Plain, "token"), &form, &[("authorization", &header)]).await
}

pub(super) async fn code_twice(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, WEB, "openid").await?;
    stage.redeem(Door::Directory, WEB, &code, &[]).await?;
    stage.redeem(Door::Directory, WEB, &code, &[]).await
}

pub(super) async fn wrong_verifier(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, WEB, "openid").await?;
    let other = base64url::encode([7; 32]);
    stage.redeem(Door::Directory, WEB, &code, &[("code_verifier", &other)]).await
}

pub(super) async fn code_of_another_address(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, WEB, "openid").await?;
    stage.redeem(Door::Directory, WEB, &code, &[("redirect_uri", "http://localhost:3000/other")]).await
}

pub(super) async fn invented_code(stage: &Stage) -> Tried {
    stage.redeem(Door::Directory, WEB, "0.AXkA-a-code-of-another-server", &[]).await
}

pub(super) async fn browser_redeems_web_code(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, WEB, "openid").await?;
    let card = stage.card(WEB)?;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", card.client_id.as_str()),
        ("code", &code),
        ("redirect_uri", &card.redirect_uri),
        ("code_verifier", VERIFIER),
        ("client_secret", card.client_secret.as_deref().unwrap_or_default()),
    ];
    stage.post(&stage.endpoint(Door::Directory, "token"), &form, &[("origin", "http://localhost:3000")]).await
}

pub(super) async fn server_redeems_spa_code(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, SPA, "openid").await?;
    let card = stage.card(SPA)?;
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", card.client_id.as_str()),
        ("code", &code),
        ("redirect_uri", &card.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    stage.post(&stage.endpoint(Door::Directory, "token"), &form, &[]).await
}

/// Two renewals later, the first refresh token is a copy in somebody else's hands.
pub(super) async fn refresh_copied(stage: &Stage) -> Tried {
    let code = stage.code(Door::Directory, SPA, "openid offline_access").await?;
    let first = stage.redeem(Door::Directory, SPA, &code, &[]).await?.json();
    let card = stage.card(SPA)?;
    let origin = Url::parse(&card.redirect_uri)?.origin().ascii_serialization();
    let first = first["refresh_token"].as_str().unwrap_or_default().to_owned();
    let (mut token, mut last) = (first.clone(), None);
    for round in 0..3 {
        let sent = if round == 2 { &first } else { &token };
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", card.client_id.as_str()),
            ("refresh_token", sent.as_str()),
        ];
        let reply =
            stage.post(&stage.endpoint(Door::Directory, "token"), &form, &[("origin", &origin)]).await?;
        reply.json()["refresh_token"].as_str().unwrap_or_default().clone_into(&mut token);
        last = Some(reply);
    }
    last.ok_or_else(|| anyhow::anyhow!("nothing was renewed"))
}

pub(super) async fn daemon_scope(stage: &Stage) -> Tried {
    stage.daemon(&scope("notes.read"), None).await
}

pub(super) async fn password_grant(stage: &Stage) -> Tried {
    let card = stage.card(WEB)?;
    let form = [
        ("grant_type", "password"),
        ("client_id", card.client_id.as_str()),
        ("client_secret", card.client_secret.as_deref().unwrap_or_default()),
        ("username", PERSON),
        ("password", "not the password"),
    ];
    stage.post(&stage.endpoint(Door::Plain, "token"), &form, &[]).await
}
