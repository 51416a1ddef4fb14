//! What is over is forgotten, and nothing else.

use crate::support::{Ask, BEN, Door, WEB, World};

#[tokio::test]
async fn a_sweep_takes_what_is_over_and_leaves_what_lives() {
    let world = World::open().await;
    let mut browser = world.browser();
    let ask = Ask::of(Door::Plain, WEB).scope("openid offline_access");
    let code = world.sign_in(&mut browser, &ask, BEN).await.client().code();
    let waiting = browser.visit(&ask.url()).await.client().code();
    let body = world.redeem(Door::Plain, WEB, &code).await.ok();
    let refresh = body["refresh_token"].as_str().unwrap();
    world.app.sweep().await.unwrap();
    world.redeem(Door::Plain, WEB, &waiting).await.ok();
    world.refresh(Door::Plain, WEB, refresh).await.ok();
    assert!(!browser.visit(&ask.url()).await.client().code().is_empty());

    world.pass(3600);
    world.app.sweep().await.unwrap();
    world.redeem(Door::Plain, WEB, &code).await.refused(400, "invalid_grant", "DW2004");
    world.refresh(Door::Plain, WEB, refresh).await.refused(400, "invalid_grant", "DW2056");

    world.pass(400 * 24 * 3600);
    world.app.sweep().await.unwrap();
    world.redeem(Door::Plain, WEB, &code).await.refused(400, "invalid_grant", "DW2050");
    world.refresh(Door::Plain, WEB, refresh).await.refused(400, "invalid_grant", "DW2054");
    assert!(browser.visit(&ask.url()).await.page().has_form("signin"));
}
