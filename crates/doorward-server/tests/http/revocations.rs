//! What ends, everywhere at once: at introspection and userinfo in the same moment, at the refresh, and at an enforcer
//! that has asked for the feed since. Real tokens, real endpoints; the enforcer is the real guard.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use doorward_core::change::{Change, DirectoryChange, GrantChange};
use doorward_core::model::{
    Client, Instant, Principal, Resource, Revocation, Revoked, RoleAssignment, RoleHolder, ScopeSet, Tenant,
    User,
};
use doorward_guard::{
    Call, Clock, Fetched, Guard, KeySource, Registration, RegistrationSource, RevocationFeed,
    RevocationSource, SourceFault, TrustedIssuer,
};
use doorward_policy::openapi;
use doorward_server::admin::Access;
use doorward_token::Explain as _;
use doorward_token::jose::JwkSet;
use doorward_token::revocation::FEED_TYP;
use http::{HeaderMap, Request};
use serde_json::Value;

use crate::support::{
    Answer, BASE, DAEMON, Door, NOTES, SPA, WEB, World, authenticated, claims_of, headers_of, redemption,
    send,
};

const FEED: &str = "/feed/meadow/revocations";
const READ: &str = "openid offline_access api://notes/notes.read";

const DOCUMENT: &str = "
openapi: 3.1.0
info: {title: Notes, version: '1'}
x-doorward-api: {name: notes, audience: 'api://notes'}
components:
  securitySchemes:
    meadow:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://id.test/a
          tokenUrl: https://id.test/t
          scopes: {notes.read: Read your notes}
paths:
  /notes: {get: {operationId: listNotes, security: [{meadow: [notes.read]}], x-doorward-roles: [Notes.Read.All]}}
";

/// The API's way to the server, without a network, and the server's clock.
struct Line {
    router: Router,
    app: doorward_server::App,
}

impl Line {
    async fn get(&self, url: &str, tag: Option<&str>) -> Answer {
        let mut request = Request::get(url.strip_prefix(BASE).unwrap_or(url));
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        send(&self.router, request.body(axum::body::Body::empty()).unwrap()).await
    }

    async fn good(&self, url: &str) -> Result<Vec<u8>, SourceFault> {
        let answer = self.get(url, None).await;
        let status = answer.status.as_u16();
        if status == 200 { Ok(answer.body) } else { Err(SourceFault::Status { url: url.to_owned(), status }) }
    }
}

#[async_trait]
impl KeySource for Line {
    async fn keys(&self, issuer: &TrustedIssuer) -> Result<JwkSet, SourceFault> {
        Ok(JwkSet::parse(&self.good(&issuer.jwks_uri).await?).unwrap())
    }
}

#[async_trait]
impl RegistrationSource for Line {
    async fn registration(&self) -> Result<Registration, SourceFault> {
        Ok(serde_json::from_slice(&self.good("/feed/meadow/apis/notes").await?).unwrap())
    }
}

#[async_trait]
impl RevocationSource for Line {
    async fn revocations(&self, feed: &RevocationFeed, seen: Option<&str>) -> Result<Fetched, SourceFault> {
        let answer = self.get(&feed.url, seen).await;
        match answer.status.as_u16() {
            200 => Ok(Fetched::Feed { text: answer.text(), tag: Some(answer.header("etag").to_owned()) }),
            304 => Ok(Fetched::Same),
            status => Err(SourceFault::Status { url: feed.url.clone(), status }),
        }
    }
}

impl Clock for Line {
    fn now(&self) -> i64 {
        self.app.now().seconds()
    }
}

fn guard_at(router: Router, world: &World) -> Guard {
    let policy = openapi::read(DOCUMENT, &openapi::Options::default()).unwrap().declaration.policy;
    let line = Arc::new(Line { router, app: world.app.clone() });
    Guard::builder(policy)
        .clock(Arc::clone(&line) as Arc<dyn Clock>)
        .key_source(Arc::clone(&line) as Arc<dyn KeySource>)
        .registration_source(Arc::clone(&line) as Arc<dyn RegistrationSource>)
        .revocation_source(line)
        .build()
        .unwrap()
}

