//! Redeeming a code: once, by its client, at its door, with its verifier, in its minute.

use crate::support::{
    Ask, BEN, Door, NATIVE, SPA, SPA_ORIGIN, VERIFIER, WEB, WEB_SECRET, World, redemption, redirect_of,
};

#[tokio::test]
async fn a_second_redemption_revokes_everything_that_came_of_the_first() {
    let world = World::open().await;
    for (door, client) in Door::ALL.into_iter().flat_map(|door| [(door, WEB), (door, SPA)]) {
        let code = world.code(&Ask::of(door, client).scope("openid offline_access")).await;
        let first = world.redeem(door, client, &code).await.ok();
        world.pass(11);
        let again = world.redeem(door, client, &code).await;
        again.refused(400, "invalid_grant", "DW2004");
        let refresh = first["refresh_token"].as_str().unwrap();
        world.refresh(door, client, refresh).await.refused(400, "invalid_grant", "DW2056");
        let bearer = format!("Bearer {}", first["access_token"].as_str().unwrap());
        let me = world.get_with(&door.at("userinfo"), &[("authorization", &bearer)]).await;
        me.refused(401, "invalid_token", "DW3156");
    }
}

#[tokio::test]
async fn a_network_retry_with_the_verifier_is_refused_and_costs_nothing_else() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, SPA).scope("openid offline_access")).await;
    let first = world.redeem(Door::Plain, SPA, &code).await.ok();
    world.pass(5);
    world.redeem(Door::Plain, SPA, &code).await.refused(400, "invalid_grant", "DW2004");
    world.refresh(Door::Plain, SPA, first["refresh_token"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn a_thief_without_the_verifier_revokes_at_once() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, SPA).scope("openid offline_access")).await;
    let first = world.redeem(Door::Plain, SPA, &code).await.ok();
    let mut fields = redemption(SPA, &code);
    fields.retain(|(name, _)| *name != "code_verifier");
    world.token(Door::Plain, SPA, &fields).await.refused(400, "invalid_grant", "DW2004");
    let refresh = first["refresh_token"].as_str().unwrap();
    world.refresh(Door::Plain, SPA, refresh).await.refused(400, "invalid_grant", "DW2056");
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, WEB);
    let (early, late) = (world.code(&ask).await, world.code(&ask).await);
    world.pass(59);
    world.redeem(Door::Plain, WEB, &early).await.ok();
    world.pass(1);
    world.redeem(Door::Plain, WEB, &late).await.refused(400, "invalid_grant", "DW2051");
}

#[tokio::test]
async fn a_code_is_good_for_its_client_and_its_door_alone() {
    let world = World::open().await;
    for issued in Door::ALL {
        for called in Door::ALL.into_iter().filter(|door| *door != issued) {
            let code = world.code(&Ask::of(issued, WEB)).await;
            let answer = world.redeem(called, WEB, &code).await;
            answer.refused(400, "invalid_grant", "DW2060");
            world.redeem(issued, WEB, &code).await.ok();
        }
        let code = world.code(&Ask::of(issued, NATIVE)).await;
        let mut stolen = redemption(SPA, &code);
        stolen[2].1 = redirect_of(NATIVE);
        world.token(issued, SPA, &stolen).await.refused(400, "invalid_grant", "DW2052");
    }
}

#[tokio::test]
async fn the_verifier_must_be_the_one_of_the_challenge() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, SPA)).await;
    for (verifier, code_of_house) in [
        (None, "DW2005"),
        (Some("another-verifier-of-more-than-43-characters_0123"), "DW2005"),
        (Some("short"), "DW2005"),
        (Some(""), "DW2005"),
    ] {
        let mut fields = redemption(SPA, &code);
        fields.retain(|(name, _)| *name != "code_verifier");
        fields.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = world.token(Door::Plain, SPA, &fields).await;
        answer.refused(400, "invalid_grant", code_of_house);
        assert_eq!(answer.header("access-control-allow-origin"), SPA_ORIGIN, "its page may read why");
    }
    world.redeem(Door::Plain, SPA, &code).await.ok();

    let ask = Ask::of(Door::Directory, WEB).without("code_challenge").without("code_challenge_method");
    let code = world.code(&ask).await;
    let with_verifier = world.redeem(Door::Directory, WEB, &code).await;
    with_verifier.refused(400, "invalid_grant", "DW2061");
    let mut fields = redemption(WEB, &code);
    fields.retain(|(name, _)| *name != "code_verifier");
    world.token(Door::Directory, WEB, &fields).await.ok();
}

