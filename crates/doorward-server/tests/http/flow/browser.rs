//! What ties a flow to one browser and to our own pages: cookies, the sealed flow, origins, and the headers of pages.

use crate::support::{ADA, ADA_PASSWORD, Ask, BASE, BEN, BEN_PASSWORD, Browser, Door, Page, WEB, World};

const SESSION: &str = "__Host-doorward-session";
const SILENT: &str = "__Host-doorward-silent";
const FLOW: &str = "__Host-doorward-flow";

async fn at_the_page(world: &World) -> (Browser, Page) {
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    (browser, page)
}

fn credentials(page: &Page) -> Vec<(&'static str, String)> {
    vec![
        ("flow", page.form("signin").value("flow").to_owned()),
        ("username", BEN.to_owned()),
        ("password", BEN_PASSWORD.to_owned()),
    ]
}

fn pairs<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn a_post_from_elsewhere_is_refused() {
    let world = World::open().await;
    for from in [
        vec![("origin", "https://evil.test")],
        vec![("origin", "http://id.test:7443")],
        vec![("origin", "https://id.test")],
        vec![("origin", "https://id.test:7443.evil.test")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", BASE), ("sec-fetch-site", "cross-site")],
        vec![("origin", "null"), ("sec-fetch-site", "cross-site")],
        vec![("origin", "https://evil.test"), ("sec-fetch-site", "same-origin")],
    ] {
        let (mut browser, page) = at_the_page(&world).await;
        let fields = credentials(&page);
        let refused = browser.post_from("/flow/sign-in", &pairs(&fields), &from).await.page();
        assert_eq!(refused.code(), "DW1254", "{from:?}");
        assert!(browser.cookie(SESSION).is_none());
    }
    for from in [vec![], vec![("origin", BASE)], vec![("origin", "null"), ("sec-fetch-site", "same-origin")]]
    {
        let (mut browser, page) = at_the_page(&world).await;
        let fields = credentials(&page);
        browser.post_from("/flow/sign-in", &pairs(&fields), &from).await.client();
    }
}

#[tokio::test]
async fn a_flow_is_worth_nothing_in_another_browser() {
    let world = World::open().await;
    let (_, page) = at_the_page(&world).await;
    let fields = credentials(&page);
    let mut none = world.browser();
    assert_eq!(none.post("/flow/sign-in", &pairs(&fields)).await.page().code(), "DW1254");
    assert_eq!(none.visit(&page.path).await.page().code(), "DW1254");
    let (mut other, _) = at_the_page(&world).await;
    assert_eq!(other.post("/flow/sign-in", &pairs(&fields)).await.page().code(), "DW1254");
    assert_eq!(other.visit(&page.link("cancel")).await.page().code(), "DW1254");
    assert!(other.cookie(SESSION).is_none());
}

#[tokio::test]
async fn a_flow_that_was_tampered_with_or_left_out_is_refused() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world).await;
    let flow = page.form("signin").value("flow").to_owned();
    let last = if flow.ends_with('A') { 'B' } else { 'A' };
    for (forged, code) in [
        (format!("{}{last}", &flow[..flow.len() - 1]), "DW1254"),
        (flow[..flow.len() / 2].to_owned(), "DW1254"),
        ("x".to_owned(), "DW1254"),
        ("!".repeat(50), "DW1254"),
        (format!("{flow}{flow}"), "DW1254"),
        (String::new(), "DW1057"),
    ] {
        let fields = [("flow", forged.as_str()), ("username", BEN), ("password", BEN_PASSWORD)];
        assert_eq!(browser.post("/flow/sign-in", &fields).await.page().code(), code, "{forged}");
    }
    // The question of a sign-out is no flow of a sign-in.
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
    let question = browser.visit(&Door::Plain.at("logout")).await.page();
    let sealed = question.form("signout").value("flow").to_owned();
    let fields = [("flow", sealed.as_str()), ("username", BEN), ("password", BEN_PASSWORD)];
    assert_eq!(browser.post("/flow/sign-in", &fields).await.page().code(), "DW1254");
    assert_eq!(browser.post("/flow/sign-out", &[("flow", &flow)]).await.page().code(), "DW1254");
}

#[tokio::test]
async fn a_flow_lives_for_ten_minutes() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world).await;
    world.pass(599);
    let wrong = browser.sign_in(&page, (BEN, "wrong")).await.page();
    world.pass(1);
    assert_eq!(browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page().code(), "DW1253");
    assert_eq!(
        browser.sign_in(&wrong, (BEN, BEN_PASSWORD)).await.page().code(),
        "DW1253",
        "no page renews it"
    );
    assert!(browser.cookie(SESSION).is_none());
}

