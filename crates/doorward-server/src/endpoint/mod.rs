//! The protocol endpoints: each reads its request, runs the beats, and replies in the dialect of its address.

mod authorize;
mod end_session;
mod introspect;
mod metadata;
mod revoke;
mod token;
mod userinfo;
mod verify;

use axum::response::Response;
use doorward_core::decision::At;
use doorward_core::facts::Facts;
use doorward_core::model::{Authority, Door, TenantKey};
use doorward_core::needs::Need;
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_dialect::{Dialect, Endpoint, Route, endpoint_url, issuer};

pub(crate) use authorize::{Asked, Outcome, Via, ask, card, deliver, return_address, send, session_of};
pub(crate) use verify::id_token_hint;

use crate::app::App;
use crate::reply::finish;
use crate::router::Incoming;
use crate::shell::{Failure, Fault};
use crate::trace::Trace;

/// Answers a request whose method fits its endpoint.
pub(crate) async fn answer(app: &App, incoming: Incoming) -> Response {
    let response = match incoming.route.endpoint {
        Endpoint::Authorize => authorize::answer(app, &incoming).await,
        Endpoint::EndSession => end_session::answer(app, &incoming).await,
        Endpoint::InstanceDiscovery => metadata::instance(app, &incoming),
        Endpoint::Introspect => introspect::answer(app, &incoming).await,
        Endpoint::Keys => metadata::keys(app, &incoming).await,
        Endpoint::Metadata => metadata::answer(app, &incoming).await,
        Endpoint::Revoke => revoke::answer(app, &incoming).await,
        Endpoint::Token => token::answer(app, &incoming).await,
        Endpoint::Userinfo => userinfo::answer(app, &incoming).await,
    };
    finish(response, &incoming.visit)
}

/// An authority that was found, and how it is spoken there.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) authority: Authority,
    pub(crate) dialect: Dialect,
}

impl Found {
    pub(crate) fn at(&self) -> At<'_> {
        At { authority: &self.authority, profile: self.dialect.profile(), shape: self.dialect.shape() }
    }
}

/// Finds the tenant and the user flow that an address names.
pub(crate) async fn find(
    app: &App,
    route: &Route,
    now: doorward_core::model::Instant,
) -> Result<Found, Failure<Refusal>> {
    let key = route.tenant.clone();
    let policy = route.policy.clone();
    let needs = |facts: &Facts, _: &doorward_core::port::Env<'_>| needs(&key, policy.as_deref(), facts);
    let facts = app.load(now, needs).await.map_err(Fault::from)?;
    let unknown =
        || RequestRefusal::UnknownTenant { tenant: doorward_core::refusal::quote(key.as_str(), 60) };
    let tenant = facts
        .tenant(&key)
        .filter(|tenant| !tenant.disabled)
        .ok_or_else(|| Failure::Refused(Refusal::new(unknown())))?
        .clone();
    let door = match (&policy, route.dialect) {
        (Some(policy), _) => {
            let flow = facts.flow(tenant.id, policy).ok_or_else(|| {
                Failure::Refused(Refusal::new(RequestRefusal::UnknownFlow {
                    flow: doorward_core::refusal::quote(policy, 60),
                    tenant: tenant.name.to_string(),
                }))
            })?;
            Door::Flow(flow.clone())
        }
        (None, Dialect::Oidc) => Door::Plain,
        (None, Dialect::Entra | Dialect::EntraFlow) => Door::Directory,
    };
    let base = app.settings().base_url.clone();
    let issuer = issuer(&base, &tenant, &door);
    Ok(Found { authority: Authority { tenant, door, issuer, base }, dialect: route.dialect })
}

/// The token endpoint of the authority that an address names, in the same spelling.
fn token_endpoint(app: &App, route: &Route) -> String {
    endpoint_url(&app.settings().base_url, route, Endpoint::Token)
}

fn needs(key: &TenantKey, policy: Option<&str>, facts: &Facts) -> Vec<Need> {
    let need = Need::Tenant(key.clone());
    let mut needs = vec![need.clone()];
    if let (true, Some(policy)) = (facts.has(&need), policy)
        && let Some(tenant) = facts.tenant(key)
    {
        needs.push(Need::Flow(tenant.id, policy.to_lowercase()));
    }
    needs
}

/// Writes a failure of a machine endpoint.
fn failed(app: &App, incoming: &Incoming, failure: Failure<Refusal>, told: Told<'_>) -> Response {
    let visit = &incoming.visit;
    let mut ctx = visit.context(app);
    ctx.basic_tried = told.basic_tried;
    ctx.allow_origin = told.origin;
    ctx.correlation = told.correlation;
    let dialect = incoming.route.dialect;
    crate::reply::wire(match failure {
        Failure::Fault(fault) => {
            doorward_dialect::write_fault(dialect, crate::reply::report(visit, &fault), &ctx)
        }
        Failure::Refused(refusal) => {
            ctx.client_authenticated = refusal.trail.checks().iter().any(|check| {
                check.name == "client.authenticated" && check.outcome == doorward_token::Outcome::Passed
            });
            let place = incoming.route.endpoint.name();
            app.ports().traces.keep(Trace::of_refusal(&visit.trace, visit.now, place, &refusal));
            doorward_dialect::write_refusal(dialect, &refusal, &ctx)
        }
    })
}

/// What of the request the answer to a failure must know.
#[derive(Clone, Copy, Default)]
struct Told<'a> {
    basic_tried: bool,
    origin: Option<&'a str>,
    correlation: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn of(incoming: &'a Incoming) -> Self {
        let text = |name: &str| incoming.parts.headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            basic_tried: text("authorization").is_some_and(|value| {
                value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic "))
            }),
            origin: text("origin"),
            correlation: None,
        }
    }
}

/// Keeps the story of a success.
fn keep(app: &App, incoming: &Incoming, trail: doorward_token::Trail) {
    let visit = &incoming.visit;
    let place = incoming.route.endpoint.name();
    app.ports().traces.keep(Trace::of_success(&visit.trace, visit.now, place, trail));
}
