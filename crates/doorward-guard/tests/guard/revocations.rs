//! The revocation feed: what is believed of it, what it ends, and what holds while it is stale.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use doorward_crypto::digest::sha256;
use doorward_crypto::{SigningKey, sign_jwt};
use doorward_guard::{
    BOUND_SECS, DeniedCall, FeedState, Fetched, Guard, GuardBuilder, POLL, RevocationFeed, RevocationSource,
    SourceFault, StaleFeed, TraceSink, TrustedIssuer,
};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, Header};
use doorward_token::revocation::{Absent, Ended, FEED_TYP, FeedClaims, written};
use serde_json::{Value, json};

use crate::stage::{AUDIENCE, ISSUER, NOW, Stage, call, claims_of};

/// Status and `User-Agent` of what an HTTP server was asked.
type Seen = Arc<Mutex<Vec<(u16, String)>>>;

/// A feed that tests write, and the number of times it was asked for.
#[derive(Default)]
struct Feed {
    answer: Mutex<Option<String>>,
    polls: tokio::sync::watch::Sender<u64>,
}

#[async_trait]
impl RevocationSource for Feed {
    async fn revocations(&self, feed: &RevocationFeed, _: Option<&str>) -> Result<Fetched, SourceFault> {
        let text = self.answer.lock().unwrap().clone();
        self.polls.send_modify(|polls| *polls += 1);
        let fault = SourceFault::Unreachable { url: feed.url.clone(), reason: "silence".to_owned() };
        text.map(|text| Fetched::Feed { text, tag: None }).ok_or(fault)
    }
}

impl Feed {
    fn say(&self, text: impl Into<Option<String>>) {
        *self.answer.lock().unwrap() = text.into();
    }
}

/// Remembers what was told about the feed.
#[derive(Default)]
struct Told(Mutex<Vec<bool>>);

#[async_trait]
impl TraceSink for Told {
    async fn deliver(&self, _: Vec<DeniedCall>, _: u64) {}

    async fn feed(&self, state: FeedState) {
        self.0.lock().unwrap().push(state.stale);
    }
}

fn address(stage: &Stage) -> RevocationFeed {
    RevocationFeed {
        url: format!("{}/revocations", stage.base),
        issuer: ISSUER.to_owned(),
        jwks_uri: format!("{}/keys", stage.base),
    }
}

fn builder(stage: &Stage) -> GuardBuilder {
    let issuer = TrustedIssuer { issuer: ISSUER.to_owned(), jwks_uri: format!("{}/keys", stage.base) };
    stage.builder().issuers([issuer]).audiences([AUDIENCE]).revocation_feed(address(stage))
}

fn guard(stage: &Stage, feed: &Arc<Feed>) -> Guard {
    builder(stage).revocation_source(Arc::clone(feed) as Arc<dyn RevocationSource>).build().unwrap()
}

fn line(name: &str, at: i64) -> BTreeMap<String, i64> {
    BTreeMap::from([(written(&sha256(name.as_bytes())), at)])
}

/// A feed of that moment, with something changed.
fn feed_at(iat: i64, change: impl FnOnce(&mut FeedClaims)) -> FeedClaims {
    let mut claims = FeedClaims { iss: ISSUER.to_owned(), iat, exp: iat + 60, ..FeedClaims::default() };
    change(&mut claims);
    claims
}

fn signed(key: &SigningKey, claims: &FeedClaims) -> String {
    signed_as(key, claims, FEED_TYP)
}

fn signed_as(key: &SigningKey, claims: &FeedClaims, typ: &str) -> String {
    let mut header = Header::for_signing(key.algorithm(), key.kid());
    header.typ = Some(typ.to_owned());
    let Value::Object(map) = serde_json::to_value(claims).unwrap() else { panic!("claims are an object") };
    sign_jwt(key, &header, &ClaimSet::from_map(map)).unwrap()
}

