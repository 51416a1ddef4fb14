//! The applications that hold something for the person: what they allowed, and what was issued.

use std::collections::BTreeMap;

use doorward_core::journey::revoke_app;
use doorward_core::model::{AppId, ConsentGrant, Grant, Instant, Principal};
use doorward_core::needs::Need;
use doorward_core::refusal::JourneyRefusal;
use doorward_store::{CommitError, DirectoryQuery, Entry, Paging};

use super::member::Member;
use super::{Answered, Asked, sessions};
use crate::app::App;
use crate::pages::{AccountDone, AppRow, UtcTime};
use crate::shell::Fault;

/// What the person themselves allowed.
async fn consents(app: &App, member: &Member) -> Result<Vec<ConsentGrant>, Fault> {
    let query = DirectoryQuery::Consents {
        tenant: member.tenant.id,
        client: None,
        user: Some(member.user.id),
        page: Paging::first(),
    };
    let page = app.store().list(&query).await?;
    let rows = page.entries.into_iter().filter_map(|entry| match entry {
        Entry::Consent(row) => Some(*row),
        _ => None,
    });
    Ok(rows.filter(|row| row.principal == Principal::User(member.user.id)).collect())
}

/// The applications, by name.
pub(super) async fn rows(app: &App, member: &Member, now: Instant) -> Result<Vec<AppRow>, Fault> {
    let consents = consents(app, member).await?;
    let grants = sessions::grants(app, member).await?;
    let live = |grant: &&Grant| {
        grant.revoked_at.is_none()
            && grant.started_at >= member.user.epoch
            && grant.refresh.as_ref().is_some_and(|state| {
                !state.idle_expiry.has_passed(now) && !state.absolute_expiry.has_passed(now)
            })
    };
    let mut held: BTreeMap<AppId, (Vec<String>, Instant)> = BTreeMap::new();
    for row in &consents {
        let entry = held.entry(row.client).or_insert_with(|| (Vec::new(), row.granted_at));
        entry.0.extend(row.scopes.iter().map(ToString::to_string));
        entry.1 = entry.1.min(row.granted_at);
    }
    for grant in grants.iter().filter(live) {
        let entry = held.entry(grant.client).or_insert_with(|| (Vec::new(), grant.started_at));
        entry.1 = entry.1.min(grant.started_at);
    }
    let tenant = member.tenant.id;
    let needs: Vec<Need> = held.keys().map(|id| Need::ClientByApp(tenant, *id)).collect();
    let facts = app.load(now, |_, _| needs.clone()).await?;
    let mut rows: Vec<AppRow> = held
        .into_iter()
        .filter_map(|(id, (mut permissions, since))| {
            let client = facts.client_by_app(tenant, id)?;
            permissions.sort();
            permissions.dedup();
            Some(AppRow {
                reference: id.to_string(),
                name: client.name.clone(),
                permissions,
                since: UtcTime::from_unix_secs(since.seconds()),
                may_revoke: true,
            })
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

pub(super) async fn revoke(asked: &Asked<'_>) -> Answered {
    let member = asked.member;
    if let Ok(id) = AppId::parse(asked.params.value("app").unwrap_or_default()) {
        let consents = consents(asked.app, member).await?;
        let grants = sessions::grants(asked.app, member).await?;
        let changes = asked.app.with_env(asked.visit.now, |env| {
            revoke_app(&member.user, id, (&consents, &grants), &member.tenant, env)
        });
        match asked.app.commit(changes).await {
            Ok(()) => {}
            Err(CommitError::Conflict(_)) => return Err(JourneyRefusal::FlowExpired.into()),
            Err(CommitError::Fault(fault)) => return Err(Fault::from(fault).into()),
        }
    }
    Ok(asked.done(AccountDone::AppRevoked))
}
