//! What a token is judged by: the API's registration, the issuer's keys, and what routes need.

use std::path::Path as FilePath;

use doorward_guard::Registration;
use doorward_policy::Policy;
use doorward_token::jose::JwkSet;
use serde::Deserialize;

use super::ExplainArgs;
use crate::cli::Global;
use crate::command::ending::Ending;
use crate::command::import;
use crate::command::output::Output;
use crate::command::path::Path;
use crate::command::session::{Probe, Session};
use crate::demo;

/// The longest registration or key set that is read, in bytes.
const FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// What is known about the API.
pub(super) struct Bench {
    pub(super) registration: Registration,
    pub(super) keys: JwkSet,
    /// What the routes need, where a document is known.
    pub(super) policy: Option<Policy>,
}

/// What the administration answers.
#[derive(Deserialize)]
struct Trust {
    registration: Registration,
    keys: serde_json::Value,
    #[serde(default)]
    development: bool,
}

/// Gathers it: from files, else from the data directory. `None` where no API is named: then the text is only described.
pub(super) async fn open(
    args: &ExplainArgs,
    global: &Global,
    output: Output,
) -> Result<Option<Bench>, Ending> {
    let document = args.openapi.as_deref().map(|file| import::read(file, None)).transpose()?;
    let policy = document.as_ref().map(|document| document.policy().clone());
    if let (Some(registration), Some(jwks)) = (&args.registration, &args.jwks) {
        let text = read(registration)?;
        let registration = serde_json::from_slice(&text).map_err(|fault| {
            let remedy = "Save what the server publishes at /feed/TENANT/apis/API";
            Ending::usage(format!("{} is no registration of an API: {fault}", registration.display()), remedy)
        })?;
        let keys = keys(&read(jwks)?, &jwks.display().to_string())?;
        return Ok(Some(Bench { registration, keys, policy }));
    }
    let named = document.as_ref().map(|document| document.name().to_owned());
    let Some(api) = args.api.clone().or(named) else { return Ok(None) };
    let session = Session::open(global, output).await?;
    let tenant = session.tenant(args.tenant.as_ref(), Probe::Api(&api)).await?;
    let answer = session.get(&Path::of(&["tenants", &tenant, "apis", &api, "trust"])).await?;
    let trust = Trust::deserialize(&answer).map_err(|fault| {
        Ending::unreachable(
            format!("the server's answer about {api} cannot be read: {fault}"),
            "Compare the versions: doorward --version here and on the server",
        )
    })?;
    let keys = keys(trust.keys.to_string().as_bytes(), "the server's key set")?;
    // The demo's API declares itself in a document that every binary carries.
    let known = trust.development && trust.registration.name == demo::notes_policy().api();
    let policy = policy.or_else(|| known.then(|| demo::notes_policy().clone()));
    Ok(Some(Bench { registration: trust.registration, keys, policy }))
}

fn keys(document: &[u8], name: &str) -> Result<JwkSet, Ending> {
    JwkSet::parse(document).map_err(|fault| {
        Ending::usage(
            format!("{name}: {fault}"),
            "Save the key set of the issuer, whose address its discovery document names as jwks_uri",
        )
    })
}

fn read(file: &FilePath) -> Result<Vec<u8>, Ending> {
    let length = std::fs::metadata(file).map_err(|fault| Ending::unreadable(file, &fault))?.len();
    if length > FILE_LIMIT {
        let fault = format!("{} has {length} bytes; at most {FILE_LIMIT} are read", file.display());
        return Err(Ending::usage(fault, "Name the document itself"));
    }
    std::fs::read(file).map_err(|fault| Ending::unreadable(file, &fault))
}
