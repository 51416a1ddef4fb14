//! The rules of accounts: a name to sign in with stays, an administrator stays, and what was issued ends where trust ends.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Others, PasswordHash, UserView};
use crate::change::{Change, DirectoryChange, GrantChange, GuessChange};
use crate::directory::Act;
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::{not_among, not_found};
use crate::directory::outcome::{Outcome, Removed};
use crate::directory::value::{at_most, fault, label, optional_label};
use crate::model::{Digest, DirectoryRole, GrantId, SignInName, User, UserId};
use crate::needs::BudgetKey;
use crate::refusal::{DirectoryRefusal, Refusal};

/// An account to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// User name, or e-mail address if it contains `@`.
    pub name: String,
    /// Further e-mail addresses; an administrator vouches for them.
    #[serde(default)]
    pub emails: Vec<String>,
    /// What people read.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Given name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(default)]
    pub family_name: Option<String>,
    /// The second, textual id; the id itself where none is given.
    #[serde(default)]
    pub local_id: Option<String>,
    /// The password, hashed by the shell; without one the account cannot sign in by password.
    #[serde(default)]
    pub password: Option<PasswordHash>,
    /// Roles over the directory.
    #[serde(default)]
    pub roles: Vec<DirectoryRole>,
}

/// What changes; absent fields stay, an empty text clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UserChange {
    /// What people read.
    pub display_name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
}

/// Names per account.
const MOST_NAMES: usize = 20;

pub(super) fn add(new: &NewUser, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    at_most("emails", new.emails.len(), MOST_NAMES - 1)?;
    let mut names = vec![sign_in_name("name", &new.name)?];
    for text in &new.emails {
        let email = SignInName::email(text, true).map_err(|why| fault("email", text, why.to_string()))?;
        if !names.iter().any(|name| name.canonical == email.canonical) {
            names.push(email);
        }
    }
    let id = UserId::random(desk.env.entropy.draw());
    let local_id = match &new.local_id {
        None => id.to_string(),
        Some(text) => local_id(text)?,
    };
    let mut roles = new.roles.clone();
    roles.sort_unstable();
    roles.dedup();
    for role in &roles {
        desk.caller.allow(Act::UserRoleAdd, Some(desk.tenant.id))?;
        desk.caller.may_confer(*role)?;
    }
    let user = User {
        tenant: desk.tenant.id,
        pool: desk.tenant.default_pool,
        id,
        local_id,
        factors: Vec::new(),
        display_name: optional_label("display_name", new.display_name.as_deref().unwrap_or(""), 100)?,
        given_name: part_of_name("given_name", new.given_name.as_deref())?,
        family_name: part_of_name("family_name", new.family_name.as_deref())?,
        sign_in_names: names,
        password: new.password.as_ref().map(|password| password.phc().to_owned()),
        roles,
        disabled: false,
        epoch: desk.env.now,
        created_at: desk.env.now,
    };
    let name = user.sign_in_name().to_owned();
    let detail = json!({
        "id": user.id,
        "names": values(&user),
        "roles": user.roles,
        "has_password": user.password.is_some(),
    });
    let view = UserView::new(&user, desk.tenant);
    Ok(Decision::of(Outcome::User(Box::new(view)))
        .change(DirectoryChange::CreateUser(user))
        .change(desk.audit("user.create", &name, detail))
        .undone_by(desk.undo(&["user", "rm", &name])))
}

pub(super) fn add_name(user: &User, text: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let name = sign_in_name("name", text)?;
    let mut after = user.clone();
    match after.sign_in_names.iter_mut().find(|known| known.canonical == name.canonical) {
        Some(known) => known.proven = true,
        None => after.sign_in_names.push(name.clone()),
    }
    at_most("names", after.sign_in_names.len(), MOST_NAMES)?;
    let decision = updated(user, after, ("user.name.add", json!({ "name": name.value })), desk);
    let undo = desk.undo(&["user", "name", "rm", user.sign_in_name(), &name.value]);
    Ok(if decision.changes.is_empty() { decision } else { decision.undone_by(undo) })
}

pub(super) fn remove_name(user: &User, text: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let canonical = SignInName::canonical_form(text);
    let Some(name) = user.sign_in_names.iter().find(|name| name.canonical == canonical) else {
        return Err(not_among("name", text, user.sign_in_names.iter().map(|name| name.value.as_str())).into());
    };
    let mut after = user.clone();
    after.sign_in_names.retain(|name| name.canonical != canonical);
    if !after.sign_in_names.iter().any(|name| name.proven) {
        return Err(fault("name", text, "it is the last name to sign in with: add another one first").into());
    }
    let stays = after.sign_in_name().to_owned();
    Ok(updated(user, after, ("user.name.remove", json!({ "name": name.value })), desk)
        .undone_by(desk.undo(&["user", "name", "add", &stays, &name.value])))
}

