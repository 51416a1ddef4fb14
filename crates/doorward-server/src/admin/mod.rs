//! The administration API, `/admin/v1/…`: JSON in, JSON out, every change audited.
//!
//! Owns the addresses, the reading of requests, the lookups that a rule cannot do by key, paging, and problem bodies
//! (RFC 9457). Does not own any rule: those are `doorward_core::directory`'s. Neighbours: the command line types what
//! this serves, through the socket ([`serve_socket`]) or, when no server runs, in its own process
//! ([`router`]).
//!
//! Administration goes through the socket `admin.sock` in the data directory, which only its owner may open: whoever
//! holds the data directory is the operator ([`Access::Socket`]). Over the network every address below answers 401
//! ([`Access::Network`]); tokens for administrators are not issued yet.
//!
//! | address below `/admin/v1` | GET | POST, PUT | PATCH | DELETE |
//! |---|---|---|---|---|
//! | `/tenants`, `/tenants/{tenant}` | list, show | create | change | delete |
//! | `…/users`, `…/users/{user}` | list (`?search=`), show | add | change | remove |
//! | `…/users/{user}/{enable,disable,unlock}` | | do | | |
//! | `…/users/{user}/password` | | set | | |
//! | `…/users/{user}/roles/{role}` | | give | | take |
//! | `…/users/{user}/names`, `…/names/{name}` | | add | | remove |
//! | `…/apps`, `…/apps/{app}` | list, show | register | change | remove |
//! | `…/apps/{app}/{enable,disable}` | | do | | |
//! | `…/apps/{app}/redirects`, `…/logout-uris` | | add | | remove (`?uri=`) |
//! | `…/apps/{app}/secrets`, `…/secrets/{secret}` | | make | | end (`?revoke_grants=true`) |
//! | `…/apps/{app}/requires` | | ask for | | no longer (`?permission=`) |
//! | `…/apps/{app}/permissions` | asked for and granted | | | |
//! | `…/apis`, `…/apis/{api}` | list, show | declare | change | remove |
//! | `…/apis/{api}/trust` | registration and keys, to judge tokens elsewhere | | | |
//! | `…/api-imports` | | import (`?dry_run=true`) | | |
//! | `…/apis/{api}/{scopes,roles}`, `…/{scopes,roles}/{name}` | | add | | remove |
//! | `…/grants` | list (`?app=`, `?user=`) | grant | | withdraw (`?app=&permission=&user=` or `&all=true`) |
//! | `…/role-assignments` | list (`?app=`, `?user=`) | assign | | unassign (`?permission=&app=` or `&user=`) |
//! | `…/flows`, `…/flows/{flow}` | list, show | store | | remove |
//! | `…/keys`, `…/keys/rotations` | list | rotate | | |
//! | `…/audit`, `/audit` | of the tenant, of all | | | |
//! | `/backups` (socket only) | | copy the store, told line by line | | |
//! | `/traces/{trace}` | the checks of one request | | | |
//! | `/events`, `/events/latest`, `/events/{trace}` | the request log | | | |
//!
//! `…` stands for `/tenants/{tenant}`. A name with a slash is percent-encoded. An application is named by its name,
//! `client_id` or id, everything else as the core's module says. A listing answers `{"items": […], "next": cursor}`;
//! `?limit=` (1 to 1000, usually 100) and `?cursor=` lead on. A change answers the thing as it is now, with
//! `changed` and with `undo`, the arguments of the `doorward` command that takes it back, or null.

mod access;
mod apis;
mod apps;
mod backup;
mod call;
mod events;
mod execute;
mod flows;
mod grants;
mod keys;
mod listing;
mod lookup;
mod reply;
#[cfg(unix)]
mod socket;
mod tenants;
mod traces;
mod trust;
mod users;

use axum::Router;
use axum::routing::{any, delete, get, post, put};

pub use access::Access;
#[cfg(unix)]
pub use socket::{SOCKET_FILE, Socket, serve_socket};

use crate::app::App;
use call::serve;

/// The administration API for one kind of access. Over the network it is nested at `/admin/v1` beside everything else; on
/// the socket nothing else answers, and it brings the prefix itself.
pub fn router<S: Clone + Send + Sync + 'static>(app: App, access: Access) -> Router<S> {
    match access {
        Access::Network => access::closed(),
        Access::Socket => Router::new()
            .nest("/admin/v1", open().route("/backups", any(backup::make)))
            .fallback(serve(reply::unknown_path))
            .layer(axum::middleware::from_fn_with_state(app.clone(), crate::events::record)),
    }
    .with_state(app)
}