#[tokio::test]
async fn a_revoked_token_is_401_and_a_withdrawn_permission_403() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let feed = Arc::new(Feed::default());
    feed.say(signed(&stage.key, &feed_at(NOW, |_| {})));
    let guard = guard(&stage, &feed);
    let token = stage.user("notes.read notes.write");
    assert_eq!(call(&guard, "DELETE", "/notes/7", &token).await.status, 200);

    let absent =
        Absent::Scope { client: "web", api: AUDIENCE, user: Some("ben"), scope: Some("notes.write") };
    feed.say(signed(&stage.key, &feed_at(NOW, |feed| feed.before = line(&absent.name(), NOW))));
    guard.refresh_revocations().await;
    let refused = call(&guard, "DELETE", "/notes/7", &token).await;
    assert_eq!((refused.status, refused.code()), (403, "DW3202"));
    assert!(refused.header("www-authenticate").contains("insufficient_scope"));
    assert_eq!(refused.body["present"], json!(["notes.read"]), "{}", refused.body);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200, "the rest of the token counts");
    let mut later = claims_of("notes.read notes.write");
    later["iat"] = json!(NOW + 1);
    assert_eq!(call(&guard, "DELETE", "/notes/7", &stage.token(later)).await.status, 200, "granted anew");

    feed.say(signed(
        &stage.key,
        &feed_at(NOW + 1, |feed| feed.before = line(&Ended::User("ben").name(), NOW)),
    ));
    guard.refresh_revocations().await;
    let refused = call(&guard, "GET", "/notes", &token).await;
    assert_eq!((refused.status, refused.code()), (401, "DW3156"));
    assert!(refused.header("www-authenticate").contains("invalid_token"));
    assert_eq!(call(&guard, "GET", "/health", &token).await.status, 200);
}

#[tokio::test]
async fn one_poll_in_the_background_is_enough_whoever_asks() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let feed = Arc::new(Feed::default());
    feed.say(signed(&stage.key, &feed_at(NOW, |_| {})));
    let source = Arc::clone(&feed) as Arc<dyn RevocationSource>;
    let short = Duration::from_millis(100);
    let guard = builder(&stage).revocation_source(source).revocation_poll(short).build().unwrap();
    guard.ready().await.unwrap();
    let token = stage.user("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);
    let mut polls = feed.polls.subscribe();
    let grown = line(&Ended::User("ben").name(), NOW);
    feed.say(signed(&stage.key, &feed_at(NOW, |feed| feed.before = grown)));
    // The second poll from here on began after the feed was written, and has ended when the third begins.
    let seen = *polls.borrow_and_update();
    polls.wait_for(|polls| *polls >= seen + 3).await.unwrap();
    assert_eq!(call(&guard, "GET", "/notes", &token).await.code(), "DW3156");
    assert_eq!(guard.revocations().map(|state| (state.lines, state.stale)), Some((1, false)));
}

#[test]
fn the_bound_is_the_usual_poll_and_a_second_for_the_nodes() {
    assert_eq!((POLL.as_secs(), BOUND_SECS), (5, 6));
}

#[tokio::test]
async fn nobody_but_the_issuer_can_write_or_turn_back_the_feed() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let feed = Arc::new(Feed::default());
    let ends_everything = || line(&Ended::Tenant.name(), NOW + 1_000);
    let first = feed_at(NOW, |feed| feed.ended = line(&Ended::Grant("gone").name(), NOW + 3_600));
    feed.say(signed(&stage.key, &first));
    let guard = guard(&stage, &feed);
    guard.ready().await.unwrap();
    let token = stage.user("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);

    let stranger = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let end = |change: fn(&mut FeedClaims)| {
        feed_at(NOW, |feed| {
            feed.before = ends_everything();
            change(feed);
        })
    };
    let good = signed(&stage.key, &end(|_| {}));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let altered = format!("{head}.{}A", &signature[..signature.len() - 2]);
    for (forged, why) in [
        (signed(&stranger, &end(|_| {})), "another key"),
        (altered, "another signature"),
        (signed_as(&stage.key, &end(|_| {}), "JWT"), "another type"),
        (signed(&stage.key, &end(|feed| feed.iss = "https://id.test/forest".to_owned())), "another issuer"),
        (signed(&stage.key, &end(|feed| feed.iat = NOW + 61)), "of a moment ahead"),
        (signed(&stage.key, &end(|feed| feed.iat = NOW - 1)), "older than the one before"),
        (signed(&stage.key, &end(|feed| (feed.iat, feed.exp) = (NOW, NOW - 60))), "over"),
        (stage.token(claims_of("notes.read")), "a token"),
        (String::new(), "nothing"),
        ("{}".to_owned(), "JSON"),
    ] {
        feed.say(forged);
        guard.refresh_revocations().await;
        assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200, "{why}");
        let state = guard.revocations().unwrap();
        assert!(state.fault.is_some() && state.lines == 1, "{why}: {state:?}");
    }
    // A feed that lacks what an earlier one said takes nothing back.
    feed.say(signed(&stage.key, &feed_at(NOW + 5, |_| {})));
    guard.refresh_revocations().await;
    assert_eq!(guard.revocations().map(|state| (state.lines, state.fault)), Some((1, None)));
}

