//! Signing keys: made here, off the request threads, and handed to the rule; and the change of the master key.

use doorward_core::directory::{Command, KeyCommand, RotationTiming, nearest};
use doorward_core::model::{KeyId, KeyState, Resource, SigningAlgorithm, SigningKeyRecord, Tenant, TenantId};
use doorward_core::needs::Need;
use doorward_core::refusal::{DirectoryRefusal, RequestRefusal, quote};
use doorward_crypto::MasterKey;
use doorward_store::{DirectoryQuery, Entry, Paging};
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::call::Call;
use super::lookup;
use super::reply::{Failure, Reply};
use crate::app::App;
use crate::keyring::{MintFault, new_key, renewed};
use crate::root::RootFault;
use crate::rotation::RotationFault;

/// A rotation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default = "rs256")]
    algorithm: SigningAlgorithm,
    #[serde(default = "published")]
    timing: RotationTiming,
}

fn rs256() -> SigningAlgorithm {
    SigningAlgorithm::Rs256
}

fn published() -> RotationTiming {
    RotationTiming::Published
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    // There are few, on one page; what is asked for must be a page all the same.
    call.page()?;
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let reply = call.show(Command::Key(call.tenant(), KeyCommand::List)).await?;
    with_fetchers(&call, &tenant, reply).await
}

pub(super) async fn rotate(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.json()?;
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let new = next_key(&call.app, &tenant, body.algorithm).await?;
    let command = KeyCommand::Rotate { algorithm: body.algorithm, new, timing: body.timing };
    let reply = call.run(Command::Key(call.tenant(), command)).await?;
    with_fetchers(&call, &tenant, reply).await
}

/// A key for the algorithm, where none is published yet.
async fn next_key(
    app: &App,
    tenant: &Tenant,
    algorithm: SigningAlgorithm,
) -> Result<Option<Box<SigningKeyRecord>>, Failure> {
    let has_next = |key: &SigningKeyRecord| key.algorithm == algorithm && key.state == KeyState::Upcoming;
    if stored(app, tenant.id).await?.iter().any(has_next) {
        return Ok(None);
    }
    Ok(new_keys(app, tenant.id, &[algorithm], KeyState::Upcoming).await?.pop().map(Box::new))
}

async fn stored(app: &App, tenant: TenantId) -> Result<Vec<SigningKeyRecord>, Failure> {
    Ok(app.store().facts(&[Need::Keys(tenant)]).await?.keys(tenant).to_vec())
}

/// A change of the policy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    rotate_days: Option<u32>,
    overlap_hours: Option<u32>,
}

pub(super) async fn policy(call: Call) -> Result<Reply, Failure> {
    let Policy { rotate_days, overlap_hours } = call.json()?;
    call.run(Command::Key(call.tenant(), KeyCommand::Policy { rotate_days, overlap_hours })).await
}

pub(super) async fn renew_certificate(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let kid = KeyId::new(call.param("kid"));
    let found = stored(&call.app, tenant.id).await?.into_iter().find(|key| key.kid == kid);
    let renewed = match found {
        Some(key) => {
            let (app, now) = (call.app.clone(), call.app.now());
            let made = tokio::task::spawn_blocking(move || renewed(&key, app.sealer(), now));
            made.await.expect("making a certificate does not panic").map_err(unusable)?
        }
        None => return Err(no_key(&kid, &stored(&call.app, tenant.id).await?)),
    };
    let command = KeyCommand::RenewCertificate { renewed: Box::new(renewed) };
    call.run(Command::Key(call.tenant(), command)).await
}

fn no_key(kid: &KeyId, keys: &[SigningKeyRecord]) -> Failure {
    let near = nearest(kid.as_str(), keys.iter().map(|key| key.kid.as_str()));
    DirectoryRefusal::NotFound { kind: "key", name: quote(kid.as_str(), 64), nearest: near }.into()
}

fn unusable(fault: MintFault) -> Failure {
    match fault {
        MintFault::Key(fault) => Failure::Keys(fault),
        other => doorward_store::StoreFault::unavailable(other.to_string()).into(),
    }
}

pub(super) async fn emergency(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let kid = KeyId::new(call.param("kid"));
    let keys = stored(&call.app, tenant.id).await?;
    let new = match keys.iter().find(|key| key.kid == kid) {
        Some(key) if key.state == KeyState::Active => next_key(&call.app, &tenant, key.algorithm).await?,
        _ => None,
    };
    call.run(Command::Key(call.tenant(), KeyCommand::Emergency { kid, new })).await
}

