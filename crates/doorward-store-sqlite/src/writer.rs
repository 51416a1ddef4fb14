//! The one writer: a thread that gathers what is waiting, applies each request inside a savepoint, and commits the
//! gathering with one flush. Nobody is answered before the commit.
//!
//! Owns the write transaction and the checkpoints. Does not own what a request does: that is a closure.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use doorward_store::{CommitError, StoreFault};
use rusqlite::Connection;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};

use crate::fault::{Failed, ends_the_process, fault_of};
use crate::open::{Medium, SqliteOptions};

/// Requests that share one commit, at most.
const BATCH: usize = 256;
/// Requests after which the log is copied into the database file. Automatic checkpoints are off, so that the time of
/// the copy is ours and a replicator can hold the log.
const CHECKPOINT_AFTER: usize = 1000;
/// Pages in the log above which the writer waits for readers to let go of it.
const LOG_PAGES: i64 = 32_768;

/// What happens when a commit fails in a way that leaves open what is on the disk.
#[derive(Clone)]
pub enum LostCommit {
    /// Calls a function instead, for tests.
    Call(Arc<dyn Fn(&StoreFault) + Send + Sync>),
    /// Ends the process: on the way up the log is read again, and what is there is known.
    EndProcess,
}

/// A request, with its value and its answer hidden inside.
trait Job: Send {
    fn work(&mut self, conn: &Connection) -> Result<(), Failed>;
    fn answer(self: Box<Self>, outcome: Result<(), CommitError>);
}

struct Request<F, T> {
    work: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, CommitError>>,
}

impl<F, T> Job for Request<F, T>
where
    F: FnOnce(&Connection) -> Result<T, Failed> + Send,
    T: Send,
{
    fn work(&mut self, conn: &Connection) -> Result<(), Failed> {
        let work = self.work.take().expect("a request is worked on once");
        self.value = Some(work(conn)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), CommitError>) {
        let Self { value, reply, .. } = *self;
        let answer = outcome.map(|()| value.expect("work that succeeded left its value"));
        // Nobody waits any more when the request was cancelled; what was committed stays committed.
        let _ = reply.send(answer);
    }
}

/// The way to the writer thread.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    patience: Duration,
    refused: Arc<Mutex<Option<String>>>,
}

impl Writer {
    /// Hands the connection to a new thread.
    pub(crate) fn start(
        conn: Connection,
        medium: Medium,
        options: &SqliteOptions,
    ) -> Result<Self, StoreFault> {
        let (sender, receiver) = mpsc::channel(options.queue.max(1));
        let known = match medium {
            Medium::ReadOnly => Some(error_text(&StoreFault::ReadOnly)),
            Medium::Writable => None,
        };
        let refused = Arc::new(Mutex::new(known));
        let lost = options.on_lost_commit.clone();
        let desk = Desk { conn, lost, refused: Arc::clone(&refused), unsaved: 0 };
        let thread = std::thread::Builder::new()
            .name("doorward-writer".to_owned())
            .spawn(move || desk.serve(receiver))
            .map_err(StoreFault::unavailable)?;
        Ok(Self { queue: Some(sender), thread: Some(thread), patience: options.patience, refused })
    }

    /// Runs `work` in a transaction; its value comes back once it is durable.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, CommitError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Request { work: Some(work), value: None, reply });
        let queue = self.queue.as_ref().expect("only `drop` closes the queue");
        match queue.send_timeout(job, self.patience).await {
            Ok(()) => {}
            // Nothing was begun: this request is known not to be done.
            Err(SendTimeoutError::Timeout(_)) => return Err(CommitError::Fault(StoreFault::Overloaded)),
            Err(SendTimeoutError::Closed(_)) => return Err(stopped()),
        }
        answer.await.map_err(|_| stopped())?
    }

    /// Why the last write was refused, if it was.
    pub(crate) fn refused(&self) -> Option<String> {
        if self.queue.as_ref().is_none_or(mpsc::Sender::is_closed) {
            return Some(error_text(&StoreFault::unavailable(STOPPED)));
        }
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            let text = panic_text(&*panic);
            tracing::error!(panic = text, "the writer had stopped");
        }
    }
}

