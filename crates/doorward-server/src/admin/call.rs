//! One request, read once: path, query, body, and who asks.

use std::pin::Pin;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::response::Response;
use doorward_core::change::Actor;
use doorward_core::model::TenantKey;
use doorward_core::refusal::{RequestRefusal, quote};
use doorward_store::{Cursor, Paging};
use http::header::CONTENT_TYPE;
use http::{Method, Uri};
use serde::de::DeserializeOwned;

use super::reply::{Failure, Reply};
use crate::app::App;
use crate::body;

/// The longest body, in bytes: an API with hundreds of scopes fits many times over.
const BODY_LIMIT: usize = 1024 * 1024;
/// Rows of a page where nothing is said.
const USUAL_LIMIT: u32 = 100;

/// One request.
pub(super) struct Call {
    pub(super) app: App,
    pub(super) actor: Actor,
    pub(super) method: Method,
    pub(super) uri: Uri,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    content_type: String,
    body: Bytes,
}

/// A handler of the router: reads the request, runs `handler`, and writes its answer with a trace id.
pub(super) fn serve<F, Fut>(
    handler: F,
) -> impl Fn(State<App>, Request) -> Pin<Box<dyn Future<Output = Response> + Send>> + Clone + Send + Sync + 'static
where
    F: Fn(Call) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Failure>> + Send + 'static,
{
    move |State(app): State<App>, request: Request| {
        let handler = handler.clone();
        Box::pin(async move {
            let trace = app.new_trace();
            let answer = match Call::read(app.clone(), request).await {
                Ok(call) => handler(call).await,
                Err(failure) => Err(failure),
            };
            super::reply::write(&app, &trace, answer)
        })
    }
}

impl Call {
    async fn read(app: App, request: Request) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let params = match RawPathParams::from_request_parts(&mut parts, &()).await {
            Ok(params) => params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            // Only a path that is not UTF-8; a route without parameters has none to read.
            Err(_) => return Err(malformed("the path is not UTF-8")),
        };
        let text = parts.uri.query().unwrap_or_default();
        let query = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        let content_type = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = read_body(body).await?;
        // The only way in is the socket, or the process itself: see the module.
        let actor = Actor::Operator;
        Ok(Self { app, actor, method: parts.method, uri: parts.uri, params, query, content_type, body })
    }

    /// A parameter of the path.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .expect("the route of this handler has the parameter")
    }

    /// The same, as a command carries it.
    pub(super) fn text(&self, name: &str) -> String {
        self.param(name).to_owned()
    }

    /// The tenant of the path.
    pub(super) fn tenant(&self) -> TenantKey {
        TenantKey::new(self.param("tenant"))
    }

    /// A parameter of the query, at most once.
    pub(super) fn query(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(RequestRefusal::Repeated { name: name.to_owned() }.into());
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// The same, which must be there.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Failure> {
        self.query(name)?.ok_or_else(|| RequestRefusal::MissingParameter { name }.into())
    }

    /// Every value of a parameter of the query.
    pub(super) fn all<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c str> {
        self.query.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter of the query says `true`.
    pub(super) fn says(&self, name: &'static str) -> Result<bool, Failure> {
        match self.query(name)? {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(RequestRefusal::value(name, other, "true or false").into()),
        }
    }

    /// The page that was asked for.
    pub(super) fn page(&self) -> Result<Paging, Failure> {
        let limit = match self.query("limit")? {
            None => USUAL_LIMIT,
            Some(text) => {
                text.parse().map_err(|_| RequestRefusal::value("limit", text, "a number from 1 to 1000"))?
            }
        };
        let cursor = self.query("cursor")?.map(Cursor::new);
        Paging::new(limit, cursor)
            .map_err(|_| RequestRefusal::value("limit", &limit.to_string(), "a number from 1 to 1000").into())
    }

    /// The body as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        self.parse().map_err(|fault| match fault {
            Unreadable::Kind(failure) => failure,
            Unreadable::Json(error) => malformed(&format!("the body: {}", quote(&error.to_string(), 200))),
        })
    }

    /// The same for a body that may hold a password: the refusal says where it breaks, and quotes nothing.
    pub(super) fn secret_json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        self.parse().map_err(|fault| match fault {
            Unreadable::Kind(failure) => failure,
            Unreadable::Json(error) => {
                let (line, column) = (error.line(), error.column());
                malformed(&format!("the body is not what is expected here, at line {line}, column {column}"))
            }
        })
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, Unreadable> {
        let kind = self.content_type.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let sent = if kind.is_empty() { "nothing".to_owned() } else { quote(kind, 60) };
            let refusal = RequestRefusal::ContentType { sent, expected: "application/json" };
            return Err(Unreadable::Kind(refusal.into()));
        }
        serde_json::from_slice(&self.body).map_err(Unreadable::Json)
    }
}

/// Why a body was not read.
enum Unreadable {
    Kind(Failure),
    Json(serde_json::Error),
}

pub(super) fn malformed(what: &str) -> Failure {
    RequestRefusal::Malformed { what: what.to_owned() }.into()
}

async fn read_body(body: Body) -> Result<Bytes, Failure> {
    Ok(body::read(body, BODY_LIMIT).await?)
}
