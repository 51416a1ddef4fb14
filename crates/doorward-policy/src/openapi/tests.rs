//! What documents mean, and which are refused.

use std::collections::BTreeSet;

use super::*;
use crate::{Atom, Decision, Principal, PrincipalKind, Requirement};

const NOTES: &str = r"
openapi: 3.1.0
info: {title: Notes, version: '1'}
x-doorward-api:
  name: notes
  audience: api://notes
  scopes:
    notes.share: {admin: true, title: Share notes, description: Share notes with everybody}
  roles:
    - {value: Notes.Read.All, kind: app, description: Read every note}
components:
  securitySchemes:
    meadow:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://id.test/authorize
          tokenUrl: https://id.test/token
          scopes:
            openid: Sign in
            notes.read: Read your notes
            api://notes/notes.write: Write your notes
security:
  - meadow: [notes.read]
paths:
  /health: {get: {security: [], responses: {200: {description: ok}}}}
  /notes:
    get:
      operationId: listNotes
      x-doorward-roles: [Notes.Read.All]
    post:
      security: [{meadow: [notes.read, notes.write]}]
  /notes/{id}:
    $ref: '#/components/pathItems/note'
  /search:
    get:
      security: [{meadow: []}]
      x-doorward-any: [notes.read, notes.write]
  /me: {get: {security: [{meadow: []}], x-doorward-kind: user}}
";

const PATH_ITEM: &str = r"
  pathItems:
    note:
      delete: {operationId: deleteNote, security: [{meadow: [notes.write]}, {meadow: [notes.share]}]}
";

pub(super) fn notes() -> String {
    NOTES.replacen("security:\n  - meadow", &format!("{}security:\n  - meadow", &PATH_ITEM[1..]), 1)
}

fn accept(text: &str) -> Reading {
    read(text, &Options::default()).unwrap_or_else(|refused| panic!("{refused}"))
}

fn refuse(text: &str) -> Vec<(String, Problem)> {
    match read(text, &Options::default()) {
        Ok(reading) => panic!("accepted: {reading:?}"),
        Err(refused) => refused.problems.into_iter().map(|f| (f.pointer.to_string(), f.what)).collect(),
    }
}

/// A document with one oauth2 scheme `o` (scopes `a`, `b`) and these paths.
fn with_paths(paths: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: T, version: '1'}}\nx-doorward-api: {{name: t}}\n\
         components: {{securitySchemes: {{o: {{type: oauth2, flows: {{implicit: {{scopes: {{a: A, b: B}}}}}}}}, \
         k: {{type: apiKey, in: header, name: X}}, basic: {{type: http, scheme: basic}}, jwt: {{type: http, scheme: Bearer}}, \
         cc: {{type: oauth2, flows: {{clientCredentials: {{scopes: {{R.All: all}}}}}}}}}}}}\npaths:\n{paths}"
    )
}

fn requirement(paths: &str) -> String {
    accept(&with_paths(paths)).declaration.policy.routes()[0].requirement.to_string()
}

#[test]
fn the_notes_document_declares_the_api() {
    let Reading { declaration, cautions } = accept(&notes());
    assert_eq!((declaration.name.as_str(), declaration.title.as_str()), ("notes", "Notes"));
    assert_eq!(declaration.identifier_uris, ["api://notes"]);
    let scopes: Vec<_> =
        declaration.scopes.iter().map(|s| (s.value.as_str(), s.title.as_str(), s.admin_only)).collect();
    assert_eq!(
        scopes,
        [
            ("notes.read", "Read your notes", false),
            ("notes.share", "Share notes", true),
            ("notes.write", "Write your notes", false)
        ]
    );
    assert_eq!(declaration.roles.len(), 1);
    assert_eq!(declaration.roles[0].members, BTreeSet::from([PrincipalKind::App]));
    let routes: Vec<_> =
        declaration.policy.routes().iter().map(|r| format!("{}: {}", r.id, r.requirement)).collect();
    assert_eq!(
        routes,
        [
            "GET /health: public",
            "GET /me: any user",
            "listNotes: role Notes.Read.All (app), or notes.read",
            "POST /notes: notes.read and notes.write",
            "deleteNote: notes.share, or notes.write",
            "GET /search: one of notes.read, notes.write",
        ]
    );
    assert_eq!(cautions, []);
}

