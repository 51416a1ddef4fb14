//! `doorward api import openapi FILE`: the document that a guard enforces becomes the registration.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use axum::http::Method;
use doorward_core::directory::{ApiSpec, Import, RoleSpec, ScopeSpec, SpecChange, SpecChangeKind};
use doorward_core::model::RoleMembers;
use doorward_policy::openapi::{self, Options, Reading};
use doorward_policy::{ApiDeclaration, Policy, PrincipalKind};
use serde_json::{Value, json};

use super::api::{self, Settings};
use super::ending::Ending;
use super::output::facts;
use super::path::Path;
use super::session::{Session, view};

/// The longest document that is read, in bytes.
const DOCUMENT_LIMIT: u64 = 16 * 1024 * 1024;

/// A document that declares an API.
pub(super) struct Document {
    reading: Reading,
}

impl Document {
    /// The API's short name.
    pub(super) fn name(&self) -> &str {
        &self.reading.declaration.name
    }

    /// What a guard enforces of it.
    pub(super) fn policy(&self) -> &Policy {
        &self.reading.declaration.policy
    }
}

/// Reads a document; everything that is wrong with it is told at once.
pub(super) fn read(file: &FilePath, name: Option<String>) -> Result<Document, Ending> {
    let length = std::fs::metadata(file).map_err(|fault| Ending::unreadable(file, &fault))?.len();
    if length > DOCUMENT_LIMIT {
        let fault = format!("{} has {length} bytes; at most {DOCUMENT_LIMIT} are read", file.display());
        return Err(Ending::usage(fault, "Name the OpenAPI document itself"));
    }
    let text = std::fs::read_to_string(file).map_err(|fault| Ending::unreadable(file, &fault))?;
    let options = Options { name, ..Options::default() };
    match openapi::read(&text, &options) {
        Ok(reading) => Ok(Document { reading }),
        Err(refused) => {
            let problems: Vec<Value> = refused
                .problems
                .iter()
                .map(|finding| json!({ "pointer": finding.pointer.to_string(), "problem": finding.what.to_string() }))
                .collect();
            Err(Ending::Refused(json!({
                "detail": format!("{} cannot be imported", file.display()),
                "problems": problems,
                "remedy": "Correct the document; each line ends with what to change",
            })))
        }
    }
}

/// Sends the declaration and tells what changed.
pub(super) async fn run(
    document: Document,
    (tenant, settings, dry_run): (&str, Settings, bool),
    session: &Session,
) -> Result<(), Ending> {
    let cautions: Vec<String> = document.reading.cautions.iter().map(ToString::to_string).collect();
    for caution in &cautions {
        session.output.note(&format!("note  {caution}"));
    }
    let routes = document.reading.declaration.policy.routes().len();
    let body = json!({ "spec": spec(&document.reading.declaration), "settings": settings.body() });
    let path = Path::of(&["tenants", tenant, "api-imports"]).with("dry_run", dry_run.to_string());
    let mut answer = session.send(Method::POST, &path, Some(body)).await?;
    answer["cautions"] = json!(cautions);
    answer["routes"] = json!(routes);
    session.changed(answer, |answer| told(answer, routes));
    Ok(())
}

/// The part of a declaration that concerns the registration.
fn spec(declared: &ApiDeclaration) -> ApiSpec {
    let scopes = declared.scopes.iter().map(|scope| ScopeSpec {
        value: scope.value.to_string(),
        title: scope.title.clone(),
        description: scope.description.clone(),
        admin_only: scope.admin_only,
    });
    let roles = declared.roles.iter().map(|role| RoleSpec {
        value: role.value.to_string(),
        description: if role.description.is_empty() { role.title.clone() } else { role.description.clone() },
        members: members(&role.members),
    });
    ApiSpec {
        name: declared.name.clone(),
        title: declared.title.clone(),
        identifier_uris: declared.identifier_uris.clone(),
        scopes: scopes.collect(),
        roles: roles.collect(),
    }
}

fn members(kinds: &BTreeSet<PrincipalKind>) -> RoleMembers {
    match (kinds.contains(&PrincipalKind::App), kinds.contains(&PrincipalKind::User)) {
        (true, true) => RoleMembers::Both,
        (false, true) => RoleMembers::Users,
        _ => RoleMembers::Applications,
    }
}

fn told(answer: &Value, routes: usize) -> String {
    let Some(report) = view::<Import>(answer) else { return format!("{answer:#}\n") };
    let mut text = api::sheet(&answer["api"]);
    let what = if report.created { "new" } else { "changed" };
    text.push_str(&facts(&[("routes", format!("{routes} in the document; a guard enforces them from it"))]));
    if report.created || !report.changes.is_empty() {
        text.push_str(&facts(&[("import", what.to_owned())]));
    }
    text.extend(report.changes.iter().map(line));
    text
}

fn line(change: &SpecChange) -> String {
    let name =
        if change.name.is_empty() { change.what.clone() } else { format!("{} {}", change.what, change.name) };
    let (was, now) = (change.was.as_deref().unwrap_or(""), change.now.as_deref().unwrap_or(""));
    match change.kind {
        SpecChangeKind::Added => format!("  + {name}  {now}\n"),
        SpecChangeKind::Changed => format!("  ~ {name}  {was}  ->  {now}\n"),
        SpecChangeKind::Kept => {
            format!("  = {name}  no longer declared, but granted: it stays until it is removed by hand\n")
        }
        SpecChangeKind::Removed => format!("  - {name}  {was}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "openapi: 3.1.0\ninfo: {title: Diary, version: '1'}\n\
        x-doorward-api: {name: diary}\n\
        components: {securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: https://a.test}}}\n\
        paths:\n  /days: {get: {security: [{o: [diary.read]}]}}\n";

    #[test]
    fn a_document_becomes_a_registration() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), DOCUMENT).unwrap();
        let document = read(file.path(), None).unwrap_or_else(|ending| panic!("{ending:?}"));
        let spec = spec(&document.reading.declaration);
        assert_eq!((spec.name.as_str(), spec.title.as_str()), ("diary", "Diary"));
        assert_eq!(spec.scopes.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["diary.read"]);
    }

    #[test]
    fn a_document_that_cannot_be_says_where() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), DOCUMENT.replace("[diary.read]", "diary.read")).unwrap();
        let Err(Ending::Refused(problem)) = read(file.path(), None) else { panic!("a scope is no list") };
        assert!(problem["problems"][0]["pointer"].as_str().unwrap().starts_with("/paths"), "{problem}");
        let missing = FilePath::new("/nowhere/diary.yaml");
        assert!(matches!(read(missing, None), Err(Ending::Usage { .. })));
    }
}
