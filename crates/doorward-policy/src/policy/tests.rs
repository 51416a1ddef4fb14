//! Routes, decisions and the stored form.

use std::collections::BTreeSet;

use doorward_token::Explain;
use proptest::prelude::*;

use super::*;
use crate::{Atom, Clause, Decision, Principal, PrincipalKind, Requirement, RoleAtom};

fn name(text: &str) -> PermissionName {
    PermissionName::parse(text).expect("a name")
}

fn all(scopes: &[&str]) -> Requirement {
    Requirement::all_scopes(scopes.iter().map(|scope| name(scope)))
}

fn role(text: &str, kind: PrincipalKind) -> Atom {
    Atom::Role(RoleAtom { name: name(text), kinds: BTreeSet::from([kind]) })
}

fn route(method: &str, template: &str, requirement: Requirement) -> Route {
    let (method, template) = (Method::parse(method).unwrap(), Template::parse(template).unwrap());
    Route { id: format!("{method} {template}"), method, template, requirement }
}

fn notes() -> Policy {
    let read = Requirement::any_of([
        Clause::new([Atom::Scope(name("notes.read"))]),
        Clause::new([role("Notes.Read.All", PrincipalKind::App)]),
    ]);
    Policy::new(
        "notes",
        vec![
            route("GET", "/notes", read.clone()),
            route("GET", "/notes/{id}", read),
            route("DELETE", "/notes/{id}", all(&["notes.read", "notes.write"])),
            route("GET", "/notes/export", all(&["notes.share"])),
            route("GET", "/files/{name}.json", all(&["notes.read"])),
            route("GET", "/me", Requirement::any_of([Clause::new([Atom::Kind(PrincipalKind::User)])])),
            route(
                "POST",
                "/jobs",
                Requirement::any_of([Clause::new([role("Jobs.Run", PrincipalKind::App)])]),
            ),
            route("GET", "/health", Requirement::Public),
        ],
    )
    .expect("a policy")
    .with_resource(Some("api://notes".to_owned()))
}

fn user(scopes: &[&str]) -> Principal {
    Principal::new(PrincipalKind::User).with_scopes(scopes.iter().copied())
}

fn app(roles: &[&str]) -> Principal {
    Principal::new(PrincipalKind::App).with_roles(roles.iter().copied())
}

fn denial(policy: &Policy, method: &str, path: &str, principal: &Principal) -> Denial {
    match policy.decide(method, path, principal) {
        Decision::Deny(denial) => denial,
        Decision::Allow { route, .. } => panic!("{method} {path} was allowed by {}", route.label()),
    }
}

fn allowed(policy: &Policy, method: &str, path: &str, principal: &Principal) -> String {
    match policy.decide(method, path, principal) {
        Decision::Allow { route, .. } => route.label(),
        Decision::Deny(denial) => panic!("{method} {path}: {denial}"),
    }
}

#[test]
fn a_list_of_scopes_means_all_of_them() {
    let policy = notes();
    let denial = denial(&policy, "DELETE", "/notes/7", &user(&["notes.read"]));
    let Denial::InsufficientScope { needed_all_of, missing, present, .. } = &denial else {
        panic!("{denial}")
    };
    assert_eq!(needed_all_of, &[name("notes.read"), name("notes.write")]);
    assert_eq!(missing, &[name("notes.write")]);
    assert_eq!(present, &["notes.read"]);
    assert_eq!(denial.code().as_str(), "DW3202");
    assert_eq!(denial.diagnosis(), "DELETE /notes/{id} needs notes.read notes.write, token has notes.read");
    assert!(denial.remedy().contains("api://notes/notes.write"), "{}", denial.remedy());
    assert_eq!(
        allowed(&policy, "DELETE", "/notes/7", &user(&["notes.write", "notes.read"])),
        "DELETE /notes/{id}"
    );
}

#[test]
fn names_that_only_resemble_the_scope_do_not_count() {
    for near in ["notes.read.all", "notes.rea", "Notes.Read", "notes", "notes.read,notes.write"] {
        denial(&notes(), "GET", "/notes", &user(&[near]));
    }
}

