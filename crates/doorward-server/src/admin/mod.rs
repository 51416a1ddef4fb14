//! The administration API, `/admin/v1/…`: JSON in, JSON out, every change audited.
//!
//! Owns the addresses ([`table`], from which the router and the OpenAPI document are made), the reading of requests, who
//! asks ([`access`]), the lookups that a rule cannot do by key, paging, entity tags, and problem bodies (RFC 9457). Does
//! not own any rule: those are `doorward_core::directory`'s, the roles among them. Neighbours: the command line types
//! what this serves, through the socket ([`serve_socket`]), over the network with an access token, or, when no server
//! runs, in its own process ([`router`]).
//!
//! Whoever holds the data directory is the operator: the socket `admin.sock` there is open to its owner alone
//! ([`Access::Socket`]). Over the network a person administers who holds a role, by an access token that the command
//! line got for them ([`Access::Network`]). Two addresses ask nobody who they are: the document, and the redemption of
//! the bootstrap code. No answer is shared with other origins (no CORS), no cookie is read.
//!
//! Through the socket alone there is `POST /backups` too, which copies the store and tells of it line by line, and
//! `POST /master-key/rotations`, which takes a new master key.
//!
//! A name with a slash is percent-encoded. An application is named by its name, `client_id` or id, everything else as
//! the core's module says. A listing answers `{"items": […], "next": cursor}`; `?limit=` (1 to 1000, usually 100) and
//! `?cursor=` lead on. A change answers the thing as it is now, with `changed` and with `undo`, the arguments of the
//! `doorward` command that takes it back, or null. What can be shown has an `ETag`; a change of it heeds `If-Match`. To
//! remove what is gone already answers 404 and changes nothing.

mod access;
mod apis;
mod apps;
mod audit;
mod backup;
mod bootstrap;
mod call;
mod events;
mod execute;
mod flows;
mod furnish;
mod grants;
mod held;
mod keys;
mod listing;
mod lookup;
mod mails;
mod openapi;
mod reply;
#[cfg(unix)]
mod socket;
mod table;
mod tag;
mod tenants;
mod traces;
mod trust;
mod users;
mod whoami;

use std::collections::BTreeMap;
use std::pin::Pin;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, any, on};
use doorward_core::directory::Act;

pub use access::Access;
pub(crate) use bootstrap::BootstrapDesk;
pub use bootstrap::{BOOTSTRAP_LIFE, bootstrap_code};
pub use furnish::furnish;
#[cfg(unix)]
pub use socket::{SOCKET_FILE, Socket, serve_socket};

use crate::app::App;
use call::{Call, Guard, Terms};
use reply::{Failure, Reply};
use table::TABLE;

/// The administration API for one kind of access. Over the network it is nested at `/admin/v1` beside everything else; on
/// the socket nothing else answers, and it brings the prefix itself.
pub fn router<S: Clone + Send + Sync + 'static>(app: App, access: Access) -> Router<S> {
    let unknown = serve(nowhere(access), reply::unknown_path);
    match access {
        Access::Network => routes(access).fallback(unknown),
        Access::Socket => Router::new()
            // A path on the server's disk is the operator's to name, nobody else's.
            .nest("/admin/v1", routes(access).merge(of_the_machine(access)))
            .fallback(unknown)
            .layer(axum::middleware::from_fn(crate::again::say_when))
            .layer(axum::middleware::from_fn_with_state(app.clone(), crate::events::record)),
    }
    .with_state(app)
}

/// What the operator at the machine may do, and nobody over the network: whoever holds the socket holds the data.
fn of_the_machine(access: Access) -> Router<App> {
    let terms = Terms { access, guard: Guard::May(Act::TenantCreate), query: Some(NO_QUERY), schema: None };
    let rotate = on(MethodFilter::POST, serve(terms, keys::rotate_master));
    Router::new().route("/backups", any(backup::make)).route("/master-key/rotations", rotate)
}

const NO_QUERY: &[&str] = &[];

/// What is no route is told to administrators alone, and takes any query: its path is wrong already.
fn nowhere(access: Access) -> Terms {
    Terms { access, guard: Guard::May(Act::Whoami), query: None, schema: None }
}

fn routes(access: Access) -> Router<App> {
    let mut paths: BTreeMap<&'static str, MethodRouter<App>> = BTreeMap::new();
    for operation in TABLE.iter() {
        let filter = MethodFilter::try_from(operation.method.clone()).expect("the table names usual methods");
        let handler = operation.handler.clone();
        let terms =
            Terms { access, guard: operation.guard, query: Some(operation.query), schema: operation.body };
        let served = serve(terms, move |call| handler(call));
        let known = paths.remove(operation.path);
        let route = match known {
            Some(route) => route.on(filter, served),
            None => on(filter, served),
        };
        paths.insert(operation.path, route);
    }
    let wrong_method = serve(nowhere(access), reply::method_not_allowed);
    let unknown = serve(nowhere(access), reply::unknown_path);
    let mut router = Router::new().fallback(unknown);
    for (path, route) in paths {
        router = router.route(path, route);
    }
    router.method_not_allowed_fallback(wrong_method)
}

/// A handler of the router: reads the request, asks whether the caller may, runs `handler`, and writes its answer with a
/// trace id.
fn serve<F, Fut>(
    terms: Terms,
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
            let answer = match Call::read(app.clone(), terms, request).await {
                Ok(call) => handler(call).await,
                Err(failure) => Err(failure),
            };
            reply::write(&app, &trace, answer)
        })
    }
}

#[cfg(test)]
mod tests;
