//! Clients that sign instead of knowing a secret (RFC 7523, OpenID Connect Core §9), at every endpoint that asks who
//! calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward_core::client_auth::JWT_BEARER;
use doorward_core::model::{AuthMethod, Client};
use doorward_crypto::{SigningKey, sign_jwt};
use doorward_server::Settings;
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, Header};
use serde_json::{Value, json};

use crate::support::{Answer, BASE, DAEMON, DAEMON_SECRET, Door, NOTES, World, claims_of, posted, send};

/// A client that holds a private key.
struct Signer {
    key: SigningKey,
    now: i64,
}

impl Signer {
    fn new(world: &World) -> Self {
        Self { key: SigningKey::generate(Algorithm::ES256).unwrap(), now: world.now() }
    }

    fn jwks(&self) -> Value {
        json!({ "keys": [self.key.public_jwk()] })
    }

    fn claims(&self, id: &str) -> ClaimSet {
        let mut claims = ClaimSet::new();
        claims
            .insert("iss", DAEMON)
            .insert("sub", DAEMON)
            .insert("aud", format!("{BASE}/meadow"))
            .insert("iat", self.now)
            .insert("exp", self.now + 60)
            .insert("jti", id);
        claims
    }

    fn sign(&self, claims: &ClaimSet) -> String {
        sign_jwt(&self.key, &Header::for_signing(self.key.algorithm(), self.key.kid()), claims).unwrap()
    }

    fn assertion(&self, id: &str) -> String {
        self.sign(&self.claims(id))
    }
}

async fn register(world: &World, change: impl FnOnce(&mut Client)) {
    let before = &world.cast.daemon;
    let mut after = before.clone();
    change(&mut after);
    world.update_client(before, &after).await;
}

/// A world whose service has registered its key.
async fn world_with_a_signer() -> (World, Signer) {
    let world = World::open().await;
    let signer = Signer::new(&world);
    register(&world, |client| client.metadata.jwks = Some(signer.jwks())).await;
    (world, signer)
}

fn signed<'a>(assertion: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    all.extend_from_slice(fields);
    all
}

const OWN: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("resource", NOTES)];

async fn ask(world: &World, assertion: &str) -> Answer {
    world.post(&Door::Plain.at("token"), &signed(assertion, &OWN)).await
}

#[tokio::test]
async fn a_signature_is_as_good_as_a_secret_and_is_told_to_the_api() {
    let (world, signer) = world_with_a_signer().await;
    let body = ask(&world, &signer.assertion("one")).await.ok();
    let claims = claims_of(body["access_token"].as_str().unwrap());
    assert_eq!((&claims["azp"], &claims["azpacr"]), (&DAEMON.into(), &"2".into()));
}

#[tokio::test]
async fn an_assertion_counts_once_whatever_came_of_it() {
    let (world, signer) = world_with_a_signer().await;
    let used = signer.assertion("one");
    ask(&world, &used).await.ok();
    ask(&world, &used).await.refused(401, "invalid_client", "DW2063");
    let wasted = signer.assertion("two");
    let fields = [("grant_type", "client_credentials"), ("resource", "api://nowhere")];
    let refused = world.post(&Door::Plain.at("token"), &signed(&wasted, &fields)).await;
    refused.refused(400, "invalid_target", "DW1008");
    ask(&world, &wasted).await.refused(401, "invalid_client", "DW2063");
    ask(&world, &signer.assertion("three")).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_requests_with_one_assertion_exactly_one_succeeds() {
    let (world, signer) = world_with_a_signer().await;
    for round in 0..3 {
        let assertion = signer.assertion(&format!("round {round}"));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let request = posted(&Door::Plain.at("token"), &signed(&assertion, &OWN), &[]);
            let router = world.router.clone();
            tasks.spawn(async move { send(&router, request).await });
        }
        let answers = tasks.join_all().await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((good.len(), bad.len()), (1, 15));
        for answer in bad {
            answer.refused(401, "invalid_client", "DW2063");
        }
    }
}

