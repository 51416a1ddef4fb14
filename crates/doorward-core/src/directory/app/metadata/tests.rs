//! What may be registered, and what not.

use serde_json::{Value, json};

use crate::directory::fixture::Bench;
use crate::directory::{AppChange, AppCommand, Command, NewApp, NewRedirect, Outcome};
use crate::facts::Facts;
use crate::model::{ClientKind, SubjectType, TenantKey};
use crate::outbound::{Heard, Outbound};

fn key() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43), "kid": "k" })
}

fn new(kind: ClientKind, redirects: &[&str], metadata: &Value) -> Command {
    let redirect = |uri: &&str| NewRedirect { uri: (*uri).to_owned(), platform: None };
    let app = NewApp {
        redirect_uris: redirects.iter().map(redirect).collect(),
        metadata: metadata.as_object().unwrap().clone(),
        ..NewApp::new("shop", kind)
    };
    Command::App(TenantKey::new("meadow"), AppCommand::Add(Box::new(app)))
}

/// Registers, and tells why not.
fn register(kind: ClientKind, metadata: &Value) -> Result<Outcome, String> {
    let redirects: &[&str] = if kind == ClientKind::Daemon { &[] } else { &["https://shop.test/cb"] };
    Bench::new()
        .decide(&new(kind, redirects, metadata))
        .map(|decision| decision.outcome)
        .map_err(|refusal| refusal.to_string())
}

#[test]
fn members_are_kept_under_their_registered_names() {
    let metadata = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "EdDSA",
        "jwks": { "keys": [key()] },
        "subject_type": "pairwise",
        "userinfo_signed_response_alg": "RS256",
    });
    let Ok(Outcome::AppAdded(added)) = register(ClientKind::Web, &metadata) else { panic!("refused") };
    assert_eq!(serde_json::to_value(&added.app.metadata).unwrap(), metadata);
}

#[test]
fn what_contradicts_itself_is_refused_and_says_why() {
    use ClientKind::{Daemon, Native, Spa, Web};
    let private = json!({ "kty": "OKP", "crv": "Ed25519", "x": "A".repeat(43), "d": "A".repeat(43) });
    for (kind, metadata, why) in [
        (Web, json!({ "jwks": { "keys": [key()] }, "jwks_uri": "https://shop.test/jwks" }), "not both"),
        (Web, json!({ "jwks": { "keys": [] } }), "no key"),
        (Web, json!({ "jwks": { "keys": [private] } }), "private key"),
        (Web, json!({ "jwks": { "keys": [{ "kty": "oct", "k": "AAAA" }] } }), "symmetric"),
        (Web, json!({ "jwks": [] }), "jwks"),
        (Web, json!({ "jwks": { "keys": [key()], "pad": "x".repeat(40_000) } }), "bytes"),
        (Web, json!({ "jwks_uri": "http://shop.test/jwks" }), "https"),
        (Web, json!({ "jwks_uri": "https://shop.test/jwks#a" }), "fragment"),
        (Web, json!({ "jwks_uri": "file:///etc/passwd" }), "jwks_uri"),
        (Web, json!({ "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
        (Web, json!({ "token_endpoint_auth_method": "none" }), "proves itself"),
        (Web, json!({ "token_endpoint_auth_method": "client_secret_jwt" }), "token_endpoint_auth_method"),
        (Spa, json!({ "token_endpoint_auth_method": "client_secret_post" }), "none"),
        (Native, json!({ "jwks": { "keys": [key()] } }), "private key"),
        (Daemon, json!({ "id_token_signed_response_alg": "EdDSA" }), "keys rotate"),
        (Web, json!({ "userinfo_signed_response_alg": "HS256" }), "userinfo_signed_response_alg"),
        (Web, json!({ "subject_type": "secret" }), "subject_type"),
        (Web, json!({ "jwks_url": "https://shop.test/jwks" }), "the members are"),
    ] {
        let refused = register(kind, &metadata).unwrap_err();
        assert!(refused.contains(why), "{metadata}: {refused}");
    }
}

#[test]
fn several_hosts_need_a_sector() {
    let pairwise = json!({ "subject_type": "pairwise" });
    let hosts = ["https://a.test/cb", "https://b.test/cb"];
    let refused = Bench::new().decide(&new(ClientKind::Web, &hosts, &pairwise)).unwrap_err().to_string();
    assert!(refused.contains("a.test, b.test"), "{refused}");
    let same = ["https://a.test/cb", "https://a.test:8443/other"];
    assert!(Bench::new().decide(&new(ClientKind::Web, &same, &pairwise)).is_ok());
    assert!(Bench::new().decide(&new(ClientKind::Web, &hosts, &json!({}))).is_ok());
}

#[test]
fn a_sector_document_lists_every_redirect_uri() {
    let uri = "https://sector.test/uris.json";
    let metadata = json!({ "subject_type": "pairwise", "sector_identifier_uri": uri });
    let hosts = ["https://a.test/cb", "https://b.test/cb"];
    let command = new(ClientKind::Web, &hosts, &metadata);
    let asked = Outbound::SectorDocument { uri: uri.to_owned() };
    let listing = |uris: &[&str]| Heard::RedirectUris(uris.iter().map(|uri| (*uri).to_owned()).collect());
    let silent = Heard::Nothing { why: "it did not answer".to_owned() };
    for (heard, fits) in [
        (listing(&hosts), true),
        (listing(&["https://a.test/cb"]), false),
        (listing(&["https://a.test/cb", "https://b.test/cb/"]), false),
        (silent, false),
    ] {
        let decided = Bench::new().decide_hearing(&command, &[(asked.clone(), heard.clone())]);
        assert_eq!(decided.is_ok(), fits, "{heard:?}");
    }
    assert!(Bench::new().decide(&command).is_err(), "unheard is not believed");
    let mut facts = Facts::new();
    let bench = Bench::new();
    let key = TenantKey::new("meadow");
    facts.insert(
        crate::needs::Need::Tenant(key),
        crate::facts::Answer::Tenant(Some(Box::new(bench.tenant.clone()))),
    );
    assert_eq!(crate::directory::asks(&command, &facts), Some(asked));
}

#[test]
fn a_patch_changes_what_it_names_and_null_takes_away() {
    let mut bench = Bench::new();
    let client = &mut bench.clients[0];
    client.metadata.subject_type = Some(SubjectType::Pairwise);
    client.metadata.jwks_uri = Some("https://shop.test/jwks".to_owned());
    let name = client.client_id.to_string();
    let patch = json!({ "jwks_uri": null, "jwks": { "keys": [key()] } });
    let change = AppChange { metadata: patch.as_object().cloned(), ..AppChange::default() };
    let command = Command::App(TenantKey::new("meadow"), AppCommand::Update { app: name, change });
    let decision = bench.decide(&command).unwrap();
    let Outcome::App(view) = &decision.outcome else { panic!("an app") };
    assert_eq!(view.metadata.subject_type, Some(SubjectType::Pairwise));
    assert_eq!((view.metadata.jwks_uri.as_deref(), view.metadata.jwks.is_some()), (None, true));
    let undo = decision.undo.expect("there is a way back").to_string();
    assert!(undo.contains("--jwks-uri https://shop.test/jwks") && undo.contains("--jwks default"), "{undo}");
}