pub(super) fn add_role(user: &User, role: DirectoryRole, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    desk.caller.may_confer(role)?;
    let mut after = user.clone();
    if !after.roles.contains(&role) {
        after.roles.push(role);
        after.roles.sort_unstable();
    }
    let decision = updated(user, after, ("user.role.add", json!({ "role": role })), desk);
    let undo = desk.undo(&["user", "role", "rm", user.sign_in_name(), role.word()]);
    Ok(if decision.changes.is_empty() { decision } else { decision.undone_by(undo) })
}

pub(super) fn remove_role(
    user: &User,
    role: DirectoryRole,
    others: &Others,
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    desk.caller.may_confer(role)?;
    if !user.roles.contains(&role) {
        return Err(fault("role", role.word(), format!("{} does not have it", user.sign_in_name())).into());
    }
    let mut after = user.clone();
    after.roles.retain(|held| *held != role);
    after.epoch = desk.epoch_after(user.epoch);
    let stay = who_stays(user, Some(&after), others, desk)?;
    let undo = desk.undo(&["user", "role", "add", user.sign_in_name(), role.word()]);
    Ok(relying_on(stay, updated(user, after, ("user.role.remove", json!({ "role": role })), desk))
        .undone_by(undo))
}

pub(super) fn disable(user: &User, others: &Others, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    if user.disabled {
        return Ok(updated(user, user.clone(), ("user.disable", json!({})), desk));
    }
    let stay = who_stays(user, None, others, desk)?;
    let mut after = user.clone();
    after.disabled = true;
    after.epoch = desk.epoch_after(user.epoch);
    let undo = desk.undo(&["user", "enable", user.sign_in_name()]);
    Ok(relying_on(stay, updated(user, after, ("user.disable", json!({})), desk)).undone_by(undo))
}

pub(super) fn enable(user: &User, desk: &Desk<'_>) -> Decision {
    let mut after = user.clone();
    after.disabled = false;
    let decision = updated(user, after, ("user.enable", json!({})), desk);
    let undo = desk.undo(&["user", "disable", user.sign_in_name()]);
    if decision.changes.is_empty() { decision } else { decision.undone_by(undo) }
}

pub(super) fn remove(user: &User, others: &Others, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let stay = who_stays(user, None, others, desk)?;
    let name = user.sign_in_name().to_owned();
    let removed = Removed { kind: "user".to_owned(), removed: name.clone(), id: user.id.to_string() };
    let detail = json!({ "id": user.id, "names": values(user) });
    let decision = Decision::of(Outcome::Removed(removed))
        .change(DirectoryChange::DeleteUser(user.tenant, user.pool, user.id))
        .change(desk.audit("user.delete", &name, detail));
    Ok(relying_on(stay, decision))
}

/// The operator's way out when everything is lost: without factors, and signed out everywhere, whoever asked for it.
pub(super) fn reset_factors(user: &User, desk: &Desk<'_>) -> Decision {
    let mut after = user.clone();
    let removed: Vec<&str> = user.factors.iter().map(|factor| factor.kind().as_str()).collect();
    if !removed.is_empty() {
        after.factors.clear();
        after.epoch = desk.epoch_after(user.epoch);
    }
    let decision = updated(user, after, ("user.factor.reset", json!({ "removed": removed })), desk);
    if removed.is_empty() {
        return decision;
    }
    decision.change(GuessChange::Clear(BudgetKey::Factor(user.tenant, user.id)))
}

pub(super) fn set_password(user: &User, password: &PasswordHash, desk: &Desk<'_>) -> Decision {
    let mut after = user.clone();
    after.password = Some(password.phc().to_owned());
    after.epoch = desk.epoch_after(user.epoch);
    updated(user, after, ("user.password.set", json!({ "had_one": user.password.is_some() })), desk)
}

/// Ends everything that was issued up to this second.
pub(super) fn sign_out(user: &User, desk: &Desk<'_>) -> Decision {
    let mut after = user.clone();
    after.epoch = desk.epoch_after(user.epoch);
    updated(user, after, ("user.sign_out", json!({})), desk)
}

pub(super) fn end_grant(user: &User, id: GrantId, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let grant = desk
        .facts
        .grant(desk.tenant.id, id)
        .filter(|grant| grant.user == user.id)
        .ok_or_else(|| not_found("grant", &id.to_string()))?;
    let removed = Removed { kind: "grant".to_owned(), removed: id.to_string(), id: id.to_string() };
    let decision = Decision::of(Outcome::Removed(removed));
    if grant.revoked_at.is_some() {
        return Ok(decision);
    }
    let detail = json!({ "grant": id, "app": grant.client });
    Ok(decision
        .change(GrantChange::RevokeGrant { tenant: desk.tenant.id, grant: id, at: desk.env.now })
        .change(desk.audit("user.grant.end", user.sign_in_name(), detail)))
}

pub(super) fn unlock(user: &User, desk: &Desk<'_>) -> Decision {
    let mut decision = Decision::of(Outcome::User(Box::new(UserView::new(user, desk.tenant))));
    for name in &user.sign_in_names {
        for budget in budgets(name, desk) {
            decision = decision.change(GuessChange::Clear(budget));
        }
    }
    decision.change(desk.audit("user.unlock", user.sign_in_name(), json!({})))
}

