//! Backups: a copy of every page at one moment, checked against what it was copied from, in one file that can be
//! checked again wherever it went.
//!
//! Owns the file's form: a database as the engine's own, with what it holds written into its records ([`Backup`]).
//! Neighbours: [`crate::restore`] puts such a file in place of a store.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use doorward_store::{Backup, BackupOrder, BackupStage, BackupStep, Contents, StoreFault, Watch};
use rusqlite::backup::{Backup as Copy, StepResult};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::fault::fault_of;
use crate::lock::open_private;
use crate::{migrate, readers, records};

/// The record that makes a file a backup.
const RECORD: &str = "backup";
/// Pages that are copied at once; 2 MiB.
const PAGES: i32 = 512;

/// Copies the data file that others may be using, as it is when this begins.
pub(crate) fn copy(source: &Path, order: &BackupOrder) -> Result<Backup, StoreFault> {
    let refuse = |reason: String| StoreFault::File { path: order.file.clone(), reason };
    if order.file.exists() {
        return Err(refuse("it is there already, and a backup replaces nothing".to_owned()));
    }
    let draft = Draft::begin(&order.file)?;
    let backup = fill(source, &draft.path, order).map_err(|fault| match fault {
        StoreFault::Full => refuse("no space is left on its disk".to_owned()),
        other => other,
    })?;
    draft.finish(&order.file)?;
    Ok(backup)
}

fn fill(source: &Path, draft: &Path, order: &BackupOrder) -> Result<Backup, StoreFault> {
    let from = readers::connect(source).map_err(fault_of)?;
    // One snapshot for the copy and for the comparison: writers go on beside it, and the copy never begins anew.
    from.execute_batch("BEGIN").map_err(fault_of)?;
    let tables = tables(&from).map_err(fault_of)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut to = Connection::open_with_flags(draft, flags).map_err(fault_of)?;
    // The whole file is flushed once, at its end.
    to.execute_batch("PRAGMA synchronous = OFF").map_err(fault_of)?;
    copy_pages(&from, &mut to, &order.watch)?;
    to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(fault_of)?;
    let original = contents(&from, &tables, &Watch::nobody()).map_err(fault_of)?;
    let copied = contents(&to, &tables, &order.watch).map_err(fault_of)?;
    if original != copied {
        return Err(damaged(draft, "the copy differs from what was copied"));
    }
    is_sound(&to, draft)?;
    let schema = migrate::found(&to).map_err(fault_of)?;
    let backup = Backup { made_at: order.at, schema, tables: copied };
    let text = serde_json::to_vec(&backup).expect("numbers and texts");
    records::store(&to, RECORD, &text).map_err(crate::fault::Failed::into_fault)?;
    to.close().map_err(|(_, error)| fault_of(error))?;
    Ok(backup)
}

fn copy_pages(from: &Connection, to: &mut Connection, watch: &Watch) -> Result<(), StoreFault> {
    let copy = Copy::new(from, to).map_err(fault_of)?;
    loop {
        let step = copy.step(PAGES).map_err(fault_of)?;
        let progress = copy.progress();
        let number = |pages: i32| u64::try_from(pages).unwrap_or_default();
        let (total, left) = (number(progress.pagecount), number(progress.remaining));
        watch.tell(BackupStep { stage: BackupStage::Copying, done: total - left.min(total), total });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(StoreFault::Busy),
        }
    }
}

/// Reads a backup whole: it is sound, and holds what it says.
pub(crate) fn check(file: &Path, watch: &Watch) -> Result<Backup, StoreFault> {
    let conn = read_only(file)?;
    let not_ours = |reason: &str| StoreFault::NotOurs { path: file.to_owned(), reason: reason.to_owned() };
    let broken = |error: rusqlite::Error| match fault_of(error) {
        StoreFault::Damaged { reason, .. } => damaged(file, &reason),
        other => other,
    };
    migrate::judge(&conn, file)?;
    let manifest = records::find(&conn, RECORD).map_err(crate::fault::Failed::into_fault)?;
    let Some(manifest) = manifest else {
        return Err(not_ours(
            "it is a data file but no backup; a data file that was copied while a server used it is often broken",
        ));
    };
    let backup: Backup = serde_json::from_slice(&manifest)
        .map_err(|error| damaged(file, &format!("its own list: {error}")))?;
    is_sound(&conn, file)?;
    let tables = tables(&conn).map_err(broken)?;
    let found = contents(&conn, &tables, watch).map_err(broken)?;
    for (name, expected) in &backup.tables {
        if found.get(name) != Some(expected) {
            return Err(damaged(file, &format!("table {name} does not hold what was backed up")));
        }
    }
    if found.len() != backup.tables.len() {
        return Err(damaged(file, "it has tables that were not backed up"));
    }
    Ok(backup)
}

