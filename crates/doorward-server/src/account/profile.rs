//! The names that people read.

use doorward_core::change::Conflict;
use doorward_core::journey::{TypedProfile, change_profile};
use doorward_store::CommitError;

use super::{Answered, Asked, overview};
use crate::pages::{AccountDone, Problem};
use crate::shell::Fault;

pub(super) async fn change(asked: &Asked<'_>) -> Answered {
    let text = |name: &str| asked.params.value(name).unwrap_or_default().to_owned();
    let typed = TypedProfile {
        display_name: text("display_name"),
        given_name: text("given_name"),
        family_name: text("family_name"),
    };
    let member = asked.member;
    let changes =
        asked.app.with_env(asked.visit.now, |env| change_profile(&member.user, &typed, &member.tenant, env));
    let changes = match changes {
        Ok(changes) => changes,
        Err(_) if typed.display_name.trim().is_empty() => {
            return overview::show(asked, vec![Problem::DisplayNameMissing]).await;
        }
        Err(_) => return overview::show(asked, vec![Problem::DisplayNameTooLong { max: 100 }]).await,
    };
    match asked.app.commit(changes).await {
        Ok(()) => Ok(asked.done(AccountDone::ProfileChanged)),
        // The account changed meanwhile: the page shows it as it is now.
        Err(CommitError::Conflict(Conflict::Changed)) => overview::show(asked, vec![Problem::Stale]).await,
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
}
