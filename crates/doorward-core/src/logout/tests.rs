//! Tests of sign-out asked for by an application, as a table of who asks, with what proof, and where it may lead.

use doorward_token::ClaimSet;

use super::{Leaving, LogoutReply, LogoutRequest, decide, needs};
use crate::authorize::SessionView;
use crate::change::{Change, SessionChange};
use crate::claims::account_hint;
use crate::model::{SessionId, TenantId};
use crate::refusal::{OAuthError, Refusal};
use crate::test_world::{DAEMON, Door, FakeVault, SPA, Visit, WEB, World, id_token_of, text};

const BYE: &str = "https://web.test/bye";

struct Exit {
    request: LogoutRequest,
    hint: Option<ClaimSet>,
    confirmed: bool,
}

fn exit(back: Option<&str>) -> Exit {
    let post_logout_redirect_uri = back.map(str::to_owned);
    let request = LogoutRequest { post_logout_redirect_uri, ..LogoutRequest::default() };
    Exit { request, hint: None, confirmed: false }
}

impl Exit {
    fn hinted(mut self, claims: &ClaimSet) -> Self {
        self.request.id_token_hint = text("t.o.k");
        self.hint = Some(claims.clone());
        self
    }

    fn client(mut self, client: &str) -> Self {
        self.request.client_id = text(client);
        self
    }

    fn confirmed(mut self) -> Self {
        self.confirmed = true;
        self
    }
}

fn leave(world: &mut World, door: &Door, exit: &Exit) -> Result<LogoutReply, Refusal> {
    let session = world.session.clone();
    let leaving = Leaving {
        at: door.at(),
        request: &exit.request,
        hint: exit.hint.as_ref(),
        session: &session,
        confirmed: exit.confirmed,
    };
    let facts = world.facts(|facts| needs(&leaving, facts));
    let decision = world.within(|env| decide(&leaving, &facts, env))?;
    world.apply(&decision.changes);
    Ok(decision.reply)
}

/// Ben used the web application in this browser; its ID token.
fn ben_used_the_app(door: fn(&World) -> Door) -> (World, ClaimSet) {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = door(&world);
    let tokens = world.sign_in_at(&door, WEB, "openid");
    (world, id_token_of(&tokens).clone())
}

fn done(to: Option<&str>) -> LogoutReply {
    LogoutReply::Done { to: to.map(str::to_owned), session_ended: true }
}

#[test]
fn with_a_hint_the_person_is_signed_out_and_led_back() {
    for door in [World::plain, World::directory, World::user_flow] {
        let (mut world, hint) = ben_used_the_app(door);
        let door = door(&world);
        assert_eq!(leave(&mut world, &door, &exit(Some(BYE)).hinted(&hint)).unwrap(), done(Some(BYE)));
        assert!(world.session.stored.is_none());
        let failure = world.refused(&door, &Visit::of(WEB, "openid").prompt("none"));
        assert_eq!(failure.refusal.reason.row().error, OAuthError::LoginRequired, "and stays signed out");
    }
}

#[test]
fn without_a_hint_the_plain_door_asks_and_the_directory_leads_back() {
    let (mut world, _) = ben_used_the_app(World::plain);
    let plain = world.plain();
    for question in [exit(Some(BYE)), exit(Some(BYE)).client(WEB), exit(None), exit(None).client(WEB)] {
        assert_eq!(leave(&mut world, &plain, &question).unwrap(), LogoutReply::Confirm);
    }
    assert!(world.session.stored.is_some(), "a question signs nobody out");
    for door in [World::directory, World::user_flow] {
        let (mut world, _) = ben_used_the_app(door);
        let door = door(&world);
        assert_eq!(
            leave(&mut world, &door, &exit(None)).unwrap(),
            LogoutReply::Confirm,
            "nowhere to lead back to"
        );
        assert_eq!(leave(&mut world, &door, &exit(Some(BYE))).unwrap(), done(Some(BYE)));
        assert!(world.session.stored.is_none());
    }
}