fn guard(world: &World) -> Guard {
    guard_at(world.router.clone(), world)
}

/// What the API answers: 200, or status and code.
async fn enforced(guard: &Guard, token: &str) -> (u16, String) {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let call = Call { method: "GET", path: "/notes", query: None, headers: &headers, matched: None };
    match guard.check(&call).await {
        Ok(_) => (200, String::new()),
        Err(refused) => (refused.refusal().status().as_u16(), refused.refusal().code().to_string()),
    }
}

async fn introspected(world: &World, token: &str) -> Value {
    let (fields, headers) = authenticated(DAEMON, &[("token", token)]);
    world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await.ok()
}

async fn userinfo(world: &World, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    let answer = world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await;
    answer.status.as_u16()
}

/// Somebody's tokens: for the API, with a refresh token, and for userinfo.
struct Held {
    client: &'static str,
    api: String,
    refresh: String,
    code: String,
    me: String,
}

async fn held(world: &World, client: &'static str) -> Held {
    let text = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
    let ask = crate::support::Ask::of(Door::Plain, client).scope(READ);
    let code = world.code(&ask).await;
    let body = world.redeem(Door::Plain, client, &code).await.ok();
    let me = world.tokens(Door::Plain, client, "openid").await;
    Held {
        client,
        api: text(&body, "access_token"),
        refresh: text(&body, "refresh_token"),
        code,
        me: text(&me, "access_token"),
    }
}

/// What must have ended, beside the token at the API itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The grant alone: other tokens of the person live.
    Grant,
    /// Everything that the person or the application holds.
    Everything,
}

async fn must_end(world: &World, guard: &Guard, held: &Held, (event, reach): (&str, Reach)) {
    assert_eq!(introspected(world, &held.api).await["active"], false, "{event}: introspection");
    let me = userinfo(world, &held.me).await;
    assert_eq!(me, if reach == Reach::Everything { 401 } else { 200 }, "{event}: userinfo");
    let refresh = world.refresh(Door::Plain, held.client, &held.refresh).await;
    assert!(refresh.status.is_client_error(), "{event}: refresh {}", refresh.text());
    guard.refresh_revocations().await;
    assert_eq!(enforced(guard, &held.api).await, (401, "DW3156".to_owned()), "{event}: at the API");
}

fn later(epoch: i64) -> Instant {
    Instant::from_seconds(epoch + 1)
}

/// Changes made by the administration, as its rules make them.
fn administered(world: &World) -> Vec<(&'static str, Vec<Change>)> {
    let (cast, now) = (&world.cast, world.now());
    let user = |after: User| DirectoryChange::UpdateUser { before: cast.ben.clone(), after }.into();
    let client = |after: Client| DirectoryChange::UpdateClient { before: cast.web.clone(), after }.into();
    let web = Revoked::Client { app: cast.web.app_id, client_id: cast.web.client_id.clone() };
    vec![
        ("user disabled", vec![user(User { disabled: true, epoch: later(now), ..cast.ben.clone() })]),
        ("password changed", vec![user(User { epoch: later(now), ..cast.ben.clone() })]),
        (
            "user deleted",
            vec![DirectoryChange::DeleteUser(cast.tenant.id, cast.ben.pool, cast.ben.id).into()],
        ),
        (
            "application disabled",
            vec![client(Client { disabled: true, epoch: later(now), ..cast.web.clone() })],
        ),
        ("secret withdrawn with its grants", vec![client(Client { epoch: later(now), ..cast.web.clone() })]),
        (
            "application deleted",
            vec![
                DirectoryChange::DeleteClient(cast.tenant.id, cast.web.app_id).into(),
                Revocation::new(cast.tenant.id, web, world.app.now()).into(),
            ],
        ),
    ]
}