#[test]
fn a_role_counts_for_the_kind_it_is_meant_for_only() {
    let policy = notes();
    allowed(&policy, "GET", "/notes", &app(&["Notes.Read.All"]));
    let with_role = user(&[]).with_roles(["Notes.Read.All"]);
    assert_eq!(denial(&policy, "GET", "/notes", &with_role).code().as_str(), "DW3202");
    let job = denial(&policy, "POST", "/jobs", &user(&["Jobs.Run"]).with_roles(["Jobs.Run"]));
    assert_eq!(job.code().as_str(), "DW3205");
    assert_eq!(
        job,
        Denial::KindMismatch {
            route: "POST /jobs".into(),
            needed: PrincipalKind::App,
            got: PrincipalKind::User
        }
    );
}

#[test]
fn an_app_with_a_scope_in_its_token_is_still_an_app() {
    let policy = notes();
    let odd = app(&[]).with_scopes(["notes.read", "notes.write", "notes.share"]);
    assert_eq!(denial(&policy, "GET", "/notes", &odd).code().as_str(), "DW3003");
    assert_eq!(denial(&policy, "DELETE", "/notes/7", &odd).code().as_str(), "DW3204");
    assert_eq!(denial(&policy, "GET", "/me", &app(&["Notes.Read.All"])).code().as_str(), "DW3204");
    let other_role = denial(&policy, "GET", "/notes", &app(&["Jobs.Run"]));
    assert_eq!(other_role.code().as_str(), "DW3254");
    assert!(other_role.remedy().contains("Notes.Read.All"));
}

#[test]
fn an_undeclared_path_and_an_undeclared_method_are_told_apart() {
    let policy = notes();
    let all = user(&["notes.read", "notes.write", "notes.share"]);
    assert_eq!(denial(&policy, "GET", "/admin", &all).code().as_str(), "DW3250");
    let method = denial(&policy, "HEAD", "/notes", &all);
    assert_eq!(method.code().as_str(), "DW3252");
    assert!(
        matches!(method, Denial::MethodNotDeclared { declared, .. } if declared == [Method::parse("GET").unwrap()])
    );
    for (method, path) in [("get", "/notes"), ("TRACE", "/notes"), ("OPTIONS", "/health")] {
        assert_eq!(denial(&policy, method, path, &all).code().as_str(), "DW3252", "{method}");
    }
    for path in ["/notes/", "/Notes", "/notes/7/", "/note", "/notes/7/x", "/", "/health/"] {
        assert_eq!(denial(&policy, "GET", path, &all).code().as_str(), "DW3250", "{path}");
    }
}

#[test]
fn a_literal_segment_beats_a_parameter() {
    let policy = notes();
    assert_eq!(allowed(&policy, "GET", "/notes/export", &user(&["notes.share"])), "GET /notes/export");
    denial(&policy, "GET", "/notes/export", &user(&["notes.read"]));
    assert_eq!(
        denial(&policy, "DELETE", "/notes/export", &user(&["notes.read", "notes.write"])).code().as_str(),
        "DW3252"
    );
    assert_eq!(allowed(&policy, "GET", "/notes/exports", &user(&["notes.read"])), "GET /notes/{id}");
    assert_eq!(allowed(&policy, "GET", "/files/a.json", &user(&["notes.read"])), "GET /files/{name}.json");
    assert_eq!(denial(&policy, "GET", "/files/a.xml", &user(&["notes.read"])).code().as_str(), "DW3250");
}

#[test]
fn a_path_with_two_readings_is_refused() {
    let policy = notes();
    for path in
        ["/notes/%2e%2e/health", "/health/../notes", "//notes", "/notes/a%2fb", "/notes/x;y", "/notes/%252e"]
    {
        assert_eq!(denial(&policy, "GET", path, &user(&["notes.read"])).code().as_str(), "DW3251", "{path}");
    }
    // A router that does not decode would call this a note's id; one that decodes, the export.
    assert_eq!(denial(&policy, "GET", "/notes/exp%6Frt", &user(&["notes.share"])).code().as_str(), "DW3251");
    allowed(&policy, "GET", "/notes/ben%40meadow.test", &user(&["notes.read"]));
    allowed(&policy, "GET", "/n%6Ftes", &user(&["notes.read"]));
}

