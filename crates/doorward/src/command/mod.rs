//! The verbs of administration: each asks `/admin/v1` and prints the answer, for people or as JSON.
//!
//! Owns words, tables and exit codes: 0 done, 1 refused or a finding, 2 wrong usage, 3 nothing to talk to. Does not own any
//! rule, nor the way in ([`door`]): over the network, through the socket of a running server, else in this process.
//! Neighbours:
//! [`crate::cli`] says what can be typed, `doorward-server::admin` answers.

pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod doctor;
mod door;
mod ending;
pub(crate) mod explain;
pub(crate) mod flow;
pub(crate) mod grant;
mod import;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod logs;
pub(crate) mod mail;
pub(crate) mod migrate;
mod network;
mod output;
mod password;
mod path;
mod session;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod user;

use std::process::ExitCode;

use crate::cli::{AdminVerb, Global};
use ending::Ending;
use output::Output;
pub(crate) use output::date;
use session::Session;

/// Runs one verb.
pub(crate) async fn run(global: &Global, verb: AdminVerb) -> ExitCode {
    let output = Output::new(global.json);
    if let AdminVerb::Token(args) = verb {
        return token::run(args, global, output).await;
    }
    match perform(global, verb, output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(ending) => ending.print(output),
    }
}

async fn perform(global: &Global, verb: AdminVerb, output: Output) -> Result<(), Ending> {
    // A code of the catalogue needs no server.
    if let AdminVerb::Explain(args) = &verb
        && explain::offline(args, output)?
    {
        return Ok(());
    }
    // A store's file is the business of this process, or of a server in one long answer.
    let verb = match verb {
        AdminVerb::Login(args) => return login::login(*args, global, output).await,
        AdminVerb::Logout => return login::logout(global, output).await,
        AdminVerb::Backup(args) => return backup::make(args, global, output).await,
        // The doctor also tells what is wrong where nothing answers.
        AdminVerb::Doctor(args) => return doctor::run(&args, global, output).await,
        AdminVerb::Migrate(args) => return migrate::run(&args, global, output),
        AdminVerb::Restore(args) => return backup::restore(args, global, output).await,
        other => other,
    };
    let session = Session::open(global, output).await?;
    match verb {
        AdminVerb::Backup(_)
        | AdminVerb::Doctor(_)
        | AdminVerb::Login(_)
        | AdminVerb::Logout
        | AdminVerb::Migrate(_)
        | AdminVerb::Restore(_) => unreachable!("these were done before a session was opened"),
        AdminVerb::Api(args) => api::run(*args, &session).await,
        AdminVerb::App(args) => app::run(*args, &session).await,
        AdminVerb::Apply(args) => apply::run(args, &session).await,
        AdminVerb::Audit(args) => audit::run(args, &session).await,
        AdminVerb::Explain(args) => explain::online(&args, &session).await,
        AdminVerb::Flow(args) => flow::run(args, &session).await,
        AdminVerb::Grant(args) => grant::run(args, &session).await,
        AdminVerb::Keys(args) => keys::run(args, &session).await,
        AdminVerb::Logs(args) => logs::run(args, &session).await,
        AdminVerb::Mail(args) => mail::run(args, &session).await,
        AdminVerb::Tenant(args) => tenant::run(args, &session).await,
        AdminVerb::Token(_) => unreachable!("a token is explained before a server is looked for"),
        AdminVerb::User(args) => user::run(*args, &session).await,
    }
}

#[cfg(test)]
mod tests;
