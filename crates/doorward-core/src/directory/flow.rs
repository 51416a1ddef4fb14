//! User flows: named ways in.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::desk::{Decision, Desk};
use super::naming::not_among;
use super::outcome::{Outcome, Removed};
use super::value::{at_most, fault};
use crate::change::DirectoryChange;
use crate::model::{ConsentStyle, FlowClaim, FlowIdentity, FlowKind, FlowName, Tenant, UserFlow};
use crate::needs::Need;
use crate::refusal::{DirectoryRefusal, Refusal};

/// What is done with a user flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowCommand {
    /// Shows all of them.
    List,
    /// Makes one, or replaces the one of that name.
    Put(FlowSpec),
    /// Removes one.
    Remove {
        /// Its name or an alias.
        flow: String,
    },
    /// Shows one.
    Show {
        /// Its name or an alias.
        flow: String,
    },
}

/// A user flow to be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowSpec {
    /// Its name.
    pub name: String,
    /// What it does.
    pub kind: FlowKind,
    /// By what new accounts are known; by a user name where nothing is said.
    #[serde(default)]
    pub identity: FlowIdentity,
    /// Whether people are asked for consent; administrators alone decide where nothing is said.
    #[serde(default = "admin_only")]
    pub consent: ConsentStyle,
    /// Claims returned.
    #[serde(default)]
    pub claims: Vec<FlowClaim>,
    /// Other path segments that lead to it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

fn admin_only() -> ConsentStyle {
    ConsentStyle::AdminOnly
}

/// A user flow as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowView {
    /// Its name, also `tfp`.
    pub name: String,
    /// Other path segments that lead to it.
    pub aliases: Vec<String>,
    /// What it does.
    pub kind: FlowKind,
    /// By what new accounts are known.
    #[serde(default)]
    pub identity: FlowIdentity,
    /// Consent.
    pub consent: ConsentStyle,
    /// Claims returned.
    pub claims: Vec<FlowClaim>,
}

impl From<&UserFlow> for FlowView {
    fn from(flow: &UserFlow) -> Self {
        Self {
            name: flow.name.to_string(),
            aliases: flow.aliases.clone(),
            kind: flow.kind,
            identity: flow.identity,
            consent: flow.consent,
            claims: flow.claims.clone(),
        }
    }
}

impl FlowCommand {
    pub(super) fn shown(&self) -> Option<Self> {
        match self {
            Self::List => None,
            other => Some(Self::Show { flow: other.subject().to_owned() }),
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::List => "list",
            Self::Put(spec) => &spec.name,
            Self::Remove { flow } | Self::Show { flow } => flow,
        }
    }
}

pub(super) fn needs(_: &FlowCommand, tenant: &Tenant, all: &mut Vec<Need>) {
    all.push(Need::Flows(tenant.id));
}

pub(super) fn decide(command: &FlowCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let flows = desk.facts.flows(desk.tenant.id);
    match command {
        FlowCommand::List => Ok(Decision::of(Outcome::Flows(flows.iter().map(FlowView::from).collect()))),
        FlowCommand::Put(spec) => put(spec, flows, desk),
        FlowCommand::Remove { flow } => {
            let flow = find(flows, flow)?;
            let name = flow.name.as_str();
            let removed =
                Removed { kind: "flow".to_owned(), removed: name.to_owned(), id: flow.name.lower() };
            let undo = put_words(flow);
            let undo: Vec<&str> = undo.iter().map(String::as_str).collect();
            Ok(Decision::of(Outcome::Removed(removed))
                .change(DirectoryChange::DeleteFlow(desk.tenant.id, flow.name.clone()))
                .change(desk.audit("flow.delete", name, json!({})))
                .undone_by(desk.undo(&undo)))
        }
        FlowCommand::Show { flow } => Ok(Decision::of(Outcome::Flow(Box::new(find(flows, flow)?.into())))),
    }
}

fn find<'a>(flows: &'a [UserFlow], text: &str) -> Result<&'a UserFlow, DirectoryRefusal> {
    flows
        .iter()
        .find(|flow| flow.answers_to(text))
        .ok_or_else(|| not_among("flow", text, flows.iter().map(|flow| flow.name.as_str())))
}

