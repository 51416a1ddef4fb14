//! Signing keys: made here, off the request threads, and handed to the rule.

use doorward_core::directory::{Command, KeyCommand, RotationTiming};
use doorward_core::model::{KeyState, SigningAlgorithm, SigningKeyRecord, TenantId};
use serde::Deserialize;

use super::call::Call;
use super::lookup;
use super::reply::{Failure, Reply};
use crate::app::App;
use crate::keyring::new_key;

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
    call.show(Command::Key(call.tenant(), KeyCommand::List)).await
}

pub(super) async fn rotate(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.json()?;
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let mut keys = new_keys(&call.app, tenant.id, &[body.algorithm], KeyState::Upcoming).await?;
    let new = Box::new(keys.pop().expect("one key was asked for"));
    call.run(Command::Key(call.tenant(), KeyCommand::Rotate { new, timing: body.timing })).await
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