#[test]
fn the_button_signs_out() {
    let (mut world, _) = ben_used_the_app(World::plain);
    let door = world.plain();
    assert_eq!(leave(&mut world.clone(), &door, &exit(None).confirmed()).unwrap(), done(None));
    let back = exit(Some(BYE)).client(WEB).confirmed();
    assert_eq!(leave(&mut world, &door, &back).unwrap(), done(Some(BYE)));
}

#[test]
fn where_nobody_is_signed_in_there_is_nothing_to_ask() {
    let mut world = World::new();
    for door in world.doors() {
        assert_eq!(leave(&mut world, &door, &exit(None)).unwrap(), done(None));
        assert_eq!(
            leave(&mut world, &door, &exit(Some(BYE))).unwrap(),
            done(None),
            "no application is named"
        );
    }
    let plain = world.plain();
    let unproven = exit(Some(BYE)).client(WEB);
    assert_eq!(leave(&mut world, &plain, &unproven).unwrap(), done(None), "and no proof to lead back on");
    let directory = world.directory();
    assert_eq!(leave(&mut world, &directory, &unproven).unwrap(), done(Some(BYE)));
}

#[test]
fn a_uri_that_is_not_registered_is_refused_with_and_without_a_hint() {
    for door in [World::plain, World::directory, World::user_flow] {
        let (mut world, hint) = ben_used_the_app(door);
        let door = door(&world);
        for bad in [
            "https://web.test/bye?foo=bar",
            "https://web.test/bye/",
            "https://WEB.test/bye",
            "https://spa.test/bye",
            "https://evil.test/",
            "javascript:alert(1)",
            "/bye",
            "",
        ] {
            for exit in [
                exit(Some(bad)),
                exit(Some(bad)).client(WEB),
                exit(Some(bad)).hinted(&hint),
                exit(Some(bad)).hinted(&hint).confirmed(),
            ] {
                let refusal = leave(&mut world, &door, &exit).unwrap_err();
                assert_eq!(refusal.reason.row().code.as_str(), "DW4002", "{bad:?}");
            }
        }
        assert!(world.session.stored.is_some());
    }
}

#[test]
fn a_redirect_uri_leads_back_too() {
    let (mut world, hint) = ben_used_the_app(World::directory);
    let door = world.directory();
    let back = "https://web.test/cb";
    assert_eq!(leave(&mut world, &door, &exit(Some(back)).hinted(&hint)).unwrap(), done(Some(back)));
}

#[test]
fn only_the_apps_of_this_session_count_where_none_is_named() {
    let (mut world, _) = ben_used_the_app(World::directory);
    let door = world.directory();
    let foreign = exit(Some("https://spa.test/bye"));
    assert!(leave(&mut world, &door, &foreign).is_err(), "the single-page app was never used here");
    let named = exit(Some("https://spa.test/bye")).client(SPA);
    assert_eq!(leave(&mut world, &door, &named).unwrap(), done(Some("https://spa.test/bye")));
}

#[test]
fn a_hint_that_is_not_ours_is_refused() {
    let (mut world, _) = ben_used_the_app(World::plain);
    for door in world.doors() {
        let mut forged = exit(Some(BYE)).confirmed();
        forged.request.id_token_hint = text("eyJhbGciOiJub25lIn0.e30.");
        let refusal = leave(&mut world, &door, &forged).unwrap_err();
        assert_eq!(refusal.reason.row().code.as_str(), "DW4050");
        assert!(world.session.stored.is_some());
    }
}

#[test]
fn a_hint_of_another_client_than_the_named_one_proves_nothing() {
    let (mut world, hint) = ben_used_the_app(World::plain);
    let door = world.plain();
    for (client, back) in [(SPA, "https://spa.test/bye"), (SPA, BYE), (DAEMON, BYE), ("nobody", BYE)] {
        let mismatch = exit(Some(back)).hinted(&hint).client(client);
        assert_eq!(leave(&mut world, &door, &mismatch).unwrap(), LogoutReply::Confirm, "{client} {back}");
        let confirmed = mismatch.confirmed();
        assert_eq!(leave(&mut world.clone(), &door, &confirmed).unwrap(), done(None), "no way back");
    }
    let fitting = exit(Some(BYE)).hinted(&hint).client(WEB);
    assert_eq!(leave(&mut world, &door, &fitting).unwrap(), done(Some(BYE)));
}

