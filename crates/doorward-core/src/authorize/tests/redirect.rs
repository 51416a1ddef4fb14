//! Where answers go: a redirect only after client and redirect URI are proven, else a page.

use super::super::return_address;
use super::{error_of, failed_check, last_code};
use crate::authorize::{Asking, AuthorizeRequest, ResponseMode};
use crate::model::{ClientKind, Platform, RedirectUri, RegisteredRedirect};
use crate::refusal::OAuthError;
use crate::test_world::{DAEMON, NATIVE, SPA, Visit, WEB, World, text};

type Breaking = fn(&mut AuthorizeRequest);

const VARIATIONS: &[&str] = &[
    "https://web.test/cb/",
    "https://web.test/CB",
    "https://WEB.test/cb",
    "HTTPS://web.test/cb",
    "http://web.test/cb",
    "https://web.test:443/cb",
    "https://web.test/cb?",
    "https://web.test/cb?x=1",
    "https://web.test/cb#",
    "https://web.test/cb#x",
    "https://web.test/%63b",
    "https://web.test//cb",
    "https://web.test/./cb",
    "https://web.test/x/../cb",
    "https://web.test/cb%00",
    "https://web.test/cb ",
    " https://web.test/cb",
    "https://web.test/cb\n",
    "https://user@web.test/cb",
    "https://web.test@evil.test/cb",
    "https://web.test.evil.test/cb",
    "https://evil.test/https://web.test/cb",
    "//web.test/cb",
    "/cb",
    "cb",
    "",
    "*",
    "https://*.test/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
];

#[test]
fn a_redirect_uri_that_differs_at_all_never_becomes_a_return_address() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        for uri in VARIATIONS {
            let visit = Visit::of(WEB, "openid").asking(|request| request.redirect_uri = text(uri));
            let failure = world.refused(&door, &visit);
            assert_eq!(failure.to, None, "{uri:?} at {}", door.profile.name);
            assert_eq!(failed_check(&failure), "redirect_uri.registered", "{uri:?}");
            assert!(failure.refusal.changes.is_empty());
        }
    }
}

#[test]
fn a_registered_query_must_be_there_byte_for_byte() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let uri = RedirectUri::parse("https://web.test/in?a=1&b=2", Platform::Web).unwrap();
    world.client(WEB).redirect_uris.push(RegisteredRedirect { uri, platform: Platform::Web });
    let door = world.plain();
    let to = |uri: &str| Visit::of(WEB, "openid").asking(|request| request.redirect_uri = text(uri));
    let code = world.code(&door, &to("https://web.test/in?a=1&b=2"));
    assert_eq!(code.to.redirect_uri, "https://web.test/in?a=1&b=2");
    for other in ["https://web.test/in", "https://web.test/in?b=2&a=1", "https://web.test/in?a=1&b=2&c=3"] {
        assert_eq!(world.refused(&door, &to(other)).to, None, "{other}");
    }
}

#[test]
fn an_unknown_or_disabled_client_is_told_on_a_page() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for client_id in [None, text("nobody"), text("we b"), text("WEB"), Some("x".repeat(500))] {
        let visit = Visit::of(WEB, "openid").asking(|request| request.client_id = client_id.clone());
        for door in world.doors() {
            let failure = world.refused(&door, &visit);
            assert_eq!(failure.to, None, "{client_id:?}");
            assert_eq!(failed_check(&failure), "client.known");
        }
    }
    world.client(WEB).disabled = true;
    let failure = world.refused(&world.plain(), &Visit::of(WEB, "openid"));
    assert_eq!((failure.to.is_none(), failed_check(&failure).as_str()), (true, "client.enabled"));
}

#[test]
fn once_client_and_uri_are_proven_every_error_goes_back_with_state_and_issuer() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.session = crate::authorize::SessionView::default();
    let broken: &[(&str, Breaking)] = &[
        ("response_mode.supported", |r| r.response_mode = text("pigeon")),
        ("request_object.absent", |r| r.has_request_object = true),
        ("request_object.absent", |r| r.has_request_uri = true),
        ("response_type.supported", |r| r.response_type = None),
        ("pkce.challenge", |r| r.code_challenge_method = text("plain")),
        ("scope.understood", |r| r.scope = text("openid \"")),
        ("prompt.understood", |r| r.prompt = text("none login")),
        ("max_age.understood", |r| r.max_age = text("soon")),
        ("claims.understood", |r| r.claims = text("[]")),
        ("id_token_hint.ours", |r| r.id_token_hint = text("not.a.token")),
        ("account.selected", |r| r.prompt = text("none")),
    ];
    for door in world.doors() {
        for (check, breaking) in broken {
            let failure = world.refused(&door, &Visit::of(WEB, "openid").asking(breaking));
            assert_eq!(failed_check(&failure), *check);
            let to = failure.to.expect("the client may be told");
            assert_eq!(to.redirect_uri, "https://web.test/cb");
            assert_eq!(to.state.as_deref(), Some("st ate"), "{check}");
            assert_eq!(to.issuer, door.authority.issuer);
        }
    }
}

