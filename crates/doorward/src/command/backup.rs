//! `doorward backup FILE` and `doorward restore FILE`.
//!
//! A backup is made by the server that runs, else by this process; a restore only where none runs. Both tell how far
//! they are on a terminal.

use std::io::IsTerminal as _;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response};
use clap::Args;
use doorward_core::change::{Actor, AuditEntry, Change};
use doorward_server::{App, Clock as _, Installation, Settings, SystemClock};
use doorward_store::{Backup, BackupStage, BackupStep, StoreFault, Watch};
use doorward_store_sqlite::{SqliteOptions, SqliteStore, Staged};
use http_body_util::BodyExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::door::Door;
use super::ending::Ending;
use super::output::{Output, facts, moment, object, print};
use crate::cli::Global;
use crate::config::Config;
use crate::wiring::{self, MasterKeySource, SOCKET_FILE, STORE_FILE};

const KEY_IS_NEEDED: &str =
    "the file is useless without the master key: keep a copy of the key, and not beside the file";

/// A backup.
#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    /// The new file; one that is there already is never replaced
    file: PathBuf,
}

/// A restore.
#[derive(Args, Debug)]
pub(crate) struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// Only check the backup: whether it is whole, and with --master-key whether the key opens it
    #[arg(long)]
    check: bool,
    /// Also into a directory that is not empty; a store that is there is kept under another name
    #[arg(long)]
    force: bool,
    /// File with the master key of the server that made the backup; --config names it too
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
}

/// Makes a backup.
pub(super) async fn make(args: BackupArgs, global: &Global, output: Output) -> Result<(), Ending> {
    let file = std::path::absolute(&args.file).map_err(|fault| Ending::unreadable(&args.file, &fault))?;
    let door = Door::open(global).await?;
    let request = Request::post("/admin/v1/backups")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(json!({ "file": file }).to_string()))
        .expect("a fixed address and header");
    let response = door.ask(request).await?;
    let bar = Bar::new(output);
    let answer = hear(response, &bar).await?;
    bar.end();
    if !answer["problem"].is_null() || answer["backup"].is_null() {
        let problem = if answer["problem"].is_null() { answer } else { answer["problem"].clone() };
        return Err(Ending::Refused(problem));
    }
    let backup = &answer["backup"];
    if output.is_json() {
        object(backup);
        return Ok(());
    }
    let number = |name: &str| backup[name].as_u64().unwrap_or_default();
    print(&facts(&[
        ("backup", file.display().to_string()),
        ("made", moment(backup["made_at"].as_i64().unwrap_or_default())),
        (
            "holds",
            format!("{} rows in schema {}, {}", number("rows"), number("schema"), size(number("bytes"))),
        ),
        ("checked", "every page, every reference, and every row against the store".to_owned()),
    ]));
    output.note(KEY_IS_NEEDED);
    Ok(())
}

/// Follows the lines of the answer; the last one.
async fn hear(response: Response<Body>, bar: &Bar) -> Result<Value, Ending> {
    let lost = |fault: String| {
        Ending::unreachable(fault, "Look at the server's log; a backup that broke off left no file")
    };
    let (mut body, mut pending, mut last) = (response.into_body(), Vec::new(), Value::Null);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|fault| lost(format!("the answer broke off: {fault}")))?;
        let Ok(data) = frame.into_data() else { continue };
        pending.extend_from_slice(&data);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            last = understood(&line, bar);
        }
    }
    if !pending.is_empty() {
        last = understood(&pending, bar);
    }
    let is_end = !last["backup"].is_null() || !last["problem"].is_null() || !last["detail"].is_null();
    if is_end { Ok(last) } else { Err(lost("the server ended before the backup did".to_owned())) }
}

fn understood(line: &[u8], bar: &Bar) -> Value {
    let line: Value = serde_json::from_slice(line).unwrap_or_default();
    if let Ok(step) = serde_json::from_value::<BackupStep>(line.clone()) {
        bar.tell(step);
    }
    line
}

