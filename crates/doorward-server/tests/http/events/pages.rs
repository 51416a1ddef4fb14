//! The sign-in log and the decision trace as pages.

use doorward_server::Settings;
use http::{Request, StatusCode};

use super::{administrator, event_of, trace_page};
use crate::support::{Ask, BEN, Door, SPA, World};

#[tokio::test]
async fn the_log_is_for_administrators() {
    let world = World::open().await;
    let answer = world.get(&Ask::of(Door::Plain, SPA).with("redirect_uri", "https://spa.test/x").url()).await;
    let trace = answer.header("doorward-trace").to_owned();
    let path = format!("/portal/log/{trace}");

    let mut nobody = world.browser();
    for address in ["/portal/log", &path] {
        let page = nobody.visit(address).await.page();
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(page.has("Please sign in first"), "{}", page.html);
    }
    assert!(nobody.visit(&path).await.page().has(&format!("doorward explain {trace}")));
    let mut ben = world.browser();
    world.sign_in(&mut ben, &Ask::of(Door::Plain, SPA), BEN).await;
    let page = ben.visit(&path).await.page();
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(!page.has("client.known"));
    let mut admin = administrator(&world).await;
    let page = admin.visit(&path).await.page();
    assert_eq!(page.status, StatusCode::OK);
    for part in ["client.known", &trace, "id=\"copy-public\"", "/docs/errors/"] {
        assert!(page.has(part), "{part} is missing in {}", page.html);
    }
    for unknown in ["0".repeat(32), "nonsense".to_owned(), "..".to_owned()] {
        let page = admin.visit(&format!("/portal/log/{unknown}")).await.page();
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn an_administrator_who_is_switched_off_reads_no_more() {
    let world = World::open().await;
    let mut admin = administrator(&world).await;
    assert_eq!(admin.visit("/portal/log").await.page().status, StatusCode::OK);
    let mut after = world.cast.ada.clone();
    after.disabled = true;
    world.update_user(&world.cast.ada, &after).await;
    assert_eq!(admin.visit("/portal/log").await.page().status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_request_without_a_tenant_is_no_tenants_business() {
    let world = World::open().await;
    let answer = world.get("/nowhere/at/all").await;
    let event = event_of(&world, &answer).await;
    assert_eq!(event.tenant, None);
    let mut admin = administrator(&world).await;
    let page = trace_page(&world, &mut admin, &event.trace).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn filters_leave_what_fits_and_pages_lead_on() {
    let world = World::open().await;
    for n in 0..70 {
        world.pass(1);
        world
            .get(&Ask::of(Door::Plain, SPA).with("redirect_uri", &format!("https://spa.test/{n}")).url())
            .await;
    }
    let mut admin = administrator(&world).await;
    let page = admin.visit("/portal/log?code=dw1101").await.page();
    assert!(page.has("DW1101") && !page.has("signed in, code"), "{}", page.html);
    assert!(page.has("aria-current=\"true\""));
    let all = admin.visit("/portal/log").await.page();
    assert!(all.has("signed in, code"));
    let earlier = all.link("earlier");
    let second = admin.visit(&earlier.replace("&amp;", "&")).await.page();
    assert_eq!(second.status, StatusCode::OK);
    assert!(second.has("DW1101") && !second.has("signed in, code"));
    let none = admin.visit("/portal/log?app=no-such-app&user=%22%3E%3Cscript%3E").await.page();
    assert!(none.has("Nothing fits this filter") && !none.has("<script>"), "{}", none.html);
    // A trace id in the search leads to its page.
    let landed = admin.visit(&format!("/portal/log?code={}", "a".repeat(32))).await.page();
    assert_eq!(landed.status, StatusCode::NOT_FOUND);
    for odd in
        ["/portal/log?cursor=%ff", "/portal/log?cursor=zzz", "/portal/log?code=%00&code=2", "/portal/log?%"]
    {
        assert!(admin.visit(odd).await.page().status.is_success(), "{odd}");
    }
}

#[tokio::test]
async fn the_live_log_exists_in_development_only() {
    let world = World::open().await;
    for path in ["/_live", "/_live/events", "/metrics"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let dev = World::with_settings(Settings { development: true, ..world.app.settings().clone() }).await;
    let get = |path: &str| {
        Request::get(path).header("host", "localhost:7443").body(axum::body::Body::empty()).unwrap()
    };
    let refused =
        dev.send(get(&Ask::of(Door::Plain, SPA).with("redirect_uri", "https://spa.test/x").url())).await;
    let trace = refused.header("doorward-trace").to_owned();
    let page = dev.send(get("/_live")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").contains("connect-src 'self'"));
    for part in
        ["DW1101", &format!("/_live/{trace}"), "data-live=\"/_live/events\"", "http-equiv=\"refresh\""]
    {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let page = dev.send(get(&format!("/_live/{trace}"))).await;
    assert!(page.text().contains("redirect_uri.registered"), "{}", page.text());
    let numbers = dev.send(get("/metrics")).await;
    assert_eq!(numbers.status, StatusCode::OK);
    // A stranger's page that reached the demo by a name of its own gets nothing.
    let foreign = Request::get("/_live").header("host", "evil.test").body(axum::body::Body::empty()).unwrap();
    assert_eq!(dev.send(foreign).await.status, StatusCode::MISDIRECTED_REQUEST);
}