#[tokio::test]
async fn a_feed_is_no_access_token() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let feed = signed(&stage.key, &feed_at(NOW, |_| {}));
    assert_eq!(call(&guard, "GET", "/notes", &feed).await.status, 401);
}

#[tokio::test]
async fn a_stale_feed_lets_tokens_live_on_unless_told_otherwise_and_is_reported() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let feed = Arc::new(Feed::default());
    let told = Arc::new(Told::default());
    let source = || Arc::clone(&feed) as Arc<dyn RevocationSource>;
    let lenient = builder(&stage)
        .revocation_source(source())
        .trace_sink(Arc::clone(&told) as Arc<dyn TraceSink>)
        .build()
        .unwrap();
    let strict = builder(&stage).revocation_source(source()).stale_feed(StaleFeed::Refuse).build().unwrap();
    let token = stage.user("notes.read");
    // No feed was ever there.
    assert_eq!(call(&lenient, "GET", "/notes", &token).await.status, 200);
    let refused = call(&strict, "GET", "/notes", &token).await;
    assert_eq!((refused.status, refused.code()), (503, "DW5160"));
    assert_eq!((refused.header("retry-after"), refused.header("www-authenticate")), ("5", ""));
    assert_eq!(call(&strict, "GET", "/health", "").await.status, 200, "public routes need no feed");

    feed.say(signed(&stage.key, &feed_at(NOW, |_| {})));
    lenient.refresh_revocations().await;
    strict.refresh_revocations().await;
    assert_eq!(call(&strict, "GET", "/notes", &token).await.status, 200);
    feed.say(None);
    stage.clock.forward(119);
    strict.refresh_revocations().await;
    assert_eq!(call(&strict, "GET", "/notes", &token).await.status, 200, "its life and the skew of clocks");
    stage.clock.forward(1);
    assert_eq!(call(&strict, "GET", "/notes", &token).await.code(), "DW5160");
    lenient.refresh_revocations().await;
    assert_eq!(call(&lenient, "GET", "/notes", &token).await.status, 200);
    assert!(lenient.revocations().unwrap().stale);
    assert_eq!(*told.0.lock().unwrap(), [true, false, true], "never there, there, gone");
}

#[tokio::test]
async fn a_withdrawn_key_signs_neither_tokens_nor_feeds() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let next = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let feed = Arc::new(Feed::default());
    feed.say(signed(&stage.key, &feed_at(NOW, |_| {})));
    let guard = guard(&stage, &feed);
    let token = stage.user("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);
    // The emergency: another key signs at once, and the old one is not published any more.
    stage.published.publish(&[&next]);
    let withdrawn = line(&Ended::Key(stage.key.kid()).name(), NOW + 86_400);
    feed.say(signed(&next, &feed_at(NOW + 1, |feed| feed.ended = withdrawn)));
    guard.refresh_revocations().await;
    let refused = call(&guard, "GET", "/notes", &token).await;
    assert_eq!((refused.status, refused.code()), (401, "DW3156"), "although the key is still in the cache");
    feed.say(signed(&stage.key, &feed_at(NOW + 2, |_| {})));
    guard.refresh_revocations().await;
    assert!(guard.revocations().unwrap().fault.is_some_and(|fault| fault.contains("withdrawn")));
}

#[tokio::test]
async fn over_http_an_unchanged_feed_is_not_sent_again() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let text = signed(&stage.key, &feed_at(NOW, |feed| feed.before = line(&Ended::User("ben").name(), NOW)));
    let seen = Seen::default();
    let answer = |State((text, seen)): State<(String, Seen)>, headers: HeaderMap| async move {
        let knows = headers.get("if-none-match").is_some_and(|tag| tag == "\"t\"");
        let status = if knows { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        let agent = headers["user-agent"].to_str().unwrap().to_owned();
        seen.lock().unwrap().push((status.as_u16(), agent));
        let answer: Response =
            (status, [("etag", "\"t\"")], if knows { String::new() } else { text }).into_response();
        answer
    };
    let server = axum::Router::new()
        .route("/revocations", axum::routing::get(answer))
        .with_state((text, Arc::clone(&seen)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/revocations", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, server).await });
    let guard = builder(&stage).revocation_feed(RevocationFeed { url, ..address(&stage) }).build().unwrap();
    for _ in 0..2 {
        assert_eq!(call(&guard, "GET", "/notes", &stage.user("notes.read")).await.code(), "DW3156");
        guard.refresh_revocations().await;
    }
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 304, 304]);
    assert!(seen.iter().all(|(_, agent)| agent.starts_with("doorward-guard/") && agent.ends_with("(notes)")));
}