#[test]
fn absent_empty_and_anonymous_security_differ() {
    let reading = accept(&with_paths(
        "  /inherits: {get: {}}\n  /public: {get: {security: []}}\n  /loud: {get: {security: [{}, {o: [a]}]}}\nsecurity: [{o: [a, b]}]",
    ));
    let routes: Vec<_> =
        reading.declaration.policy.routes().iter().map(|r| r.requirement.to_string()).collect();
    assert_eq!(routes, ["a and b", "public", "public"]);
    let caution =
        reading.cautions.iter().find(|c| c.pointer.as_str() == "/paths/~1loud/get").expect("a caution");
    assert_eq!(caution.what, Caution::AnonymousAlternative { label: "GET /loud".into() });
    assert!(caution.to_string().contains("IS PUBLIC"));
    let problems = refuse(&with_paths("  /a: {get: {}}"));
    assert_eq!(problems, [("/paths/~1a/get".into(), Problem::NoSecurity { label: "GET /a".into() })]);
    assert!(matches!(refuse(&with_paths("  /a: {get: {security: null}}"))[0].1, Problem::WrongType { .. }));
}

#[test]
fn extensions_join_security() {
    for (operation, expected) in [
        ("security: [{o: [a]}], x-doorward-any: [a, b]", "one of a, b and a"),
        ("security: [{o: [a]}], x-doorward-roles: [R]", "role R (app), or a"),
        ("security: [{o: []}], x-doorward-roles: [R, S]", "role R (app) and role S (app)"),
        ("x-doorward-roles: [{role: R, kind: user}]", "role R (user)"),
        ("security: [{o: [a]}], x-doorward-roles: [{role: R, kind: user}]", "role R (user) and a"),
        (
            "security: [{jwt: []}], x-doorward-roles: [{role: R, kinds: [user, app]}]",
            "role R (app), or role R (user)",
        ),
        ("security: [{jwt: []}], x-doorward-kind: app", "any app"),
        ("security: [{jwt: []}]", "any valid token"),
        ("security: [{cc: [R.All]}]", "role R.All (app)"),
        ("security: [{cc: [R.All]}, {o: [a]}]", "role R.All (app), or a"),
        ("security: [{o: [a]}, {o: [b]}]", "a, or b"),
        ("security: [{o: [a], jwt: []}]", "a"),
        ("security: [{o: [a]}], x-doorward-acr: gold", "a sign-in of gold and a"),
        ("security: [{jwt: []}], x-doorward-acr: [b, a]", "a sign-in of a or b"),
        ("security: [{o: [a]}], x-doorward-max-age: 300", "a sign-in at most 300 s ago and a"),
        // A narrowing of people opens nothing, neither for them nor for apps.
        (
            "security: [{jwt: []}], x-doorward-roles: [R, {role: S, kind: user}], x-doorward-acr: x",
            "a sign-in of x and role S (user), or role R (app)",
        ),
    ] {
        assert_eq!(requirement(&format!("  /a: {{get: {{{operation}}}}}")), expected, "{operation}");
    }
    assert_eq!(requirement("  /a: {x-doorward-kind: user, get: {security: [{jwt: []}]}}"), "any user");
    assert_eq!(
        requirement("  /a: {x-doorward-kind: user, get: {security: [{jwt: []}], x-doorward-kind: app}}"),
        "any app"
    );
}

#[test]
fn a_sign_in_is_described_in_words_that_a_challenge_can_carry() {
    for operation in [
        "x-doorward-acr: 7",
        "x-doorward-acr: []",
        "x-doorward-acr: [a, 1]",
        "x-doorward-acr: 'a b'",
        "x-doorward-acr: 'a\"b'",
        "x-doorward-acr: ''",
        "x-doorward-max-age: 9",
        "x-doorward-max-age: -1",
        "x-doorward-max-age: 1.5",
        "x-doorward-max-age: '300'",
        "x-doorward-max-age: 31536001",
    ] {
        let problems =
            refuse(&with_paths(&format!("  /a: {{get: {{security: [{{o: [a]}}], {operation}}}}}")));
        assert!(matches!(problems[0].1, Problem::Extension { .. }), "{operation}: {problems:?}");
    }
}

#[test]
fn contradictions_are_refused() {
    for operation in [
        "security: [{o: [a]}], x-doorward-kind: app",
        "security: [{jwt: []}], x-doorward-kind: user, x-doorward-roles: [R]",
        "security: [{o: [a], cc: [R.All]}]",
        "security: [{cc: [R.All]}], x-doorward-any: [a]",
        "security: [], x-doorward-roles: [R]",
        "security: [{}], x-doorward-kind: user",
        "security: [], x-doorward-acr: gold",
        "security: [{}], x-doorward-max-age: 300",
        "security: [{cc: [R.All]}], x-doorward-acr: gold",
        "security: [{jwt: []}], x-doorward-kind: app, x-doorward-max-age: 300",
        "security: [{jwt: []}], x-doorward-roles: [R], x-doorward-acr: gold",
    ] {
        let problem = &refuse(&with_paths(&format!("  /a: {{get: {{{operation}}}}}")))[0].1;
        assert!(
            matches!(problem, Problem::Unsatisfiable { .. } | Problem::PublicWithRequirement { .. }),
            "{operation}"
        );
    }
}

