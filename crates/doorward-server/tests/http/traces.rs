//! Every answer has a trace, and no trace, page or error holds a secret.

use http::Request;

use crate::support::{
    Answer, Ask, BEN, BEN_PASSWORD, Browser, DAEMON, DAEMON_SECRET, Door, SPA, VERIFIER, WEB, WEB_SECRET,
    World, form,
};

/// The traces of a story, and what may stand in none of them.
#[derive(Default)]
struct Story {
    traces: Vec<String>,
    secrets: Vec<String>,
}

impl Story {
    fn answer(&mut self, answer: &Answer) {
        let trace = answer.header("doorward-trace");
        assert_eq!(trace.len(), 32, "{} {}", answer.status, answer.text());
        assert_eq!(answer.header("x-ms-request-id"), trace);
        self.traces.push(trace.to_owned());
    }

    fn browser(&mut self, browser: &Browser) {
        self.answer(browser.last.as_ref().unwrap());
        for name in ["__Host-doorward-session", "__Host-doorward-flow"] {
            self.secrets.extend(browser.cookie(name).map(str::to_owned));
        }
    }

    /// A secret, and its parts that would do as well.
    fn secret(&mut self, text: &str) {
        self.secrets.push(text.to_owned());
        self.secrets.extend(text.rsplit('.').next().filter(|part| part.len() > 20).map(str::to_owned));
    }

    fn tokens(&mut self, body: &serde_json::Value) {
        for name in ["access_token", "id_token", "refresh_token"] {
            if let Some(token) = body[name].as_str() {
                self.secret(token);
            }
        }
    }

    fn holds_no_secret(&self, world: &World) {
        for trace in &self.traces {
            let Some(story) = world.app.trace(trace) else { continue };
            let told = serde_json::to_string(&story).unwrap();
            for secret in &self.secrets {
                assert!(!told.contains(secret.as_str()), "{secret} in {told}");
            }
        }
    }
}

#[tokio::test]
async fn a_whole_story_leaves_no_secret_in_its_traces() {
    let world = World::open().await;
    let mut story = Story::default();
    for text in [BEN_PASSWORD, "a-wrong-password", WEB_SECRET, DAEMON_SECRET, VERIFIER] {
        story.secrets.push(text.to_owned());
    }
    let scope = "openid offline_access";
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, SPA).scope(scope).url()).await.page();
    story.browser(&browser);
    let flow = page.form("signin").value("flow").to_owned();
    story.secret(&flow);
    browser.sign_in(&page, (BEN, "a-wrong-password")).await;
    story.browser(&browser);
    let code = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client().code();
    story.browser(&browser);
    story.secret(&code);
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await;
    story.browser(&browser);

    let first = world.redeem(Door::Plain, SPA, &code).await;
    story.answer(&first);
    story.tokens(&first.ok());
    let refresh = first.ok()["refresh_token"].as_str().unwrap().to_owned();
    let second = world.refresh(Door::Plain, SPA, &refresh).await;
    story.answer(&second);
    story.tokens(&second.ok());
    world.pass(60);
    for answer in [
        world.redeem(Door::Plain, SPA, &code).await,
        world.redeem(Door::Plain, WEB, &code).await,
        world.redeem(Door::Flow, SPA, &code).await,
        world.refresh(Door::Plain, SPA, &refresh).await,
        world.refresh(Door::Plain, WEB, &refresh).await,
        world.refresh(Door::Plain, SPA, &format!("{refresh}x")).await,
        world.token(Door::Plain, DAEMON, &[("grant_type", "password"), ("password", BEN_PASSWORD)]).await,
        world.token(Door::Plain, DAEMON, &[("client_secret", WEB_SECRET)]).await,
    ] {
        story.answer(&answer);
    }
    for token in [first.ok()["access_token"].clone(), first.ok()["id_token"].clone(), refresh.as_str().into()]
    {
        let token = token.as_str().unwrap();
        let bearer = format!("Bearer {token}");
        story.answer(&world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await);
        for (endpoint, client) in
            [("introspect", DAEMON), ("introspect", WEB), ("revoke", DAEMON), ("revoke", SPA)]
        {
            let (fields, headers) = crate::support::authenticated(client, &[("token", token)]);
            story.answer(&world.post_with(&Door::Plain.at(endpoint), &fields, &headers).await);
        }
    }
    let id_token = first.ok()["id_token"].as_str().unwrap().to_owned();
    for hint in [id_token.clone(), format!("{id_token}x")] {
        browser.visit(&format!("{}?{}", Door::Plain.at("logout"), form(&[("id_token_hint", &hint)]))).await;
        story.browser(&browser);
        let ask = Ask::of(Door::Plain, SPA).with("prompt", "none").with("id_token_hint", &hint);
        browser.visit(&ask.url()).await;
        story.browser(&browser);
    }
    assert!(story.traces.len() > 25);
    story.holds_no_secret(&world);
}

#[tokio::test]
async fn no_answer_repeats_a_secret_that_was_sent() {
    let world = World::open().await;
    let sent = "a-secret-that-was-sent-0123456789-abcdefghijklm";
    for door in Door::ALL {
        for endpoint in ["token", "introspect", "revoke"] {
            for name in ["client_secret", "code", "refresh_token", "code_verifier", "token", "password"] {
                for grant in ["authorization_code", "refresh_token", "client_credentials"] {
                    let fields = [("grant_type", grant), ("client_id", WEB), (name, sent)];
                    let answer = world.post(&door.at(endpoint), &fields).await;
                    assert!(!answer.text().contains(sent), "{endpoint} {name}: {}", answer.text());
                    let trace =
                        serde_json::to_string(&world.app.trace(answer.header("doorward-trace"))).unwrap();
                    assert!(!trace.contains(sent), "{endpoint} {name}: {trace}");
                }
            }
        }
        let request = Request::get(door.at("userinfo")).header("authorization", format!("Bearer {sent}"));
        let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert!(!answer.text().contains(sent), "{}", answer.text());
    }
}
