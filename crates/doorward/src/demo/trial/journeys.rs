//! Journeys that have to work: what a person, an app or a daemon does with the demo, from the first request to the last.

use std::future::Future;
use std::pin::Pin;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use url::Url;

use super::apps::PERSON;
use super::visitor::{Reply, Visitor, text_of};
use super::{Door, Stage, cast, scope, with};

/// Something that works.
pub(super) struct Journey {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) run: fn(&Stage) -> Walking<'_>,
}

type Walking<'s> = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send + 's>>;

/// All of them.
pub(super) const JOURNEYS: &[Journey] = &[
    Journey {
        name: "discovery",
        title: "every authority has its document and keys",
        run: |s| Box::pin(discovery(s)),
    },
    Journey {
        name: "pages",
        title: "landing page, book of errors and the API's page are up",
        run: |s| Box::pin(pages(s)),
    },
    Journey {
        name: "user-flow",
        title: "sign in through the user flow, read, add, sign out",
        run: |s| Box::pin(web_app(s, "flow")),
    },
    Journey {
        name: "tenant",
        title: "sign in at the tenant with consent, read, renew, sign out",
        run: |s| Box::pin(web_app(s, "tenant")),
    },
    Journey {
        name: "silent",
        title: "a second app gets its code without a page",
        run: |s| Box::pin(silent(s)),
    },
    Journey { name: "userinfo", title: "an app asks who signed in", run: |s| Box::pin(userinfo(s)) },
    Journey {
        name: "daemon",
        title: "the daemon reads everybody's notes with its own token",
        run: |s| Box::pin(daemon(s)),
    },
    Journey {
        name: "public-route",
        title: "the API's public route answers without a token",
        run: |s| Box::pin(public_route(s)),
    },
];

async fn discovery(stage: &Stage) -> anyhow::Result<()> {
    let mut visitor = Visitor::new(stage);
    let tenant = format!("{}/{}", stage.at.base, cast::MEADOW);
    let flow = format!("{tenant}/{}", cast::FLOW.to_lowercase());
    for authority in [tenant.clone(), format!("{tenant}/v2.0"), format!("{flow}/v2.0")] {
        let url = Url::parse(&format!("{authority}/.well-known/openid-configuration"))?;
        let document = good(visitor.open(&url).await?)?.json();
        let keys = document["jwks_uri"].as_str().context("the document names no keys")?;
        let keys = good(visitor.open(&Url::parse(keys)?).await?)?.json();
        ensure!(keys["keys"].as_array().is_some_and(|keys| !keys.is_empty()), "{authority} has no keys");
    }
    Ok(())
}

async fn pages(stage: &Stage) -> anyhow::Result<()> {
    let mut visitor = Visitor::new(stage);
    for page in [
        format!("{}/", stage.at.base),
        format!("{}/docs/errors", stage.at.base),
        format!("{}/docs/errors/DW1101", stage.at.base),
        format!("{}/docs", stage.at.api),
        format!("{}/", stage.at.web_app),
    ] {
        let reply = good(visitor.open(&Url::parse(&page)?).await?)?;
        ensure!(reply.body.contains("</html>"), "{page} is no page");
    }
    Ok(())
}

/// The web app as a person uses it.
async fn web_app(stage: &Stage, way: &str) -> anyhow::Result<()> {
    let mut visitor = Visitor::new(stage);
    let start = Url::parse(&format!("{}/signin?way={way}&write=1", stage.at.web_app))?;
    let home = good(visitor.sign_in(&start, PERSON).await?)?;
    ensure!(text_of(&home.body, "username").is_some(), "nobody is signed in at the web app: {}", home.url);
    let list = good(visitor.submit(&home, "notes", &[]).await?)?;
    ensure!(list.body.contains("GET /notes"), "the answer of the API is not on the page");
    ensure!(answer_status(&list) == Some(200), "reading answered {:?}", answer_status(&list));
    let added = good(visitor.submit(&list, "add", &[("text", "Try the demo out")]).await?)?;
    // Through the user flow nobody is asked, so that only what an administrator granted may be done.
    let may = [Some(201), Some(403)];
    ensure!(may.contains(&answer_status(&added)), "adding answered {:?}", answer_status(&added));
    let renewed = good(visitor.submit(&added, "renew", &[]).await?)?;
    ensure!(text_of(&renewed.body, "username").is_some(), "after the renewal nobody is signed in");
    let out = visitor.submit(&renewed, "signout", &[]).await?;
    ensure!(out.status == 200, "signing out answered {}", out.status);
    let home = good(visitor.open(&Url::parse(&format!("{}/", stage.at.web_app))?).await?)?;
    ensure!(text_of(&home.body, "username").is_none(), "somebody is still signed in");
    Ok(())
}

/// The status of the API's answer on the web app's page.
fn answer_status(page: &Reply) -> Option<u16> {
    let (_, rest) = page.body.split_once("<span class=\"status\">")?;
    rest.split('<').next()?.trim().parse().ok()
}

async fn silent(stage: &Stage) -> anyhow::Result<()> {
    let mut visitor = Visitor::new(stage);
    visitor.sign_in(&stage.ask(Door::Directory, cast::WEB_SHOP, "openid")?, PERSON).await?;
    let url = stage.ask(Door::Directory, "notes-spa", "openid")?;
    visitor.sign_in(&url, PERSON).await?;
    let reply = visitor.open(&with(&url, "prompt", Some("none"))).await?;
    ensure!(reply.answered("code").is_some(), "no code but {}", stage.told(&reply).diagnosis);
    Ok(())
}

async fn userinfo(stage: &Stage) -> anyhow::Result<()> {
    let body = stage.tokens(Door::Plain, "openid profile").await?;
    let token = body["access_token"].as_str().unwrap_or_default();
    let url = Url::parse(&stage.endpoint(Door::Plain, "userinfo"))?;
    let reply = super::visitor::read(stage.http.get(url.clone()).bearer_auth(token), url).await?;
    ensure!(good(reply)?.json()["sub"].is_string(), "userinfo names nobody");
    Ok(())
}

async fn daemon(stage: &Stage) -> anyhow::Result<()> {
    let body: Value = good(stage.daemon(&scope(".default"), None).await?)?.json();
    let token = body["access_token"].as_str().unwrap_or_default();
    let reply = good(stage.call("GET", "/notes/all", &[token]).await?)?;
    ensure!(reply.json()["notes"].is_array(), "the API answers without notes");
    Ok(())
}

async fn public_route(stage: &Stage) -> anyhow::Result<()> {
    good(stage.call("GET", "/health", &[]).await?).map(|_| ())
}

fn good(reply: Reply) -> anyhow::Result<Reply> {
    let start: String = reply.body.chars().take(200).collect();
    ensure!(reply.status == 200, "{} answered {}: {start}", reply.url.path(), reply.status);
    Ok(reply)
}