#[test]
fn a_denied_path_is_shown_without_control_characters() {
    let Denial::AmbiguousPath { path, .. } = denial(&notes(), "GET", "/a\r\nSet-Cookie: x", &user(&[]))
    else {
        panic!()
    };
    assert!(!path.contains(['\r', '\n']));
}

#[test]
fn the_frameworks_template_finds_the_route_whatever_its_parameters_are_called() {
    let policy = notes();
    assert_eq!(policy.route_by_template("DELETE", "/notes/{note_id}").unwrap().id, "DELETE /notes/{id}");
    assert!(matches!(policy.route_by_template("GET", "/{*rest}"), Err(Denial::UndeclaredRoute { .. })));
    assert!(matches!(policy.route_by_template("PUT", "/notes"), Err(Denial::MethodNotDeclared { .. })));
}

#[test]
fn base_paths_stand_before_every_template() {
    let policy = notes().with_base_paths(vec!["/v1".to_owned(), "/api/v1".to_owned()]).unwrap();
    for path in ["/v1/health", "/api/v1/health"] {
        assert_eq!(allowed(&policy, "GET", path, &user(&[])), "GET /health");
    }
    denial(&policy, "GET", "/health", &user(&[]));
    assert_eq!(policy.route_by_template("GET", "/v1/notes/{x}").unwrap().id, "GET /notes/{id}");
    for bad in ["v1", "/v1/", "/", "/{tenant}", "/a//b"] {
        assert!(notes().with_base_paths(vec![bad.to_owned()]).is_err(), "{bad}");
    }
}

#[test]
fn a_challenge_names_the_least_scopes() {
    let policy = notes();
    let least = |method, path| policy.route(method, path).unwrap().requirement.least_scopes();
    assert_eq!(least("GET", "/notes"), [name("notes.read")]);
    assert_eq!(least("DELETE", "/notes/1"), [name("notes.read"), name("notes.write")]);
    assert!(least("POST", "/jobs").is_empty());
}

#[test]
fn impossible_policies_are_not_built() {
    let fault = |routes| Policy::new("x", routes).unwrap_err();
    let same_id = vec![
        Route { id: "a".into(), ..route("GET", "/a", all(&["s"])) },
        Route { id: "a".into(), ..route("GET", "/b", all(&["s"])) },
    ];
    assert!(matches!(fault(same_id), PolicyFault::DuplicateId { .. }));
    let twice = vec![route("GET", "/a/{x}", all(&["s"])), route("GET", "/a/{y}", all(&["s"]))];
    assert!(matches!(fault(twice), PolicyFault::DuplicateRoute { .. }));
    let rivals = vec![route("GET", "/a/{x}", all(&["s"])), route("GET", "/{y}/b", all(&["t"]))];
    assert!(matches!(fault(rivals), PolicyFault::Rivals { .. }));
    for requirement in [
        Requirement::any_of([]),
        Requirement::any_of([Clause::new([Atom::AnyScope(BTreeSet::new())])]),
        Requirement::any_of([Clause::new([Atom::Scope(name("s")), Atom::Kind(PrincipalKind::App)])]),
        Requirement::any_of([Clause::new([role("r", PrincipalKind::App), Atom::Scope(name("s"))])]),
        Requirement::any_of([Clause::new([Atom::Role(RoleAtom {
            name: name("r"),
            kinds: BTreeSet::new(),
        })])]),
    ] {
        assert!(matches!(fault(vec![route("GET", "/a", requirement)]), PolicyFault::Requirement { .. }));
    }
}

#[test]
fn the_stored_form_is_canonical_and_says_deny() {
    let policy = notes();
    let text = policy.canonical_json();
    assert!(text.starts_with(
        r#"{"api":"notes","base_paths":[""],"default":"deny","resource":"api://notes","routes":["#
    ));
    let again: Policy = serde_json::from_str(&text).unwrap();
    assert_eq!(again, policy);
    assert_eq!(again.canonical_json(), text);
    let mut shuffled = policy.routes().to_vec();
    shuffled.reverse();
    let shuffled = Policy::new("notes", shuffled).unwrap().with_resource(policy.resource.clone());
    assert_eq!(shuffled.canonical_json(), text);
}

