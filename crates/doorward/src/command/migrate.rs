//! `doorward migrate status|plan|up`: the schema of a data directory.
//!
//! A server brings its store up to date when it starts, so these are for those who want to see, or to choose the hour.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use doorward_store::StoreFault;
use doorward_store_sqlite::{SchemaStatus, SchemaStep};
use serde_json::json;

use super::ending::Ending;
use super::output::{Output, facts, object, print, table};
use crate::cli::Global;
use crate::config::Config;
use crate::wiring::STORE_FILE;

/// The schema.
#[derive(Args, Debug)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    verb: MigrateVerb,
}

#[derive(Clone, Copy, Subcommand, Debug)]
enum MigrateVerb {
    /// Which migrations the store has; also while a server runs
    Status,
    /// Print the SQL that the store lacks
    Plan,
    /// Apply what the store lacks; a server does the same when it starts
    Up,
}

pub(super) fn run(args: &MigrateArgs, global: &Global, output: Output) -> Result<(), Ending> {
    let file = data_file(global)?;
    if !file.exists() {
        let fault = format!("there is no store yet at {}", file.display());
        return Err(Ending::finding(fault, "Start a server on it: the first start makes the newest schema"));
    }
    match args.verb {
        MigrateVerb::Status => status(&read(&file)?, output),
        MigrateVerb::Plan => plan(&read(&file)?, output),
        MigrateVerb::Up => {
            let before = SchemaStatus::bring_up(&file).map_err(|fault| refused(&fault))?;
            applied(&before, output);
        }
    }
    Ok(())
}

fn data_file(global: &Global) -> Result<PathBuf, Ending> {
    let data = match (&global.data, &global.config) {
        (Some(data), _) => data.clone(),
        (None, Some(file)) => {
            Config::read(file).map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?.data
        }
        (None, None) => PathBuf::from("./doorward-data"),
    };
    Ok(data.join(STORE_FILE))
}

fn read(file: &std::path::Path) -> Result<SchemaStatus, Ending> {
    SchemaStatus::of(file).map_err(|fault| refused(&fault))
}

fn refused(fault: &StoreFault) -> Ending {
    let remedy = match fault {
        StoreFault::InUse { .. } => {
            "Nothing is to be done: the server that runs brought its store up to date when it started"
        }
        StoreFault::Schema { .. } => {
            "Use the doorward version that wrote it, or a later one; or restore a backup from before: doorward restore"
        }
        _ => "Name the data directory of a server: --data DIR, or --config FILE",
    };
    let text = match std::error::Error::source(fault) {
        Some(source) => format!("{fault}: {source}"),
        None => fault.to_string(),
    };
    Ending::finding(text, remedy)
}

fn status(status: &SchemaStatus, output: Output) {
    let pending = status.pending().count();
    if output.is_json() {
        let view = json!({
            "found": status.found, "known": status.known, "pending": pending, "migrations": status.migrations,
        });
        object(&view);
        return;
    }
    let rows: Vec<_> = status
        .migrations
        .iter()
        .map(|step| {
            let state = if step.applied { "applied" } else { "to come" };
            vec![step.number.to_string(), step.name.to_owned(), state.to_owned()]
        })
        .collect();
    print(&table(&["NUMBER", "NAME", "STATE"], &rows, "no migrations"));
    if pending > 0 {
        output.note("the next start of a server applies what is to come; or at once: doorward migrate up");
    }
}

fn plan(status: &SchemaStatus, output: Output) {
    if output.is_json() {
        let steps: Vec<_> = status
            .pending()
            .map(|step| json!({ "number": step.number, "name": step.name, "sql": step.sql }))
            .collect();
        object(&json!({ "found": status.found, "known": status.known, "plan": steps }));
        return;
    }
    let text: String = status.pending().map(sheet).collect();
    print(if text.is_empty() { "-- nothing: the store is up to date\n" } else { &text });
}

fn sheet(step: &SchemaStep) -> String {
    format!(
        "-- migration {} {}\nBEGIN IMMEDIATE;\n{}\nCOMMIT;\n\n",
        step.number,
        step.name,
        step.sql.trim_end()
    )
}

fn applied(before: &SchemaStatus, output: Output) {
    let applied: Vec<_> = before.pending().map(|step| format!("{} {}", step.number, step.name)).collect();
    if output.is_json() {
        object(&json!({ "found": before.found, "now": before.known, "applied": applied }));
        return;
    }
    let said = if applied.is_empty() { "nothing: it was up to date".to_owned() } else { applied.join(", ") };
    print(&facts(&[("applied", said), ("schema", before.known.to_string())]));
}
