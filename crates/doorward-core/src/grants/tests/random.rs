//! Whatever is sent, the token endpoint decides, and what it says may stand in an `error_description`.

use proptest::option;
use proptest::prelude::*;

use crate::client_auth::{BasicCredentials, PresentedAssertion, PresentedClient};
use crate::grants::TokenRequest;
use crate::model::Secret;
use crate::test_world::{
    DAEMON, NATIVE, SPA, SPA_ORIGIN, VERIFIER, Visit, WEB, World, redirect_of, secret_of, with,
};

fn words(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(known).prop_map(str::to_owned),
        2 => proptest::collection::vec(proptest::sample::select(known), 0..4).prop_map(|words| words.join(" ")),
        1 => ".{0,40}",
        1 => "[ -~]{0,300}",
    ]
}

fn maybe(known: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    option::weighted(0.8, words(known))
}

const CLIENTS: &[&str] = &[WEB, SPA, NATIVE, DAEMON, "nobody"];
const SECRETS: &[&str] =
    &["dws_web-secret", "dws_daemon-secret", "wrong", "15151515-1515-4515-9515-151515151515"];

prop_compose! {
    fn client()(
        client_id in maybe(CLIENTS),
        form_secret in option::weighted(0.5, words(SECRETS)),
        basic in option::weighted(0.3, (words(CLIENTS), words(CLIENTS), words(SECRETS), words(SECRETS))),
        assertion in option::weighted(0.05, ".{0,20}"),
    ) -> PresentedClient {
        let basic = basic.map(|(client_id, raw_client_id, secret, raw_secret)| BasicCredentials {
            client_id, raw_client_id, secret: Secret::new(secret), raw_secret: Secret::new(raw_secret),
        });
        let assertion = assertion.map(|token| PresentedAssertion {
            kind: crate::client_auth::JWT_BEARER.to_owned(), token: Secret::new(token),
        });
        let form_secret = form_secret.map(Secret::new);
        PresentedClient { client_id, form_secret, basic, assertion, token_endpoint: None }
    }
}

prop_compose! {
    fn request()(
        grant_type in maybe(&["authorization_code", "refresh_token", "client_credentials"]),
        client in client(),
        code in maybe(&["@code"]),
        redirect_uri in maybe(&["https://web.test/cb", "https://spa.test/cb"]),
        code_verifier in maybe(&[VERIFIER]),
        refresh_token in maybe(&["@refresh"]),
        scope in maybe(&[
            "openid", "offline_access", "notes.read", "api://notes/notes.read", "api://notes/.default",
            "api://tasks/tasks.read", "User.Read", ".default", "/", "//.default",
        ]),
        resource in proptest::collection::vec(words(&["api://notes", "api://tasks", ""]), 0..3),
        origin in maybe(&[SPA_ORIGIN, "null"]),
        wants_client_info in any::<bool>(),
    ) -> TokenRequest {
        TokenRequest {
            grant_type, client, code: code.map(Secret::new), redirect_uri, code_verifier: code_verifier.map(Secret::new),
            refresh_token: refresh_token.map(Secret::new), scope, resource, origin, wants_client_info,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_request_is_decided(request in request(), of in 0_usize..3, faultless in any::<bool>(), redeemed in any::<bool>()) {
        let client = [WEB, SPA, NATIVE][of];
        let mut world = World::with_ben_and_his_consent(client);
        for door in world.doors() {
            let scope = "openid offline_access api://notes/notes.read";
            let earlier = world.sign_in_at(&door, client, scope);
            let code = world.code(&door, &Visit::of(client, scope));
            if redeemed {
                world.tokens(&door, &crate::test_world::redemption(client, &code));
            }
            let request = with(request.clone(), |request| {
                if request.code.as_ref().is_some_and(|code| code.expose() == "@code") {
                    request.code = Some(code.code.clone());
                }
                if request.refresh_token.as_ref().is_some_and(|token| token.expose() == "@refresh") {
                    request.refresh_token = earlier.reply.refresh_token.clone();
                }
                if faultless {
                    request.client = PresentedClient {
                        client_id: Some(client.to_owned()),
                        form_secret: secret_of(client).map(Secret::new),
                        ..PresentedClient::default()
                    };
                    request.redirect_uri = Some(redirect_of(client).to_owned());
                }
            });
            match world.token(&door, &request) {
                Ok(decision) => {
                    prop_assert!(decision.mint.len() <= 2);
                    prop_assert!(decision.mint[decision.reply.access_token].claims.has("idtyp"));
                    world.apply(&decision.changes);
                }
                Err(refusal) => {
                    let said = refusal.to_string();
                    prop_assert!(
                        said.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'),
                        "{}", said
                    );
                    world.apply(&refusal.changes);
                }
            }
        }
    }
}
