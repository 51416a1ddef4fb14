//! How clients say who they are at the token endpoint, and what they hear when that fails.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Answer, Ask, DAEMON, DAEMON_SECRET, Door, SPA, WEB, WEB_SECRET, World, redemption};

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The same as RFC 6749 §2.3.1 wants it.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn daemon(world: &World, fields: &[(&str, &str)], authorization: Option<&str>) -> Answer {
    let mut all = vec![("grant_type", "client_credentials"), ("scope", "api://notes/.default")];
    all.extend_from_slice(fields);
    let headers: Vec<(&str, &str)> =
        authorization.into_iter().map(|value| ("authorization", value)).collect();
    world.post_with(&Door::Plain.at("token"), &all, &headers).await
}

#[tokio::test]
async fn a_secret_travels_in_the_header_encoded_or_raw_or_in_the_form() {
    let world = World::open().await;
    for header in [
        basic(WEB, WEB_SECRET),
        basic(&encoded(WEB), &encoded(WEB_SECRET)),
        basic(WEB, WEB_SECRET).replace("Basic", "bASIC"),
        basic(WEB, WEB_SECRET).trim_end_matches('=').to_owned(),
    ] {
        let code = world.code(&Ask::of(Door::Plain, WEB)).await;
        let answer = world
            .post_with(&Door::Plain.at("token"), &redemption(WEB, &code), &[("authorization", &header)])
            .await;
        answer.ok();
    }
    let posted = [("client_id", DAEMON), ("client_secret", DAEMON_SECRET)];
    daemon(&world, &posted, None).await.ok();
    let beside = [("client_id", DAEMON)];
    daemon(&world, &beside, Some(&basic(DAEMON, DAEMON_SECRET))).await.ok();
}

#[tokio::test]
async fn a_client_that_fails_hears_401_and_the_scheme_it_tried() {
    let world = World::open().await;
    for (header, code) in [
        (basic(DAEMON, "wrong"), "DW2001"),
        (basic(DAEMON, ""), "DW2058"),
        (basic("nobody", "x"), "DW1001"),
        (basic("", ""), "DW1001"),
        (basic("daemon\u{0}", "x"), "DW1001"),
    ] {
        let answer = daemon(&world, &[], Some(&header)).await;
        answer.refused(401, "invalid_client", code);
        assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{}", answer.text());
    }
    for (fields, code) in [
        (vec![("client_id", DAEMON), ("client_secret", "wrong")], "DW2001"),
        (vec![("client_id", DAEMON)], "DW2058"),
        (vec![("client_id", "nobody")], "DW1001"),
        (vec![], "DW1001"),
    ] {
        let answer = daemon(&world, &fields, None).await;
        answer.refused(401, "invalid_client", code);
        assert_eq!(answer.header("www-authenticate"), "");
    }
}

#[tokio::test]
async fn two_methods_in_one_request_are_refused() {
    let world = World::open().await;
    let both = [("client_id", DAEMON), ("client_secret", DAEMON_SECRET)];
    let answer = daemon(&world, &both, Some(&basic(DAEMON, DAEMON_SECRET))).await;
    answer.refused(400, "invalid_request", "DW2059");
    let other = [("client_id", WEB)];
    let answer = daemon(&world, &other, Some(&basic(DAEMON, DAEMON_SECRET))).await;
    answer.refused(400, "invalid_request", "DW2059");
}

#[tokio::test]
async fn broken_headers_are_named() {
    let world = World::open().await;
    for (header, code) in [
        ("Basic", "DW1050"),
        ("Basic !!!", "DW1050"),
        ("Basic bm9jb2xvbg==", "DW1050"),
        ("Basic /////w==", "DW1050"),
        ("Bearer abc", "DW1061"),
        ("Digest x=y", "DW1061"),
    ] {
        let answer = daemon(&world, &[], Some(header)).await;
        answer.refused(400, "invalid_request", code);
    }
}

#[tokio::test]
async fn a_public_client_sends_no_secret_and_one_without_keys_no_assertion() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, SPA)).await;
    let mut fields = redemption(SPA, &code);
    fields.push(("client_secret", "x"));
    world.token(Door::Plain, SPA, &fields).await.refused(401, "invalid_client", "DW2003");
    let assertion = [
        ("client_id", DAEMON),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", "a.b.c"),
    ];
    daemon(&world, &assertion, None).await.refused(401, "invalid_client", "DW2003");
}

#[tokio::test]
async fn a_secret_ends_and_a_disabled_client_too() {
    let world = World::open().await;
    let daemon_client = &world.cast.daemon;
    let posted = [("client_id", DAEMON), ("client_secret", DAEMON_SECRET)];
    let disabled = doorward_core::model::Client { disabled: true, ..daemon_client.clone() };
    world.update_client(daemon_client, &disabled).await;
    daemon(&world, &posted, None).await.refused(401, "invalid_client", "DW1063");
    world.update_client(&disabled, daemon_client).await;
    daemon(&world, &posted, None).await.ok();
    world.pass(100_000_000);
    daemon(&world, &posted, None).await.refused(401, "invalid_client", "DW2002");
    let wrong = [("client_id", DAEMON), ("client_secret", "wrong")];
    daemon(&world, &wrong, None).await.refused(401, "invalid_client", "DW2001");
}

#[tokio::test]
async fn the_id_of_a_secret_is_recognised_as_such() {
    let world = World::open().await;
    let id = world.cast.web.secrets[0].id.to_string();
    let fields = [("client_id", DAEMON), ("client_secret", id.as_str())];
    let answer = daemon(&world, &fields, None).await;
    answer.refused(401, "invalid_client", "DW2001");
    assert!(answer.text().contains("id"), "{}", answer.text());
    assert!(!answer.text().contains(&id), "nothing that was sent as a secret comes back");
}

#[tokio::test]
async fn grant_types_are_known_and_for_certain_kinds() {
    let world = World::open().await;
    for (fields, status, error, code) in [
        (vec![], 400, "invalid_request", "DW1057"),
        (vec![("grant_type", "")], 400, "invalid_request", "DW1057"),
        (vec![("grant_type", "password")], 400, "unsupported_grant_type", "DW1062"),
        (vec![("grant_type", "AUTHORIZATION_CODE")], 400, "unsupported_grant_type", "DW1062"),
    ] {
        world.token(Door::Plain, WEB, &fields).await.refused(status, error, code);
    }
    let code = [("grant_type", "authorization_code"), ("code", "x")];
    world.token(Door::Plain, DAEMON, &code).await.refused(400, "unauthorized_client", "DW1006");
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    world.token(Door::Plain, DAEMON, &refresh).await.refused(400, "unauthorized_client", "DW1006");
    let own = [("grant_type", "client_credentials"), ("resource", "api://notes")];
    world.token(Door::Plain, SPA, &own).await.refused(400, "unauthorized_client", "DW1006");
}