fn read_only(file: &Path) -> Result<Connection, StoreFault> {
    fs::metadata(file)
        .and_then(|_| File::open(file))
        .map_err(|error| StoreFault::File { path: file.to_owned(), reason: error.to_string() })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(file, flags).map_err(fault_of)
}

/// SQLite's own check of every page, index and reference.
pub(crate) fn is_sound(conn: &Connection, file: &Path) -> Result<(), StoreFault> {
    let say = |sql: &str| -> rusqlite::Result<Vec<String>> {
        let mut statement = conn.prepare(sql)?;
        statement.query_map([], |row| row.get(0))?.take(3).collect()
    };
    let said = say("PRAGMA integrity_check(3)").map_err(|error| damaged(file, &error.to_string()))?;
    if said != ["ok"] {
        return Err(damaged(file, &said.join("; ")));
    }
    let dangling = say("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")
        .map_err(|error| damaged(file, &error.to_string()))?;
    if !dangling.is_empty() {
        return Err(damaged(file, &format!("rows refer to what is not there: {}", dangling.join(", "))));
    }
    Ok(())
}

fn damaged(file: &Path, reason: &str) -> StoreFault {
    StoreFault::Damaged { path: Some(file.to_owned()), reason: reason.to_owned() }
}

/// The names of all tables.
fn tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Rows and digest of every table; the backup's own record is left out.
fn contents(
    conn: &Connection,
    tables: &[String],
    watch: &Watch,
) -> rusqlite::Result<BTreeMap<String, Contents>> {
    let mut all = BTreeMap::new();
    for (index, table) in tables.iter().enumerate() {
        let condition = if table == "records" { "WHERE name <> 'backup'" } else { "" };
        let mut statement = conn.prepare(&format!("SELECT * FROM \"{table}\" {condition}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        let (mut count, mut sum) = (0_u64, 0_u128);
        while let Some(row) = rows.next()? {
            let mut digest = RowDigest::default();
            for column in 0..columns {
                digest.add(row.get_ref(column)?);
            }
            count += 1;
            // A sum, so that the order in which rows are read does not matter.
            sum = sum.wrapping_add(digest.finish());
        }
        all.insert(table.clone(), Contents { rows: count, digest: format!("{sum:032x}") });
        let (done, total) = (index as u64 + 1, tables.len() as u64);
        watch.tell(BackupStep { stage: BackupStage::Checking, done, total });
    }
    Ok(all)
}

/// FNV-1a with 128 bits over words of eight bytes.
struct RowDigest(u128);

impl Default for RowDigest {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl RowDigest {
    fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.word(0),
            ValueRef::Integer(number) => self.tagged(1, &number.to_le_bytes()),
            ValueRef::Real(number) => self.tagged(2, &number.to_le_bytes()),
            ValueRef::Text(text) => self.tagged(3, text),
            ValueRef::Blob(bytes) => self.tagged(4, bytes),
        }
    }

    fn tagged(&mut self, tag: u64, bytes: &[u8]) {
        self.word(tag);
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ u128::from(word)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }

    fn finish(self) -> u128 {
        let mixed = (self.0 ^ (self.0 >> 67)).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        mixed ^ (mixed >> 71)
    }
}

/// The file under another name until it is whole.
struct Draft {
    path: PathBuf,
    lock: File,
    is_done: bool,
}

impl Draft {
    fn begin(file: &Path) -> Result<Self, StoreFault> {
        let refuse = |reason: String| StoreFault::File { path: file.to_owned(), reason };
        let mut name = file.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let lock = open_private(&path).map_err(|error| refuse(error.to_string()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(refuse("another backup is writing it".to_owned())),
            Err(TryLockError::Error(error)) => return Err(refuse(error.to_string())),
        }
        // What is in it was left by a backup that was cut off.
        lock.set_len(0).map_err(|error| refuse(error.to_string()))?;
        Ok(Self { path, lock, is_done: false })
    }

    /// Gives it its name, unless somebody took the name meanwhile.
    fn finish(mut self, file: &Path) -> Result<(), StoreFault> {
        let refuse =
            |error: std::io::Error| StoreFault::File { path: file.to_owned(), reason: error.to_string() };
        self.lock.sync_all().map_err(refuse)?;
        match fs::hard_link(&self.path, file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(refuse(error)),
            // A file system without links.
            Err(_) => {
                fs::rename(&self.path, file).map_err(refuse)?;
                self.is_done = true;
            }
        }
        sync_folder(file).map_err(refuse)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_done
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "the draft of a backup could not be removed");
        }
    }
}

/// Makes a new name in a folder survive a power cut.
pub(crate) fn sync_folder(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
