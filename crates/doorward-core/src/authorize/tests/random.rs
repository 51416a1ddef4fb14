//! Whatever is sent, the authorization endpoint decides; and what it never does, it never does.

use doorward_token::ClaimSet;
use proptest::option;
use proptest::prelude::*;

use crate::authorize::{AuthorizeReply, AuthorizeRequest};
use crate::test_world::{NATIVE, SPA, Visit, WEB, World, redirect_of};

/// Words that reach far into the rules, and junk.
fn words(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        6 => proptest::sample::select(known).prop_map(str::to_owned),
        2 => proptest::collection::vec(proptest::sample::select(known), 0..4).prop_map(|words| words.join(" ")),
        1 => ".{0,40}",
        1 => "[ -~]{0,300}",
    ]
}

fn maybe(known: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    option::weighted(0.8, words(known))
}

const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "offline_access",
    "User.Read",
    "notes.read",
    "api://notes/notes.read",
    "api://notes/notes.share",
    "API://NOTES/notes.write",
    "api://notes/.default",
    "api://tasks/tasks.read",
    "https://graph.test/User.Read",
    "00000003-0000-0000-c000-000000000000/openid",
    ".default",
    "/",
    "a//b",
    "//",
];

prop_compose! {
    fn request()(
        client_id in maybe(&[WEB, SPA, NATIVE, "daemon", "nobody"]),
        redirect_uri in maybe(&["https://web.test/cb", "https://spa.test/cb", "http://localhost:1/cb", "https://evil.test/"]),
        response_type in maybe(&["code", "code", "token"]),
        response_mode in maybe(&["query", "fragment", "form_post"]),
        scope in maybe(SCOPES),
        prompt in maybe(&["none", "login", "consent", "select_account", "create"]),
        max_age in maybe(&["0", "1", "10000", "99999999999999999999"]),
        login_hint in maybe(&["ada", "ben.fern", "O.", "O.AAAA"]),
        sid in option::weighted(0.2, words(&["x", "00000000-0000-4000-8000-000000000000"])),
        claims in option::weighted(0.3, words(&["{}", "{\"id_token\":{}}", "[", "null"])),
        resource in proptest::collection::vec(words(&["api://notes", "api://tasks", ""]), 0..3),
        method in maybe(&["S256", "plain"]),
        challenge in maybe(&["E9Melhoa2OwvFrEMTJguCHaoeGtR9aNRZCNXb3Xg1ow"]),
        others in (any::<bool>(), any::<bool>(), option::of(".{0,20}")),
    ) -> AuthorizeRequest {
        AuthorizeRequest {
            client_id, redirect_uri, response_type, response_mode, scope, prompt, max_age, login_hint, sid, claims,
            resource, code_challenge: challenge, code_challenge_method: method,
            has_request_object: others.0 && others.1, state: others.2.clone(), nonce: others.2.clone(),
            ui_locales: others.2, ..AuthorizeRequest::default()
        }
    }
}

/// Nobody, Ben, or Ben and Ada signed in; with or without consent.
fn world(people: u8, consented: bool) -> World {
    let mut world = if consented { World::with_ben_and_his_consent(WEB) } else { World::new() };
    let (ada, ben) = (world.ada, world.ben);
    world.session.stored = None;
    if people > 0 {
        world.sign_in(ben);
    }
    if people > 1 {
        world.sign_in(ada);
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_request_is_decided(
        request in request(),
        people in 0_u8..3,
        consented in any::<bool>(),
        hint in option::of((".{0,20}", ".{0,20}")),
    ) {
        let world = world(people, consented);
        let mut visit = Visit { request, ..Visit::default() };
        if let Some((sub, sid)) = hint {
            let mut claims = ClaimSet::new();
            claims.insert("sub", sub).insert("sid", sid);
            visit.request.id_token_hint = Some("t.o.k".to_owned());
            visit.hint = Some(claims);
        }
        for door in world.doors() {
            match world.authorize(&door, &visit) {
                Ok(decision) => {
                    let silent = visit.request.prompt.as_deref().is_some_and(|prompt| prompt.trim() == "none");
                    let is_step = matches!(decision.reply, AuthorizeReply::Step(_));
                    prop_assert!(!(silent && is_step), "prompt=none shows nothing");
                    prop_assert_eq!(is_step, decision.changes.is_empty());
                }
                Err(failure) => {
                    prop_assert!(failure.refusal.changes.is_empty());
                    let said = failure.refusal.to_string();
                    prop_assert!(said.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{}", said);
                    if let Some(to) = failure.to {
                        let client = visit.request.client_id.as_deref().unwrap_or_default();
                        let registered = redirect_of(client);
                        prop_assert!(to.redirect_uri == registered || to.redirect_uri.starts_with("http://localhost"));
                        prop_assert_eq!(&to.state, &visit.request.state);
                    }
                }
            }
        }
    }

    #[test]
    fn no_other_redirect_uri_becomes_a_return_address(uri in "https://web\\.test/?[a-z/?#&=%.0-9@:]{0,12}") {
        let world = world(1, true);
        let visit = Visit::of(WEB, "openid").asking(|request| request.redirect_uri = Some(uri.clone()));
        for door in world.doors() {
            let reached = match world.authorize(&door, &visit) {
                Ok(_) => true,
                Err(failure) => failure.to.is_some(),
            };
            prop_assert_eq!(reached, uri == redirect_of(WEB));
        }
    }
}