#[test]
fn state_is_added_to_the_way_back() {
    let (world, hint) = ben_used_the_app(World::plain);
    let door = world.plain();
    let with_state = |state: &str, back: &str| {
        let mut world = world.clone();
        let client = world.client(WEB);
        client.post_logout_redirect_uris.push("https://web.test/bye?a=1".to_owned());
        let mut exit = exit(Some(back)).hinted(&hint);
        exit.request.state = text(state);
        leave(&mut world, &door, &exit).unwrap()
    };
    assert_eq!(with_state("s", BYE), done(Some("https://web.test/bye?state=s")));
    assert_eq!(with_state("a b&c=\r\n", BYE), done(Some("https://web.test/bye?state=a+b%26c%3D%0D%0A")));
    assert_eq!(with_state("s", "https://web.test/bye?a=1"), done(Some("https://web.test/bye?a=1&state=s")));
}

#[test]
fn one_account_of_several_leaves_and_the_others_stay() {
    let (mut world, hint) = ben_used_the_app(World::directory);
    let (ada, ben) = (world.ada, world.ben);
    world.sign_in(ada);
    let door = world.directory();
    let by_token = exit(Some(BYE)).hinted(&hint);
    let mut by_hint = exit(Some(BYE));
    by_hint.request.logout_hint = Some(account_hint(world.tenant.id, ben, &FakeVault));
    for exit in [by_token, by_hint] {
        let mut world = world.clone();
        let version = world.session.stored.as_ref().unwrap().version;
        let reply = leave(&mut world, &door, &exit).unwrap();
        assert_eq!(reply, LogoutReply::Done { to: text(BYE), session_ended: false });
        let left = world.session.stored.unwrap();
        assert_eq!(left.accounts.iter().map(|account| account.user).collect::<Vec<_>>(), [ada]);
        assert_eq!(left.version, version + 1);
    }
    assert_eq!(leave(&mut world, &door, &exit(Some(BYE))).unwrap(), done(Some(BYE)), "none named means all");
    assert!(world.session.stored.is_none());
}

#[test]
fn an_application_of_one_tenant_leaves_the_accounts_of_another_alone() {
    let (mut world, _) = ben_used_the_app(World::directory);
    let door = world.directory();
    let stored = world.session.stored.as_mut().unwrap();
    let mut elsewhere = stored.accounts[0].clone();
    elsewhere.tenant = TenantId::random([7; 16]);
    elsewhere.sid = SessionId::random([7; 16]);
    stored.accounts.push(elsewhere.clone());
    let reply = leave(&mut world, &door, &exit(Some(BYE))).unwrap();
    assert_eq!(reply, LogoutReply::Done { to: text(BYE), session_ended: false });
    assert_eq!(world.session.stored.unwrap().accounts, [elsewhere]);
}

#[test]
fn an_account_that_is_not_here_takes_nobody_with_it() {
    let (mut world, mut hint) = ben_used_the_app(World::plain);
    let door = world.plain();
    hint.insert("sid", SessionId::random([9; 16]).to_string());
    let reply = leave(&mut world, &door, &exit(Some(BYE)).hinted(&hint)).unwrap();
    assert_eq!(reply, LogoutReply::Done { to: text(BYE), session_ended: false });
    assert_eq!(world.session.stored.as_ref().unwrap().accounts.len(), 1);
}

#[test]
fn what_changes_is_the_session_alone() {
    let (world, hint) = ben_used_the_app(World::plain);
    let door = world.plain();
    let exit = exit(None).hinted(&hint);
    let session: &SessionView = &world.session;
    let leaving = Leaving {
        at: door.at(),
        request: &exit.request,
        hint: exit.hint.as_ref(),
        session,
        confirmed: false,
    };
    let facts = world.facts(|facts| needs(&leaving, facts));
    let decision = world.within(|env| decide(&leaving, &facts, env)).unwrap();
    assert!(matches!(&decision.changes[..], [Change::Session(SessionChange::End { .. })]));
}
