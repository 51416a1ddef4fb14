//! The storage port and the contract that every engine passes.
//!
//! Owns [`Store`], the questions of an administration ([`DirectoryQuery`]), what a store can fail at ([`StoreFault`]), which cached
//! answers a change makes stale ([`ConfigKey`]), and the rows of a dump ([`DumpRow`]). With the feature `contract` also the laws that an
//! engine's tests instantiate, and their fixtures. Does not own: any database, and the meaning of needs
//! and changes, which `doorward-core` defines. Neighbours: `doorward-store-sqlite` implements the port,
//! `doorward-server` calls it, the binary opens an engine.
//!
//! What every engine keeps, beside the preconditions of [`Change`]:
//!
//! * The tenant is part of every key. Two tenants may hold the same names and never see each other.
//! * Names are compared by the canonical form that the model gives. Tenants share one namespace of names and domains;
//!   an API's id, short name and identifier URIs share one namespace in their tenant; so do a flow's name and aliases.
//! * In a pool the proven sign-in names and the user principal names form one namespace; [`Need::UserByName`] answers
//!   by it. An unproven e-mail address is no sign-in name: it takes nothing from the person who owns it, and nobody is
//!   found by it. Yet it may not equal another account's user principal name, nor the reverse.
//! * An object that a directory change updates and that is gone is [`Conflict::Missing`]; so is a new object whose
//!   tenant, pool, client or user is gone.
//! * Answers hold whatever is stored, expired or not: judging time is the core's business.

mod backup;
mod config;
mod dump;
mod fault;
mod query;

#[cfg(feature = "contract")]
pub mod fixture;
#[cfg(feature = "contract")]
#[expect(clippy::unwrap_used, clippy::assigning_clones, reason = "laws are tests that engines instantiate")]
pub mod laws;

use async_trait::async_trait;
use doorward_core::change::Change;
#[cfg(doc)]
use doorward_core::change::Conflict;
use doorward_core::facts::Facts;
use doorward_core::model::{Event, Instant};
use doorward_core::needs::Need;

pub use backup::{Backup, BackupOrder, BackupStage, BackupStep, Contents, Watch};
pub use config::{ConfigKey, ConfigLog, config_keys};
pub use dump::{DumpBatch, DumpCursor, DumpRow};
pub use fault::{CommitError, StoreFault};
pub use query::{Cursor, DirectoryQuery, Entry, Page, Paging, PagingFault};

/// What keeps everything. Cheap to share behind an `Arc`; every method may be called from many tasks at once.
#[async_trait]
pub trait Store: Send + Sync {
    /// Answers every need from one consistent snapshot, in one round trip.
    async fn facts(&self, needs: &[Need]) -> Result<Facts, StoreFault>;

    /// Applies all changes, in order, or none; what it applied survives a power cut when it returns.
    async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError>;

    /// One page of a listing. Pages follow a key: a row that is there throughout appears exactly once, whatever is
    /// inserted or removed meanwhile.
    async fn list(&self, query: &DirectoryQuery) -> Result<Page<Entry>, StoreFault>;

    /// Forgets what is over at `now`, at most `limit` rows of each kind.
    async fn sweep(&self, now: Instant, limit: u32) -> Result<Swept, StoreFault>;

    /// Which configuration changed after `version`, in the order in which it was committed. Version 0 is the empty
    /// store.
    ///
    /// A cache that fills itself from [`Store::facts`] remembers the version it has applied *before* it asks, and
    /// keeps the answers only if it has applied no later one when they come; otherwise an answer from before a change
    /// could outlive the change.
    async fn config_since(&self, version: u64) -> Result<ConfigLog, StoreFault>;

    /// A small record of the installation: the profile it was created in, its sealed root secret.
    async fn record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreFault>;

    /// Stores a record unless it is there, and returns the one that is: of several writers the first wins.
    async fn put_record_once(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, StoreFault>;

    /// Replaces a record that still has the content `before`; tells whether it did.
    async fn replace_record(&self, name: &str, before: &[u8], after: Vec<u8>) -> Result<bool, StoreFault>;

    /// Adds lines to the request log. Not part of any commit: what a crash loses here, nobody was promised.
    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreFault>;

    /// The next rows of everything, from the beginning without a cursor, about `limit` of them. Each batch is one
    /// snapshot; the whole is one only while nobody writes.
    async fn dump(&self, cursor: Option<DumpCursor>, limit: u32) -> Result<DumpBatch, StoreFault>;

    /// Stores rows of a dump verbatim, all or none, in the order in which [`Store::dump`] gave them. A row that is
    /// there already is replaced, so that a broken load can be repeated. Everyone's cached configuration is dropped.
    async fn load(&self, rows: Vec<DumpRow>) -> Result<(), CommitError>;

    /// Copies everything, as it is at one moment, into one new file while others read and write, and compares the copy
    /// with what was copied. Only for engines whose data is a file here: others are copied with their own tools.
    async fn back_up(&self, order: BackupOrder) -> Result<Backup, StoreFault> {
        let file = order.file;
        Err(StoreFault::File { path: file, reason: "this engine is copied with its own tools".to_owned() })
    }

    /// How the engine is. Costs at most one small write.
    async fn health(&self) -> Result<Health, StoreFault>;
}

/// How many rows a sweep removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Guess budgets whose window is over.
    pub budgets: u64,
    /// Challenges whose time is over.
    pub challenges: u64,
    /// Codes, [`AuthorizationCode::REMEMBERED`] after their redemption, or after their issue if nobody redeemed them.
    ///
    /// [`AuthorizationCode::REMEMBERED`]: doorward_core::model::AuthorizationCode::REMEMBERED
    pub codes: u64,
    /// Lines of the request log.
    pub events: u64,
    /// Grants, the same time after their refresh family ended; those without a family after they started.
    pub grants: u64,
    /// Lines of the revocation feed.
    pub revocations: u64,
    /// Entries of the list of revoked tokens.
    pub revoked_tokens: u64,
    /// Browser sessions.
    pub sessions: u64,
    /// Single-use marks.
    pub spent: u64,
    /// Whether the limit left something for another call.
    pub more: bool,
}

/// How an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Its name: `sqlite`.
    pub engine: &'static str,
    /// Number of the last migration.
    pub schema: u32,
    /// The version of the configuration.
    pub config_version: u64,
    /// Why writes are refused at the moment, if they are; reads may go on.
    pub writes_refused: Option<String>,
}