#[tokio::test]
async fn the_audience_is_the_issuer_or_the_token_endpoint_of_the_door() {
    let (world, signer) = world_with_a_signer().await;
    let mut number = 0;
    for door in Door::ALL {
        for (audience, fits) in [
            (json!(door.issuer()), true),
            (json!(format!("{BASE}{}", door.at("token"))), true),
            (json!([door.issuer(), format!("{BASE}{}", door.at("token"))]), true),
            (json!(format!("{BASE}{}", door.at("introspect"))), false),
            (json!([door.issuer(), "https://evil.test"]), false),
            (json!("https://evil.test"), false),
            (json!(BASE), false),
        ] {
            number += 1;
            let mut claims = signer.claims(&format!("a{number}"));
            claims.insert("aud", audience.clone());
            let assertion = signer.sign(&claims);
            let fields = [("grant_type", "client_credentials"), ("scope", "api://notes/.default")];
            let answer = world.post(&door.at("token"), &signed(&assertion, &fields)).await;
            if fits {
                answer.ok();
            } else {
                answer.refused(401, "invalid_client", "DW2062");
            }
        }
    }
}

#[tokio::test]
async fn everything_that_can_be_wrong_with_an_assertion_is_invalid_client() {
    let (world, signer) = world_with_a_signer().await;
    let now = signer.now;
    let changed: [(&str, Value); 12] = [
        ("sub", Value::Null),
        ("iss", Value::Null),
        ("iss", json!("web")),
        ("exp", Value::Null),
        ("exp", json!(now - 300)),
        ("exp", json!(now + 400_000)),
        ("iat", json!(now + 61)),
        ("nbf", json!(now + 61)),
        ("aud", Value::Null),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("exp", json!("tomorrow")),
    ];
    for (index, (name, value)) in changed.into_iter().enumerate() {
        let mut map = signer.claims(&format!("c{index}")).into_map();
        if value.is_null() {
            map.remove(name);
        } else {
            map.insert(name.to_owned(), value.clone());
        }
        let assertion = signer.sign(&ClaimSet::from_map(map));
        let mut fields = signed(&assertion, &OWN);
        fields.push(("client_id", DAEMON));
        let answer = world.post(&Door::Plain.at("token"), &fields).await;
        answer.refused(401, "invalid_client", "DW2062");
        assert_eq!(answer.header("www-authenticate"), "", "no Basic was tried");
    }
    let mut early = signer.claims("eight seconds ahead");
    early.insert("iat", now + 8).insert("nbf", now + 8);
    ask(&world, &signer.sign(&early)).await.ok();
}

#[tokio::test]
async fn a_stranger_a_missing_assertion_and_another_type_are_refused() {
    let (world, signer) = world_with_a_signer().await;
    let stranger = Signer::new(&world);
    ask(&world, &stranger.assertion("x")).await.refused(401, "invalid_client", "DW2062");
    for fields in [
        vec![("client_id", DAEMON), ("client_assertion_type", JWT_BEARER)],
        vec![("client_id", DAEMON), ("client_assertion_type", JWT_BEARER), ("client_assertion", "a.b.c")],
        vec![("client_id", DAEMON), ("client_assertion_type", JWT_BEARER), ("client_assertion", "x")],
    ] {
        let all: Vec<_> = fields.into_iter().chain(OWN).collect();
        world.post(&Door::Plain.at("token"), &all).await.refused(401, "invalid_client", "DW2062");
    }
    let assertion = signer.assertion("y");
    let saml = [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ("client_assertion", assertion.as_str()),
    ];
    for fields in [saml.to_vec(), vec![("client_id", DAEMON), ("client_assertion", assertion.as_str())]] {
        let all: Vec<_> = fields.into_iter().chain(OWN).collect();
        world.post(&Door::Plain.at("token"), &all).await.refused(401, "invalid_client", "DW2003");
    }
    let mut twice = signed(&assertion, &OWN);
    twice.push(("client_secret", DAEMON_SECRET));
    twice.push(("client_id", DAEMON));
    world.post(&Door::Plain.at("token"), &twice).await.refused(400, "invalid_request", "DW2059");
}

