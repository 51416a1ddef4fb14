//! What changes between two declarations of one API, and whether a change opens a door.
//!
//! Used before a re-import: the person sees the list, widening changes first.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{ApiDeclaration, DeclaredRole, DeclaredScope, Policy};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What kind of thing.
    pub subject: Subject,
    /// Its name: a scope, a role, a route's label, a property of the API.
    pub name: String,
    /// Added, removed or changed.
    pub kind: ChangeKind,
    /// Whether more or less is allowed afterwards.
    pub effect: Effect,
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A property of the API, such as its title.
    Api,
    /// An app role.
    Role,
    /// A route.
    Route,
    /// A scope.
    Scope,
}

/// How it differs; texts are meant for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added {
        /// What it says.
        now: String,
    },
    /// It says something else.
    Changed {
        /// What it said.
        was: String,
        /// What it says.
        now: String,
    },
    /// It is gone.
    Removed {
        /// What it said.
        was: String,
    },
}

/// What a change does to those who call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Somebody may do what nobody, or fewer, could do before.
    Widening,
    /// Somebody may no longer do what they could.
    Narrowing,
    /// Texts only, or a permission that nobody holds yet.
    Neutral,
}

/// The differences from `was` to `now`, widening ones first; empty where both say the same.
pub fn declarations(was: &ApiDeclaration, now: &ApiDeclaration) -> Vec<Change> {
    let mut changes = properties(was, now);
    changes.extend(scopes(was, now));
    changes.extend(roles(was, now));
    changes.extend(policies(&was.policy, &now.policy));
    sorted(changes)
}

/// The differences between two policies, widening ones first.
pub fn policies(was: &Policy, now: &Policy) -> Vec<Change> {
    let routes = |policy: &Policy| -> BTreeMap<String, crate::Route> {
        policy.routes().iter().map(|r| (format!("{} {}", r.method, r.template.shape()), r.clone())).collect()
    };
    let mut changes = compare(Subject::Route, &routes(was), &routes(now), |was, now| match (was, now) {
        (None, Some(_)) => Effect::Widening,
        (Some(_), None) => Effect::Narrowing,
        (Some(a), Some(b)) if b.requirement.admits_more_than(&a.requirement) => Effect::Widening,
        (Some(a), Some(b)) if a.requirement.admits_more_than(&b.requirement) => Effect::Narrowing,
        _ => Effect::Neutral,
    });
    if was.base_paths() != now.base_paths() {
        let opens = now.base_paths().iter().any(|path| !was.base_paths().contains(path));
        changes.push(Change {
            subject: Subject::Api,
            name: "base_paths".to_owned(),
            kind: ChangeKind::Changed { was: base_paths(was), now: base_paths(now) },
            effect: if opens { Effect::Widening } else { Effect::Narrowing },
        });
    }
    sorted(changes)
}

fn properties(was: &ApiDeclaration, now: &ApiDeclaration) -> Vec<Change> {
    let of = |api: &ApiDeclaration| {
        BTreeMap::from([
            ("identifier_uris".to_owned(), api.identifier_uris.join(" ")),
            ("name".to_owned(), api.name.clone()),
            ("title".to_owned(), api.title.clone()),
        ])
    };
    compare(Subject::Api, &of(was), &of(now), |_, _| Effect::Neutral)
}

fn scopes(was: &ApiDeclaration, now: &ApiDeclaration) -> Vec<Change> {
    let of = |api: &ApiDeclaration| -> BTreeMap<String, DeclaredScope> {
        api.scopes.iter().map(|scope| (scope.value.to_string(), scope.clone())).collect()
    };
    compare(Subject::Scope, &of(was), &of(now), |was, now| match (was, now) {
        (Some(_), None) => Effect::Narrowing,
        (Some(a), Some(b)) if a.admin_only && !b.admin_only => Effect::Widening,
        (Some(a), Some(b)) if !a.admin_only && b.admin_only => Effect::Narrowing,
        _ => Effect::Neutral,
    })
}

fn roles(was: &ApiDeclaration, now: &ApiDeclaration) -> Vec<Change> {
    let of = |api: &ApiDeclaration| -> BTreeMap<String, DeclaredRole> {
        api.roles.iter().map(|role| (role.value.to_string(), role.clone())).collect()
    };
    compare(Subject::Role, &of(was), &of(now), |was, now| match (was, now) {
        (Some(_), None) => Effect::Narrowing,
        (Some(a), Some(b)) if !b.members.is_subset(&a.members) => Effect::Widening,
        (Some(a), Some(b)) if a.members != b.members => Effect::Narrowing,
        _ => Effect::Neutral,
    })
}

