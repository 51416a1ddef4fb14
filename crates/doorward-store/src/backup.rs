//! Copying a store while it is used: what is asked for, how far it is, and what the copy holds.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use doorward_core::model::Instant;
use serde::{Deserialize, Serialize};

/// Who is told how far a long piece of work is.
#[derive(Clone)]
pub struct Watch(Arc<dyn Fn(BackupStep) + Send + Sync>);

impl Watch {
    /// Calls `hear` now and then, from the thread that does the work.
    pub fn new(hear: impl Fn(BackupStep) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    /// Nobody.
    pub fn nobody() -> Self {
        Self::new(|_| {})
    }

    /// Tells.
    pub fn tell(&self, step: BackupStep) {
        (self.0)(step);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch")
    }
}

/// How far a backup, or its check, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupStep {
    /// What is being done.
    pub stage: BackupStage,
    /// How much of it is done, in parts of equal size.
    pub done: u64,
    /// How much there is.
    pub total: u64,
}

/// What a backup does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupStage {
    /// The data is copied.
    Copying,
    /// The copy is read whole and compared.
    Checking,
}

/// A backup to be made.
#[derive(Clone, Debug)]
pub struct BackupOrder {
    /// The new file. One that is there already is left alone, and refused.
    pub file: PathBuf,
    /// What is written into it as its moment.
    pub at: Instant,
    /// Who is told how far it is.
    pub watch: Watch,
}

/// What a backup holds. Part of the file itself, so that it can be checked wherever it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// When it was made.
    pub made_at: Instant,
    /// Number of the last migration in it.
    pub schema: u32,
    /// Every table with its contents.
    pub tables: BTreeMap<String, Contents>,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows.
    pub rows: u64,
    /// Digest over all rows in any order, in hexadecimal: against damage, not against people.
    pub digest: String,
}

impl Backup {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|contents| contents.rows).sum()
    }
}