#[tokio::test]
async fn whatever_the_administration_ends_is_dead_everywhere() {
    let events = administered(&World::bare().await).len();
    for index in 0..events {
        let world = World::open().await;
        let guard = guard(&world);
        let held = held(&world, WEB).await;
        assert_eq!(enforced(&guard, &held.api).await.0, 200);
        assert_eq!(introspected(&world, &held.api).await["active"], true);
        assert_eq!(userinfo(&world, &held.me).await, 200);
        let (event, changes) = administered(&world).swap_remove(index);
        world.change(changes).await;
        must_end(&world, &guard, &held, (event, Reach::Everything)).await;
    }
}

#[tokio::test]
async fn a_replayed_code_and_a_reused_refresh_token_end_their_grant() {
    let world = World::open().await;
    let guard = guard(&world);
    let spa = held(&world, SPA).await;
    let web = held(&world, WEB).await;
    for held in [&spa, &web] {
        assert_eq!(enforced(&guard, &held.api).await.0, 200);
    }
    let next = world.refresh(Door::Plain, SPA, &spa.refresh).await.ok();
    world.pass(31);
    world.refresh(Door::Plain, SPA, &spa.refresh).await.refused(400, "invalid_grant", "DW2104");
    must_end(&world, &guard, &spa, ("refresh token reused", Reach::Grant)).await;
    let successor = next["refresh_token"].as_str().unwrap();
    world.refresh(Door::Plain, SPA, successor).await.refused(400, "invalid_grant", "DW2056");
    let refreshed = next["access_token"].as_str().unwrap();
    assert_eq!(enforced(&guard, refreshed).await, (401, "DW3156".to_owned()), "every token of the family");

    let replay = redemption(WEB, &web.code);
    assert!(world.token(Door::Plain, WEB, &replay).await.status.is_client_error());
    must_end(&world, &guard, &web, ("code replayed", Reach::Grant)).await;
}

#[tokio::test]
async fn the_revocation_endpoint_ends_a_grant_or_one_token() {
    let world = World::open().await;
    let guard = guard(&world);
    let revoke = async |held: &Held, token: &str| {
        let (fields, headers) = authenticated(held.client, &[("token", token)]);
        assert_eq!(world.post_with(&Door::Plain.at("revoke"), &fields, &headers).await.status, 200);
    };
    let whole = held(&world, SPA).await;
    assert_eq!(enforced(&guard, &whole.api).await.0, 200);
    revoke(&whole, &whole.refresh).await;
    must_end(&world, &guard, &whole, ("refresh token revoked", Reach::Grant)).await;

    let one = held(&world, WEB).await;
    let other = world.refresh(Door::Plain, WEB, &one.refresh).await.ok();
    let other = other["access_token"].as_str().unwrap();
    revoke(&one, &one.api).await;
    assert_eq!(introspected(&world, &one.api).await["active"], false);
    guard.refresh_revocations().await;
    assert_eq!(enforced(&guard, &one.api).await, (401, "DW3156".to_owned()));
    assert_eq!(enforced(&guard, other).await.0, 200, "the grant lives on");
}

#[tokio::test]
async fn a_withdrawn_consent_is_a_missing_permission_until_it_is_given_again() {
    let world = World::open().await;
    let guard = guard(&world);
    let (tenant, notes, web) = (world.cast.tenant.id, world.cast.notes.id, world.cast.web.clone());
    let held = held(&world, WEB).await;
    assert_eq!(enforced(&guard, &held.api).await.0, 200);
    let scopes = Some(ScopeSet::parse("notes.read").unwrap());
    for (principal, scopes) in [(Principal::User(world.cast.ben.id), None), (Principal::All, scopes)] {
        let (client, resource) = (web.app_id, notes);
        let withdraw = DirectoryChange::WithdrawConsent { tenant, client, resource, principal, scopes };
        world.change(vec![withdraw.into()]).await;
    }
    guard.refresh_revocations().await;
    assert_eq!(enforced(&guard, &held.api).await, (403, "DW3202".to_owned()));
    let refresh = world.refresh(Door::Plain, WEB, &held.refresh).await;
    assert!(refresh.status.is_client_error(), "{}", refresh.text());
    world.pass(1);
    world.change(vec![world.cast.grant_all(&web, notes, "notes.read")]).await;
    let again = world.refresh(Door::Plain, WEB, &held.refresh).await.ok();
    assert_eq!(enforced(&guard, again["access_token"].as_str().unwrap()).await.0, 200);
    assert_eq!(enforced(&guard, &held.api).await.0, 403, "the old token does not come back");
}