#[tokio::test]
async fn a_client_that_registered_signatures_has_no_use_for_its_secret() {
    let (world, signer) = world_with_a_signer().await;
    let secret: Vec<_> =
        [("client_id", DAEMON), ("client_secret", DAEMON_SECRET)].into_iter().chain(OWN).collect();
    world.post(&Door::Plain.at("token"), &secret).await.ok();
    let before = Client {
        metadata: doorward_core::model::ClientMetadata {
            jwks: Some(signer.jwks()),
            ..world.cast.daemon.metadata.clone()
        },
        ..world.cast.daemon.clone()
    };
    let mut after = before.clone();
    after.metadata.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
    world.update_client(&before, &after).await;
    world.post(&Door::Plain.at("token"), &secret).await.refused(401, "invalid_client", "DW2003");
    ask(&world, &signer.assertion("z")).await.ok();
}

#[tokio::test]
async fn introspection_and_revocation_take_it_too() {
    let (world, signer) = world_with_a_signer().await;
    let own = ask(&world, &signer.assertion("a")).await.ok();
    let token = own["access_token"].as_str().unwrap();
    let (first, second, third) = (signer.assertion("b"), signer.assertion("c"), signer.assertion("d"));
    let question = signed(&first, &[("token", token)]);
    let answer = world.post(&Door::Plain.at("introspect"), &question).await;
    assert_eq!(answer.ok()["active"], true);
    let again = world.post(&Door::Plain.at("introspect"), &question).await;
    again.refused(401, "invalid_client", "DW2063");
    let wish = world.post(&Door::Plain.at("revoke"), &signed(&second, &[("token", token)])).await;
    assert_eq!(wish.status, 200);
    let after = world.post(&Door::Plain.at("introspect"), &signed(&third, &[("token", token)])).await;
    assert_eq!(after.ok(), json!({ "active": false }));
}

/// A server that publishes keys and counts who asks.
async fn publish(document: Arc<std::sync::Mutex<Value>>) -> (String, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let router = axum::Router::new().route(
        "/jwks",
        axum::routing::get(move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            document.lock().unwrap().to_string()
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://localhost:{}/jwks", listener.local_addr().unwrap().port());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (uri, calls)
}

#[tokio::test]
async fn published_keys_are_fetched_kept_and_followed_when_they_rotate() {
    let bare = World::bare().await;
    let settings = Settings { development: true, ..bare.app.settings().clone() };
    let world = World::with_settings(settings).await;
    let (old, new) = (Signer::new(&world), Signer::new(&world));
    let document = Arc::new(std::sync::Mutex::new(old.jwks()));
    let (uri, calls) = publish(Arc::clone(&document)).await;
    register(&world, |client| client.metadata.jwks_uri = Some(uri)).await;
    let local = [("host", "localhost")];
    let ask = |assertion: String| {
        let world = &world;
        async move { world.post_with(&Door::Plain.at("token"), &signed(&assertion, &OWN), &local).await }
    };
    ask(old.assertion("1")).await.ok();
    ask(old.assertion("2")).await.ok();
    assert_eq!(calls.load(Ordering::SeqCst), 1, "kept");
    *document.lock().unwrap() = new.jwks();
    world.pass(31);
    ask(new.assertion("3")).await.ok();
    assert_eq!(calls.load(Ordering::SeqCst), 2, "an unknown kid is asked for at once");
    ask(old.assertion("4")).await.refused(401, "invalid_client", "DW2062");
    for number in 0..20 {
        let stranger = Signer::new(&world);
        let answer = ask(stranger.assertion(&format!("s{number}"))).await;
        answer.refused(401, "invalid_client", "DW2062");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 2, "a storm of made-up names costs nothing");
}

#[tokio::test]
async fn addresses_inside_the_own_network_are_not_called() {
    let (_, calls) = publish(Arc::default()).await;
    let world = World::open().await;
    let signer = Signer::new(&world);
    let mut before = world.cast.daemon.clone();
    for (index, uri) in [
        "https://127.0.0.1/jwks",
        "https://localhost/jwks",
        "https://[::1]/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/jwks",
        "http://keys.test/jwks",
        "file:///etc/passwd",
    ]
    .into_iter()
    .enumerate()
    {
        let mut after = before.clone();
        after.metadata.jwks_uri = Some(uri.to_owned());
        world.update_client(&before, &after).await;
        before = after;
        let answer = ask(&world, &signer.assertion(&format!("i{index}"))).await;
        answer.refused(401, "invalid_client", "DW2064");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}