#[test]
fn an_error_before_the_proof_hides_every_later_one() {
    let world = World::new();
    let visit = Visit::of(WEB, "openid \"").prompt("none login").asking(|request| {
        request.redirect_uri = text("https://evil.test/");
        request.response_type = None;
        request.response_mode = text("pigeon");
    });
    assert_eq!(world.refused(&world.plain(), &visit).to, None);
}

#[test]
fn a_native_loopback_uri_takes_any_port_and_nothing_else() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let to = |uri: &str| Visit::of(NATIVE, "openid").asking(|request| request.redirect_uri = text(uri));
    let code = world.code(&door, &to("http://localhost:49152/cb"));
    assert_eq!(code.to.redirect_uri, "http://localhost:49152/cb");
    assert_eq!(last_code(&world).platform, Platform::Native);
    for other in [
        "http://localhost:49152/other",
        "http://localhost:49152/cb?x=1",
        "http://127.0.0.1:49152/cb",
        "https://localhost:49152/cb",
        "http://localhost:49152@evil.test/cb",
        "http://localhost:65536/cb",
    ] {
        assert_eq!(world.refused(&door, &to(other)).to, None, "{other}");
    }
}

#[test]
fn a_missing_redirect_uri_is_forgiven_for_oauth_with_one_registered_uri_only() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let without = |scope: &str| Visit::of(WEB, scope).asking(|request| request.redirect_uri = None);
    for door in world.doors() {
        let failure = world.refused(&door, &without("openid api://notes/notes.read"));
        assert_eq!((failure.to.clone(), error_of(&failure)), (None, OAuthError::InvalidRequest));
    }
    assert_eq!(world.refused(&world.user_flow(), &without("api://notes/notes.read")).to, None);
    let door = world.plain();
    let code = world.code(&door, &without("api://notes/notes.read"));
    assert_eq!(code.to.redirect_uri, "https://web.test/cb");
    assert!(!last_code(&world).redirect_uri_sent);

    let uri = RedirectUri::parse("https://web.test/second", Platform::Web).unwrap();
    world.client(WEB).redirect_uris.push(RegisteredRedirect { uri, platform: Platform::Web });
    assert_eq!(world.refused(&door, &without("api://notes/notes.read")).to, None);
}

#[test]
fn a_daemon_has_no_business_here() {
    let mut world = World::new();
    let uri = RedirectUri::parse("https://daemon.test/cb", Platform::Web).unwrap();
    world.client(DAEMON).redirect_uris.push(RegisteredRedirect { uri, platform: Platform::Web });
    assert_eq!(world.client(DAEMON).kind, ClientKind::Daemon);
    let visit = Visit::of(WEB, "openid").asking(|request| {
        request.client_id = text(DAEMON);
        request.redirect_uri = text("https://daemon.test/cb");
    });
    let failure = world.refused(&world.plain(), &visit);
    assert_eq!(error_of(&failure), OAuthError::UnauthorizedClient);
    assert!(failure.to.is_some());
}

#[test]
fn the_way_back_from_a_page_is_the_proven_one() {
    let world = World::new();
    let door = world.plain();
    let back = |visit: &Visit| {
        let asking = Asking {
            at: door.at(),
            request: &visit.request,
            interaction: &visit.interaction,
            session: &world.session,
            hint: None,
        };
        return_address(&asking, &world.facts(|facts| crate::authorize::needs(&asking, facts)))
    };
    let fragment = Visit::of(SPA, "openid").asking(|request| {
        request.response_mode = text("fragment");
        request.response_type = text("token");
    });
    let to = back(&fragment).expect("client and URI are in order");
    assert_eq!((to.redirect_uri.as_str(), to.mode), ("https://spa.test/cb", ResponseMode::Fragment));
    assert_eq!(back(&fragment.asking(|request| request.redirect_uri = text("https://evil.test/"))), None);
}
