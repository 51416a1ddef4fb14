use super::*;
use crate::change::Change;
use crate::directory::fixture::{self, Bench};
use crate::directory::{Command, built_in_graph};
use crate::model::{RoleMembers, SigningAlgorithm, TenantKey};

fn run(bench: &Bench, command: ApiCommand) -> Result<Decision, Refusal> {
    bench.decide(&Command::Api(TenantKey::new("meadow"), command))
}

fn stored(decision: &Decision) -> Resource {
    decision
        .changes
        .iter()
        .find_map(|change| match change {
            Change::Directory(change) => match &**change {
                DirectoryChange::RegisterResource(after) | DirectoryChange::UpdateResource { after, .. } => {
                    Some(after.clone())
                }
                _ => None,
            },
            _ => None,
        })
        .expect("a stored API")
}

fn scope(value: &str) -> ScopeSpec {
    ScopeSpec { value: value.to_owned(), title: String::new(), description: String::new(), admin_only: false }
}

fn spec(name: &str, scopes: &[&str]) -> ApiSpec {
    ApiSpec {
        name: name.to_owned(),
        title: "Notes".to_owned(),
        identifier_uris: Vec::new(),
        scopes: scopes.iter().map(|value| scope(value)).collect(),
        roles: vec![RoleSpec {
            value: "Notes.Read.All".to_owned(),
            description: "Read all notes".to_owned(),
            members: RoleMembers::Applications,
        }],
    }
}

fn import(bench: &Bench, spec: ApiSpec, granted: &[&str]) -> Result<Decision, Refusal> {
    let granted = granted.iter().map(|name| (*name).to_owned()).collect();
    run(bench, ApiCommand::Import { spec: Box::new(spec), settings: ApiChange::default(), granted })
}

#[test]
fn an_api_is_declared_with_what_goes_without_saying() {
    let new = NewApi {
        name: "diary".to_owned(),
        id: None,
        scopes: vec![scope("diary.read")],
        roles: Vec::new(),
        settings: ApiChange { profile: Some("ms-v2".to_owned()), ..ApiChange::default() },
    };
    let decision = run(&Bench::new(), ApiCommand::Declare(Box::new(new.clone()))).unwrap();
    let api = stored(&decision);
    assert_eq!(
        (api.identifier().as_str(), api.title.as_str(), api.access_token_secs),
        ("api://diary", "diary", 3600)
    );
    assert_eq!(api.scopes[0].title, "diary.read");
    assert_eq!(serde_json::to_value(&decision.outcome).unwrap()["profile"], "ms-v2");
    assert_eq!(decision.undo.unwrap().to_string(), "api rm diary --tenant meadow");
    for settings in [
        ApiChange { profile: Some("jwt".to_owned()), ..ApiChange::default() },
        ApiChange { access_token_secs: Some(299), ..ApiChange::default() },
        ApiChange { algorithm: Some(SigningAlgorithm::Es256), ..ApiChange::default() },
        ApiChange { identifier_uris: Some(vec!["diary".to_owned()]), ..ApiChange::default() },
        ApiChange { identifier_uris: Some(Vec::new()), ..ApiChange::default() },
    ] {
        let declare = ApiCommand::Declare(Box::new(NewApi { settings: settings.clone(), ..new.clone() }));
        assert!(run(&Bench::new(), declare).is_err(), "{settings:?}");
    }
}

#[test]
fn a_document_with_a_hundred_scopes_gets_a_hundred_ids() {
    let values: Vec<String> = (0..100).map(|n| format!("scope.{n}")).collect();
    let decision =
        import(&Bench::new(), spec("wide", &values.iter().map(String::as_str).collect::<Vec<_>>()), &[])
            .unwrap();
    let mut ids: Vec<_> = stored(&decision).scopes.iter().map(|scope| scope.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100);
}

