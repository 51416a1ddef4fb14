//! Tenants: made with a pool, signing keys and the built-in API; changed; removed with all they hold.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::built_in::built_in_graph;
use super::desk::{Decision, Desk, Undo};
use super::outcome::{Outcome, Removed};
use super::value::{domain, fault, label};
use super::{Caller, administration};
use crate::change::{AuditEntry, Change, DirectoryChange, KeyChange};
use crate::model::{
    FlowIssuer, KeyState, MfaRule, PoolId, SigningAlgorithm, SigningKeyRecord, Tenant, TenantId, TenantKey,
    TenantKind, TenantName, UserPool,
};
use crate::port::Env;
use crate::refusal::{DirectoryRefusal, Refusal};

/// What is done with a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantCommand {
    /// Makes one.
    Create(Box<NewTenant>),
    /// Removes one with everything in it; unless the last owner of the installation lives there, whose name the shell
    /// then looks up.
    Delete(TenantKey, Option<String>),
    /// Shows one.
    Show(TenantKey),
    /// Changes one.
    Update(TenantKey, TenantChange),
}

/// A tenant to be made. The shell draws the id beforehand, because the keys are sealed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTenant {
    /// Fresh random id.
    pub id: TenantId,
    /// Short name in addresses.
    pub name: String,
    /// Domain, the suffix of user principal names; `{name}.internal` where none is given and the name is none itself.
    pub domain: Option<String>,
    /// What people read; the name where none is given.
    pub display_name: Option<String>,
    /// Work or personal.
    pub kind: TenantKind,
    /// Fresh signing keys, sealed for `id`. Exactly one of each algorithm to be used; RS256 is a must.
    pub keys: Vec<SigningKeyRecord>,
}

/// What changes; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantChange {
    /// What people read.
    pub display_name: Option<String>,
    /// Issuer style of the user flows.
    pub flow_issuer: Option<FlowIssuer>,
    /// Whether people may consent for themselves.
    pub user_consent: Option<bool>,
    /// A disabled tenant answers as if it did not exist.
    pub disabled: Option<bool>,
    /// When a second factor is asked for.
    pub mfa: Option<MfaRule>,
}

/// A tenant as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantView {
    /// `tid` in tokens.
    pub id: TenantId,
    /// Short name in addresses.
    pub name: String,
    /// Domain.
    pub domain: String,
    /// What people read.
    pub display_name: String,
    /// Work or personal.
    pub kind: TenantKind,
    /// Where sign-in looks for people.
    pub default_pool: PoolId,
    /// Issuer style of the user flows.
    pub flow_issuer: FlowIssuer,
    /// Whether people may consent for themselves.
    pub user_consent: bool,
    /// Whether it is switched off.
    pub disabled: bool,
    /// When a second factor is asked for.
    #[serde(default)]
    pub mfa: MfaRule,
}

impl From<&Tenant> for TenantView {
    fn from(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id,
            name: tenant.name.to_string(),
            domain: tenant.domain.clone(),
            display_name: tenant.display_name.clone(),
            kind: tenant.kind,
            default_pool: tenant.default_pool,
            flow_issuer: tenant.flow_issuer,
            user_consent: tenant.user_consent,
            disabled: tenant.disabled,
            mfa: tenant.mfa,
        }
    }
}

impl TenantCommand {
    pub(super) fn tenant(&self) -> Option<&TenantKey> {
        match self {
            Self::Create(_) => None,
            Self::Delete(key, _) | Self::Show(key) | Self::Update(key, _) => Some(key),
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Create(new) => &new.name,
            Self::Delete(key, _) | Self::Show(key) | Self::Update(key, _) => key.as_str(),
        }
    }
}

/// Makes a tenant; every other command finds one first.
pub(super) fn create(command: &TenantCommand, env: &Env<'_>, caller: &Caller) -> Result<Decision, Refusal> {
    let TenantCommand::Create(new) = command else { unreachable!("only a creation has no tenant") };
    let name = TenantName::parse(&new.name).map_err(|why| fault("name", &new.name, why.to_string()))?;
    let domain = match &new.domain {
        Some(text) => domain(text)?,
        None if name.as_str().contains('.') => domain(name.as_str())?,
        None => format!("{name}.internal"),
    };
    let display_name = label("display_name", new.display_name.as_deref().unwrap_or(name.as_str()), 100)?;
    let pool = PoolId::random(env.entropy.draw());
    let tenant = Tenant {
        id: new.id,
        name,
        domain,
        display_name,
        kind: new.kind,
        default_pool: pool,
        flow_issuer: FlowIssuer::Tfp,
        mfa: MfaRule::WhenEnrolled,
        user_consent: true,
        keys: crate::model::KeyPolicy::default(),
        disabled: false,
    };
    let keys = first_keys(new, env)?;
    let pool = UserPool { tenant: tenant.id, id: pool, name: "default".to_owned() };
    let audit = AuditEntry {
        tenant: Some(tenant.id),
        at: env.now,
        actor: caller.actor.clone(),
        credential: caller.credential.clone(),
        action: "tenant.create".to_owned(),
        target: tenant.name.to_string(),
        detail: json!({ "id": tenant.id, "domain": tenant.domain, "kind": tenant.kind }),
    };
    let view = TenantView::from(&tenant);
    let mut decision = Decision::of(Outcome::Tenant(Box::new(view)))
        .change(DirectoryChange::CreateTenant(tenant.clone(), pool))
        .change(DirectoryChange::RegisterResource(built_in_graph(tenant.id)));
    for built_in in administration::first(tenant.id, env.now) {
        decision = decision.change(built_in);
    }
    for key in keys {
        decision = decision.change(KeyChange::Add(key));
    }
    Ok(decision.change(Change::Audit(audit)).undone_by(Undo::new([
        "tenant",
        "rm",
        tenant.name.as_str(),
        "--yes",
    ])))
}

