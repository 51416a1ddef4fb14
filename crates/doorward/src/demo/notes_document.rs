//! The document of the notes API: one text is its registration, its policy and its page.

use std::sync::LazyLock;

use doorward_core::directory::{ApiChange, ApiCommand, ApiSpec, RoleSpec, ScopeSpec};
use doorward_core::model::{RoleMembers, SigningAlgorithm};
use doorward_policy::{ApiDeclaration, DeclaredRole, PrincipalKind, openapi};

/// The text.
pub(super) const TEXT: &str = include_str!("../../../../examples/notes.yaml");
/// The shape of the API's access tokens.
pub(super) const PROFILE: &str = "ms-v2";

/// What the text declares.
pub(super) fn declaration() -> &'static ApiDeclaration {
    static READ: LazyLock<ApiDeclaration> = LazyLock::new(|| {
        openapi::read(TEXT, &openapi::Options::default())
            .expect("a test reads the embedded document")
            .declaration
    });
    &READ
}

/// The command that registers the API after its document.
pub(super) fn import() -> ApiCommand {
    let ApiDeclaration { name, title, identifier_uris, scopes, roles, policy: _ } = declaration().clone();
    let scopes = scopes
        .into_iter()
        .map(|scope| ScopeSpec {
            value: scope.value.to_string(),
            title: scope.title,
            description: scope.description,
            admin_only: scope.admin_only,
        })
        .collect();
    let spec = ApiSpec { name, title, identifier_uris, scopes, roles: roles.iter().map(role).collect() };
    let settings = ApiChange {
        profile: Some(PROFILE.to_owned()),
        algorithm: Some(SigningAlgorithm::Rs256),
        ..ApiChange::default()
    };
    ApiCommand::Import { spec: Box::new(spec), settings, granted: Vec::new() }
}

fn role(role: &DeclaredRole) -> RoleSpec {
    let holds = |kind| role.members.contains(&kind);
    let members = match (holds(PrincipalKind::App), holds(PrincipalKind::User)) {
        (true, true) => RoleMembers::Both,
        (false, true) => RoleMembers::Users,
        _ => RoleMembers::Applications,
    };
    let description = if role.description.is_empty() { role.title.clone() } else { role.description.clone() };
    RoleSpec { value: role.value.to_string(), description, members }
}

#[cfg(test)]
mod tests {
    use doorward_policy::{Decision, Policy, Principal};

    use super::*;
    use crate::demo::cast;

    #[test]
    fn the_document_is_sound_and_leaves_nothing_to_look_at() {
        let reading =
            openapi::read(TEXT, &openapi::Options::default()).unwrap_or_else(|refused| panic!("{refused}"));
        assert_eq!(reading.cautions, []);
        let declared = reading.declaration;
        assert_eq!(
            (declared.name.as_str(), declared.identifier_uris.as_slice()),
            (cast::NOTES, &[cast::NOTES_URI.to_owned()][..])
        );
        let scopes: Vec<_> = declared.scopes.iter().map(|s| (s.value.as_str(), s.admin_only)).collect();
        assert_eq!(scopes, [("notes.read", false), ("notes.share", true), ("notes.write", false)]);
        let routes: Vec<_> =
            declared.policy.routes().iter().map(|r| format!("{}: {}", r.label(), r.requirement)).collect();
        assert_eq!(
            routes,
            [
                "GET /export: a sign-in of urn:doorward:acr:mfa and a sign-in at most 300 s ago and notes.read",
                "GET /health: public",
                "GET /notes: notes.read",
                "HEAD /notes: notes.read",
                "POST /notes: notes.write",
                "GET /notes/all: role Notes.Read.All (app)",
                "GET /notes/shared: notes.read",
                "DELETE /notes/{id}: notes.write",
                "GET /notes/{id}: notes.read",
                "POST /notes/{id}/share: notes.share",
            ]
        );
    }

    fn admits(policy: &Policy, (method, path): (&str, &str), who: &Principal) -> bool {
        let route = policy.route(method, path).expect("the route is declared");
        matches!(policy.admit(route, who), Decision::Allow { .. })
    }

    #[test]
    fn people_need_scopes_and_services_a_role() {
        let policy = &declaration().policy;
        let reader = Principal::new(PrincipalKind::User).with_scopes(["notes.read"]);
        let service = Principal::new(PrincipalKind::App).with_roles([cast::READ_ALL]);
        for (call, person, app) in [
            (("GET", "/health"), true, true),
            (("GET", "/export"), false, false),
            (("GET", "/notes"), true, false),
            (("GET", "/notes/1"), true, false),
            (("GET", "/notes/all"), false, true),
            (("DELETE", "/notes/1"), false, false),
            (("POST", "/notes/1/share"), false, false),
        ] {
            assert_eq!(
                (admits(policy, call, &reader), admits(policy, call, &service)),
                (person, app),
                "{call:?}"
            );
        }
    }

    #[test]
    fn the_registration_says_what_the_document_says() {
        let ApiCommand::Import { spec, settings, .. } = import() else { panic!("an import") };
        assert_eq!(settings.profile.as_deref(), Some("ms-v2"));
        assert!(
            spec.scopes.iter().any(|s| s.value == "notes.share" && s.admin_only && !s.description.is_empty())
        );
        assert_eq!(
            (spec.roles[0].value.as_str(), spec.roles[0].members),
            (cast::READ_ALL, RoleMembers::Applications)
        );
    }
}
