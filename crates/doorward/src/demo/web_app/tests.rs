//! The app without a server: what it refuses by itself.

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use tower::ServiceExt as _;

use super::*;

fn app() -> Router {
    let at = Addresses {
        host: "localhost:7443".to_owned(),
        base: "https://localhost:7443".to_owned(),
        // Nobody listens on the discard port: a call answers at once that it failed.
        web_app: "http://localhost:7501".to_owned(),
        api: "http://127.0.0.1:9".to_owned(),
    };
    let registration = Registration {
        client_id: "notes-web".to_owned(),
        client_secret: "dws_x".to_owned(),
        redirect_uri: "http://localhost:7501/redirect".to_owned(),
        post_logout_redirect_uri: "http://localhost:7501/".to_owned(),
    };
    let http = doorward_guard::http_client(&[]).unwrap();
    WebApp::new((&at, 7501), http, &registration, Arc::new(Look::new()), Arc::new(LastRun::default()))
        .router()
}

async fn send(app: &Router, request: axum::http::request::Builder, body: &str) -> Response {
    let host = request.headers_ref().is_some_and(|headers| headers.contains_key(HOST));
    let request = if host { request } else { request.header(HOST, "localhost:7501") };
    app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn the_page_works_without_scripts_and_offers_both_ways() {
    let response = send(&app(), Request::get("/"), "").await;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("form-action 'self' https://localhost:7443;"),
        "{policy}"
    );
    let page = text(response).await;
    assert!(
        page.contains("id=\"signin\"") && page.contains("way=tenant") && !page.contains("<script"),
        "{page}"
    );
}

#[tokio::test]
async fn a_form_without_the_sessions_token_does_nothing() {
    let app = app();
    let home = send(&app, Request::get("/"), "").await;
    let cookie = home.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = text(home).await;
    let token =
        page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = "application/x-www-form-urlencoded";
    for (body, cookie, expected) in [
        (String::new(), cookie.as_str(), 403),
        ("form_token=x".to_owned(), &cookie, 403),
        (format!("form_token={token}"), "", 403),
        (format!("form_token={token}"), &cookie, 303),
    ] {
        let request = Request::post("/call/health").header(CONTENT_TYPE, form).header(COOKIE, cookie);
        assert_eq!(send(&app, request, &body).await.status().as_u16(), expected, "{body} {cookie}");
    }
    let page = text(send(&app, Request::get("/").header(COOKIE, &cookie), "").await).await;
    assert!(page.contains("id=\"answer\""), "the failed call is told");
    let request =
        Request::post("/call/health").header(CONTENT_TYPE, "application/json").header(COOKIE, &cookie);
    assert_eq!(send(&app, request, "{}").await.status().as_u16(), 403);
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_signs_nobody_in() {
    let app = app();
    for query in ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=", "?code=%00&state=%ff"] {
        let response = send(&app, Request::get(format!("/redirect{query}")), "").await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn another_host_name_is_led_home_or_refused() {
    let app = app();
    let led = send(&app, Request::get("/?a=1").header(HOST, "127.0.0.1:7501"), "").await;
    assert_eq!(
        (led.status().as_u16(), led.headers()[LOCATION].to_str().unwrap()),
        (307, "http://localhost:7501/?a=1")
    );
    let refused = send(&app, Request::get("/").header(HOST, "evil.test:7501"), "").await;
    assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn unknown_addresses_have_a_page_that_leads_back() {
    let response = send(&app(), Request::get("/nowhere"), "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("href=\"/\""));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_told() {
    let response = send(&app(), Request::get("/signin"), "").await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
}
