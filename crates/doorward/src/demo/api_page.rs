//! The page of the notes API for people: its routes, and what each requires, read from the policy itself.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use doorward_policy::Requirement;
use serde::Serialize;

use super::doors::Addresses;
use super::look::{self, Look};
use super::notes_document;

#[derive(Serialize)]
struct Page {
    title: String,
    audience: String,
    routes: Vec<RouteRow>,
    scopes: Vec<PermissionRow>,
    roles: Vec<PermissionRow>,
    web_app: String,
    api: String,
}

#[derive(Serialize)]
struct RouteRow {
    method: String,
    path: String,
    requirement: String,
    is_public: bool,
}

#[derive(Serialize)]
struct PermissionRow {
    name: String,
    title: String,
    description: String,
    admin_only: bool,
}

/// `/docs`, its style, and the document.
pub(super) fn router(look: Arc<Look>, at: &Addresses) -> Router {
    let html = look.render("api.html", &page(at));
    Router::new()
        .route("/docs", get(move || async move { look::page(html, &[]) }))
        .route(look::STYLE_PATH, get(look::style))
        .route("/openapi.yaml", get(document))
}

async fn document() -> Response {
    ([(CONTENT_TYPE, "application/yaml; charset=utf-8")], notes_document::TEXT).into_response()
}

fn page(at: &Addresses) -> Page {
    let declared = notes_document::declaration();
    let routes = declared
        .policy
        .routes()
        .iter()
        .map(|route| RouteRow {
            method: route.method.to_string(),
            path: route.template.to_string(),
            requirement: route.requirement.to_string(),
            is_public: route.requirement == Requirement::Public,
        })
        .collect();
    let scopes = declared.scopes.iter().map(|scope| PermissionRow {
        name: scope.value.to_string(),
        title: scope.title.clone(),
        description: scope.description.clone(),
        admin_only: scope.admin_only,
    });
    let roles = declared.roles.iter().map(|role| PermissionRow {
        name: role.value.to_string(),
        title: role.title.clone(),
        description: role.description.clone(),
        admin_only: true,
    });
    Page {
        title: declared.title.clone(),
        audience: declared.identifier_uris.first().cloned().unwrap_or_default(),
        routes,
        scopes: scopes.collect(),
        roles: roles.collect(),
        web_app: at.web_app.clone(),
        api: at.api.clone(),
    }
}
