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
use serde_json::Value;

use super::access::Access;
use super::reply::Failure;
use super::tag::IfMatch;
use super::{lookup, openapi};
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

/// What the table says of a request before it is read.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub(super) access: Access,
    pub(super) guard: Guard,
    /// The parameters of its query; `None` takes any.
    pub(super) query: Option<&'static [&'static str]>,
    /// The schema of its body.
    pub(super) schema: Option<&'static str>,
}

/// One request.
pub(super) struct Call {
    pub(super) app: App,
    pub(super) caller: Caller,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) if_match: Option<IfMatch>,
    guard: Guard,
    schema: Option<&'static str>,
    params: Vec<(String, String)>,
    query: Vec<(String, String)>,
    content_type: String,
    body: Bytes,
}

impl Call {
    /// Reads a request, and refuses a caller who may not make it before anything is looked up for it.
    pub(super) async fn read(app: App, terms: Terms, request: Request) -> Result<Self, Failure> {
        let Terms { access, guard, query: known, schema } = terms;
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
        Ok(Self { app, caller, method, uri, if_match, guard, schema, params, query, content_type, body })
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
        match first {
            Some("") => {
                Err(RequestRefusal::value(name, "", "a value: leave the parameter out for none").into())
            }
            first => Ok(first),
        }
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
        let value: Value = serde_json::from_slice(&self.body).map_err(Unreadable::Json)?;
        if let Some(place) = self.schema.and_then(|schema| openapi::misshapen(schema, &value)) {
            return Err(Unreadable::Kind(malformed(&format!(
                "the body: {place} is a list where members are expected"
            ))));
        }
        // The text again: its faults have a line and a column. `7.0` is the integer 7 (JSON Schema §4.2.3), which a
        // parser of integers does not know.
        serde_json::from_slice(&self.body)
            .or_else(|fault| serde_json::from_value(whole_numbers(value)).map_err(|_| fault))
            .map_err(Unreadable::Json)
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

/// Numbers without a fraction as integers.
pub(super) fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(whole_numbers).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, whole_numbers(value))).collect()
        }
        Value::Number(number) => {
            // 2^53: up to there every integer has a float of its own.
            let whole = number
                .as_f64()
                .filter(|float| float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0)
                .and_then(|float| format!("{float:.0}").parse::<i64>().ok());
            whole.map_or(Value::Number(number), Value::from)
        }
        other => other,
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
