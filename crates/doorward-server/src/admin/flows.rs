//! User flows.

use doorward_core::directory::{Command, FlowCommand, FlowSpec};
use doorward_core::model::{ConsentStyle, FlowClaim, FlowIdentity, FlowKind};
use serde::Deserialize;

use super::call::Call;
use super::reply::{Failure, Reply};

/// A flow to be stored under the name of the path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: FlowKind,
    #[serde(default)]
    identity: FlowIdentity,
    #[serde(default = "admin_only")]
    consent: ConsentStyle,
    #[serde(default)]
    claims: Vec<FlowClaim>,
    #[serde(default)]
    aliases: Vec<String>,
}

fn admin_only() -> ConsentStyle {
    ConsentStyle::AdminOnly
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    // There are few, on one page; what is asked for must be a page all the same.
    call.page()?;
    call.show(Command::Flow(call.tenant(), FlowCommand::List)).await
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    call.show(Command::Flow(call.tenant(), FlowCommand::Show { flow: call.text("flow") })).await
}

pub(super) async fn put(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.json()?;
    let spec = FlowSpec {
        name: call.text("flow"),
        kind: body.kind,
        identity: body.identity,
        consent: body.consent,
        claims: body.claims,
        aliases: body.aliases,
    };
    call.run(Command::Flow(call.tenant(), FlowCommand::Put(spec))).await
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    call.run(Command::Flow(call.tenant(), FlowCommand::Remove { flow: call.text("flow") })).await
}
