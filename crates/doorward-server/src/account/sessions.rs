//! The browsers in which the account is signed in.

use doorward_core::journey::{end_everything_else, end_session};
use doorward_core::model::{BrowserSession, Grant};
use doorward_store::{CommitError, DirectoryQuery, Entry, Paging};

use super::member::Member;
use super::{Answered, Asked};
use crate::app::App;
use crate::pages::AccountDone;
use crate::shell::Fault;

/// What a session is called on the page: a digest of its digest, so that nothing can be made of it.
pub(super) fn reference(app: &App, session: &BrowserSession) -> String {
    app.vault().digest(session.digest.as_bytes()).to_text()
}

/// Every browser in which the account is signed in, the ended ones left out.
pub(super) async fn of(app: &App, member: &Member) -> Result<Vec<BrowserSession>, Fault> {
    let query =
        DirectoryQuery::Sessions { tenant: member.tenant.id, user: member.user.id, page: Paging::first() };
    let now = app.now();
    let page = app.store().list(&query).await?;
    let alive = page.entries.into_iter().filter_map(|entry| match entry {
        Entry::Session(session) => Some(*session),
        _ => None,
    });
    Ok(alive
        .filter(|session| !session.expiry.has_passed(now))
        .filter(|session| {
            let account = session.account(member.tenant.id, member.user.id);
            account.is_some_and(|account| account.auth_time >= member.user.epoch)
        })
        .collect())
}

/// The grants of the account, the revoked ones too.
pub(super) async fn grants(app: &App, member: &Member) -> Result<Vec<Grant>, Fault> {
    let mut query = DirectoryQuery::Grants {
        tenant: member.tenant.id,
        user: Some(member.user.id),
        client: None,
        page: Paging::first(),
    };
    let mut grants = Vec::new();
    loop {
        let page = app.store().list(&query).await?;
        grants.extend(page.entries.into_iter().filter_map(|entry| match entry {
            Entry::Grant(grant) => Some(*grant),
            _ => None,
        }));
        let Some(next) = page.next else { return Ok(grants) };
        let after = query.page().after(next);
        query = query.at(after);
    }
}

pub(super) async fn end(asked: &Asked<'_>) -> Answered {
    let wanted = asked.params.value("session").unwrap_or_default();
    let member = asked.member;
    let sessions = of(asked.app, member).await?;
    if let Some(session) = sessions.iter().find(|session| reference(asked.app, session) == wanted) {
        let changes = asked
            .app
            .with_env(asked.visit.now, |env| end_session(&member.user, session, &member.tenant, env));
        settle(asked, changes).await?;
    }
    Ok(asked.done(AccountDone::SessionEnded))
}

pub(super) async fn end_others(asked: &Asked<'_>) -> Answered {
    let member = asked.member;
    let sessions = of(asked.app, member).await?;
    let grants = grants(asked.app, member).await?;
    let changes = asked.app.with_env(asked.visit.now, |env| {
        end_everything_else(&member.user, &member.session, (&sessions, &grants), &member.tenant, env)
    });
    settle(asked, changes).await?;
    Ok(asked.done(AccountDone::SessionsEnded))
}

/// Commits; a session that changed at this very moment is told as such.
async fn settle(
    asked: &Asked<'_>,
    changes: Vec<doorward_core::change::Change>,
) -> Result<(), crate::shell::Failure<doorward_core::refusal::Refusal>> {
    match asked.app.commit(changes).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(_)) => Err(doorward_core::refusal::JourneyRefusal::FlowExpired.into()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
}
