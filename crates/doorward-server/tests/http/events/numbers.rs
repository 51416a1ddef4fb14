//! The numbers for Prometheus.

use doorward_server::metrics_router;
use http::Request;

use crate::support::{Ask, BEN, DAEMON, Door, NOTES, SPA, World, send};

async fn numbers(world: &World) -> String {
    let request = Request::get("/metrics").body(axum::body::Body::empty()).unwrap();
    send(&metrics_router(world.app.clone()), request).await.text()
}

fn value(text: &str, series: &str) -> f64 {
    let line =
        text.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("no {series} in {text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn what_happens_is_counted_by_place_and_code() {
    let world = World::open().await;
    let fields = [("grant_type", "client_credentials"), ("resource", NOTES)];
    for _ in 0..3 {
        world.token(Door::Plain, DAEMON, &fields).await.ok();
    }
    world.get(&Ask::of(Door::Plain, SPA).with("redirect_uri", "https://spa.test/x").url()).await;
    let code = world.code(&Ask::of(Door::Plain, SPA)).await;
    world.redeem(Door::Plain, SPA, &code).await.ok();
    let text = numbers(&world).await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(value(&text, "doorward_token_answers_total{grant=\"client_credentials\"}") >= 3.0);
    assert!(value(&text, "doorward_token_answers_total{grant=\"authorization_code\"}") >= 1.0);
    assert!(value(&text, "doorward_refusals_total{code=\"DW1101\"}") >= 1.0);
    assert!(value(&text, "doorward_sign_ins_total{outcome=\"signed_in\"}") >= 1.0);
    assert!(value(&text, "doorward_request_seconds_count{place=\"token\"}") >= 4.0);
    assert!(value(&text, "doorward_store_commit_seconds_count{outcome=\"committed\"}") >= 2.0);
    assert!(value(&text, "doorward_cache_hits_total") >= 1.0);
    assert!(value(&text, "doorward_events_lost_total") < 1.0);
    assert!(text.contains("doorward_build_info{version="));
    assert!(!text.contains(BEN) || !text.contains("user="), "people are no labels");
}

#[tokio::test]
async fn strangers_make_no_new_series() {
    let world = World::open().await;
    let series = |text: &str| text.lines().filter(|line| line.starts_with("doorward_requests_total")).count();
    world.get("/a-name/authorize").await;
    world.get("/nowhere/0").await;
    let before = series(&numbers(&world).await);
    for n in 0..50 {
        world.get(&format!("/nowhere/{n}")).await;
        world.get(&format!("/flow/{n}")).await;
        world.get(&format!("/assets/{n}.css")).await;
        let request = Request::builder().method(format!("M{n}").as_str()).uri("/meadow/oauth2/token");
        world.send(request.body(axum::body::Body::empty()).unwrap()).await;
    }
    let after = series(&numbers(&world).await);
    assert!(after <= before + 3, "{before} became {after}");
}