/// Something that can be shown in one line.
trait InWords: PartialEq {
    fn in_words(&self) -> String;
}

impl InWords for String {
    fn in_words(&self) -> String {
        self.clone()
    }
}

impl InWords for DeclaredScope {
    fn in_words(&self) -> String {
        let who = if self.admin_only { "administrators grant it" } else { "users may grant it" };
        format!("{} ({who}){}", self.title, described(&self.description))
    }
}

impl InWords for DeclaredRole {
    fn in_words(&self) -> String {
        let members: Vec<_> = self.members.iter().map(|kind| kind.as_str()).collect();
        format!("{} (for {}){}", self.title, members.join(" and "), described(&self.description))
    }
}

impl InWords for crate::Route {
    fn in_words(&self) -> String {
        format!("{} [{}]: {}", self.label(), self.id, self.requirement)
    }
}

fn described(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!(": {description}") }
}

fn compare<T: InWords>(
    subject: Subject,
    was: &BTreeMap<String, T>,
    now: &BTreeMap<String, T>,
    effect: impl Fn(Option<&T>, Option<&T>) -> Effect,
) -> Vec<Change> {
    let names: std::collections::BTreeSet<_> = was.keys().chain(now.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        let (old, new) = (was.get(name), now.get(name));
        let kind = match (old, new) {
            (Some(a), Some(b)) if a == b => continue,
            (Some(a), Some(b)) => ChangeKind::Changed { was: a.in_words(), now: b.in_words() },
            (None, Some(b)) => ChangeKind::Added { now: b.in_words() },
            (Some(a), None) => ChangeKind::Removed { was: a.in_words() },
            (None, None) => continue,
        };
        changes.push(Change { subject, name: name.clone(), kind, effect: effect(old, new) });
    }
    changes
}

fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by(|a, b| (a.effect, a.subject, &a.name).cmp(&(b.effect, b.subject, &b.name)));
    changes
}

fn base_paths(policy: &Policy) -> String {
    let shown: Vec<_> =
        policy.base_paths().iter().map(|path| if path.is_empty() { "/" } else { path }).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi;

    fn declared(operations: &str, api: &str) -> ApiDeclaration {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: Notes, version: '1'}}\nx-doorward-api: {{name: notes{api}}}\n\
             components: {{securitySchemes: {{o: {{type: openIdConnect, openIdConnectUrl: https://a.test}}}}}}\n\
             paths:\n{operations}"
        );
        openapi::read(&text, &openapi::Options::default()).expect("a document").declaration
    }

    #[test]
    fn the_same_declaration_has_no_changes() {
        let one = declared("  /n: {get: {security: [{o: [a]}]}}", "");
        assert_eq!(declarations(&one, &one), []);
    }

    #[test]
    fn a_dropped_scope_requirement_is_widening_and_comes_first() {
        let was = declared("  /n: {get: {security: [{o: [a, b]}]}}\n  /m: {get: {security: [{o: [b]}]}}", "");
        let now = declared("  /n: {get: {security: [{o: [a]}]}}\n  /k: {get: {security: []}}", "");
        let changes = declarations(&was, &now);
        let seen: Vec<_> = changes.iter().map(|c| (c.name.as_str(), c.effect)).collect();
        assert_eq!(
            seen,
            [
                ("GET /k", Effect::Widening),
                ("GET /n", Effect::Widening),
                ("GET /m", Effect::Narrowing),
                ("b", Effect::Narrowing)
            ]
        );
        assert!(matches!(&changes[1].kind, ChangeKind::Changed { was, now }
            if was.ends_with("a and b") && now.ends_with(": a")));
    }

    #[test]
    fn a_scope_that_users_may_suddenly_grant_is_widening() {
        let path = "  /n: {get: {security: [{o: [a]}]}}";
        let was = declared(path, ", scopes: {a: {admin: true}}");
        let now = declared(path, ", scopes: {a: {}}");
        assert_eq!(declarations(&was, &now)[0].effect, Effect::Widening);
        assert_eq!(declarations(&now, &was)[0].effect, Effect::Narrowing);
    }

    #[test]
    fn a_renamed_parameter_is_not_another_route() {
        let was = declared("  /n/{id}: {get: {operationId: x, security: [{o: [a]}]}}", "");
        let now = declared("  /n/{noteId}: {get: {operationId: x, security: [{o: [a]}]}}", "");
        let changes = declarations(&was, &now);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].effect, Effect::Neutral);
    }
}
