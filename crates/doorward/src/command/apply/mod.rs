//! `doorward apply FILE`: makes the directory what a file says. The difference is shown first; applying twice changes
//! nothing.
//!
//! Owns reading the file, the order of the steps and what is printed. [`document`] says what a file may hold, [`plan`]
//! finds the difference. Every step is a request of `/admin/v1`, judged and audited like any other.

mod document;
mod plan;

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::ending::Ending;
use super::output::{object, print};
use super::path::Path;
use super::session::Session;
use document::{Document, Tenant};
use plan::{Plan, Step};

/// A listing in a file is compared with at most so many rows.
const MOST_ROWS: usize = 10_000;

/// Options of `apply`.
#[derive(Args, Debug)]
pub(crate) struct ApplyArgs {
    /// YAML or JSON, or TOML where the name ends in .toml; - reads YAML from standard input
    file: PathBuf,
    /// Show the difference and change nothing; exit code 1 where there is one
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(args: ApplyArgs, session: &Session) -> Result<(), Ending> {
    let document = read(&args.file)?;
    let mut steps = Vec::new();
    for tenant in &document.tenants {
        steps.extend(difference(tenant, session).await?);
    }
    let late = |tenant: &Tenant| tenant.apis.iter().any(|api| api.introspectors.is_some());
    if !session.output.is_json() {
        print(&told(&steps));
    }
    let mut done = 0;
    if !args.dry_run && !steps.is_empty() && !args.yes {
        agreed()?;
    }
    if !args.dry_run {
        done = perform(&steps, session).await?;
    }
    // Applications are named in the file, and their ids are known once they exist.
    for tenant in document.tenants.iter().filter(|tenant| late(tenant)) {
        let more = introspectors(tenant, session).await?;
        if !session.output.is_json() && !more.is_empty() {
            print(&lines(&more));
        }
        if !args.dry_run {
            done += perform(&more, session).await?;
        }
        steps.extend(more);
    }
    if session.output.is_json() {
        let rows: Vec<Value> = steps
            .iter()
            .map(|step| json!({ "sign": step.sign.to_string(), "thing": step.thing, "detail": step.detail }))
            .collect();
        object(&json!({ "steps": rows, "dry_run": args.dry_run, "changed": done }));
    } else if !args.dry_run && done > 0 {
        print(&format!("{done} changes made\n"));
    }
    if args.dry_run && !steps.is_empty() {
        return Err(Ending::finding(
            format!("{} changes would be made", steps.len()),
            "Make them: the same command without --dry-run",
        ));
    }
    Ok(())
}

fn read(file: &PathBuf) -> Result<Document, Ending> {
    let is_toml = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
    let text = if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    document::read(&text.map_err(|fault| Ending::unreadable(file, &fault))?, is_toml)
}

/// What must change for one tenant, in an order in which each step finds what it names.
async fn difference(wanted: &Tenant, session: &Session) -> Result<Vec<Step>, Ending> {
    let name = wanted.name.as_str();
    let mut plan = Plan::new(name);
    let is = look(session, &Path::of(&["tenants", name])).await?;
    plan.tenant(wanted, is.as_ref());
    let exists = is.is_some();
    let view = async |segments: [&str; 2]| {
        if exists {
            look(session, &Path::of(&["tenants", name, segments[0], segments[1]])).await
        } else {
            Ok(None)
        }
    };
    for api in &wanted.apis {
        plan.api(api, view(["apis", &api.name]).await?.as_ref());
    }
    for app in &wanted.apps {
        plan.app(app, view(["apps", &app.name]).await?.as_ref());
    }
    for flow in &wanted.flows {
        plan.flow(flow, view(["flows", &flow.name]).await?.as_ref());
    }
    for user in &wanted.users {
        plan.user(user, view(["users", &user.name]).await?.as_ref());
    }
    for grant in &wanted.grants {
        if !grant.permission.contains(':') || (grant.app.is_none() && grant.user.is_none()) {
            let fault = format!("the grant of `{}` in {name} does not say enough", grant.permission);
            return Err(Ending::usage(fault, "Write permission: api:name, and app, user or both"));
        }
        let segment = if grant.is_role() { "role-assignments" } else { "grants" };
        let narrow = match (&grant.app, &grant.user) {
            (Some(app), _) => view(["apps", app]).await?.map(|_| ("app", app)),
            (None, Some(user)) => view(["users", user]).await?.map(|_| ("user", user)),
            (None, None) => None,
        };
        let there = match narrow {
            Some((parameter, word)) => {
                let path = Path::of(&["tenants", name, segment]).with(parameter, word);
                session.rows(&path, MOST_ROWS).await?.0
            }
            None => Vec::new(),
        };
        plan.grant(grant, &there);
    }
    Ok(plan.steps)
}

async fn introspectors(wanted: &Tenant, session: &Session) -> Result<Vec<Step>, Ending> {
    let name = wanted.name.as_str();
    let mut plan = Plan::new(name);
    for api in &wanted.apis {
        let Some(apps) = &api.introspectors else { continue };
        let mut ids = Vec::new();
        for app in apps {
            let view = look(session, &Path::of(&["tenants", name, "apps", app])).await?;
            // In a dry run the application may not be there yet; its name stands for the id that it will get.
            let id = view.and_then(|view| view["app_id"].as_str().map(str::to_owned));
            ids.push(id.unwrap_or_else(|| app.clone()));
        }
        let is = look(session, &Path::of(&["tenants", name, "apis", &api.name])).await?;
        plan.introspectors(api, &ids, is.as_ref());
    }
    Ok(plan.steps)
}

/// The thing as it is; `None` where there is none.
async fn look(session: &Session, path: &Path) -> Result<Option<Value>, Ending> {
    match session.get(path).await {
        Ok(view) => Ok(Some(view)),
        Err(Ending::Refused(problem)) if problem["status"] == 404 => Ok(None),
        Err(other) => Err(other),
    }
}

/// One request after the other. Where one is refused, the rest waits for the next run.
async fn perform(steps: &[Step], session: &Session) -> Result<usize, Ending> {
    for (index, step) in steps.iter().enumerate() {
        let sent = session.send(step.method.clone(), &step.path, step.body.clone()).await;
        if let Err(ending) = sent {
            session.output.note(&format!(
                "{index} of {} changes were made; this one was not: {} {}",
                steps.len(),
                step.sign,
                step.thing
            ));
            return Err(ending);
        }
    }
    Ok(steps.len())
}

/// Asks on the terminal. Without one the difference is all there is.
fn agreed() -> Result<(), Ending> {
    let refused = || Ending::usage("nothing was changed", "Agree when asked, or say --yes");
    if !std::io::stdin().is_terminal() {
        return Err(refused());
    }
    eprint!("apply? [y/N] ");
    let mut answer = String::new();
    let asked = std::io::stderr().flush().and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    if asked.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(refused()) }
}

fn told(steps: &[Step]) -> String {
    if steps.is_empty() { "nothing to change\n".to_owned() } else { lines(steps) }
}

fn lines(steps: &[Step]) -> String {
    use std::fmt::Write as _;
    steps.iter().fold(String::new(), |mut text, step| {
        let gap = if step.detail.is_empty() { "" } else { "  " };
        let _ = writeln!(text, "{} {}{gap}{}", step.sign, step.thing, step.detail);
        text
    })
}
