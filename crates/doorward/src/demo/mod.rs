//! `doorward demo`: a whole identity server on this machine, with people, apps and an API, in one process.
//!
//! Owns the demo's world: its cast, secrets, addresses, certificate authority, the notes API behind the guard, the web app
//! and the daemon. Does not own the server: [`crate::wiring`] opens it as `serve` does, in the development profile. API,
//! web app and daemon know the server over HTTP alone, as those of a customer would.

mod api_page;
mod cast;
mod daemon;
mod data;
mod directory;
mod doors;
mod fetch;
mod keys;
mod landing;
mod look;
mod notes;
mod notes_api;
mod notes_document;
mod print;
mod ready;
mod run;
mod secrets;
mod seed;
mod seed_apps;
mod tls;
mod trial;
mod web_app;

use std::path::PathBuf;

use clap::Args;

pub(crate) use run::run;

/// The policy of the demo's notes API, for those who explain its refusals.
pub(crate) fn notes_policy() -> &'static doorward_policy::Policy {
    &notes_document::declaration().policy
}

/// Options of `demo`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DemoArgs {
    /// Port of the server on localhost; the web app listens 58 above it, the notes API 67. 0 takes any free ports
    /// [default: 7443, and 0 with --check and --break]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Walk every journey and every break without a browser, print a table, and end: 0 all passed, 1 something failed
    #[arg(long, conflicts_with = "breaks")]
    pub(crate) check: bool,
    /// Make this fail, print the explanation, and end; `list` prints what can be broken
    #[arg(long = "break", value_name = "NAME")]
    pub(crate) breaks: Option<String>,
    /// The demo's own data directory
    #[arg(skip)]
    pub(crate) data: Option<PathBuf>,
    /// Begin anew: first remove what an earlier demo left in the data directory
    #[arg(long)]
    pub(crate) reset: bool,
    /// Print one JSON object per line; the first says that everything is ready
    #[arg(skip)]
    pub(crate) json: bool,
}
