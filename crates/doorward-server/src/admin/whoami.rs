//! Who asks, and what they may do: so that a person who just signed in sees what that is worth.

use doorward_core::change::Actor;
use doorward_core::directory::{Act, Caller};
use doorward_core::model::{DirectoryRole, TenantKey};
use doorward_core::needs::Need;
use serde_json::json;

use super::call::Call;
use super::reply::{Failure, Reply};

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    let Caller { actor, roles, credential } = &call.caller;
    let (mut tenant, mut user) = (None, None);
    if let Actor::User(home, id) = actor {
        let key = TenantKey::new(&home.to_string());
        let needs = [Need::Tenant(key.clone()), Need::UserInTenant(*home, *id)];
        let facts = call.app.store().facts(&needs).await?;
        tenant = facts.tenant(&key).map(|tenant| tenant.name.to_string());
        user = facts.user_in_tenant(*home, *id).map(|user| user.sign_in_name().to_owned());
    }
    let home = call.caller.home();
    let may: Vec<&str> =
        Act::ALL.iter().filter(|act| call.caller.may(**act, home)).map(|act| act.name()).collect();
    Ok(Reply::ok(json!({
        "actor": match actor {
            Actor::App(_) => "app",
            Actor::Operator => "operator",
            Actor::System => "system",
            Actor::User(..) => "user",
        },
        "tenant": tenant,
        "user": user,
        "roles": roles,
        "role_words": roles.iter().map(|role| DirectoryRole::word(*role)).collect::<Vec<_>>(),
        "everywhere": call.caller.is_everywhere(),
        "credential": credential,
        "may": may,
    })))
}
