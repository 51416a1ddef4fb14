//! Pages that are read: the book of errors, the demo's landing page, and the assets of all pages.

use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_token::Code;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use serde::Deserialize;

use crate::app::App;
use crate::pages::{
    self, Address, DetectedBy, Disclosure, ErrorDocPage, ErrorEntry, ErrorIndexPage, ErrorStage, Href,
    LandingPage, Page, Person, Place, Source,
};
use crate::reply::{ErrorExtras, Visit, finish, page, refusal_page};

/// A row of the failure catalogue.
#[derive(Deserialize)]
struct Row {
    code: String,
    slug: String,
    stage: String,
    #[serde(default)]
    wire_error: String,
    #[serde(default)]
    symptom: String,
    #[serde(default)]
    causes: Vec<String>,
    #[serde(default)]
    server_knows: Vec<String>,
    diagnosis: String,
    remedy: String,
    #[serde(default)]
    detected_by: Vec<String>,
    disclosure: String,
    #[serde(default)]
    sources: Vec<String>,
}

/// The catalogue, parsed once.
fn catalogue() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        serde_json::from_str(include_str!("../../../catalogue/failures.json"))
            .expect("the catalogue is checked by a test")
    })
}

/// `GET /docs/errors`.
pub(crate) async fn index(State(app): State<App>, request: Request<Body>) -> Response {
    let visit = Visit::of(&app, &request.into_parts().0);
    let mut stages: Vec<ErrorStage> = Vec::new();
    for row in catalogue() {
        let name = stage(&row.stage);
        let entry = ErrorEntry { code: row.code.clone(), slug: row.slug.clone() };
        match stages.iter_mut().find(|stage| stage.name == name) {
            Some(stage) => stage.codes.push(entry),
            None => stages.push(ErrorStage { name, codes: vec![entry] }),
        }
    }
    for stage in &mut stages {
        stage.codes.sort_by(|a, b| a.code.cmp(&b.code));
    }
    let answer = ErrorIndexPage { frame: visit.frame(&app, None), stages };
    finish(page(&app, &Page::ErrorIndex(answer), StatusCode::OK), &visit)
}

/// `GET /docs/errors/{code}`.
pub(crate) async fn error(
    State(app): State<App>,
    Path(code): Path<String>,
    request: Request<Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let row = Code::parse(&code).and_then(|code| catalogue().iter().find(|row| row.code == code.as_str()));
    let answer = if let Some(row) = row {
        page(&app, &Page::ErrorDoc(entry(&app, &visit, row, trace_of(&parts))), StatusCode::OK)
    } else {
        let path = doorward_core::refusal::quote(parts.uri.path(), 100);
        refusal_page(
            &app,
            &visit,
            &Refusal::new(RequestRefusal::UnknownPath { path }),
            ErrorExtras::default(),
        )
    };
    finish(answer, &visit)
}

fn entry(app: &App, visit: &Visit, row: &Row, trace: Option<String>) -> ErrorDocPage {
    let detected = |name: &str| match name {
        "doctor" => DetectedBy::Doctor,
        "infer" => DetectedBy::Infer,
        "rs" => DetectedBy::Rs,
        _ => DetectedBy::Op,
    };
    ErrorDocPage {
        frame: visit.frame(app, None),
        code: row.code.clone(),
        slug: row.slug.clone(),
        stage: stage(&row.stage),
        diagnosis: row.diagnosis.clone(),
        symptom: row.symptom.clone(),
        wire: row.wire_error.clone(),
        causes: row.causes.clone(),
        remedy: row.remedy.clone(),
        server_knows: row.server_knows.clone(),
        detected_by: row.detected_by.iter().map(|name| detected(name)).collect(),
        disclosure: match row.disclosure.as_str() {
            "client" => Disclosure::Client,
            "trace" => Disclosure::Trace,
            _ => Disclosure::Public,
        },
        sources: row.sources.iter().map(|text| source(text)).collect(),
        trace,
    }
}

/// "01 registration and configuration" without its number.
fn stage(text: &str) -> String {
    text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned()
}

fn source(text: &str) -> Source {
    let label = text.trim_start_matches("https://").trim_start_matches("github.com/").to_owned();
    Source { label, href: Href::parse(text).ok() }
}

/// The trace that an error's address names; only what looks like one.
fn trace_of(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("trace="))?;
    let fits = value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| value.to_owned())
}

/// `GET /`: what a demo runs; production has nothing here.
pub(crate) async fn landing(State(app): State<App>, request: Request<Body>) -> Response {
    let visit = Visit::of(&app, &request.into_parts().0);
    let Some(landing) = &app.settings().landing else {
        let refusal = Refusal::new(RequestRefusal::UnknownPath { path: "/".to_owned() });
        return finish(refusal_page(&app, &visit, &refusal, ErrorExtras::default()), &visit);
    };
    let answer = LandingPage {
        frame: visit.frame(&app, None),
        places: landing
            .places
            .iter()
            .filter_map(|(title, detail, href)| {
                let href = Href::parse(href.as_str()).ok()?;
                Some(Place { title: title.clone(), detail: detail.clone(), href })
            })
            .collect(),
        addresses: landing
            .addresses
            .iter()
            .map(|(title, value)| Address { title: title.clone(), value: value.clone() })
            .collect(),
        people: landing
            .people
            .iter()
            .map(|person| Person {
                name: person.name.clone(),
                username: person.username.clone(),
                note: person.note.clone(),
            })
            .collect(),
        passwords: landing.passwords.clone(),
    };
    finish(page(&app, &Page::Landing(answer), StatusCode::OK), &visit)
}

/// `GET /assets/{file}`.
pub(crate) async fn asset(
    State(app): State<App>,
    Path(file): Path<String>,
    request: Request<Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let Some(asset) = pages::asset(&file) else {
        let path = doorward_core::refusal::quote(parts.uri.path(), 100);
        let refusal = Refusal::new(RequestRefusal::UnknownPath { path });
        return finish(refusal_page(&app, &visit, &refusal, ErrorExtras::default()), &visit);
    };
    let known =
        parts.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(asset.etag.as_str());
    let mut response = Response::new(if known { Body::empty() } else { Body::from(asset.bytes) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(asset.cache_control));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(ETAG, etag);
    }
    finish(response, &visit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_reads_and_its_codes_are_codes() {
        for row in catalogue() {
            assert!(Code::parse(&row.code).is_some(), "{}", row.code);
            assert!(!row.diagnosis.is_empty() && !row.remedy.is_empty(), "{}", row.code);
        }
    }
}