#[tokio::test]
async fn the_redirect_uri_must_be_the_one_of_the_request() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    let mut fields = redemption(WEB, &code);
    fields[2].1 = "https://web.test/cb?x=1";
    let answer = world.token(Door::Plain, WEB, &fields).await;
    answer.refused(400, "invalid_grant", "DW2053");
    assert_eq!(answer.json()["doorward"]["cause"]["expected"], "https://web.test/cb", "it proved itself");
    fields.remove(2);
    world.token(Door::Plain, WEB, &fields).await.refused(400, "invalid_grant", "DW2053");
    world.redeem(Door::Plain, WEB, &code).await.ok();
}

#[tokio::test]
async fn codes_that_nobody_issued_are_unknown() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    for made_up in [
        "x".to_owned(),
        "A".repeat(43),
        format!("{code}A"),
        code[1..].to_owned(),
        "\u{0}".to_owned(),
        "%".repeat(100),
        "a".repeat(20_000),
    ] {
        world.redeem(Door::Plain, WEB, &made_up).await.refused(400, "invalid_grant", "DW2050");
    }
    world.redeem(Door::Plain, WEB, "").await.refused(400, "invalid_request", "DW1057");
    world.redeem(Door::Plain, WEB, &code).await.ok();
}

#[tokio::test]
async fn a_single_page_application_redeems_from_its_own_page() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Directory, SPA)).await;
    let mut fields = redemption(SPA, &code);
    fields.push(("client_id", SPA));
    let path = Door::Directory.at("token");
    let none = world.post(&path, &fields).await;
    none.refused(400, "invalid_request", "DW2007");
    let foreign = world.post_with(&path, &fields, &[("origin", "https://evil.test")]).await;
    foreign.refused(400, "invalid_request", "DW1010");
    let answer = world.post_with(&path, &fields, &[("origin", SPA_ORIGIN)]).await;
    answer.ok();
    assert_eq!(answer.header("access-control-allow-origin"), SPA_ORIGIN);
    assert_eq!(answer.header("vary"), "Origin");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn a_web_application_that_calls_from_a_browser_is_told_so_by_the_directory() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Directory, WEB)).await;
    let mut fields = redemption(WEB, &code);
    fields.extend([("client_id", WEB), ("client_secret", WEB_SECRET)]);
    let answer =
        world.post_with(&Door::Directory.at("token"), &fields, &[("origin", "https://web.test")]).await;
    answer.refused(400, "invalid_request", "DW2006");
    assert_eq!(answer.json()["error_codes"], serde_json::json!([9_002_326]));
}

#[tokio::test]
async fn an_account_that_is_disabled_before_the_redemption_gets_nothing() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    let disabled = doorward_core::model::User { disabled: true, ..world.cast.ben.clone() };
    world.update_user(&world.cast.ben, &disabled).await;
    world.redeem(Door::Plain, WEB, &code).await.refused(400, "invalid_grant", "DW1205");
}

#[tokio::test]
async fn a_redeemed_code_is_a_trace_with_all_its_checks() {
    let world = World::open().await;
    let code = world.arrive(&Ask::of(Door::Plain, WEB), BEN).await.code();
    let answer = world.redeem(Door::Plain, WEB, &code).await;
    answer.ok();
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let story = world.app.trace(answer.header("doorward-trace")).unwrap();
    let names: Vec<&str> = story.checks.checks().iter().map(|check| &*check.name).collect();
    for check in ["client.authenticated", "code.unspent", "pkce.verifier", "consent.still_given"] {
        assert!(names.contains(&check), "{names:?}");
    }
    let told = serde_json::to_string(&story).unwrap();
    for secret in [WEB_SECRET, VERIFIER, code.as_str()] {
        assert!(!told.contains(secret), "a trace holds no secret");
    }
}