fn put(spec: &FlowSpec, flows: &[UserFlow], desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let name = FlowName::parse(&spec.name).ok_or_else(|| {
        fault(
            "name",
            &spec.name,
            "a flow's name has 1 to 64 letters, digits, `_` and `-`, without the word token",
        )
    })?;
    at_most("aliases", spec.aliases.len(), 10)?;
    let mut aliases: Vec<String> = Vec::new();
    for text in &spec.aliases {
        let alias = alias(text)?;
        if !alias.eq_ignore_ascii_case(name.as_str()) && !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    let mut claims = Vec::new();
    for claim in &spec.claims {
        if !claims.contains(claim) {
            claims.push(*claim);
        }
    }
    let flow = UserFlow {
        tenant: desk.tenant.id,
        name,
        aliases,
        kind: spec.kind,
        identity: spec.identity,
        consent: spec.consent,
        claims,
    };
    let is_same = |other: &&UserFlow| other.name.lower() == flow.name.lower();
    for other in flows.iter().filter(|other| !is_same(other)) {
        let taken = std::iter::once(flow.name.as_str()).chain(flow.aliases.iter().map(String::as_str));
        if let Some(name) = taken.into_iter().find(|segment| other.answers_to(segment)) {
            return Err(DirectoryRefusal::NameTaken { kind: "flow", name: name.to_owned() }.into());
        }
    }
    let before = flows.iter().find(is_same);
    let outcome = Outcome::Flow(Box::new((&flow).into()));
    if before == Some(&flow) {
        return Ok(Decision::of(outcome));
    }
    let undo = match before {
        Some(before) => put_words(before),
        None => ["flow", "rm", flow.name.as_str()].map(str::to_owned).to_vec(),
    };
    let undo: Vec<&str> = undo.iter().map(String::as_str).collect();
    let action = if before.is_some() { "flow.update" } else { "flow.create" };
    let detail = json!({ "kind": flow.kind, "identity": flow.identity, "consent": flow.consent, "claims": flow.claims, "aliases": flow.aliases });
    let target = flow.name.to_string();
    Ok(Decision::of(outcome)
        .change(DirectoryChange::PutFlow(flow))
        .change(desk.audit(action, &target, detail))
        .undone_by(desk.undo(&undo)))
}

/// Path segments that stand where a flow's alias would.
const TAKEN: &[&str] = &[
    "oauth2",
    "discovery",
    "adminconsent",
    "v1.0",
    "v2.0",
    ".well-known",
    "common",
    "organizations",
    "consumers",
    "oauth",
];

fn alias(text: &str) -> Result<String, DirectoryRefusal> {
    let lower = text.to_ascii_lowercase();
    let fits = (1..=64).contains(&lower.len())
        && lower.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if !fits {
        return Err(fault("alias", text, "an alias has 1 to 64 letters, digits, `_`, `-` and `.`"));
    }
    if lower.contains("token") {
        return Err(fault("alias", text, "client libraries rewrite the word token in addresses"));
    }
    if TAKEN.contains(&lower.as_str()) {
        return Err(fault("alias", text, "it is a path of the server itself"));
    }
    Ok(lower)
}

/// The command that stores a flow as it is.
fn put_words(flow: &UserFlow) -> Vec<String> {
    let text = |value: serde_json::Value| value.as_str().unwrap_or_default().replace('_', "-");
    let mut words = vec!["flow".to_owned(), "put".to_owned(), flow.name.to_string()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    option("--kind", text(json!(flow.kind)));
    if flow.identity != FlowIdentity::UserName {
        option("--identity", text(json!(flow.identity)));
    }
    option("--consent", text(json!(flow.consent)));
    for claim in &flow.claims {
        option("--claim", text(json!(claim)));
    }
    for alias in &flow.aliases {
        option("--alias", alias.clone());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Command;
    use crate::directory::fixture::Bench;
    use crate::model::TenantKey;

    fn put(bench: &Bench, name: &str, aliases: &[&str]) -> Result<Decision, Refusal> {
        let spec = FlowSpec {
            name: name.to_owned(),
            kind: FlowKind::SignUpOrSignIn,
            identity: FlowIdentity::UserName,
            consent: ConsentStyle::AdminOnly,
            claims: vec![FlowClaim::Emails, FlowClaim::Emails],
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
        };
        bench.decide(&Command::Flow(TenantKey::new("meadow"), FlowCommand::Put(spec)))
    }

    #[test]
    fn a_flow_is_made_and_its_undo_removes_it() {
        let decision = put(&Bench::new(), "Welcome", &["join", "WELCOME"]).unwrap();
        let Outcome::Flow(view) = &decision.outcome else { panic!("a flow answers with a flow") };
        assert_eq!((view.aliases.join(" "), view.claims.len()), ("join".to_owned(), 1));
        assert_eq!(decision.undo.unwrap().to_string(), "flow rm Welcome --tenant meadow");
    }

    #[test]
    fn the_undo_of_a_change_is_the_flow_as_it_was() {
        let mut bench = Bench::new();
        bench.flows.push(UserFlow {
            tenant: bench.tenant.id,
            name: FlowName::parse("welcome").unwrap(),
            aliases: vec!["join".to_owned()],
            kind: FlowKind::SignIn,
            identity: FlowIdentity::Both,
            consent: ConsentStyle::Interactive,
            claims: vec![FlowClaim::DisplayName],
        });
        let decision = put(&bench, "Welcome", &[]).unwrap();
        assert_eq!(
            decision.undo.unwrap().to_string(),
            "flow put welcome --kind sign-in --identity both --consent interactive --claim display-name --alias join --tenant meadow"
        );
        let refusal = put(&bench, "other", &["JOIN"]).unwrap_err();
        assert!(refusal.to_string().contains("flow name join is taken"), "{refusal}");
    }

    #[test]
    fn an_alias_is_no_path_of_the_server() {
        for bad in ["v2.0", "OAuth2", "my-token", "a/b", "", "discovery"] {
            assert!(put(&Bench::new(), "welcome", &[bad]).is_err(), "{bad}");
        }
        assert!(put(&Bench::new(), "to ken", &[]).is_err());
    }

    #[test]
    fn a_misspelt_flow_is_told_its_name() {
        let mut bench = Bench::new();
        bench.flows.push(UserFlow {
            tenant: bench.tenant.id,
            name: FlowName::parse("welcome").unwrap(),
            aliases: Vec::new(),
            kind: FlowKind::SignIn,
            identity: FlowIdentity::UserName,
            consent: ConsentStyle::AdminOnly,
            claims: Vec::new(),
        });
        let command = FlowCommand::Show { flow: "welcom".to_owned() };
        let refusal = bench.decide(&Command::Flow(TenantKey::new("meadow"), command)).unwrap_err();
        assert!(refusal.to_string().ends_with("did you mean welcome?"), "{refusal}");
    }
}
