use super::*;
use crate::change::Change;
use crate::directory::Command;
use crate::directory::fixture::{self, Bench, NOW, PaperVault};
use crate::model::{ClientKind, PkceRule, Platform, SECRET_PREFIX, TenantKey};
use crate::port::Vault as _;

fn run(bench: &Bench, command: AppCommand) -> Result<Decision, Refusal> {
    bench.decide(&Command::App(TenantKey::new("meadow"), command))
}

fn shop() -> String {
    fixture::web("shop").client_id.to_string()
}

fn stored(decision: &Decision) -> Client {
    decision
        .changes
        .iter()
        .find_map(|change| match change {
            Change::Directory(change) => match &**change {
                DirectoryChange::RegisterClient(after) | DirectoryChange::UpdateClient { after, .. } => {
                    Some(after.clone())
                }
                _ => None,
            },
            _ => None,
        })
        .expect("a stored application")
}

fn permission(text: &str) -> PermissionRef {
    PermissionRef::parse(text).unwrap()
}

fn redirect(uri: &str, platform: Option<Platform>) -> NewRedirect {
    NewRedirect { uri: uri.to_owned(), platform }
}

#[test]
fn a_web_application_gets_a_secret_that_is_shown_once_and_kept_as_a_digest() {
    let mut new = NewApp::new("Web Shop", ClientKind::Web);
    new.redirect_uris =
        vec![redirect("https://shop.test/cb", None), redirect("https://shop.test/spa", Some(Platform::Spa))];
    new.requires = vec![permission("notes:notes.read"), permission("api://notes/Notes.Read.All")];
    let decision = run(&Bench::new(), AppCommand::Add(Box::new(new))).unwrap();
    let Outcome::AppAdded(answer) = &decision.outcome else { panic!("{:?}", decision.outcome) };
    let secret = answer.client_secret.as_ref().unwrap();
    let client = stored(&decision);
    assert_eq!(secret.expose().len(), SECRET_PREFIX.len() + 43);
    assert_eq!(client.secrets[0].digest, PaperVault.digest(secret.expose().as_bytes()));
    assert_eq!(client.client_id.as_str(), client.app_id.to_string());
    assert_eq!(client.redirect_uris[0].platform, Platform::Web);
    assert_eq!(client.redirect_uris[1].platform, Platform::Spa);
    assert_eq!((client.required_access[0].scopes.len(), client.required_access[0].roles.len()), (1, 1));
    assert_eq!(decision.undo.as_ref().unwrap().to_string(), "app rm 'Web Shop' --tenant meadow");
    let told = format!("{decision:?}");
    assert!(!told.contains(secret.expose()), "{told}");
    assert_eq!(told.matches("ShownOnce(***)").count(), 1);
    let json = serde_json::to_value(&decision.outcome).unwrap();
    assert_eq!(json["client_secret"], secret.expose());
    assert_eq!(json["app_id"], client.app_id.to_string());
    assert_eq!(json["requires"][0]["permission"], "notes:notes.read");
    assert!(json["secrets"][0].get("digest").is_none());
}

#[test]
fn public_applications_have_no_secret_and_daemons_no_redirect() {
    let spa = run(&Bench::new(), AppCommand::Add(Box::new(NewApp::new("spa", ClientKind::Spa)))).unwrap();
    assert!(stored(&spa).secrets.is_empty());
    let mut daemon = NewApp::new("indexer", ClientKind::Daemon);
    daemon.redirect_uris = vec![redirect("https://a.test/", None)];
    let refusal = run(&Bench::new(), AppCommand::Add(Box::new(daemon))).unwrap_err();
    assert!(refusal.to_string().contains("a daemon signs nobody in"), "{refusal}");
    let mut bench = Bench::new();
    bench.clients[0].kind = ClientKind::Spa;
    let add = AppCommand::AddSecret { app: shop(), terms: SecretTerms::default() };
    assert!(run(&bench, add).unwrap_err().to_string().contains("cannot keep a secret"));
    let mut optional = NewApp::new("spa", ClientKind::Spa);
    optional.pkce = PkceRule::Optional;
    assert!(run(&Bench::new(), AppCommand::Add(Box::new(optional))).is_err());
}