#[test]
fn a_scope_that_nobody_declares_is_refused_with_the_one_meant() {
    let text = notes().replace("[notes.read, notes.write]}]", "[notes.raed, notes.write]}]");
    assert_eq!(
        refuse(&text),
        [(
            "/paths/~1notes/post/security/0/meadow/0".into(),
            Problem::ScopeUndeclared {
                scope: "notes.raed".into(),
                scheme: "meadow".into(),
                suggestion: Some("notes.read".into())
            }
        )]
    );
    let shown = read(&text, &Options::default()).unwrap_err().to_string();
    assert!(shown.contains("did you mean `notes.read`?"), "{shown}");
}

#[test]
fn what_a_token_cannot_prove_is_refused() {
    for (security, expected) in
        [("[{k: []}]", "apiKey"), ("[{basic: []}]", "http basic"), ("[{o: [a]}, {k: []}]", "apiKey")]
    {
        let problem = &refuse(&with_paths(&format!("  /a: {{get: {{security: {security}}}}}")))[0].1;
        assert!(
            matches!(problem, Problem::SchemeUnenforceable { kind, .. } if kind == expected),
            "{problem}"
        );
    }
    let unknown = &refuse(&with_paths("  /a: {get: {security: [{jvt: []}]}}"))[0].1;
    assert_eq!(unknown, &Problem::SchemeUnknown { scheme: "jvt".into(), suggestion: Some("jwt".into()) });
    let names = &refuse(&with_paths("  /a: {get: {security: [{jwt: [a]}]}}"))[0].1;
    assert!(matches!(names, Problem::ScopesOnBearer { .. }));
    let sign_in = &refuse(&with_paths("  /a: {get: {security: [{o: [openid]}]}}"))[0].1;
    assert!(matches!(sign_in, Problem::SignInScope { .. }));
}

#[test]
fn a_slip_that_would_drop_a_requirement_is_refused() {
    for (paths, pointer, meant) in [
        ("  /a: {get: {secuirty: [{o: [a]}]}}\nsecurity: []", "/paths/~1a/get/secuirty", Some("security")),
        (
            "  /a: {get: {security: [{o: []}], x-doorward-role: [R]}}",
            "/paths/~1a/get/x-doorward-role",
            Some("x-doorward-roles"),
        ),
        ("  /a: {GET: {}, get: {security: []}}", "/paths/~1a/GET", Some("get")),
        ("  /a: {get: {security: []}}\nx-doorward-roles: [R]", "/x-doorward-roles", None),
    ] {
        let problems = refuse(&with_paths(paths));
        let found = problems.iter().find(|(at, _)| at == pointer).unwrap_or_else(|| panic!("{problems:?}"));
        assert!(
            matches!(&found.1, Problem::UnknownMember { suggestion, .. } if suggestion.as_deref() == meant),
            "{found:?}"
        );
    }
    let problem = &refuse(&with_paths("  /a: {security: [{o: [a]}], get: {security: []}}"))[0];
    assert_eq!(problem, &("/paths/~1a/security".into(), Problem::PathSecurity));
    accept(&with_paths("  /a: {get: {security: [], x-internal: true, vendor: 1}, x-y: z}\n  x-z: 1"));
}

#[test]
fn duplicates_and_rivals_are_refused() {
    let same_id = "  /a: {get: {operationId: x, security: []}}\n  /b: {get: {operationId: x, security: []}}";
    assert!(matches!(&refuse(&with_paths(same_id))[..], [(_, Problem::DuplicateOperationId { .. })]));
    let rivals = "  /a/{x}: {get: {security: [{o: [a]}]}}\n  /{y}/b: {get: {security: [{o: [b]}]}}";
    assert!(matches!(&refuse(&with_paths(rivals))[..], [(_, Problem::Rivals { .. })]));
    let same = "  /a/{x}: {get: {security: [{o: [a]}]}}\n  /a/{y}: {get: {security: [{o: [a]}]}}";
    assert!(matches!(
        &refuse(&with_paths(same))[..],
        [(_, Problem::Policy(crate::PolicyFault::DuplicateRoute { .. }))]
    ));
}