/// The thread's side.
struct Desk {
    conn: Connection,
    lost: LostCommit,
    refused: Arc<Mutex<Option<String>>>,
    /// Requests committed since the last checkpoint.
    unsaved: usize,
}

impl Desk {
    fn serve(mut self, mut queue: mpsc::Receiver<Box<dyn Job>>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            self.unsaved += batch.len();
            self.commit(std::mem::take(&mut batch));
            if self.unsaved >= CHECKPOINT_AFTER {
                self.unsaved = 0;
                self.checkpoint();
            }
        }
    }

    /// Applies a batch and answers it.
    fn commit(&self, mut batch: Vec<Box<dyn Job>>) {
        match self.transact(&mut batch) {
            Ok(outcomes) => {
                self.remember(outcomes.iter().find_map(|outcome| match outcome {
                    Err(CommitError::Fault(fault)) => Some(fault),
                    _ => None,
                }));
                for (job, outcome) in batch.into_iter().zip(outcomes) {
                    job.answer(outcome);
                }
            }
            Err(fault) => {
                self.remember(Some(&fault));
                for job in batch {
                    job.answer(Err(CommitError::Fault(fault.clone())));
                }
            }
        }
    }

    /// One transaction; an error is everyone's error.
    fn transact(&self, batch: &mut [Box<dyn Job>]) -> Result<Vec<Result<(), CommitError>>, StoreFault> {
        self.statement("BEGIN IMMEDIATE")?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch {
            self.statement("SAVEPOINT request")?;
            let outcome = job.work(&self.conn);
            // Some errors (a full disk among them) may end the whole transaction, with all that came before.
            if self.conn.is_autocommit() {
                return Err(
                    outcome.map_or_else(Failed::into_fault, |()| StoreFault::unavailable("no transaction"))
                );
            }
            if outcome.is_err() {
                self.statement("ROLLBACK TO request")?;
            }
            self.statement("RELEASE request")?;
            outcomes.push(outcome.map_err(CommitError::from));
        }
        if outcomes.iter().any(Result::is_ok) {
            self.statement("COMMIT")?;
        } else {
            self.statement("ROLLBACK")?;
        }
        Ok(outcomes)
    }

    fn statement(&self, sql: &str) -> Result<(), StoreFault> {
        let Err(error) = self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute([])) else {
            return Ok(());
        };
        if sql == "COMMIT" && ends_the_process(&error) {
            self.give_up(StoreFault::unavailable(error.to_string()));
        }
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
        Err(fault_of(error))
    }

    fn give_up(&self, fault: StoreFault) {
        tracing::error!(error = %error_text(&fault), "a commit failed on the disk: what is durable is unknown");
        match &self.lost {
            LostCommit::Call(hook) => hook(&fault),
            LostCommit::EndProcess => std::process::abort(),
        }
    }

    fn remember(&self, fault: Option<&StoreFault>) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = fault.map(error_text);
    }

    /// Copies the log into the database; never an error of a request.
    fn checkpoint(&self) {
        let run = |mode: &str| {
            self.conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(1))
        };
        let outcome =
            run("PASSIVE").and_then(|pages| if pages > LOG_PAGES { run("RESTART") } else { Ok(pages) });
        if let Err(error) = outcome {
            tracing::warn!(%error, "a checkpoint failed; the log grows until one succeeds");
        }
    }
}

const STOPPED: &str = "the writer has stopped";

fn stopped() -> CommitError {
    CommitError::Fault(StoreFault::unavailable(STOPPED))
}

/// A fault with what lies behind it.
fn error_text(fault: &StoreFault) -> String {
    match std::error::Error::source(fault) {
        Some(source) => format!("{fault}: {source}"),
        None => fault.to_string(),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}
