//! What somebody must know to judge tokens for an API away from this server: the registration that guards read, and the
//! public keys of the tenant. The token itself is never asked for.

use doorward_core::needs::Need;
use serde_json::{Value, json};

use super::call::Call;
use super::lookup;
use super::reply::{Failure, Reply};
use crate::feed;

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let api = lookup::the_api(&call.app, &tenant, call.param("api")).await?;
    let facts = call.app.store().facts(&[Need::Flows(tenant.id), Need::Keys(tenant.id)]).await?;
    let settings = call.app.settings();
    let keys: Vec<&Value> = facts.keys(tenant.id).iter().map(|record| &record.public_jwk).collect();
    Ok(Reply::ok(json!({
        "tenant": tenant.name,
        "registration": feed::document(&settings.base_url, &tenant, &api, facts.flows(tenant.id)),
        "keys": { "keys": keys },
        "development": settings.development,
    })))
}