#[test]
fn a_redirect_uri_that_cannot_be_is_told_why() {
    let add =
        |uri: &str, platform| AppCommand::AddRedirect { app: shop(), redirect: redirect(uri, platform) };
    for (uri, why) in [
        ("http://shop.test/cb", "use https"),
        ("https://shop.test/#x", "fragment"),
        ("https://*.shop.test/", "wildcards"),
        ("/cb", "not an absolute URI"),
        ("com.example.app:/cb", "native platform"),
    ] {
        let refusal = run(&Bench::new(), add(uri, None)).unwrap_err();
        assert!(refusal.to_string().contains(why), "{refusal}");
    }
    assert!(run(&Bench::new(), add("com.example.app:/cb", Some(Platform::Native))).is_ok());
    let refusal = run(&Bench::new(), add("https://shop.test/cb", Some(Platform::Spa))).unwrap_err();
    assert!(refusal.to_string().contains("one URI belongs to one platform"), "{refusal}");
    assert!(run(&Bench::new(), add("https://shop.test/cb", None)).unwrap().changes.is_empty());
}

#[test]
fn a_redirect_uri_comes_and_goes() {
    let add = AppCommand::AddRedirect { app: shop(), redirect: redirect("http://localhost:3000/cb", None) };
    let decision = run(&Bench::new(), add).unwrap();
    assert_eq!(stored(&decision).redirect_uris.len(), 2);
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "app redirect rm shop http://localhost:3000/cb --tenant meadow"
    );
    let remove = |uri: &str| AppCommand::RemoveRedirect { app: shop(), uri: uri.to_owned() };
    let decision = run(&Bench::new(), remove("https://shop.test/cb")).unwrap();
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "app redirect add shop https://shop.test/cb --platform web --tenant meadow"
    );
    let refusal = run(&Bench::new(), remove("https://shop.test/cb/")).unwrap_err();
    assert!(refusal.to_string().ends_with("did you mean https://shop.test/cb?"), "{refusal}");
}

#[test]
fn a_secret_lives_at_most_two_years() {
    let add =
        |days| AppCommand::AddSecret { app: shop(), terms: SecretTerms { name: "ci".to_owned(), days } };
    for days in [0, 731] {
        assert!(run(&Bench::new(), add(days)).is_err(), "{days}");
    }
    let decision = run(&Bench::new(), add(730)).unwrap();
    let secret = &stored(&decision).secrets[0];
    assert_eq!(secret.expiry.instant().since(NOW).as_secs(), 730 * 86_400);
}

#[test]
fn a_secret_ends_by_id_or_by_a_name_that_only_one_has() {
    let mut bench = Bench::new();
    for name in ["ci", "ci", "web"] {
        let add =
            AppCommand::AddSecret { app: shop(), terms: SecretTerms { name: name.to_owned(), days: 1 } };
        let mut client = stored(&run(&bench, add).unwrap());
        let count = u8::try_from(client.secrets.len()).unwrap();
        client.secrets.last_mut().unwrap().id = crate::model::SecretId::random([count; 16]);
        bench.clients[0] = client;
    }
    let remove = |secret: &str, revoke_grants| AppCommand::RemoveSecret {
        app: shop(),
        secret: secret.to_owned(),
        revoke_grants,
    };
    assert!(run(&bench, remove("ci", false)).unwrap_err().to_string().contains("2 secrets have this name"));
    assert!(run(&bench, remove("wbe", false)).unwrap_err().to_string().ends_with("did you mean web?"));
    let kept = run(&bench, remove("web", false)).unwrap();
    assert_eq!(stored(&kept).epoch, bench.clients[0].epoch);
    let ended = run(&bench, remove(&bench.clients[0].secrets[0].id.to_string(), true)).unwrap();
    assert_eq!(stored(&ended).secrets.len(), 2);
    assert!(stored(&ended).epoch > NOW);
}

