//! One request, read once: path, query, body, preconditions, and who asks.

use axum::body::Bytes;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use doorward_core::directory::{Act, Caller, nearest};
use doorward_core::model::TenantKey;
use doorward_core::refusal::{RequestRefusal, quote};
use doorward_store::{Cursor, Paging};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Uri};
use serde::de::DeserializeOwned;

use super::access::Access;
use super::lookup;
use super::reply::Failure;
use super::tag::IfMatch;
use crate::app::App;
use crate::body;

/// The longest body, in bytes: an API with hundreds of scopes fits many times over.
const BODY_LIMIT: usize = 1024 * 1024;
/// Rows of a page where nothing is said.
const USUAL_LIMIT: u32 = 100;

/// What a request must pass before its handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// The caller may do this, in the tenant of the path where one is.
    May(Act),
    /// Nobody is asked who they are: the document of this API, and the way to the first administrator.
    Open,
}

/// One request.
pub(super) struct Call {
    pub(super) app: App,
    pub(super) caller: Caller,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) if_match: Option<IfMatch>,
    guard: Guard,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    content_type: String,
    body: Bytes,
}

impl Call {
    /// Reads a request, and refuses a caller who may not make it before anything is looked up for it.
    pub(super) async fn read(
        app: App,
        access: Access,
        (guard, known): (Guard, Option<&[&'static str]>),
        request: Request,
    ) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let caller = match guard {
            Guard::May(_) => access.caller(&app, &parts.headers).await?,
            // What is open to nobody in particular is done by the server itself, as far as its handler lets it.
            Guard::Open => Caller::system(),
        };
        let params = path_parameters(&mut parts).await?;
        if let Guard::May(act) = guard {
            let word = params.iter().find(|(name, _)| name == "tenant").map(|(_, value)| value.as_str());
            let tenant = match word {
                Some(word) if caller.home().is_some() => lookup::tenant(&app, &TenantKey::new(word)).await?,
                _ => None,
            };
            caller.allow(act, tenant.map(|tenant| tenant.id))?;
        }
        let text = parts.uri.query().unwrap_or_default();
        let query: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        if let Some(known) = known {
            knows_only(&query, known)?;
        }
        let content_type = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let if_match = IfMatch::read(&parts.headers)?;
        let body = body::read(body, BODY_LIMIT).await?;
        let (method, uri) = (parts.method, parts.uri);
        Ok(Self { app, caller, method, uri, if_match, guard, params, query, content_type, body })
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

    /// Whether the route of this request was declared for that act: otherwise its guard asked the wrong question.
    pub(super) fn is_declared_as(&self, act: Act) -> bool {
        self.guard == Guard::May(act)
    }

    /// A parameter of the query, at most once.
    pub(super) fn query(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(RequestRefusal::Repeated { name: name.to_owned() }.into());
        }
        Ok(first)
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

/// Refuses a parameter of the query that the route does not know: a misspelt filter would show too much.
fn knows_only(query: &[(String, String)], known: &[&'static str]) -> Result<(), Failure> {
    let Some((name, _)) = query.iter().find(|(name, _)| !known.contains(&name.as_str())) else {
        return Ok(());
    };
    let there = if known.is_empty() { "no parameter".to_owned() } else { known.join(", ") };
    let hint = nearest(name, known.iter().copied()).map(|near| format!("; did you mean {near}?"));
    let name = quote(name, 40);
    let hint = hint.unwrap_or_default();
    Err(malformed(&format!("the query has {name}, and this address knows {there}{hint}")))
}

async fn path_parameters(parts: &mut Parts) -> Result<Vec<(String, String)>, Failure> {
    match RawPathParams::from_request_parts(parts, &()).await {
        Ok(params) => Ok(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()),
        // Only a path that is not UTF-8; a route without parameters has none to read.
        Err(_) => Err(malformed("the path is not UTF-8")),
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