/// Puts a backup in place.
pub(super) async fn restore(args: RestoreArgs, global: &Global, output: Output) -> Result<(), Ending> {
    let config = match &global.config {
        Some(file) => {
            Some(Config::read(file).map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?)
        }
        None => None,
    };
    if args.check {
        return check(&args, output);
    }
    let data = match (&config, &global.data) {
        (Some(config), None) => config.data.clone(),
        (None, Some(data)) => data.clone(),
        (Some(config), Some(data)) if config.data == *data => data.clone(),
        (Some(_), Some(_)) => {
            return Err(Ending::usage(
                "--data names another directory than the configuration file",
                "Leave --data out",
            ));
        }
        (None, None) => {
            return Err(Ending::usage("nothing says where to restore to", "Name the directory: --data DIR"));
        }
    };
    let made_here = data.join("master.key");
    let master = match (&args.master_key, &config) {
        (Some(file), _) => MasterKeySource::File(file.clone()),
        (None, Some(config)) => config.master_key.clone(),
        (None, None) if made_here.exists() => MasterKeySource::File(made_here.clone()),
        (None, None) => {
            return Err(Ending::usage(
                "a backup is useless without the master key, and none is named",
                "Name the key of the server that made it: --master-key FILE, or --config FILE",
            ));
        }
    };
    is_free(&data, args.force)?;
    wiring::make_private_directory(&data)
        .map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?;
    let bar = Bar::new(output);
    let target = data.join(STORE_FILE);
    let (file, watch) = (args.file.clone(), bar.watch());
    let staged = tokio::task::spawn_blocking(move || Staged::new(&file, &target, &watch))
        .await
        .expect("checking a file does not panic")
        .map_err(|fault| refused(&fault))?;
    bar.end();
    let is_development = try_out(&staged, &master, &args.file).await?;
    let backup = staged.backup().clone();
    let replaced = staged.finish().map_err(|fault| refused(&fault))?;
    if is_development && !made_here.exists() {
        keep_key(&master, &made_here)?;
    }
    tell(&Told { args: &args, data: &data, backup: &backup, replaced, is_development }, output);
    Ok(())
}

/// Reads a backup and says whether it is whole.
fn check(args: &RestoreArgs, output: Output) -> Result<(), Ending> {
    let bar = Bar::new(output);
    let backup = SqliteStore::check_backup(&args.file, &bar.watch()).map_err(|fault| refused(&fault))?;
    bar.end();
    let (file, made_at) = (args.file.display().to_string(), backup.made_at.seconds());
    if output.is_json() {
        let view = json!({
            "file": file, "whole": true, "made_at": made_at, "schema": backup.schema, "rows": backup.rows(), "tables": backup.tables,
        });
        object(&view);
        return Ok(());
    }
    print(&facts(&[
        ("backup", file),
        ("made", moment(made_at)),
        ("holds", format!("{} rows in schema {}", backup.rows(), backup.schema)),
        ("checked", "whole: every page, every reference, and every row against its own list".to_owned()),
    ]));
    output.note(KEY_IS_NEEDED);
    Ok(())
}

/// Opens the copy with the key, which also brings its schema up to date, and notes the restore in its audit log.
/// Whether it was born in the development profile.
async fn try_out(staged: &Staged, master: &MasterKeySource, file: &FilePath) -> Result<bool, Ending> {
    let master = wiring::master_key(master, staged.path())
        .map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?;
    let store =
        SqliteStore::open(staged.path(), SqliteOptions::default()).map_err(|fault| refused(&fault))?;
    let store: Arc<dyn doorward_store::Store> = Arc::new(store);
    let born = store.record(wiring::PROFILE_RECORD).await.map_err(|fault| refused(&fault))?;
    let settings = Settings {
        base_url: "https://localhost".to_owned(),
        development: false,
        trust_forwarded_for: false,
        landing: None,
    };
    let clock = Arc::new(SystemClock);
    let at = clock.now();
    let installation = Installation { store: Arc::clone(&store), clock, master, settings };
    let opened = App::open(installation).await.map_err(|fault| {
        Ending::finding(
            format!("this master key does not open the backup ({fault}); nothing was changed"),
            "Name the key of the server that made the backup; without it nobody can use the file",
        )
    })?;
    let entry = AuditEntry {
        tenant: None,
        credential: None,
        at,
        actor: Actor::Operator,
        action: "store.restore".to_owned(),
        target: file.display().to_string(),
        detail: json!({ "made_at": staged.backup().made_at, "rows": staged.backup().rows() }),
    };
    let noted = opened.commit(vec![Change::Audit(entry)]).await;
    noted
        .map_err(|fault| Ending::unreachable(fault.to_string(), "Look at the disk of the data directory"))?;
    // The last holder closes the file, which folds its log into it.
    let closed = tokio::task::spawn_blocking(move || drop((opened, store))).await;
    closed.expect("closing a file does not panic");
    Ok(born.as_deref() == Some(b"development"))
}

