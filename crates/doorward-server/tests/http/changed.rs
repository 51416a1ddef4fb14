//! Genuine values with one thing changed: cookies, states of pages, codes, refresh tokens, tokens, cursors. None is accepted,
//! none is a fault, and none costs the owner of the genuine value anything.

use axum::Router;
use axum::body::Body;
use doorward_server::admin;
use http::Request;

use crate::support::{Ask, BEN, BEN_PASSWORD, Door, SPA, WEB, World, redemption, send};

/// How many changes of each value are tried.
const TRIES: u64 = 120;

/// Changes of a text that differ from it: a character, a cut, something added, a part doubled or exchanged.
fn changes(genuine: &str) -> impl Iterator<Item = String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % end.max(1) as u64).unwrap()
    };
    let genuine: Vec<char> = genuine.chars().collect();
    let alphabet: Vec<char> = "AZaz09-_.~=%/+".chars().collect();
    let known: String = genuine.iter().collect();
    (0..TRIES)
        .map(move |_| {
            let mut changed = genuine.clone();
            let at = next(changed.len());
            match next(6) {
                0 | 1 => changed[at] = alphabet[next(alphabet.len())],
                2 => changed.truncate(at),
                3 => changed.insert(at, alphabet[next(alphabet.len())]),
                4 => changed.extend(genuine[..at].iter()),
                _ => {
                    let other = next(changed.len());
                    changed.swap(at, other);
                }
            }
            changed.into_iter().collect::<String>()
        })
        .filter(move |changed| *changed != known)
}

#[tokio::test]
async fn a_changed_state_of_a_page_signs_nobody_in() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let form = page.form("signin");
    for flow in changes(form.value("flow")) {
        let fields = [("flow", flow.as_str()), ("username", BEN), ("password", BEN_PASSWORD)];
        let mut other = browser.clone();
        let landed = other.post(&form.action, &fields).await.page();
        assert!(landed.status.as_u16() < 500, "{flow}: {}", landed.status);
        assert!(other.cookie("__Host-doorward-session").is_none(), "{flow} signed in");
    }
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client().code();
}

#[tokio::test]
async fn a_changed_cookie_is_nobodys() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let genuine = browser.cookie("__Host-doorward-session").unwrap().to_owned();
    let silent = Ask::of(Door::Plain, WEB).with("prompt", "none").url();
    for cookie in changes(&genuine).filter(|cookie| cookie.bytes().all(|b| b.is_ascii_graphic() && b != b';'))
    {
        let mut other = world.browser();
        other.plant("__Host-doorward-session", &cookie);
        assert_eq!(other.visit(&silent).await.client().error(), "login_required", "{cookie}");
    }
    assert!(!browser.visit(&silent).await.client().code().is_empty());
}

#[tokio::test]
async fn changed_codes_and_refresh_tokens_get_nothing_and_spend_nothing() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, SPA).scope("openid offline_access");
    let code = world.code(&ask).await;
    for changed in changes(&code) {
        let answer = world.token(Door::Plain, SPA, &redemption(SPA, &changed)).await;
        assert_eq!(answer.status.as_u16(), 400, "{changed}: {}", answer.text());
    }
    let first = world.redeem(Door::Plain, SPA, &code).await.ok();
    let refresh = first["refresh_token"].as_str().unwrap();
    for changed in changes(refresh) {
        let answer = world.refresh(Door::Plain, SPA, &changed).await;
        assert_eq!(answer.status.as_u16(), 400, "{changed}: {}", answer.text());
    }
    world.refresh(Door::Plain, SPA, refresh).await.ok();
}

#[tokio::test]
async fn a_changed_access_token_says_nothing_about_anybody() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let genuine = body["access_token"].as_str().unwrap();
    for changed in changes(genuine) {
        let bearer = format!("Bearer {changed}");
        let answer = world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await;
        assert!(
            (400..500).contains(&answer.status.as_u16()),
            "{changed}: {} {}",
            answer.status,
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_changed_cursor_is_refused_or_harmless() {
    let world = World::open().await;
    let router: Router = admin::router(world.app.clone(), admin::Access::Socket);
    let ask = |cursor: &str| {
        let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
        let cursor = if cursor.is_empty() { cursor } else { format!("&cursor={cursor}") };
        let path = format!("/admin/v1/tenants/meadow/users?limit=1{cursor}");
        Request::get(path).body(Body::empty()).unwrap()
    };
    let first = send(&router, ask("")).await.ok();
    let genuine = first["next"].as_str().unwrap().to_owned();
    assert!(send(&router, ask(&genuine)).await.status.is_success());
    for changed in changes(&genuine) {
        let status = send(&router, ask(&changed)).await.status.as_u16();
        assert!(matches!(status, 200 | 400 | 422), "{changed}: {status}");
    }
}
