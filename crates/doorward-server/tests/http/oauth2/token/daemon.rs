//! Client credentials: an application speaks for itself.

use crate::support::{BASE, DAEMON, Door, NOTES, WEB, World, claims_of, headers_of};

const CC: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_service_gets_the_roles_it_was_given() {
    let world = World::open().await;
    let notes = world.cast.notes.id.to_string();
    let app_id = world.cast.daemon.app_id.to_string();
    for (door, fields) in [
        (Door::Plain, vec![CC, ("resource", NOTES)]),
        (Door::Plain, vec![CC, ("scope", "api://notes/.default")]),
        (Door::Directory, vec![CC, ("scope", "api://notes/.default")]),
    ] {
        let body = world.token(door, DAEMON, &fields).await.ok();
        for absent in ["id_token", "refresh_token", "client_info"] {
            assert_eq!(body.get(absent), None, "{absent}");
        }
        let token = body["access_token"].as_str().unwrap();
        let claims = world.access_claims(token, &Door::Directory.issuer(), &notes).await;
        assert_eq!(claims.text("idtyp"), Some("app"));
        assert_eq!(claims.one_or_many("roles"), ["Notes.Read.All"]);
        assert_eq!((claims.text("sub"), claims.text("oid")), (Some(app_id.as_str()), Some(app_id.as_str())));
        assert_eq!((claims.text("azp"), claims.text("azpacr")), (Some(DAEMON), Some("1")));
        assert_eq!((claims.value("scp"), claims.value("auth_time")), (None, None));
        assert_eq!(headers_of(token)["alg"], "RS256");
    }
}

#[tokio::test]
async fn an_application_without_roles_gets_a_token_that_says_so() {
    let world = World::open().await;
    let body = world.token(Door::Plain, WEB, &[CC, ("resource", "https://tasks.test")]).await.ok();
    let claims = claims_of(body["access_token"].as_str().unwrap());
    assert_eq!(claims["roles"], serde_json::json!([]));
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&format!("{BASE}/meadow").into(), &"https://tasks.test".into())
    );
    assert_eq!((&claims["sub"], &claims["client_id"]), (&WEB.into(), &WEB.into()));
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_named() {
    let world = World::open().await;
    for (door, fields, error, code) in [
        (Door::Plain, vec![CC], "invalid_request", "DW1057"),
        (Door::Plain, vec![CC, ("resource", "api://nothing")], "invalid_target", "DW1008"),
        (Door::Plain, vec![CC, ("scope", "openid")], "invalid_scope", "DW2008"),
        (Door::Plain, vec![CC, ("scope", "api://notes/notes.read")], "invalid_scope", "DW2008"),
        (Door::Directory, vec![CC], "invalid_request", "DW1057"),
        (Door::Directory, vec![CC, ("scope", "api://notes")], "invalid_scope", "DW2008"),
        (Door::Directory, vec![CC, ("scope", "api://notes/.default openid")], "invalid_scope", "DW2008"),
        (Door::Directory, vec![CC, ("scope", "api://nothing/.default")], "invalid_resource", "DW1008"),
    ] {
        let answer = world.token(door, DAEMON, &fields).await;
        answer.refused(400, error, code);
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_from_the_next_token() {
    let world = World::open().await;
    let cast = &world.cast;
    let fields = [CC, ("resource", NOTES)];
    world.token(Door::Plain, DAEMON, &fields).await.ok();
    let assignment = doorward_core::model::RoleAssignment {
        tenant: cast.tenant.id,
        holder: doorward_core::model::RoleHolder::App(cast.daemon.app_id),
        resource: cast.notes.id,
        role: cast.notes.roles[0].id,
        assigned_at: doorward_core::model::Instant::from_seconds(0),
    };
    world.change(vec![doorward_core::change::DirectoryChange::UnassignRole(assignment).into()]).await;
    let body = world.token(Door::Plain, DAEMON, &fields).await.ok();
    assert_eq!(claims_of(body["access_token"].as_str().unwrap())["roles"], serde_json::json!([]));
}
