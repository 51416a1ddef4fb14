//! `Origin` at the token endpoint: single-page redemptions come from a registered browser page, and only those.

use super::{code_of, error_of};
use crate::model::{Platform, RedirectUri, RegisteredRedirect};
use crate::refusal::OAuthError;
use crate::test_world::{NATIVE, SPA, SPA_ORIGIN, Visit, WEB, World, redemption, refresh, text, with};

#[test]
fn a_single_page_code_is_redeemed_from_its_own_origin() {
    let mut world = World::with_ben_and_his_consent(SPA);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(SPA, "openid"));
        let without = with(redemption(SPA, &code), |request| request.origin = None);
        assert_eq!(code_of(&world.no_tokens(&door, &without)), "DW2007");
        for foreign in
            ["https://evil.test", "http://spa.test", "https://spa.test:444", "https://SPA.test", "null", ""]
        {
            let request = with(redemption(SPA, &code), |request| request.origin = text(foreign));
            let refusal = world.no_tokens(&door, &request);
            assert_eq!(
                (code_of(&refusal).as_str(), error_of(&refusal)),
                ("DW1010", OAuthError::InvalidRequest)
            );
        }
        let decision = world.tokens(&door, &redemption(SPA, &code));
        assert_eq!(decision.reply.allow_origin.as_deref(), Some(SPA_ORIGIN));
    }
}

#[test]
fn a_second_single_page_uri_makes_its_origin_good_too() {
    let mut world = World::with_ben_and_his_consent(SPA);
    let uri = RedirectUri::parse("http://localhost:5173/cb", Platform::Spa).unwrap();
    world.client(SPA).redirect_uris.push(RegisteredRedirect { uri, platform: Platform::Spa });
    let door = world.directory();
    let code = world.code(&door, &Visit::of(SPA, "openid"));
    let decision = world.tokens(
        &door,
        &with(redemption(SPA, &code), |request| request.origin = text("http://localhost:5173")),
    );
    assert_eq!(decision.reply.allow_origin.as_deref(), Some("http://localhost:5173"));
}

#[test]
fn a_web_code_from_a_browser_is_refused_where_the_door_says_so() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(WEB, "openid"));
        let request = with(redemption(WEB, &code), |request| request.origin = text("https://web.test"));
        if door.profile.name == "plain" {
            assert_eq!(
                world.tokens(&door, &request).reply.allow_origin,
                None,
                "and no page may read the answer"
            );
        } else {
            assert_eq!(code_of(&world.no_tokens(&door, &request)), "DW2006");
        }
    }
}

#[test]
fn a_native_code_may_come_with_any_origin_but_opens_no_answer() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(NATIVE, "openid"));
        let request = with(redemption(NATIVE, &code), |request| request.origin = text("https://any.test"));
        assert_eq!(world.tokens(&door, &request).reply.allow_origin, None);
    }
}

#[test]
fn a_single_page_refresh_is_bound_to_its_origin_as_well() {
    let mut world = World::with_ben_and_his_consent(SPA);
    let door = world.directory();
    let first = world.sign_in_at(&door, SPA, "openid offline_access");
    let without = with(refresh(SPA, &first), |request| request.origin = None);
    assert_eq!(code_of(&world.no_tokens(&door, &without)), "DW2007");
    let foreign = with(refresh(SPA, &first), |request| request.origin = text("https://evil.test"));
    assert_eq!(code_of(&world.no_tokens(&door, &foreign)), "DW1010");
    let second = world.tokens(&door, &refresh(SPA, &first));
    assert_eq!(second.reply.allow_origin.as_deref(), Some(SPA_ORIGIN));
}