#[tokio::test]
async fn an_unassigned_role_and_a_removed_scope_are_missing_permissions() {
    let world = World::open().await;
    let guard = guard(&world);
    let fields = [("grant_type", "client_credentials"), ("resource", NOTES)];
    let daemon = world.token(Door::Plain, DAEMON, &fields).await.ok();
    let daemon = daemon["access_token"].as_str().unwrap();
    let person = held(&world, WEB).await;
    assert_eq!((enforced(&guard, daemon).await.0, enforced(&guard, &person.api).await.0), (200, 200));
    let row = RoleAssignment {
        tenant: world.cast.tenant.id,
        holder: RoleHolder::App(world.cast.daemon.app_id),
        resource: world.cast.notes.id,
        role: world.cast.notes.roles[0].id,
        assigned_at: world.app.now(),
    };
    world.change(vec![DirectoryChange::UnassignRole(row).into()]).await;
    guard.refresh_revocations().await;
    assert_eq!((enforced(&guard, daemon).await.0, enforced(&guard, &person.api).await.0), (403, 200));

    let before = world.cast.notes.clone();
    let mut after = before.clone();
    after.scopes.retain(|scope| scope.value.as_str() != "notes.read");
    world.change(vec![DirectoryChange::UpdateResource { before, after }.into()]).await;
    guard.refresh_revocations().await;
    assert_eq!(enforced(&guard, &person.api).await, (403, "DW3202".to_owned()));
}

#[tokio::test]
async fn a_tenant_or_an_api_that_is_switched_off_takes_its_tokens_with_it() {
    for tenant_wide in [false, true] {
        let world = World::open().await;
        let guard = guard(&world);
        let held = held(&world, WEB).await;
        assert_eq!(enforced(&guard, &held.api).await.0, 200);
        let cast = &world.cast;
        let change = if tenant_wide {
            let after = Tenant { disabled: true, ..cast.tenant.clone() };
            DirectoryChange::UpdateTenant { before: cast.tenant.clone(), after }
        } else {
            let after = Resource { disabled: true, ..cast.notes.clone() };
            DirectoryChange::UpdateResource { before: cast.notes.clone(), after }
        };
        world.change(vec![change.into()]).await;
        guard.refresh_revocations().await;
        assert_eq!(enforced(&guard, &held.api).await, (401, "DW3156".to_owned()));
        assert!(world.refresh(Door::Plain, WEB, &held.refresh).await.status.is_client_error());
    }
}

fn feed_claims(answer: &Answer) -> Value {
    claims_of(&answer.text())
}

