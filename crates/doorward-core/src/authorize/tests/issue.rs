//! The code: what it is bound to, and what becomes true in the same commit.

use std::time::Duration;

use super::last_code;
use crate::authorize::{AuthorizeReply, PendingSession, SessionView};
use crate::change::{Change, GrantChange, SessionChange};
use crate::claims::ClientInfo;
use crate::model::{AuthorityRef, AuthorizationCode, Digest, Expiry};
use crate::port::Vault as _;
use crate::test_world::{FakeVault, SPA, Visit, WEB, World};

#[test]
fn a_code_is_bound_to_everything_of_its_request() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.user_flow();
    let reply = world.code(&door, &Visit::of(WEB, "openid api://notes/notes.read"));
    let app = world.client(WEB).app_id;
    let code = last_code(&world);
    assert_eq!(code.digest, FakeVault.digest(reply.code.expose().as_bytes()), "only the digest is kept");
    assert_eq!(reply.code.expose().len(), 43);
    assert_eq!((code.client, code.user, code.pool), (app, world.ben, world.tenant.default_pool));
    assert_eq!(code.redirect_uri, "https://web.test/cb");
    assert!(code.redirect_uri_sent && code.redeemed.is_none() && code.challenge.is_some());
    assert_eq!(code.authority, AuthorityRef::Flow("meadow_signup".to_owned()));
    assert_eq!(code.nonce.as_deref(), Some("n-0"));
    assert_eq!(code.issued_at, world.now);
    assert_eq!(code.expiry, Expiry::at(world.now + Duration::from_mins(1)));
    assert_eq!(AuthorizationCode::LIFE, Duration::from_mins(1));
    assert_eq!(reply.to.issuer, door.authority.issuer);
}

#[test]
fn no_two_codes_and_no_two_grants_are_the_same() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = world.code(&door, &Visit::of(WEB, "openid"));
    let second = world.code(&door, &Visit::of(WEB, "openid"));
    assert_ne!(first.code, second.code);
    assert_ne!(world.codes[0].grant, world.codes[1].grant);
    assert_eq!(first.session_state, second.session_state, "the session is the same");
}

#[test]
fn the_session_remembers_the_application_once() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = world.authorize(&door, &Visit::of(WEB, "openid")).unwrap();
    assert!(matches!(first.changes[0], Change::Session(SessionChange::Put { replaces: None, .. })));
    world.apply(&first.changes);
    let app = world.client(WEB).app_id;
    let stored = world.session.stored.clone().unwrap();
    assert_eq!((stored.version, stored.accounts[0].apps.as_slice()), (2, [app].as_slice()));
    let second = world.authorize(&door, &Visit::of(WEB, "openid")).unwrap();
    assert_eq!(second.changes.len(), 1, "one change, the code: {:?}", second.changes);
}

#[test]
fn a_sign_in_of_this_request_is_stored_with_the_code() {
    let world = World::with_ben_and_his_consent(WEB);
    let stored = world.session.stored.clone().unwrap();
    let fresh = Digest::new([5; 32]);
    let session = crate::model::BrowserSession { digest: fresh, version: 1, ..stored.clone() };
    let pending = PendingSession { session, replaces: Some(stored.digest) };
    let view = SessionView { stored: Some(stored.clone()), pending: Some(pending) };
    let decision = world.authorize_in(&world.plain(), &Visit::of(WEB, "openid"), &view).unwrap();
    let puts: Vec<_> = decision
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Session(SessionChange::Put { session, replaces }) => Some((session, replaces)),
            _ => None,
        })
        .collect();
    assert_eq!(puts.len(), 1);
    assert_eq!((puts[0].0.digest, puts[0].0.version), (fresh, 1));
    assert_eq!(*puts[0].1, Some(stored.digest));
    assert_eq!(puts[0].0.accounts[0].apps.len(), 1);
    let last = decision.changes.last().expect("the code");
    assert!(matches!(last, Change::Grant(change) if matches!(**change, GrantChange::IssueCode(_))));
}

#[test]
fn client_info_names_the_account_and_on_a_flow_the_flow() {
    let world = World::with_ben_and_his_consent(SPA);
    let info = |door| match world.authorize(&door, &Visit::of(SPA, "openid")).unwrap().reply {
        AuthorizeReply::Code(reply) => reply.client_info,
        AuthorizeReply::Step(step) => panic!("{step:?}"),
    };
    let utid = world.tenant.id.to_string();
    assert_eq!(info(world.plain()), None);
    let uid = world.ben.to_string();
    assert_eq!(info(world.directory()), Some(ClientInfo { uid: uid.clone(), utid: utid.clone() }));
    assert_eq!(info(world.user_flow()), Some(ClientInfo { uid: format!("{uid}-meadow_signup"), utid }));
}

#[test]
fn a_new_account_is_marked_in_its_first_code() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.user_flow();
    world.code(&door, &Visit::of(WEB, "openid").after(|it| it.new_user = true));
    assert!(last_code(&world).new_user);
    world.code(&door, &Visit::of(WEB, "openid"));
    assert!(!last_code(&world).new_user);
}
