//! `doorward doctor`: what is wrong, or soon will be, before anybody meets it.
//!
//! Owns what is looked at and in which order. [`rules`] judges what the administration shows, [`outside`] the server as
//! others see it, [`finding`] tells. Exit code 1 where something is broken, 0 where there are only warnings.

mod finding;
mod outside;
mod rules;

use clap::Args;
use doorward_server::{Clock as _, SystemClock};
use serde_json::{Value, json};
use url::Url;

use super::ending::Ending;
use super::output::{Output, object, print};
use super::path::Path;
use super::session::Session;
use crate::cli::Global;
use crate::config::Config;
use finding::{Finding, Level, count, told};

/// Applications are looked at up to this many a tenant.
const MOST_APPS: usize = 10_000;

/// Options of `doctor`.
#[derive(Args, Debug)]
pub(crate) struct DoctorArgs {
    /// Do not ask the public address
    #[arg(long)]
    offline: bool,
}

pub(super) async fn run(args: &DoctorArgs, global: &Global, output: Output) -> Result<(), Ending> {
    let mut findings = Vec::new();
    let config = configuration(global, &mut findings);
    match Session::open(global, output).await {
        Ok(session) => inside(&session, config.as_ref(), args, &mut findings).await?,
        Err(Ending::Unreachable { fault, remedy } | Ending::Usage { fault, remedy }) => {
            findings.push(Finding::failure("store", fault, remedy));
        }
        Err(other) => return Err(other),
    }
    let failures = count(&findings, Level::Failure);
    if output.is_json() {
        let warnings = count(&findings, Level::Warning);
        object(&json!({ "checks": findings, "failures": failures, "warnings": warnings }));
    } else {
        print(&told(&findings));
    }
    if failures == 0 {
        return Ok(());
    }
    let was = if failures == 1 { "check fails" } else { "checks fail" };
    Err(Ending::finding(format!("{failures} {was}"), "See FAIL above: each says what to do"))
}

fn configuration(global: &Global, findings: &mut Vec<Finding>) -> Option<Config> {
    let Some(file) = &global.config else {
        findings.push(Finding::skipped(
            "config",
            "no --config: the public address and its proxy are not looked at",
        ));
        return None;
    };
    match Config::read(file) {
        Ok(config) => {
            findings.push(Finding::ok("config", format!("{} is complete and safe", file.display())));
            Some(config)
        }
        Err(fault) => {
            let found = format!("{} = {}: {}", fault.setting, fault.value, fault.fault);
            findings.push(Finding::failure("config", found, fault.remedy).coded("DW5152"));
            None
        }
    }
}

async fn inside(
    session: &Session,
    config: Option<&Config>,
    args: &DoctorArgs,
    findings: &mut Vec<Finding>,
) -> Result<(), Ending> {
    let (tenants, _) = session.rows(&Path::of(&["tenants"]), MOST_APPS).await?;
    let names: Vec<&str> = tenants.iter().filter_map(|tenant| tenant["name"].as_str()).collect();
    let Some(first) = names.first() else {
        findings.push(Finding::warning("store", "there is no tenant yet", "doorward tenant create NAME"));
        return Ok(());
    };
    findings.push(Finding::ok("store", format!("tenants: {}", names.join(", "))));
    let now = SystemClock.now().seconds();
    let public_url = config.map(|config| config.public_url.clone());
    match &public_url {
        Some(_) if args.offline => findings.push(Finding::skipped("public", "--offline: not asked")),
        Some(url) => findings.extend(outside::look(url, first, now).await),
        None => {}
    }
    let site = public_url.as_deref().and_then(|url| Url::parse(url).ok());
    for name in names {
        let (keys, _) = session.rows(&Path::of(&["tenants", name, "keys"]), MOST_APPS).await?;
        findings.extend(rules::keys(name, &keys, now));
        let (apps, _) = session.rows(&Path::of(&["tenants", name, "apps"]), MOST_APPS).await?;
        findings.extend(applications(name, &apps, site.as_ref(), now));
    }
    Ok(())
}

fn applications(tenant: &str, apps: &[Value], site: Option<&Url>, now: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    for app in apps {
        found.extend(rules::secrets(tenant, app, now));
        found.extend(rules::plain_redirects(tenant, app));
        found.extend(site.into_iter().flat_map(|site| rules::sites(tenant, app, site)));
    }
    if found.is_empty() {
        found.push(Finding::ok("apps", format!("{tenant}: {} applications", apps.len())));
    }
    found
}