/// What an emergency would end, before it does.
pub(super) async fn explain_emergency(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let kid = KeyId::new(call.param("kid"));
    let keys = stored(&call.app, tenant.id).await?;
    let Some(key) = keys.iter().find(|key| key.kid == kid) else { return Err(no_key(&kid, &keys)) };
    let apis: Vec<Resource> = apis(&call.app, tenant.id).await?;
    let concerned: Vec<&Resource> = apis.iter().filter(|api| api.algorithm == key.algorithm).collect();
    let next = keys.iter().find(|k| k.algorithm == key.algorithm && k.state == KeyState::Upcoming);
    let longest = concerned.iter().map(|api| api.access_token_secs).max().unwrap_or_default().max(3600);
    Ok(Reply::ok(json!({
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": key.state,
        "signs": key.state == KeyState::Active,
        "state_since": key.state_since,
        "apis": concerned.iter().map(|api| api.name.as_str()).collect::<Vec<_>>(),
        "longest_token_secs": longest,
        "replaced_by": next.map(|key| &key.kid),
        "guards_within_secs": doorward_guard::BOUND_SECS,
    })))
}

async fn apis(app: &App, tenant: TenantId) -> Result<Vec<Resource>, Failure> {
    let query = DirectoryQuery::Resources { tenant, page: Paging::first() };
    let rows = app.store().list(&query).await?.entries;
    Ok(rows
        .into_iter()
        .filter_map(|entry| match entry {
            Entry::Resource(api) => Some(*api),
            _ => None,
        })
        .collect())
}

/// Adds which API of the tenant fetched the keys when, as far as this process has seen.
async fn with_fetchers(call: &Call, tenant: &Tenant, reply: Reply) -> Result<Reply, Failure> {
    let fetchers = &call.app.ports().fetchers;
    let built_in = [doorward_core::directory::ADMIN_API, doorward_core::directory::BUILT_IN_GRAPH];
    let rows: Vec<Value> = apis(&call.app, tenant.id)
        .await?
        .iter()
        .filter(|api| !built_in.contains(&api.id) && !api.disabled)
        .map(|api| {
            let seen = fetchers.of(tenant.id, &api.name);
            json!({ "api": api.name, "keys_fetched_at": seen.keys, "feed_fetched_at": seen.feed })
        })
        .collect();
    Ok(reply.with("fetches", json!(rows)).with("looking_since", json!(fetchers.since)))
}

/// The new master key, in base64: it travels through the operator's own socket, or not at all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMaster {
    key: String,
}

pub(super) async fn rotate_master(call: Call) -> Result<Reply, Failure> {
    let body: NewMaster = call.secret_json()?;
    let text = Zeroizing::new(body.key);
    let wrong = |why: String| Failure::from(RequestRefusal::value("key", "***", &why));
    let key = MasterKey::from_base64(&text).map_err(|why| wrong(why.to_string()))?;
    match call.app.rotate_master_key(&key, &call.caller.actor).await {
        Ok(()) => Ok(Reply::ok(json!({ "changed": true, "undo": null }))),
        Err(RotationFault::Root(why @ (RootFault::SameKey | RootFault::ChangedMeanwhile))) => {
            Err(wrong(why.to_string()))
        }
        Err(RotationFault::Refused(refusal)) => Err(Failure::Refused(refusal)),
        Err(fault) => Err(doorward_store::StoreFault::unavailable(fault.to_string()).into()),
    }
}

/// Makes keys. An RSA key takes a good part of a second, so this runs beside the request threads.
pub(super) async fn new_keys(
    app: &App,
    tenant: TenantId,
    algorithms: &[SigningAlgorithm],
    state: KeyState,
) -> Result<Vec<SigningKeyRecord>, Failure> {
    let (app, algorithms, now) = (app.clone(), algorithms.to_vec(), app.now());
    let made = tokio::task::spawn_blocking(move || {
        algorithms.iter().map(|algorithm| new_key((tenant, *algorithm), state, app.sealer(), now)).collect()
    });
    let keys: Result<Vec<_>, _> = made.await.expect("making a key does not panic");
    keys.map_err(Failure::Keys)
}