#[test]
fn a_leaked_secret_is_ended_by_its_value_which_is_told_to_nobody() {
    let mut bench = Bench::new();
    let add = AppCommand::AddSecret { app: shop(), terms: SecretTerms::default() };
    let decision = run(&bench, add).unwrap();
    let Outcome::SecretAdded(made) = &decision.outcome else { panic!("a secret answers with itself") };
    let value = made.client_secret.expose().to_owned();
    bench.clients[0] = stored(&decision);
    let remove = |secret: String| AppCommand::RemoveSecret { app: shop(), secret, revoke_grants: true };
    let refusal = run(&bench, remove(format!("{value}x"))).unwrap_err();
    assert!(!refusal.to_string().contains(&value[4..]), "{refusal}");
    let ended = run(&bench, remove(value.clone())).unwrap();
    assert!(stored(&ended).secrets.is_empty());
    assert!(!format!("{ended:?}").contains(&value[8..]));
}

#[test]
fn switching_off_ends_what_was_issued() {
    let decision = run(&Bench::new(), AppCommand::Disable { app: shop() }).unwrap();
    assert!(stored(&decision).disabled && stored(&decision).epoch > NOW);
    assert_eq!(decision.undo.unwrap().to_string(), "app enable shop --tenant meadow");
}

#[test]
fn asking_for_what_an_api_does_not_have_names_the_nearest() {
    let require = |text: &str| AppCommand::Require { app: shop(), permissions: vec![permission(text)] };
    let refusal = run(&Bench::new(), require("notes:notes.raed")).unwrap_err();
    assert!(refusal.to_string().ends_with("did you mean notes.read?"), "{refusal}");
    let decision = run(&Bench::new(), require("notes:notes.write")).unwrap();
    assert_eq!(decision.undo.unwrap().to_string(), "app require rm shop notes:notes.write --tenant meadow");
    let unrequire = AppCommand::Unrequire { app: shop(), permissions: vec![permission("notes:notes.read")] };
    assert!(run(&Bench::new(), unrequire).unwrap_err().to_string().contains("does not ask for it"));
}

#[test]
fn a_daemon_asks_for_roles_only() {
    let mut new = NewApp::new("indexer", ClientKind::Daemon);
    new.requires = vec![permission("notes:notes.read")];
    assert!(run(&Bench::new(), AppCommand::Add(Box::new(new.clone()))).is_err());
    new.requires = vec![permission("notes:Notes.Read.All")];
    assert!(run(&Bench::new(), AppCommand::Add(Box::new(new))).is_ok());
}

#[test]
fn a_client_id_is_nobody_elses_id() {
    let mut new = NewApp::new("x", ClientKind::Web);
    for bad in ["3f2504e0-4f89-11d3-9a0c-0305e82c3301", "-x", "a b", ""] {
        new.client_id = Some(bad.to_owned());
        assert!(run(&Bench::new(), AppCommand::Add(Box::new(new.clone()))).is_err(), "{bad}");
    }
    new.client_id = Some("web-shop".to_owned());
    assert!(run(&Bench::new(), AppCommand::Add(Box::new(new))).is_ok());
}

#[test]
fn an_update_is_undone_under_the_new_name() {
    let change =
        AppChange { name: Some("store".to_owned()), first_party: Some(true), ..AppChange::default() };
    let decision = run(&Bench::new(), AppCommand::Update { app: shop(), change }).unwrap();
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "app update store --name shop --first-party off --tenant meadow"
    );
    let change = AppChange { refresh_idle_secs: Some(10), ..AppChange::default() };
    assert!(run(&Bench::new(), AppCommand::Update { app: shop(), change }).is_err());
}