/// The budgets of wrong guesses at a name, as it is typed and as a user principal name.
fn budgets(name: &SignInName, desk: &Desk<'_>) -> [BudgetKey; 2] {
    let principal_name = SignInName::canonical_form(&desk.tenant.user_principal_name(&name.value));
    [name.canonical.as_str(), principal_name.as_str()].map(|text| {
        let digest = desk.env.vault.mac(desk.tenant.id, "guess budget", text.as_bytes());
        BudgetKey::Password(desk.tenant.id, Digest::new(digest))
    })
}

pub(super) fn update(user: &User, change: &UserChange, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let mut after = user.clone();
    let mut undo = vec!["user", "update", user.sign_in_name()];
    let mut detail = serde_json::Map::new();
    if let Some(text) = &change.display_name {
        after.display_name = optional_label("display_name", text, 100)?;
        detail.insert("display_name".to_owned(), json!([user.display_name, after.display_name]));
        undo.extend(["--display-name", &user.display_name]);
    }
    if let Some(text) = &change.given_name {
        after.given_name = part_of_name("given_name", Some(text))?;
        detail.insert("given_name".to_owned(), json!([user.given_name, after.given_name]));
        undo.extend(["--given-name", user.given_name.as_deref().unwrap_or("")]);
    }
    if let Some(text) = &change.family_name {
        after.family_name = part_of_name("family_name", Some(text))?;
        detail.insert("family_name".to_owned(), json!([user.family_name, after.family_name]));
        undo.extend(["--family-name", user.family_name.as_deref().unwrap_or("")]);
    }
    let decision = updated(user, after, ("user.update", detail.into()), desk);
    Ok(if decision.changes.is_empty() { decision } else { decision.undone_by(desk.undo(&undo)) })
}

/// A decision that turns `before` into `after`, with its audit line; none of either where they are equal.
fn updated(before: &User, after: User, (action, detail): (&str, Value), desk: &Desk<'_>) -> Decision {
    let decision = Decision::of(Outcome::User(Box::new(UserView::new(&after, desk.tenant))));
    if after == *before {
        return decision;
    }
    decision.change(DirectoryChange::UpdateUser { before: before.clone(), after }).change(desk.audit(
        action,
        before.sign_in_name(),
        detail,
    ))
}

/// Who stays when `user` becomes `after`, or goes: another administrator of the tenant where it ceases to be one, another
/// owner of the installation likewise. A disabled account counts for nothing.
fn who_stays(
    user: &User,
    after: Option<&User>,
    others: &Others,
    desk: &Desk<'_>,
) -> Result<Vec<User>, DirectoryRefusal> {
    let name = || user.sign_in_name().to_owned();
    let ceases = |is: fn(&User) -> bool| is(user) && !user.disabled && !after.is_some_and(is);
    let mut stay = Vec::new();
    if ceases(User::is_owner) {
        let other = others
            .owner
            .filter(|(_, id)| *id != user.id)
            .and_then(|(home, id)| desk.facts.user_in_tenant(home, id))
            .filter(|other| other.is_owner() && !other.disabled);
        stay.push(other.ok_or_else(|| DirectoryRefusal::LastOwner { name: name() })?.clone());
    }
    if ceases(User::is_administrator) {
        let other = others
            .administrator
            .filter(|id| *id != user.id)
            .and_then(|id| desk.facts.user_in_tenant(desk.tenant.id, id))
            .filter(|other| other.is_administrator() && !other.disabled);
        stay.push(other.ok_or_else(|| DirectoryRefusal::LastAdministrator { name: name() })?.clone());
    }
    Ok(stay)
}

/// Makes it a precondition that those who stay are still what they were: of two commands that each rely on the account
/// that the other one takes away, one fails.
fn relying_on(stay: Vec<User>, mut decision: Decision) -> Decision {
    for other in stay {
        let unchanged = DirectoryChange::UpdateUser { before: other.clone(), after: other };
        decision.changes.insert(0, Change::from(unchanged));
    }
    decision
}

fn sign_in_name(field: &'static str, text: &str) -> Result<SignInName, DirectoryRefusal> {
    let name = if text.contains('@') { SignInName::email(text, true) } else { SignInName::user_name(text) };
    let name = name.map_err(|why| fault(field, text, why.to_string()))?;
    if name.value.starts_with('-') {
        return Err(fault(field, text, "a name that begins with a hyphen reads as an option"));
    }
    if UserId::parse(&name.value).is_ok() {
        return Err(fault(field, text, "a name must not look like an id"));
    }
    Ok(name)
}

fn local_id(text: &str) -> Result<String, DirectoryRefusal> {
    let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(fault("local_id", text, "it has 1 to 128 visible ASCII characters"))
    }
}

/// An empty text clears.
fn part_of_name(field: &'static str, text: Option<&str>) -> Result<Option<String>, DirectoryRefusal> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => label(field, text, 100).map(Some),
    }
}

fn values(user: &User) -> Vec<&str> {
    user.sign_in_names.iter().map(|name| name.value.as_str()).collect()
}
