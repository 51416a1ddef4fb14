//! Documents about an authority: metadata, keys, instance discovery. Anybody may read and cache them.

use axum::body::{Body, Bytes};
use axum::response::Response;
use doorward_core::needs::Need;
use doorward_core::refusal::Refusal;
use doorward_dialect::{instance_discovery, metadata};
use http::HeaderValue;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};

use super::{Told, failed, find};
use crate::app::App;
use crate::fetchers::Fetched;
use crate::reply::wire;
use crate::router::Incoming;
use crate::shell::{Failure, Fault};

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    let age = app.ports().cache.age(incoming.visit.now);
    let key = format!("{:?}", incoming.route);
    if let Some((_, bytes)) = app.ports().documents.get(&key).filter(|(made, _)| Some(*made) == age) {
        return document_of(bytes);
    }
    match find(app, &incoming.route, incoming.visit.now).await {
        Ok(found) => {
            let tenant = found.authority.tenant.id;
            let loaded = app.load(incoming.visit.now, |_, _| vec![Need::Keys(tenant)]).await;
            let facts = match loaded {
                Ok(facts) => facts,
                Err(fault) => return failed(app, incoming, fault.into(), told(incoming)),
            };
            let document = metadata(&found.authority, &incoming.route, facts.keys(tenant));
            let bytes = Bytes::from(document.to_string());
            if let Some(age) = age {
                app.ports().documents.insert(key, (age, bytes.clone()));
            }
            document_of(bytes)
        }
        Err(failure) => failed(app, incoming, failure, told(incoming)),
    }
}

/// Ready bytes that anybody may read and keep for five minutes.
fn document_of(bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

pub(super) async fn keys(app: &App, incoming: &Incoming) -> Response {
    match document(app, incoming).await {
        Ok(bytes) => document_of(bytes),
        Err(failure) => failed(app, incoming, failure, told(incoming)),
    }
}

async fn document(app: &App, incoming: &Incoming) -> Result<Bytes, Failure<Refusal>> {
    let found = find(app, &incoming.route, incoming.visit.now).await?;
    let (tenant, now) = (found.authority.tenant.id, incoming.visit.now);
    let keys = app.keys(tenant, now).await.map_err(Fault::from)?;
    app.ports().fetchers.note(tenant, &incoming.parts.headers, (Fetched::Keys, now));
    Ok(keys.document.clone())
}

pub(super) fn instance(app: &App, incoming: &Incoming) -> Response {
    let query = incoming.parts.uri.query().unwrap_or_default();
    wire(instance_discovery(query, &incoming.visit.context(app)))
}

/// Browsers read these documents from anywhere, errors included.
fn told(incoming: &Incoming) -> Told<'_> {
    Told::of(incoming)
}
