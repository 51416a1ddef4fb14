//! The mailbox of the development profile, to be read: pages at `/_mail`, and an API for tests.
//!
//! Owns the addresses and what they show. Does not own the mails (`mail::Mailbox` keeps them). None of it exists in
//! production: there every address below is an unknown path.
//!
//! | address | GET | POST | DELETE |
//! |---|---|---|---|
//! | `/_mail` | the list (`?to=`) | | |
//! | `/_mail/{id}`, `/_mail/{id}/html` | one mail, its HTML part | | |
//! | `/_mail/{id}/delete`, `/_mail/clear` | | delete one, all | |
//! | `/_mail/api/messages` | list (`?to=`, `?wait=` seconds) | | delete all |
//! | `/_mail/api/messages/{id}` | one, with `text` and `html` | | delete |

mod api;
mod pages;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The routes; none where there is no mailbox.
pub(crate) fn router(app: &App) -> Router<App> {
    if app.ports().post.mailbox().is_none() {
        return Router::new();
    }
    Router::new()
        .route("/_mail", get(pages::list))
        .route("/_mail/clear", post(pages::clear))
        .route("/_mail/{id}", get(pages::show))
        .route("/_mail/{id}/html", get(pages::html))
        .route("/_mail/{id}/delete", post(pages::delete))
        .route("/_mail/api/messages", get(api::list).delete(api::clear))
        .route("/_mail/api/messages/{id}", get(api::show).delete(api::delete))
}
