//! The kind mark (Settled 6): on every access token, on no ID token, and nothing on an access token that makes it
//! look like an ID token.

use crate::grants::TokenRequest;
use crate::model::{MsVersion, Secret, TokenProfile};
use crate::test_world::{DAEMON, NATIVE, SPA, WEB, World, refresh, secret_of, text, with};

const PROFILES: [TokenProfile; 4] = [
    TokenProfile::Generic,
    TokenProfile::Rfc9068,
    TokenProfile::Ms(MsVersion::V1),
    TokenProfile::Ms(MsVersion::V2),
];

#[test]
fn a_persons_access_token_is_marked_user_and_the_id_token_is_not_marked() {
    for client in [WEB, SPA, NATIVE] {
        for profile in PROFILES {
            let mut world = World::with_ben_and_his_consent(client);
            world.api("notes").profile = profile;
            for door in world.doors() {
                for scope in ["openid offline_access", "openid offline_access api://notes/notes.read"] {
                    let first = world.sign_in_at(&door, client, scope);
                    let second = world.tokens(&door, &refresh(client, &first));
                    for decision in [first, second] {
                        let (access, id) = (&decision.mint[0].claims, &decision.mint[1].claims);
                        assert_eq!(access.text("idtyp"), Some("user"));
                        assert!(!id.has("idtyp"), "{client} {profile:?} {}", door.profile.name);
                        for name in ["nonce", "at_hash", "c_hash"] {
                            assert!(!access.has(name), "{name}");
                        }
                        assert!(access.has("azp") || access.has("appid") || access.has("client_id"));
                        assert!(!id.has("scp") && !id.has("scope") && !id.has("roles"));
                        assert_eq!((decision.reply.access_token, decision.reply.id_token), (0, Some(1)));
                        assert_eq!(
                            (decision.mint[0].at_hash_of, decision.mint[1].at_hash_of),
                            (None, Some(0))
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn an_applications_access_token_is_marked_app() {
    for profile in PROFILES {
        let mut world = World::new();
        world.api("notes").profile = profile;
        for door in world.doors() {
            let request = with(TokenRequest::default(), |request| {
                request.grant_type = text("client_credentials");
                request.client.client_id = text(DAEMON);
                request.client.form_secret = secret_of(DAEMON).map(Secret::new);
                request.scope = text("api://notes/.default");
            });
            let decision = world.tokens(&door, &request);
            let claims = &decision.mint[0].claims;
            assert_eq!(claims.text("idtyp"), Some("app"));
            assert!(!claims.has("scp") && !claims.has("scope") && !claims.has("nonce"));
            assert!(claims.has("roles"), "even none is told");
        }
    }
}