/// A directory that holds something is taken only with --force.
fn is_free(data: &FilePath, force: bool) -> Result<(), Ending> {
    let Ok(entries) = std::fs::read_dir(data) else { return Ok(()) };
    let harmless = [format!("{STORE_FILE}.lock"), SOCKET_FILE.to_owned(), "master.key".to_owned()];
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut found: Vec<_> = names.filter(|name| !harmless.contains(name)).collect();
    // The store itself says most.
    found.sort_by_key(|name| (name != STORE_FILE, name.clone()));
    let found = found.into_iter().next();
    match found {
        Some(name) if !force => Err(Ending::finding(
            format!("{} is not empty: it holds {name}", data.display()),
            "Name an empty directory, or repeat with --force: a store that is there is kept under another name",
        )),
        _ => Ok(()),
    }
}

/// A demo looks for its key in its directory.
fn keep_key(master: &MasterKeySource, to: &FilePath) -> Result<(), Ending> {
    let key =
        wiring::master_key(master, to).map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?;
    wiring::write_private(to, key.to_base64().as_bytes()).map_err(|fault| Ending::unreadable(to, &fault))
}

struct Told<'a> {
    args: &'a RestoreArgs,
    data: &'a FilePath,
    backup: &'a Backup,
    replaced: Option<PathBuf>,
    is_development: bool,
}

fn tell(told: &Told<'_>, output: Output) {
    let (backup, data) = (told.backup, told.data.display());
    if output.is_json() {
        let view = json!({
            "file": told.args.file,
            "data": told.data,
            "made_at": backup.made_at,
            "rows": backup.rows(),
            "tables": backup.tables,
            "replaced": told.replaced,
        });
        object(&view);
        return;
    }
    let next = if told.is_development {
        format!("doorward demo --data {data}")
    } else {
        "doorward serve --config FILE".to_owned()
    };
    let replaced = told.replaced.as_ref().map(|path| path.display().to_string());
    print(&facts(&[
        ("restored", data.to_string()),
        ("made", moment(backup.made_at.seconds())),
        ("holds", format!("{} rows", backup.rows())),
        ("kept", replaced.unwrap_or_default()),
        ("next", next),
    ]));
    output.note(
        "what happened after the backup is forgotten, revocations too: see \"After a restore\" in docs/operate/backup.md",
    );
}

fn refused(fault: &StoreFault) -> Ending {
    let remedy = match fault {
        StoreFault::InUse { .. } => "Stop the server first; its data directory is in use",
        StoreFault::Schema { .. } => "Use the doorward version that made the backup, or a later one",
        StoreFault::NotOurs { .. } => "Name a file that doorward backup made",
        StoreFault::Damaged { .. } => "Use another backup; this one is broken",
        StoreFault::Full => "Free some space on the disk of the data directory",
        StoreFault::File { .. } => {
            "Name a file that this user can read, and a directory that this user can write"
        }
        _ => "Look at the disk, and repeat",
    };
    let text = match std::error::Error::source(fault) {
        Some(source) => format!("{fault}: {source}"),
        None => fault.to_string(),
    };
    Ending::finding(text, remedy)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}

/// How far it is, on a terminal.
#[derive(Clone)]
struct Bar(ProgressBar);

impl Bar {
    fn new(output: Output) -> Self {
        if output.is_json() || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let style = ProgressStyle::with_template("{msg:9} {bar:30} {percent}%");
        Self(ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    fn tell(&self, step: BackupStep) {
        self.0.set_message(match step.stage {
            BackupStage::Checking => "checking",
            BackupStage::Copying => "copying",
        });
        self.0.set_length(step.total.max(1));
        self.0.set_position(step.done);
    }

    fn watch(&self) -> Watch {
        let bar = self.clone();
        Watch::new(move |step| bar.tell(step))
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}