#[test]
fn a_stored_form_that_this_program_does_not_know_is_refused() {
    let text = notes().canonical_json();
    for (from, to) in [
        (r#""default":"deny""#, r#""default":"allow""#),
        (r#""version":1"#, r#""version":2"#),
        (r#"{"scope":"#, r#"{"group":"#),
        (r#""api":"notes""#, r#""api":"notes","extra":1"#),
    ] {
        assert!(text.contains(from));
        assert!(serde_json::from_str::<Policy>(&text.replacen(from, to, 1)).is_err(), "{to}");
    }
}

fn any_name() -> impl Strategy<Value = PermissionName> {
    "[a-d]".prop_map(|text| name(&text))
}

fn any_atom() -> impl Strategy<Value = Atom> {
    prop_oneof![
        any_name().prop_map(Atom::Scope),
        proptest::collection::btree_set(any_name(), 1..3).prop_map(Atom::AnyScope),
        any_name().prop_map(|n| role(n.as_str(), PrincipalKind::User)),
        prop_oneof![Just(doorward_token::acr::PASSWORD), Just(doorward_token::acr::MULTI_FACTOR)]
            .prop_map(|value| Atom::Acr([crate::AcrValue::parse(value).unwrap()].into())),
        (10_u32..14).prop_map(Atom::MaxAge),
    ]
}

/// The same person without a known sign-in, and with each strength at each age that the atoms above tell apart.
fn sign_ins(who: Principal) -> Vec<Principal> {
    let ages = ["urn:other:gold", doorward_token::acr::PASSWORD, doorward_token::acr::MULTI_FACTOR]
        .into_iter()
        .flat_map(|acr| (10..15).map(move |age| (acr, age)));
    let signed_in = ages.map(|(acr, age)| who.clone().with_sign_in(acr, 1_000 - age).at(1_000));
    std::iter::once(who.clone()).chain(signed_in).collect()
}

/// `POST /a` for people who let the app write, signed in with two factors within the last minute.
fn strict() -> Policy {
    let atoms = [
        Atom::Scope(name("write")),
        Atom::Acr([crate::AcrValue::parse(doorward_token::acr::MULTI_FACTOR).unwrap()].into()),
        Atom::MaxAge(60),
    ];
    Policy::new("x", vec![route("POST", "/a", Requirement::any_of([Clause::new(atoms)]))]).unwrap()
}

#[test]
fn a_sign_in_counts_by_strength_and_age_and_only_after_the_scopes() {
    use doorward_token::acr::{MULTI_FACTOR, PASSWORD};
    let policy = strict();
    let writer = || user(&["write"]);
    allowed(&policy, "POST", "/a", &writer().with_sign_in(MULTI_FACTOR, 940).at(1_000));
    allowed(&policy, "POST", "/a", &writer().with_sign_in(MULTI_FACTOR, 1_100).at(1_000));
    for (who, acr, age) in [
        (writer(), None, None),
        (writer().at(1_000), None, None),
        (writer().with_sign_in(MULTI_FACTOR, 990), Some(MULTI_FACTOR), None),
        (writer().with_sign_in(MULTI_FACTOR, 939).at(1_000), Some(MULTI_FACTOR), Some(61)),
        (writer().with_sign_in(PASSWORD, 999).at(1_000), Some(PASSWORD), Some(1)),
        (writer().with_sign_in("urn:other:gold", 999).at(1_000), Some("urn:other:gold"), Some(1)),
    ] {
        match denial(&policy, "POST", "/a", &who) {
            Denial::InsufficientAuthentication {
                acr_values,
                max_age_secs,
                present_acr,
                age_secs,
                scopes,
                ..
            } => {
                assert_eq!(acr_values[0].as_str(), MULTI_FACTOR);
                assert_eq!(
                    max_age_secs,
                    Some(60),
                    "all that the clause asks for, so that one round is enough"
                );
                assert_eq!((present_acr.as_deref(), age_secs), (acr, age));
                assert_eq!(scopes, [name("write")]);
            }
            other => panic!("{other}"),
        }
    }
    let told = denial(&policy, "POST", "/a", &writer().with_sign_in(PASSWORD, 999).at(1_000));
    assert_eq!(told.code().as_str(), "DW3260");
    assert_eq!(
        told.to_string(),
        "POST /a needs a sign-in of urn:doorward:acr:mfa, at most 60 s ago, this one is of urn:doorward:acr:pwd, 1 s ago"
    );
    let neither = user(&[]).with_sign_in(PASSWORD, 999).at(1_000);
    assert!(
        matches!(denial(&policy, "POST", "/a", &neither), Denial::InsufficientScope { .. }),
        "scopes first"
    );
    assert!(matches!(denial(&policy, "POST", "/a", &app(&[])), Denial::KindMismatch { .. }));
    let text = policy.canonical_json();
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    assert!(serde_json::from_str::<Policy>(&text.replace("urn:doorward:acr:mfa", "a b")).is_err());
}

proptest! {
    /// The law of ALL: whoever holds exactly what a clause asks for passes, and without any one thing no longer does.
    #[test]
    fn every_atom_decides_alone(names in proptest::collection::btree_set("[a-h]{1,3}", 1..6), roles in 0_usize..3) {
        let names: Vec<String> = names.into_iter().collect();
        let atoms: Vec<Atom> = names.iter().enumerate().map(|(index, text)| {
            if index < roles { role(text, PrincipalKind::User) } else { Atom::Scope(name(text)) }
        }).collect();
        let policy = Policy::new("x", vec![route("GET", "/a", Requirement::any_of([Clause::new(atoms)]))]).unwrap();
        let holding = |without: Option<usize>| {
            let held = names.iter().enumerate().filter(|(index, _)| Some(*index) != without);
            held.fold(user(&[]), |who, (index, text)| {
                if index < roles { who.with_roles([text.as_str()]) } else { who.with_scopes([text.as_str()]) }
            })
        };
        allowed(&policy, "GET", "/a", &holding(None));
        for (index, expected) in names.iter().enumerate() {
            let denial = denial(&policy, "GET", "/a", &holding(Some(index)));
            let named = match denial {
                Denial::InsufficientScope { missing, .. } | Denial::MissingRole { missing, .. } => missing,
                other => panic!("{other}"),
            };
            prop_assert_eq!(named, vec![name(expected)]);
        }
    }

    /// The comparison of requirements agrees with what principals experience.
    #[test]
    fn a_requirement_that_admits_no_more_lets_nobody_else_in(
        left in proptest::collection::btree_set(proptest::collection::vec(any_atom(), 0..3).prop_map(Clause::new), 1..3),
        right in proptest::collection::btree_set(proptest::collection::vec(any_atom(), 0..3).prop_map(Clause::new), 1..3),
    ) {
        let (left, right) = (Requirement::AnyOf(left), Requirement::AnyOf(right));
        let mut someone_more = false;
        for held in 0_u32..256 {
            let pick = |offset: u32| (0..4).filter(move |bit| held >> (bit + offset) & 1 == 1).map(|bit| ["a", "b", "c", "d"][bit as usize]);
            let who = user(&[]).with_scopes(pick(0)).with_roles(pick(4));
            someone_more |= sign_ins(who).iter().any(|who| left.check(who).is_ok() && right.check(who).is_err());
        }
        if someone_more {
            prop_assert!(left.admits_more_than(&right));
        } else {
            // Apps meet an empty clause only; that difference is allowed to show as well.
            let for_apps = left.check(&app(&[])).is_ok() && right.check(&app(&[])).is_err();
            prop_assert_eq!(left.admits_more_than(&right), for_apps);
        }
    }

    #[test]
    fn deciding_never_panics(method in "\\PC{0,8}", path in "\\PC{0,40}", odd in "[/%a-f0-9.;{}notesxpr-]{0,40}") {
        let policy = notes();
        for path in [path, odd] {
            let _ = policy.decide(&method, &path, &user(&["notes.read"]));
            let _ = policy.decide("GET", &path, &user(&["notes.read"]));
            let _ = policy.route_by_template("GET", &path);
        }
    }

    #[test]
    fn reading_a_stored_form_never_panics(text in "[\\[\\]{}:,\"a-z_0-9 ]{0,80}") {
        let _ = serde_json::from_str::<Policy>(&text);
    }
}
