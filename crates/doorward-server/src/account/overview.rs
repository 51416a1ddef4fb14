//! The one page that shows everything about an account.

use axum::response::Response;
use doorward_core::journey::factor;
use doorward_core::model::{FactorKind, SignInKind};
use doorward_store::{DirectoryQuery, Entry, Paging};
use http::StatusCode;

use super::member::card;
use super::{Answered, Asked, apps, sessions};
use crate::events::Record;
use crate::pages::{
    AccountDone, AccountPage, FactorRow, HistoryRow, Href, NameRow, OtherAccount, Page, Problem, SessionRow,
    UtcTime, Way,
};
use crate::reply::page;
use crate::shell::Fault;

/// Lines of the history.
const MOST_HISTORY: usize = 20;

pub(super) async fn show(asked: &Asked<'_>, problems: Vec<Problem>) -> Answered {
    let answer = view(asked, problems).await?;
    let response: Response = page(asked.app, &Page::Account(Box::new(answer)), StatusCode::OK);
    Ok(response)
}

async fn view(asked: &Asked<'_>, problems: Vec<Problem>) -> Result<AccountPage, Fault> {
    let (app, visit, member) = (asked.app, asked.visit, asked.member);
    let href = |text: String| Href::parse(text).expect("our own paths with ids are plain");
    let own = |path: &str| href(format!("/account/{path}?account={}", member.user.id));
    let mut browsers: Vec<SessionRow> = sessions::of(app, member)
        .await?
        .iter()
        .map(|session| {
            let account = session.account(member.tenant.id, member.user.id);
            let since = account.map_or(session.created_at, |account| account.auth_time);
            SessionRow {
                reference: sessions::reference(app, session),
                agent: session.device.as_ref().map(|device| device.agent.clone()).unwrap_or_default(),
                address: session.device.as_ref().map(|device| device.address.clone()).unwrap_or_default(),
                since: UtcTime::from_unix_secs(since.seconds()),
                is_this: session.digest == member.session.digest,
            }
        })
        .collect();
    browsers.sort_by_key(|row| !row.is_this);
    let user = &member.user;
    Ok(AccountPage {
        frame: visit.frame(app, Some(&member.tenant.display_name)),
        account: member.card(),
        reference: user.id.to_string(),
        profile: member.form(app, "/account/profile"),
        given_name: user.given_name.clone().unwrap_or_default(),
        family_name: user.family_name.clone().unwrap_or_default(),
        done: asked.params.value("done").and_then(AccountDone::of).filter(|_| problems.is_empty()),
        problems,
        names: user
            .sign_in_names
            .iter()
            .map(|name| NameRow {
                name: name.value.clone(),
                proven: name.proven || name.kind == SignInKind::UserName,
            })
            .collect(),
        has_password: user.password.is_some(),
        password: own("password"),
        factors: factor::list(user)
            .into_iter()
            .map(|view| FactorRow {
                reference: view.id.to_string(),
                way: match view.kind {
                    FactorKind::EmailCode => Way::Email,
                    FactorKind::RecoveryCode => Way::Recovery,
                    FactorKind::Totp => Way::Totp,
                },
                name: view.name,
                left: view.left,
                since: UtcTime::from_unix_secs(view.created_at.seconds()),
            })
            .collect(),
        offers_totp: factor::offers(user).contains(&FactorKind::Totp),
        totp: own("totp"),
        sessions: browsers,
        apps: apps::rows(app, member, visit.now).await?,
        history: history(asked).await?,
        others: member
            .others
            .iter()
            .map(|(user, tenant)| OtherAccount {
                account: card(user, tenant),
                href: href(format!("/account?account={}", user.id)),
            })
            .collect(),
        sign_out: href(format!("/{}/oauth2/logout", member.tenant.name)),
    })
}

/// What the log has of the person's own sign-ins.
async fn history(asked: &Asked<'_>) -> Result<Vec<HistoryRow>, Fault> {
    let member = asked.member;
    let query = DirectoryQuery::Events {
        tenant: Some(member.tenant.id),
        app: None,
        user: Some(member.user.id),
        page: Paging::new(200, None).expect("the constant is within bounds"),
    };
    let page = asked.app.store().list(&query).await?;
    let records = page.entries.iter().filter_map(|entry| match entry {
        Entry::Event(event) => Record::of_event(event).map(|record| (event.at, record)),
        _ => None,
    });
    Ok(records
        .filter(|(_, record)| is_of_interest(record.place()))
        .take(MOST_HISTORY)
        .map(|(at, record)| HistoryRow {
            at: UtcTime::from_unix_secs(at.seconds()),
            what: if record.did().is_empty() { record.place().to_owned() } else { record.did().to_owned() },
            app: record.app_name().unwrap_or_default().to_owned(),
            code: record.code().unwrap_or_default().to_owned(),
        })
        .collect())
}

/// Sign-ins and sign-outs, not every token.
fn is_of_interest(place: &str) -> bool {
    ["authorize", "page", "logout", "end_session"].iter().any(|word| place.contains(word))
}
