//! Tests of revocation (RFC 7009).

use doorward_token::ClaimSet;

use super::{RevokeRequest, Shown, decide, needs};
use crate::change::{Change, GrantChange};
use crate::client_auth::PresentedClient;
use crate::model::{Expiry, Instant, Secret};
use crate::refusal::{OAuthError, Refusal};
use crate::test_world::{DAEMON, Door, NATIVE, WEB, World, access_token_of, refresh, secret_of, text};

const SCOPE: &str = "openid offline_access api://notes/notes.read";

fn request(client: &str, token: &str) -> RevokeRequest {
    let form_secret = secret_of(client).map(Secret::new);
    let client = PresentedClient { client_id: text(client), form_secret, ..PresentedClient::default() };
    RevokeRequest { client, token: Some(Secret::new(token)), ..RevokeRequest::default() }
}

fn revoke(
    world: &mut World,
    door: &Door,
    request: &RevokeRequest,
    shown: Shown<'_>,
) -> Result<Vec<Change>, Refusal> {
    let decision = world.within(|env| {
        let facts = world.facts(|facts| needs(&door.at(), request, shown, facts, env));
        decide(&door.at(), request, shown, &facts, env)
    })?;
    assert!(decision.mint.is_empty());
    world.apply(&decision.changes);
    Ok(decision.changes)
}

#[test]
fn revoking_a_refresh_token_ends_its_grant() {
    for client in [WEB, NATIVE] {
        let mut world = World::with_ben_and_his_consent(client);
        let door = world.directory();
        let tokens = world.sign_in_at(&door, client, SCOPE);
        let token = tokens.reply.refresh_token.clone().unwrap();
        for hint in [None, text("access_token"), text("bogus")] {
            let request = RevokeRequest { token_type_hint: hint, ..request(client, token.expose()) };
            revoke(&mut world, &door, &request, Shown::Other).unwrap();
        }
        assert_eq!(world.grants[0].revoked_at, Some(world.now));
        assert!(world.token(&door, &refresh(client, &tokens)).is_err());
        let facts =
            world.facts(|facts| crate::bearer::needs(world.tenant.id, access_token_of(&tokens), facts));
        let alive = crate::bearer::alive(world.tenant.id, access_token_of(&tokens), &facts);
        assert_eq!(alive, Err(crate::bearer::Dead::Grant), "its access tokens die with it");
    }
}

#[test]
fn revoking_an_old_refresh_token_ends_the_family_too() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let second = world.tokens(&door, &refresh(NATIVE, &first));
    let old = first.reply.refresh_token.unwrap();
    revoke(&mut world, &door, &request(NATIVE, old.expose()), Shown::Other).unwrap();
    assert!(world.token(&door, &refresh(NATIVE, &second)).is_err());
}

#[test]
fn revoking_an_access_token_lists_it_until_its_end_and_spares_the_grant() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, SCOPE);
    let claims = access_token_of(&tokens);
    let changes = revoke(&mut world, &door, &request(WEB, "a.b.c"), Shown::Access(claims)).unwrap();
    let [Change::Grant(change)] = changes.as_slice() else { panic!("one change") };
    let GrantChange::RevokeToken { jti, until, .. } = change.as_ref() else { panic!("{change:?}") };
    assert_eq!(Some(jti.as_str()), claims.text("jti"));
    assert_eq!(*until, Expiry::at(Instant::from_seconds(claims.seconds("exp").unwrap())));
    world.tokens(&door, &refresh(WEB, &tokens));
}

#[test]
fn another_clients_token_is_left_alone_and_the_answer_does_not_tell() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let tokens = world.sign_in_at(&door, WEB, SCOPE);
    let token = tokens.reply.refresh_token.clone().unwrap();
    for other in [NATIVE, DAEMON] {
        assert!(revoke(&mut world, &door, &request(other, token.expose()), Shown::Other).unwrap().is_empty());
        let verified = Shown::Access(access_token_of(&tokens));
        assert!(revoke(&mut world, &door, &request(other, "a.b.c"), verified).unwrap().is_empty());
    }
    world.tokens(&door, &refresh(WEB, &tokens));
}

#[test]
fn unknown_tokens_are_answered_like_revoked_ones() {
    let mut world = World::new();
    for door in world.doors() {
        for junk in ["", "x", "a.b.c", "\u{0}", &"A".repeat(100_000)] {
            assert!(revoke(&mut world, &door, &request(WEB, junk), Shown::Other).unwrap().is_empty());
        }
        let mut claims = ClaimSet::new();
        claims.insert("azp", WEB);
        assert!(
            revoke(&mut world, &door, &request(WEB, "a.b.c"), Shown::Access(&claims)).unwrap().is_empty()
        );
    }
}

#[test]
fn the_caller_says_who_it_is_and_names_a_token() {
    let mut world = World::new();
    let door = world.plain();
    let wrong = PresentedClient {
        client_id: text(WEB),
        form_secret: Some(Secret::new("wrong")),
        ..PresentedClient::default()
    };
    for client in [PresentedClient::default(), wrong] {
        let refusal = revoke(&mut world, &door, &RevokeRequest { client, ..request(WEB, "x") }, Shown::Other)
            .unwrap_err();
        assert_eq!(refusal.reason.row().error, OAuthError::InvalidClient);
    }
    let nothing = RevokeRequest { token: None, ..request(NATIVE, "x") };
    let refusal = revoke(&mut world, &door, &nothing, Shown::Other).unwrap_err();
    assert_eq!(refusal.reason.row().error, OAuthError::InvalidRequest);
}

#[test]
fn an_id_token_cannot_be_called_back() {
    let mut world = World::new();
    for door in world.doors() {
        for hint in [None, text("id_token"), text("refresh_token")] {
            let request = RevokeRequest { token_type_hint: hint, ..request(WEB, "a.b.c") };
            let refusal = revoke(&mut world, &door, &request, Shown::Id).unwrap_err();
            assert_eq!(refusal.reason.row().error, OAuthError::UnsupportedTokenType);
        }
    }
}