/// The keys of a new tenant sign from the start: nobody knows an older one.
fn first_keys(new: &NewTenant, env: &Env<'_>) -> Result<Vec<SigningKeyRecord>, DirectoryRefusal> {
    let mut algorithms = Vec::new();
    for key in &new.keys {
        if key.tenant != new.id {
            return Err(fault("keys", key.kid.as_str(), "the key was sealed for another tenant"));
        }
        if algorithms.contains(&key.algorithm) {
            return Err(fault("keys", key.algorithm.as_str(), "a tenant begins with one key per algorithm"));
        }
        algorithms.push(key.algorithm);
    }
    if !algorithms.contains(&SigningAlgorithm::Rs256) {
        return Err(fault("keys", "none", "a tenant needs an RS256 key: every client understands it"));
    }
    let active = |key: &SigningKeyRecord| SigningKeyRecord {
        state: KeyState::Active,
        state_since: env.now,
        created_at: env.now,
        ..key.clone()
    };
    Ok(new.keys.iter().map(active).collect())
}

/// Shows, changes or removes a tenant that is there.
pub(super) fn decide(command: &TenantCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let tenant = desk.tenant;
    let name = tenant.name.as_str();
    match command {
        TenantCommand::Create(_) => unreachable!("a creation has no tenant to find"),
        TenantCommand::Show(_) => Ok(Decision::of(Outcome::Tenant(Box::new(tenant.into())))),
        TenantCommand::Delete(_, Some(owner)) => {
            Err(DirectoryRefusal::LastOwner { name: owner.clone() }.into())
        }
        TenantCommand::Delete(_, None) => {
            let removed =
                Removed { kind: "tenant".to_owned(), removed: name.to_owned(), id: tenant.id.to_string() };
            let line = desk.audit("tenant.delete", name, json!({ "id": tenant.id }));
            Ok(Decision::of(Outcome::Removed(removed))
                .change(DirectoryChange::DeleteTenant(tenant.id))
                .change(of_the_installation(line)))
        }
        TenantCommand::Update(_, change) => update(change, desk),
    }
}

/// The audit line of a tenant's end belongs to the installation: the tenant's own log goes with it.
fn of_the_installation(line: Change) -> Change {
    match line {
        Change::Audit(entry) => Change::Audit(AuditEntry { tenant: None, ..entry }),
        other => other,
    }
}