#[tokio::test]
async fn signing_in_changes_the_cookie_so_that_a_planted_one_is_worth_nothing() {
    let world = World::open().await;
    let mut attacker = world.browser();
    world.sign_in(&mut attacker, &Ask::of(Door::Plain, WEB), ADA).await.client();
    let planted = attacker.cookie(SESSION).unwrap().to_owned();

    let mut victim = world.browser();
    victim.plant(SESSION, &planted);
    let page = victim.visit(&Ask::of(Door::Plain, WEB).with("prompt", "login").url()).await.page();
    victim.sign_in(&page, (BEN, BEN_PASSWORD)).await;
    assert_ne!(victim.cookie(SESSION), Some(planted.as_str()));
    let silent = Ask::of(Door::Plain, WEB).with("prompt", "none").with("login_hint", BEN);
    assert_eq!(attacker.visit(&silent.url()).await.client().error(), "login_required");

    let mut made_up = world.browser();
    made_up.plant(SESSION, "a-value-that-nobody-gave");
    world.sign_in(&mut made_up, &Ask::of(Door::Plain, WEB), BEN).await.client();
    assert_ne!(made_up.cookie(SESSION), Some("a-value-that-nobody-gave"));
}

#[tokio::test]
async fn a_second_account_changes_it_again() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let mut kept = browser.clone();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).with("login_hint", ADA).url()).await.page();
    browser.sign_in(&page, (ADA, ADA_PASSWORD)).await.client();
    assert_ne!(browser.cookie(SESSION), kept.cookie(SESSION));
    let silent = Ask::of(Door::Plain, WEB).with("prompt", "none");
    assert_eq!(kept.visit(&silent.url()).await.client().error(), "login_required", "the old one is over");
}

#[tokio::test]
async fn every_cookie_is_host_bound_secure_hidden_and_says_its_site() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let names: Vec<&str> = browser.set.iter().filter_map(|line| line.split('=').next()).collect();
    assert_eq!(names, [FLOW, SESSION, SILENT], "{:?}", browser.set);
    for line in &browser.set {
        for part in ["; Secure", "; HttpOnly", "; Path=/", "; SameSite="] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
        assert_eq!(line.contains("SameSite=None"), line.starts_with(SILENT), "{line}");
        assert_eq!(line.contains("SameSite=Lax"), !line.starts_with(SILENT), "{line}");
        assert!(!line.contains("Max-Age") && !line.contains("Expires"), "gone with the browser: {line}");
    }
}

#[tokio::test]
async fn pages_run_no_foreign_script_are_in_no_frame_and_leave_popups_alone() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world).await;
    let bare = World::bare().await;
    let mut asked = bare.browser();
    let consent = bare.sign_in(&mut asked, &Ask::of(Door::Plain, WEB), BEN).await.page();
    let error = browser.visit("/meadow/oauth2/authorize").await.page();
    let out = browser.visit(&Door::Plain.at("logout")).await.page();
    for page in [&page, &consent, &error, &out] {
        let header = |name: &str| page.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert!(header("strict-transport-security").starts_with("max-age="));
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("doorward-trace").len(), 32);
        assert!(!page.headers.contains_key("cross-origin-opener-policy"), "kills popups of msal-browser");
    }
}

#[tokio::test]
async fn pages_that_do_not_exist_and_methods_that_do_not_fit_are_refused() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world).await;
    let flow = page.form("signin").value("flow").to_owned();
    assert_eq!(browser.visit(&format!("/flow/nothing?flow={flow}")).await.page().code(), "DW1055");
    assert_eq!(browser.post("/flow/nothing", &[("flow", &flow)]).await.page().code(), "DW1055");
    assert_eq!(browser.post("/flow/cancel", &[("flow", &flow)]).await.page().code(), "DW1055");
    assert_eq!(browser.visit("/flow/sign-in").await.page().code(), "DW1057");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
        let request = http::Request::builder().method(method).uri("/flow/sign-in");
        let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, POST", "RFC 9110 15.5.6");
    }
}

#[tokio::test]
async fn passwords_stay_out_of_traces() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world).await;
    for password in ["wrong-but-private", BEN_PASSWORD] {
        browser.sign_in(&page, (BEN, password)).await;
        let trace = browser.last.as_ref().unwrap().header("doorward-trace").to_owned();
        let story = serde_json::to_string(&world.app.trace(&trace)).unwrap();
        assert!(!story.contains(password), "{story}");
    }
}
