//! A command through the beats: look up, load, decide, commit; a lost race is run again.

use doorward_core::change::{Change, Conflict};
use doorward_core::directory::{self, Caller, Command, Decision};
use doorward_core::facts::Facts;
use doorward_core::refusal::DirectoryRefusal;
use doorward_store::CommitError;
use http::StatusCode;

use super::call::Call;
use super::lookup;
use super::reply::{Failure, Reply};
use super::tag::{self, IfMatch};
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
        let decision = self.execute(command, Mode::Commit).await?;
        Ok(Reply::of(&self.app, StatusCode::OK, &decision))
    }

    /// Runs a command that makes something, and answers 201.
    pub(super) async fn create(&self, command: Command) -> Result<Reply, Failure> {
        let decision = self.execute(command, Mode::Commit).await?;
        Ok(Reply::of(&self.app, StatusCode::CREATED, &decision))
    }

    /// Runs a command that may only tell what it would do.
    pub(super) async fn run_in(&self, command: Command, mode: Mode) -> Result<Reply, Failure> {
        let decision = self.execute(command, mode).await?;
        let reply = Reply::of(&self.app, StatusCode::OK, &decision);
        Ok(reply.with("dry_run", (mode == Mode::DryRun).into()))
    }

    /// Runs a command that shows something: the answer has no undo.
    pub(super) async fn show(&self, command: Command) -> Result<Reply, Failure> {
        let decision = self.execute(command, Mode::Commit).await?;
        Ok(Reply::shown(&self.app, &decision.outcome))
    }

    async fn execute(&self, command: Command, mode: Mode) -> Result<Decision, Failure> {
        debug_assert!(
            self.is_declared_as(command.act()),
            "the table of routes says otherwise than {}",
            command.act().name()
        );
        execute(&self.app, command, (&self.caller, self.if_match.as_ref()), mode).await
    }
}

/// Administration always reads the store itself: a decision on a node's cache could lose a race again and again.
pub(super) async fn execute(
    app: &App,
    command: Command,
    (caller, if_match): (&Caller, Option<&IfMatch>),
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
        if let Some(expected) = if_match {
            unchanged(app, &command, (caller, expected), &facts)?;
        }
        let decision = match app.with_env(now, |env| directory::decide(&command, &facts, env, caller)) {
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

/// The same with effects of the caller's own in one commit. A mark among them that is spent already is the bootstrap
/// code's end.
pub(super) async fn execute_with(
    app: &App,
    command: Command,
    caller: &Caller,
    beside: Vec<Change>,
) -> Result<Decision, Failure> {
    let facts = load(app, &command).await?;
    let now = app.now();
    let decision = app.with_env(now, |env| directory::decide(&command, &facts, env, caller))?;
    let mut changes = beside;
    changes.extend(decision.changes.iter().cloned());
    match app.commit(changes).await {
        Ok(()) => Ok(decision),
        Err(CommitError::Conflict(Conflict::Exists)) => Err(DirectoryRefusal::BootstrapCode.into()),
        Err(CommitError::Conflict(lost)) => Err(directory::conflict(&command, lost).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// The precondition, judged by the same facts as the command: what follows compares with them again at the commit.
fn unchanged(
    app: &App,
    command: &Command,
    (caller, expected): (&Caller, &IfMatch),
    facts: &Facts,
) -> Result<(), Failure> {
    let shown = command
        .shown()
        .and_then(|show| app.with_env(app.now(), |env| directory::decide(&show, facts, env, caller)).ok());
    let tag = shown.and_then(|shown| tag::of(app, &shown.outcome));
    if tag.is_some_and(|tag| expected.admits(&tag)) {
        return Ok(());
    }
    Err(directory::outdated(command).into())
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
