//! A command through the beats: look up, load, decide, commit; a lost race is run again.

use doorward_core::change::{Actor, Conflict};
use doorward_core::directory::{self, Command, Decision};
use doorward_core::facts::Facts;
use doorward_store::CommitError;
use http::StatusCode;

use super::call::Call;
use super::lookup;
use super::reply::{Failure, Reply};
use crate::app::App;

/// How often a lost race is run again.
const ROUNDS: usize = 3;
/// Rounds of loading that a decision may want: tenant, things, what hangs on them.
const LOADS: usize = 4;

/// Whether a decision is made true.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// It is.
    Commit,
    /// It is only told.
    DryRun,
}

impl Call {
    /// Runs a command and answers 200.
    pub(super) async fn run(&self, command: Command) -> Result<Reply, Failure> {
        let decision = execute(&self.app, command, &self.actor, Mode::Commit).await?;
        Ok(Reply::of(StatusCode::OK, &decision))
    }

    /// Runs a command that makes something, and answers 201.
    pub(super) async fn create(&self, command: Command) -> Result<Reply, Failure> {
        let decision = execute(&self.app, command, &self.actor, Mode::Commit).await?;
        Ok(Reply::of(StatusCode::CREATED, &decision))
    }

    /// Runs a command that may only tell what it would do.
    pub(super) async fn run_in(&self, command: Command, mode: Mode) -> Result<Reply, Failure> {
        let decision = execute(&self.app, command, &self.actor, mode).await?;
        let reply = Reply::of(StatusCode::OK, &decision);
        Ok(reply.with("dry_run", (mode == Mode::DryRun).into()))
    }

    /// Runs a command that shows something: the answer has no undo.
    pub(super) async fn show(&self, command: Command) -> Result<Reply, Failure> {
        let decision = execute(&self.app, command, &self.actor, Mode::Commit).await?;
        Ok(Reply::shown(&decision.outcome))
    }
}

/// Administration always reads the store itself: a decision on a node's cache could lose a race again and again.
pub(super) async fn execute(
    app: &App,
    command: Command,
    actor: &Actor,
    mode: Mode,
) -> Result<Decision, Failure> {
    let mut conflict = Conflict::Changed;
    for _ in 0..ROUNDS {
        let mut command = command.clone();
        lookup::complete(app, &mut command).await?;
        let mut facts = load(app, &command).await?;
        let now = app.now();
        if let Some(asked) = directory::asks(&command, &facts) {
            let heard = app.ports().outbound.hear(&asked, now).await;
            facts.hear(asked, heard);
        }
        let decision = match app.with_env(now, |env| directory::decide(&command, &facts, env, actor)) {
            Ok(decision) => decision,
            Err(refusal) => return Err(lookup::hinted(app, &command, refusal).await),
        };
        if mode == Mode::DryRun {
            return Ok(decision);
        }
        match app.commit(decision.changes.clone()).await {
            Ok(()) => return Ok(decision),
            Err(CommitError::Conflict(lost @ Conflict::Changed)) => conflict = lost,
            Err(CommitError::Conflict(lost)) => return Err(directory::conflict(&command, lost).into()),
            Err(CommitError::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(directory::conflict(&command, conflict).into())
}

async fn load(app: &App, command: &Command) -> Result<Facts, Failure> {
    let mut facts = Facts::new();
    for _ in 0..LOADS {
        let missing = directory::needs(command, &facts);
        if missing.is_empty() {
            break;
        }
        facts.extend(app.store().facts(&missing).await?);
    }
    Ok(facts)
}