#[test]
fn importing_again_keeps_ids_and_tells_the_difference() {
    let before = fixture::notes();
    let mut document = spec("notes", &["notes.read", "notes.write", "notes.new"]);
    document.scopes[1].title = "Change your notes".to_owned();
    let decision = import(&Bench::new(), document, &[]).unwrap();
    let after = stored(&decision);
    assert_eq!(after.scope("notes.read").unwrap().id, before.scope("notes.read").unwrap().id);
    let Outcome::Imported(report) = &decision.outcome else { panic!("an import answers with its report") };
    let seen: Vec<_> = report.changes.iter().map(|c| (c.name.as_str(), c.kind)).collect();
    assert_eq!(
        seen,
        [
            ("notes.write", SpecChangeKind::Changed),
            ("notes.new", SpecChangeKind::Added),
            ("notes.share", SpecChangeKind::Removed),
        ]
    );
    assert_eq!(report.changes[0].now.as_deref(), Some("Change your notes (users may grant it)"));
}

#[test]
fn what_was_granted_is_never_dropped_by_an_import() {
    let decision =
        import(&Bench::new(), spec("notes", &["notes.read", "notes.write"]), &["notes.share"]).unwrap();
    let Outcome::Imported(report) = &decision.outcome else { panic!("an import answers with its report") };
    assert_eq!(report.changes.len(), 1);
    assert_eq!(
        (report.changes[0].name.as_str(), report.changes[0].kind),
        ("notes.share", SpecChangeKind::Kept)
    );
    assert!(decision.changes.is_empty());
}

#[test]
fn importing_the_same_document_changes_nothing() {
    let decision = import(&Bench::new(), spec("notes", &["notes.read"]), &[]).unwrap();
    let mut bench = Bench::new();
    bench.resources[0] = stored(&decision);
    let again = import(&bench, spec("notes", &["notes.read"]), &[]).unwrap();
    assert!(again.changes.is_empty());
}

#[test]
fn what_somebody_uses_is_not_taken_away() {
    let used_by = vec!["shop".to_owned()];
    for command in [
        ApiCommand::Remove { api: "notes".to_owned(), used_by: used_by.clone() },
        ApiCommand::RemoveScope {
            api: "notes".to_owned(),
            scope: "notes.read".to_owned(),
            used_by: used_by.clone(),
        },
        ApiCommand::RemoveRole { api: "notes".to_owned(), role: "Notes.Read.All".to_owned(), used_by },
    ] {
        let refusal = run(&Bench::new(), command).unwrap_err();
        assert_eq!(refusal.reason.row().code.as_str(), "DW1076");
    }
}

#[test]
fn a_scope_comes_and_goes() {
    let remove = |scope: &str| ApiCommand::RemoveScope {
        api: "api://NOTES".to_owned(),
        scope: scope.to_owned(),
        used_by: Vec::new(),
    };
    let decision = run(&Bench::new(), remove("notes.share")).unwrap();
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "api scope add notes notes.share --title notes.share --admin-only --tenant meadow"
    );
    assert!(
        run(&Bench::new(), remove("notes.shar"))
            .unwrap_err()
            .to_string()
            .ends_with("did you mean notes.share?")
    );
    for bad in ["a b", "x/y", ".default", "", "quote\""] {
        let add = ApiCommand::AddScope { api: "notes".to_owned(), scope: scope(bad) };
        assert!(run(&Bench::new(), add).is_err(), "{bad:?}");
    }
}

#[test]
fn the_built_in_api_stays_as_it_is() {
    let mut bench = Bench::new();
    bench.resources.push(built_in_graph(bench.tenant.id));
    let remove = ApiCommand::Remove { api: "graph".to_owned(), used_by: Vec::new() };
    let add = ApiCommand::AddScope { api: "https://graph.microsoft.com".to_owned(), scope: scope("x") };
    for command in [remove, add] {
        assert!(run(&bench, command).unwrap_err().to_string().contains("built in"));
    }
}

#[test]
fn settings_are_undone_by_their_old_values() {
    let change = ApiChange {
        title: Some("Notebook".to_owned()),
        access_token_secs: Some(600),
        profile: Some("ms-v2".to_owned()),
        ..ApiChange::default()
    };
    let decision = run(&Bench::new(), ApiCommand::Update { api: "notes".to_owned(), change }).unwrap();
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "api update notes --title Notes --profile generic --token-secs 3600 --tenant meadow"
    );
}
