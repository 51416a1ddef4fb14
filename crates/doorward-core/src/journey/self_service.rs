//! What signed-in people change about their own account: their names, their sessions, and what they allowed to
//! applications. Pure; passwords, addresses and factors have rooms of their own.

use crate::change::{Actor, AuditEntry, Change, DirectoryChange, GrantChange, SessionChange};
use crate::model::{AppId, BrowserSession, ConsentGrant, Grant, Principal, Tenant, User};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// Characters of a name for people.
const LONGEST_NAME: usize = 100;

/// The names as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedProfile {
    /// What others read; never empty.
    pub display_name: String,
    /// Empty clears.
    pub given_name: String,
    /// Empty clears.
    pub family_name: String,
}

/// The account with the typed names; nothing where nothing differs.
pub fn change_profile(
    user: &User,
    typed: &TypedProfile,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Result<Vec<Change>, JourneyRefusal> {
    let display_name = name("display_name", &typed.display_name)?.ok_or_else(|| JourneyRefusal::Field {
        field: "display_name",
        fault: "Enter your name".to_owned(),
    })?;
    let mut after = user.clone();
    after.display_name = display_name;
    after.given_name = name("given_name", &typed.given_name)?;
    after.family_name = name("family_name", &typed.family_name)?;
    if after == *user {
        return Ok(Vec::new());
    }
    let audit = audit(user, tenant, "user.profile.change", serde_json::json!({}), env);
    Ok(vec![DirectoryChange::UpdateUser { before: user.clone(), after }.into(), audit])
}

fn name(field: &'static str, typed: &str) -> Result<Option<String>, JourneyRefusal> {
    let typed = typed.trim();
    if typed.chars().count() > LONGEST_NAME || typed.chars().any(char::is_control) {
        let fault = format!("Use at most {LONGEST_NAME} ordinary characters");
        return Err(JourneyRefusal::Field { field, fault });
    }
    Ok((!typed.is_empty()).then(|| typed.to_owned()))
}

/// Signs the account out of one browser; the other accounts there stay.
pub fn end_session(user: &User, session: &BrowserSession, tenant: &Tenant, env: &Env<'_>) -> Vec<Change> {
    let mut after = session.clone();
    after.accounts.retain(|account| (account.tenant, account.user) != (user.tenant, user.id));
    if after.accounts.len() == session.accounts.len() {
        return Vec::new();
    }
    let change = if after.accounts.is_empty() {
        SessionChange::End { digest: session.digest }
    } else {
        after.version += 1;
        SessionChange::Put { session: after, replaces: None }
    };
    vec![change.into(), audit(user, tenant, "user.session.end", serde_json::json!({}), env)]
}

/// Signs the account out of every browser but this one, and ends what applications hold for it. The session in which it
/// is asked lives on, and stays as old as it is: nothing was proven.
pub fn end_everything_else(
    user: &User,
    this: &BrowserSession,
    (sessions, grants): (&[BrowserSession], &[Grant]),
    tenant: &Tenant,
    env: &Env<'_>,
) -> Vec<Change> {
    let others = sessions.iter().filter(|session| session.digest != this.digest);
    let mut changes: Vec<Change> = others
        .flat_map(|session| end_session(user, session, tenant, env))
        .filter(|change| !matches!(change, Change::Audit(_)))
        .collect();
    let live = grants.iter().filter(|grant| grant.user == user.id && grant.revoked_at.is_none());
    changes.extend(
        live.map(|grant| GrantChange::RevokeGrant { tenant: tenant.id, grant: grant.id, at: env.now }.into()),
    );
    changes.push(audit(user, tenant, "user.sign_out_everywhere", serde_json::json!({}), env));
    changes
}

/// Takes back what the person allowed to an application, and ends what was issued to it for them. What an administrator
/// allowed for everybody stays.
pub fn revoke_app(
    user: &User,
    app: AppId,
    (consents, grants): (&[ConsentGrant], &[Grant]),
    tenant: &Tenant,
    env: &Env<'_>,
) -> Vec<Change> {
    let own = consents.iter().filter(|row| row.client == app && row.principal == Principal::User(user.id));
    let mut changes: Vec<Change> = own
        .map(|row| {
            DirectoryChange::WithdrawConsent {
                tenant: tenant.id,
                client: app,
                resource: row.resource,
                principal: row.principal,
                scopes: None,
            }
            .into()
        })
        .collect();
    let live = grants
        .iter()
        .filter(|grant| grant.client == app && grant.user == user.id && grant.revoked_at.is_none());
    changes.extend(
        live.map(|grant| GrantChange::RevokeGrant { tenant: tenant.id, grant: grant.id, at: env.now }.into()),
    );
    if changes.is_empty() {
        return changes;
    }
    changes.push(audit(user, tenant, "user.app.revoke", serde_json::json!({ "app": app }), env));
    changes
}

fn audit(user: &User, tenant: &Tenant, action: &str, detail: serde_json::Value, env: &Env<'_>) -> Change {
    Change::Audit(AuditEntry {
        tenant: Some(tenant.id),
        credential: None,
        at: env.now,
        actor: Actor::User(tenant.id, user.id),
        action: action.to_owned(),
        target: user.sign_in_name().to_owned(),
        detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_world::{WEB, World};

    fn typed(display: &str) -> TypedProfile {
        TypedProfile { display_name: display.to_owned(), ..TypedProfile::default() }
    }

    #[test]
    fn a_profile_is_changed_only_where_it_differs() {
        let world = World::new();
        let user = world.users[0].clone();
        let tenant = world.tenant.clone();
        let same = TypedProfile {
            display_name: user.display_name.clone(),
            given_name: user.given_name.clone().unwrap_or_default(),
            family_name: user.family_name.clone().unwrap_or_default(),
        };
        let changed =
            |profile: &TypedProfile| world.within(|env| change_profile(&user, profile, &tenant, env));
        assert_eq!(changed(&same).unwrap(), []);
        assert_eq!(changed(&typed("Another Name")).unwrap().len(), 2);
        for bad in ["", "  ", "a\u{7}b", &"x".repeat(101)] {
            assert!(changed(&typed(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn signing_out_of_a_browser_leaves_its_other_accounts() {
        let mut world = World::new();
        let (one, other) = (world.users[0].clone(), world.users[1].clone());
        world.sign_in(one.id);
        world.sign_in(other.id);
        let tenant = world.tenant.clone();
        let session = world.session.stored.clone().unwrap();
        let changes = world.within(|env| end_session(&one, &session, &tenant, env));
        let Change::Session(SessionChange::Put { session: left, .. }) = &changes[0] else {
            panic!("{changes:?}")
        };
        assert_eq!((left.accounts.len(), left.accounts[0].user), (1, other.id));
        let changes = world.within(|env| end_session(&other, left, &tenant, env));
        assert!(matches!(changes[0], Change::Session(SessionChange::End { .. })), "{changes:?}");
        let left = left.clone();
        assert_eq!(world.within(|env| end_session(&one, &left, &tenant, env)), []);
    }

    #[test]
    fn everything_else_ends_and_this_session_stays_as_it_is() {
        let mut world = World::new();
        let user = world.users[0].clone();
        world.sign_in(user.id);
        let tenant = world.tenant.clone();
        let this = world.session.stored.clone().unwrap();
        let other = BrowserSession { digest: crate::model::Digest::new([5; 32]), ..this.clone() };
        let all = [this.clone(), other.clone()];
        let changes = world.within(|env| end_everything_else(&user, &this, (&all, &[]), &tenant, env));
        assert_eq!(changes.len(), 2, "{changes:?}");
        assert_eq!(changes[0], SessionChange::End { digest: other.digest }.into());
    }

    #[test]
    fn only_what_the_person_gave_is_taken_back() {
        let mut world = World::new();
        let user = world.users[0].clone();
        world.consent(WEB, Principal::User(user.id), "notes", "notes.read");
        world.consent(WEB, Principal::All, "notes", "notes.write");
        let app = world.client(WEB).app_id;
        let tenant = world.tenant.clone();
        let consents = world.consents.clone();
        let changes = world.within(|env| revoke_app(&user, app, (&consents, &[]), &tenant, env));
        assert_eq!(changes.len(), 2, "{changes:?}");
        let none =
            world.within(|env| revoke_app(&user, AppId::random([9; 16]), (&consents, &[]), &tenant, env));
        assert_eq!(none, []);
    }
}