#[tokio::test]
async fn the_feed_is_signed_short_lived_and_sent_once_while_nothing_changes() {
    let world = World::open().await;
    let first = world.get(FEED).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("content-type"), "application/doorward-revocations+jwt");
    assert_eq!(first.header("cache-control"), "public, max-age=1");
    assert_eq!(headers_of(&first.text())["typ"], FEED_TYP);
    let claims = feed_claims(&first);
    assert_eq!(claims["iss"], Door::Plain.issuer());
    let (iat, exp) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert_eq!((iat, exp), (world.now(), world.now() + 60));
    let kids = world.get("/meadow/oauth2/jwks").await.ok();
    let kid = &headers_of(&first.text())["kid"];
    assert!(kids["keys"].as_array().unwrap().iter().any(|key| &key["kid"] == kid));

    let tag = first.header("etag").to_owned();
    let asked = [("if-none-match", tag.as_str())];
    for _ in 0..9 {
        world.pass(1);
        let answer = world.get_with(FEED, &asked).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len(), answer.header("etag")),
            (304, 0, tag.as_str())
        );
    }
    world.pass(1);
    let renewed = world.get_with(FEED, &asked).await;
    assert_eq!((renewed.status.as_u16(), feed_claims(&renewed)["iat"].as_i64()), (200, Some(world.now())));
    let tag = renewed.header("etag").to_owned();
    let grant = GrantChange::RevokeGrant {
        tenant: world.cast.tenant.id,
        grant: doorward_core::model::GrantId::random([9; 16]),
        at: world.app.now(),
    };
    world.change(vec![grant.into()]).await;
    let changed = world.get_with(FEED, &[("if-none-match", tag.as_str())]).await;
    assert_eq!(changed.status, 200, "in the same second");
    assert_eq!(feed_claims(&changed)["ended"].as_object().unwrap().len(), 1);
    assert!(!changed.text().contains("0909"), "no id stands in the feed");
    for path in ["/feed/forest/revocations", "/feed/%00/revocations", "/feed//revocations"] {
        assert!(world.get(path).await.status.is_client_error(), "{path}");
    }
    assert_eq!(world.post(FEED, &[]).await.status, 405);
}

#[tokio::test]
async fn another_node_tells_within_a_second() {
    let world = World::open().await;
    let other = world.another_node().await;
    other.follow_config(0).await.unwrap();
    let guard = guard_at(doorward_server::router(other.clone()), &world);
    let held = held(&world, WEB).await;
    assert_eq!(enforced(&guard, &held.api).await.0, 200);
    let ben = &world.cast.ben;
    world.update_user(ben, &User { epoch: later(world.now()), ..ben.clone() }).await;
    world.pass(1);
    guard.refresh_revocations().await;
    assert_eq!(enforced(&guard, &held.api).await, (401, "DW3156".to_owned()));
}

#[tokio::test]
async fn a_withdrawn_key_takes_everything_it_signed_with_it() {
    let world = World::open().await;
    let guard = guard(&world);
    let held = held(&world, WEB).await;
    assert_eq!(enforced(&guard, &held.api).await.0, 200);
    let kid = headers_of(&held.api)["kid"].as_str().unwrap().to_owned();
    let office = doorward_server::admin::router::<()>(world.app.clone(), Access::Socket);
    let path = format!("/admin/v1/tenants/meadow/keys/{kid}/emergency");
    let reach = Request::get(&path).body(axum::body::Body::empty()).unwrap();
    let reach = send(&office, reach).await.ok();
    assert_eq!(
        (&reach["signs"], &reach["apis"]),
        (&true.into(), &serde_json::json!(["graph", "notes"])),
        "{reach}"
    );
    assert_eq!(introspected(&world, &held.api).await["active"], true, "telling ends nothing");
    let withdraw = Request::post(&path).body(axum::body::Body::empty()).unwrap();
    assert_eq!(send(&office, withdraw).await.ok()["changed"], true);

    let published = world.get("/meadow/oauth2/jwks").await.text();
    assert!(!published.contains(&kid), "it leaves the key set at once");
    assert_eq!(introspected(&world, &held.api).await["active"], false);
    assert_eq!(userinfo(&world, &held.me).await, 401);
    guard.refresh_revocations().await;
    assert_eq!(enforced(&guard, &held.api).await, (401, "DW3156".to_owned()));
    let again = world.refresh(Door::Plain, WEB, &held.refresh).await.ok();
    let fresh = again["access_token"].as_str().unwrap();
    assert_ne!(headers_of(fresh)["kid"], kid.as_str(), "another key signs at once");
    assert_eq!(enforced(&guard, fresh).await.0, 200);
}