fn open() -> Router<App> {
    Router::new()
        .route("/tenants", get(serve(tenants::list)).post(serve(tenants::create)))
        .route(
            "/tenants/{tenant}",
            get(serve(tenants::show)).patch(serve(tenants::update)).delete(serve(tenants::delete)),
        )
        .route("/audit", get(serve(traces::audit_of_all)))
        .route("/traces/{trace}", get(serve(traces::show)))
        .route("/events", get(serve(events::list)))
        .route("/events/latest", get(serve(events::latest)))
        .route("/events/{trace}", get(serve(events::show)))
        .nest("/tenants/{tenant}", in_tenant())
        .fallback(serve(reply::unknown_path))
        .method_not_allowed_fallback(serve(reply::method_not_allowed))
}

fn in_tenant() -> Router<App> {
    Router::new()
        .merge(people())
        .merge(applications())
        .merge(interfaces())
        .route("/grants", get(serve(grants::list)).post(serve(grants::add)).delete(serve(grants::remove)))
        .route(
            "/role-assignments",
            get(serve(grants::list_roles)).post(serve(grants::assign)).delete(serve(grants::unassign)),
        )
        .route("/flows", get(serve(flows::list)))
        .route("/flows/{flow}", get(serve(flows::show)).put(serve(flows::put)).delete(serve(flows::remove)))
        .route("/keys", get(serve(keys::list)))
        .route("/keys/rotations", post(serve(keys::rotate)))
        .route("/audit", get(serve(traces::audit)))
}

fn people() -> Router<App> {
    Router::new()
        .route("/users", get(serve(users::list)).post(serve(users::add)))
        .route(
            "/users/{user}",
            get(serve(users::show)).patch(serve(users::update)).delete(serve(users::remove)),
        )
        .route("/users/{user}/enable", post(serve(users::enable)))
        .route("/users/{user}/disable", post(serve(users::disable)))
        .route("/users/{user}/unlock", post(serve(users::unlock)))
        .route("/users/{user}/password", put(serve(users::set_password)))
        .route("/users/{user}/roles/{role}", put(serve(users::add_role)).delete(serve(users::remove_role)))
        .route("/users/{user}/names", post(serve(users::add_name)))
        .route("/users/{user}/names/{name}", delete(serve(users::remove_name)))
}

fn applications() -> Router<App> {
    Router::new()
        .route("/apps", get(serve(apps::list)).post(serve(apps::add)))
        .route("/apps/{app}", get(serve(apps::show)).patch(serve(apps::update)).delete(serve(apps::remove)))
        .route("/apps/{app}/enable", post(serve(apps::enable)))
        .route("/apps/{app}/disable", post(serve(apps::disable)))
        .route("/apps/{app}/redirects", post(serve(apps::add_redirect)).delete(serve(apps::remove_redirect)))
        .route(
            "/apps/{app}/logout-uris",
            post(serve(apps::add_post_logout)).delete(serve(apps::remove_post_logout)),
        )
        .route("/apps/{app}/secrets", post(serve(apps::add_secret)))
        .route("/apps/{app}/secrets/{secret}", delete(serve(apps::remove_secret)))
        .route("/apps/{app}/requires", post(serve(apps::require)).delete(serve(apps::unrequire)))
        .route("/apps/{app}/permissions", get(serve(apps::permissions)))
}

fn interfaces() -> Router<App> {
    Router::new()
        .route("/apis", get(serve(apis::list)).post(serve(apis::declare)))
        .route("/apis/{api}", get(serve(apis::show)).patch(serve(apis::update)).delete(serve(apis::remove)))
        .route("/apis/{api}/trust", get(serve(trust::show)))
        .route("/apis/{api}/scopes", post(serve(apis::add_scope)))
        .route("/apis/{api}/scopes/{scope}", delete(serve(apis::remove_scope)))
        .route("/apis/{api}/roles", post(serve(apis::add_role)))
        .route("/apis/{api}/roles/{role}", delete(serve(apis::remove_role)))
        .route("/api-imports", post(serve(apis::import)))
}

#[cfg(test)]
mod tests;