fn update(change: &TenantChange, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let before = desk.tenant;
    let mut after = before.clone();
    let mut undo = vec!["tenant", "update", before.name.as_str()];
    let mut detail = serde_json::Map::new();
    if let Some(text) = &change.display_name {
        after.display_name = label("display_name", text, 100)?;
        detail.insert("display_name".to_owned(), json!([before.display_name, after.display_name]));
        undo.extend(["--display-name", &before.display_name]);
    }
    if let Some(style) = change.flow_issuer {
        after.flow_issuer = style;
        detail.insert("flow_issuer".to_owned(), json!([before.flow_issuer, style]));
        let old = match before.flow_issuer {
            FlowIssuer::Tfp => "tfp",
            FlowIssuer::V2 => "v2",
        };
        undo.extend(["--flow-issuer", old]);
    }
    if let Some(may) = change.user_consent {
        after.user_consent = may;
        detail.insert("user_consent".to_owned(), json!([before.user_consent, may]));
        undo.extend(["--user-consent", if before.user_consent { "on" } else { "off" }]);
    }
    if let Some(disabled) = change.disabled {
        after.disabled = disabled;
        detail.insert("disabled".to_owned(), json!([before.disabled, disabled]));
        undo.extend(["--disabled", if before.disabled { "on" } else { "off" }]);
    }
    if let Some(rule) = change.mfa {
        after.mfa = rule;
        detail.insert("mfa".to_owned(), json!([before.mfa, rule]));
        undo.extend(["--mfa", before.mfa.word()]);
    }
    let outcome = Outcome::Tenant(Box::new((&after).into()));
    if after == *before {
        return Ok(Decision::of(outcome));
    }
    Ok(Decision::of(outcome)
        .change(DirectoryChange::UpdateTenant { before: before.clone(), after })
        .change(desk.audit("tenant.update", before.name.as_str(), detail.into()))
        .undone_by(Undo::new(undo)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::fixture::{self, Bench};
    use crate::directory::{ADMIN_API, CLI_APP, Command, built_in::BUILT_IN_GRAPH};

    fn create(name: &str, keys: &[SigningAlgorithm]) -> Result<Decision, Refusal> {
        let id = TenantId::random([9; 16]);
        let new = NewTenant {
            id,
            name: name.to_owned(),
            domain: None,
            display_name: None,
            kind: TenantKind::Work,
            keys: keys.iter().map(|alg| fixture::key(id, *alg, "k", KeyState::Upcoming)).collect(),
        };
        Bench::new().decide(&Command::Tenant(TenantCommand::Create(Box::new(new))))
    }

    #[test]
    fn a_tenant_is_born_with_a_pool_the_built_in_api_and_keys_that_sign() {
        let decision = create("orchard", &[SigningAlgorithm::Rs256, SigningAlgorithm::Es256]).unwrap();
        let mut seen = Vec::new();
        for change in &decision.changes {
            match change {
                Change::Directory(change) => match &**change {
                    DirectoryChange::CreateTenant(tenant, pool) => {
                        assert_eq!(
                            (tenant.default_pool, tenant.domain.as_str()),
                            (pool.id, "orchard.internal")
                        );
                        seen.push("tenant");
                    }
                    DirectoryChange::RegisterResource(api) if api.id == BUILT_IN_GRAPH => seen.push("graph"),
                    DirectoryChange::RegisterResource(api) if api.id == ADMIN_API => {
                        seen.push("administration");
                    }
                    DirectoryChange::RegisterClient(app) if app.app_id == CLI_APP => {
                        seen.push("command line");
                    }
                    other => panic!("{other:?}"),
                },
                Change::Key(KeyChange::Add(key)) => {
                    assert_eq!(key.state, KeyState::Active);
                    seen.push("key");
                }
                Change::Audit(line) => {
                    assert_eq!(line.action, "tenant.create");
                    seen.push("audit");
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(seen, ["tenant", "graph", "administration", "command line", "key", "key", "audit"]);
        assert_eq!(decision.undo.unwrap().to_string(), "tenant rm orchard --yes");
    }

    #[test]
    fn a_tenant_without_the_key_that_everyone_understands_is_refused() {
        assert!(create("orchard", &[]).unwrap_err().to_string().contains("RS256"));
        assert!(create("orchard", &[SigningAlgorithm::EdDsa]).is_err());
        assert!(create("orchard", &[SigningAlgorithm::Rs256, SigningAlgorithm::Rs256]).is_err());
    }

    #[test]
    fn a_name_that_means_something_else_says_why() {
        let refusal = create("common", &[SigningAlgorithm::Rs256]).unwrap_err();
        assert!(refusal.to_string().contains("path of the server itself"), "{refusal}");
    }

    #[test]
    fn a_change_names_its_undo_and_an_empty_one_changes_nothing() {
        let bench = Bench::new();
        let update = |change| Command::Tenant(TenantCommand::Update(TenantKey::new("meadow"), change));
        let decision = bench
            .decide(&update(TenantChange { user_consent: Some(false), ..TenantChange::default() }))
            .unwrap();
        assert_eq!(decision.undo.unwrap().to_string(), "tenant update meadow --user-consent on");
        assert!(bench.decide(&update(TenantChange::default())).unwrap().changes.is_empty());
    }

    #[test]
    fn an_unknown_tenant_is_not_found() {
        let refusal =
            Bench::new().decide(&Command::Tenant(TenantCommand::Show(TenantKey::new("no")))).unwrap_err();
        assert!(refusal.to_string().contains("there is no tenant no"));
    }

    #[test]
    fn the_end_of_a_tenant_is_told_to_the_installation() {
        let decision = Bench::new()
            .decide(&Command::Tenant(TenantCommand::Delete(TenantKey::new("meadow"), None)))
            .unwrap();
        assert!(decision.changes.iter().any(|c| matches!(c, Change::Audit(AuditEntry { tenant: None, .. }))));
        assert_eq!(decision.undo, None);
        let with_the_last_owner = TenantCommand::Delete(TenantKey::new("meadow"), Some("ada".to_owned()));
        let refusal = Bench::new().decide(&Command::Tenant(with_the_last_owner)).unwrap_err();
        assert_eq!(refusal.reason.row().code.as_str(), "DW1082");
    }
}