#[test]
fn references_are_local_and_lead_somewhere() {
    for (target, elsewhere) in [
        ("other.yaml#/paths/~1a", true),
        ("https://evil.test/x", true),
        ("#/components/pathItems/nowhere", false),
        ("#/paths/~1a", false),
    ] {
        let problems = refuse(&with_paths(&format!("  /a: {{$ref: '{target}'}}")));
        assert_eq!(matches!(problems[0].1, Problem::RefElsewhere { .. }), elsewhere, "{target}");
        assert_eq!(matches!(problems[0].1, Problem::RefUnresolved { .. }), !elsewhere, "{target}");
    }
    let shared = "  /a/{x}: {get: {security: [{o: [a]}]}}\n  /b/{x}: {$ref: '#/paths/~1a~1%7Bx%7D'}";
    assert_eq!(accept(&with_paths(shared)).declaration.policy.routes().len(), 2);
    let mixed = "  /a: {get: {security: []}}\n  /b: {$ref: '#/paths/~1a', delete: {security: []}}";
    assert!(matches!(refuse(&with_paths(mixed))[0].1, Problem::RefWithSiblings));
}

#[test]
fn servers_give_base_paths_or_are_ignored() {
    let text = with_paths(
        "  /a: {get: {security: []}}\nservers: [{url: 'https://x.test/v1/'}, {url: '{s}://y.test/{b}', variables: {s: {default: https}, b: {default: v2}}}]",
    );
    let reading = accept(&text);
    assert_eq!(reading.declaration.policy.base_paths(), ["/v1", "/v2"]);
    assert!(reading.cautions.iter().any(|c| matches!(c.what, Caution::ServerVariable { .. })));
    let root = read(&text, &Options { base_paths: BasePaths::Root, name: None }).unwrap().declaration;
    assert_eq!(root.policy.base_paths(), [""]);
    let fixed = Options { base_paths: BasePaths::Fixed(vec!["/api".into()]), name: Some("other".into()) };
    let fixed = read(&text, &fixed).unwrap().declaration;
    assert_eq!((fixed.policy.base_paths(), fixed.name.as_str()), (&["/api".to_owned()][..], "other"));
    let below = with_paths("  /a: {servers: [{url: /x}], get: {security: []}}");
    assert!(matches!(refuse(&below)[0].1, Problem::ServersBelow));
}

#[test]
fn an_openid_connect_document_declares_by_use() {
    let text = "openapi: 3.1.0\ninfo: {title: 'My Notes API', version: '1'}\n\
        components: {securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: https://a.test}}}\n\
        paths: {/a: {get: {security: [{o: ['notes:read']}]}}}";
    let reading = accept(text);
    assert_eq!(reading.declaration.name, "my-notes-api");
    assert_eq!(reading.declaration.scopes[0].value.as_str(), "notes:read");
    assert!(matches!(&reading.cautions[..], [Finding { what: Caution::NameFromTitle { .. }, .. }]));
}

#[test]
fn a_scope_that_nothing_requires_is_pointed_out() {
    let reading = accept(&with_paths("  /a: {get: {security: [{o: [a]}]}}"));
    assert!(reading.cautions.iter().any(|c| c.what == Caution::ScopeUnenforced { scope: "b".into() }));
}

#[test]
fn other_versions_and_empty_documents_are_refused() {
    for text in [
        "",
        "swagger: '2.0'",
        "openapi: 3.2.0",
        "openapi: 3.1",
        "openapi: 30.1.0",
        "[]",
        "openapi: 3.0.3\npaths: {}",
        "hello",
    ] {
        assert!(read(text, &Options::default()).is_err(), "{text}");
    }
    assert!(
        matches!(&refuse("openapi: 3.1")[0].1, Problem::Version { found } if found == "3.1 (not a text)")
    );
}

#[test]
fn the_declared_policy_decides() {
    let policy = accept(&notes()).declaration.policy;
    let reader = Principal::new(PrincipalKind::User).with_scopes(["notes.read"]);
    assert!(matches!(policy.decide("GET", "/notes", &reader), Decision::Allow { .. }));
    let Decision::Deny(denial) = policy.decide("DELETE", "/notes/7", &reader) else { panic!("allowed") };
    assert!(denial.to_string().contains("notes."), "{denial}");
    assert!(matches!(
        policy.decide("GET", "/admin", &reader),
        Decision::Deny(crate::Denial::UndeclaredRoute { .. })
    ));
    let listed = policy.route("GET", "/notes").unwrap();
    let Requirement::AnyOf(clauses) = &listed.requirement else { panic!("public") };
    assert!(clauses.iter().flat_map(crate::Clause::atoms).any(|atom| matches!(atom, Atom::Role(_))));
}

#[test]
fn the_declaration_survives_serialisation() {
    let declaration = accept(&notes()).declaration;
    let text = serde_json::to_string(&declaration).unwrap();
    assert_eq!(serde_json::from_str::<ApiDeclaration>(&text).unwrap(), declaration);
}
