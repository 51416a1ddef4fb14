//! Mail: how it stands, what waits in the outbox, a test, and invitations. What mails say is never shown here.

use doorward_core::change::{AuditEntry, Change, MailChange};
use doorward_core::journey::{self, Letter, Says};
use doorward_core::model::{Mail, MailId, SignInName};
use doorward_core::refusal::{DirectoryRefusal, JourneyRefusal, RequestRefusal, quote};
use doorward_store::{CommitError, DirectoryQuery, Entry, Paging};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{listing, lookup};
use crate::mail::Heading;
use crate::pages::Locale;

/// To whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestBody {
    to: String,
}

/// To which of the account's addresses; the first one where nothing is said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationBody {
    address: Option<String>,
}

/// How mail stands; `?probe=true` shakes hands with the mail server.
pub(super) async fn state(call: Call) -> Result<Reply, Failure> {
    let mut body = json!(call.app.mail_state());
    if call.says("probe")? {
        let (reachable, fault) = match call.app.probe_mail().await {
            None => (Value::Null, None),
            Some(Ok(())) => (json!(true), None),
            Some(Err(fault)) => (json!(false), Some(fault)),
        };
        body["reachable"] = reachable;
        body["probe_error"] = json!(fault);
    }
    Ok(Reply::ok(body))
}

/// The outbox, next attempt first.
pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let page = call.rows(DirectoryQuery::Mails { page: call.page()? }).await?;
    Ok(listing::page(&page, |entry| match entry {
        Entry::Mail(mail) => Some(view(mail)),
        _ => None,
    }))
}

/// Tries a mail again, now.
pub(super) async fn retry(call: Call) -> Result<Reply, Failure> {
    let mail = the_mail(&call).await?;
    let now = call.app.now();
    let change = MailChange::Postpone {
        id: mail.id,
        attempts: mail.attempts,
        next_attempt: now,
        error: mail.last_error.clone().unwrap_or_default(),
    };
    call.app.commit(vec![change.into(), audited(&call, "mail.retry", &mail)]).await?;
    call.app.ports().post.wake();
    Ok(Reply::ok(view(&Mail { next_attempt: now, ..mail })))
}

/// Takes a mail out of the outbox, unsent.
pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    let mail = the_mail(&call).await?;
    call.app.commit(vec![MailChange::Remove(mail.id).into(), audited(&call, "mail.drop", &mail)]).await?;
    Ok(Reply::ok(json!({ "kind": "mail", "removed": mail.id, "id": mail.id, "changed": true, "undo": null })))
}

/// Puts a test into the outbox.
pub(super) async fn test(call: Call) -> Result<Reply, Failure> {
    let body: TestBody = call.json()?;
    let to = address("to", &body.to)?;
    if !call.app.can_send_mail() {
        return Err(JourneyRefusal::MailNotConfigured.into());
    }
    let heading = Heading { tenant: None, locale: Locale::ENGLISH, link: None };
    let mail = call.app.mail(&Letter { to: to.value, says: Says::Test }, heading, call.app.now());
    let shown = view(&mail);
    let audit = audited(&call, "mail.test", &mail);
    call.app.commit(vec![MailChange::Queue(mail).into(), audit]).await?;
    let mut reply = Reply::ok(shown);
    reply.set_status(StatusCode::CREATED);
    Ok(reply)
}

/// Invites the owner of an account to set a password.
pub(super) async fn invite(call: Call) -> Result<Reply, Failure> {
    let body: InvitationBody = call.json()?;
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let user = lookup::the_user(&call.app, &tenant, call.param("user")).await?;
    let wanted = body.address.as_deref().map(SignInName::canonical_form);
    let address = user.emails().find(|name| wanted.as_ref().is_none_or(|wanted| name.canonical == *wanted));
    let address = address.ok_or_else(|| DirectoryRefusal::NotFound {
        kind: "address",
        name: quote(body.address.as_deref().unwrap_or("of the account"), 100),
        nearest: None,
    })?;
    if !call.app.can_send_mail() {
        return Err(JourneyRefusal::MailNotConfigured.into());
    }
    let now = call.app.now();
    let about = (&tenant, call.caller.actor.clone());
    let asked = call.app.with_env(now, |env| journey::invite(&user, address, about, env));
    let mut changes = asked.changes;
    let heading = Heading { tenant: Some(&tenant), locale: Locale::ENGLISH, link: None };
    changes.extend(call.app.post(asked.letter, heading, now));
    match call.app.commit(changes).await {
        Ok(()) => {}
        Err(CommitError::Conflict(_)) => return Err(asked.spent.into()),
        Err(fault) => return Err(fault.into()),
    }
    let mut reply = Reply::ok(json!({
        "user": user.sign_in_name(),
        "id": user.id,
        "address": address.value,
        "good_until": (now + journey::challenge::INVITATION_LIFE).seconds(),
        "changed": true,
        "undo": null,
    }));
    reply.set_status(StatusCode::CREATED);
    Ok(reply)
}

fn address(field: &'static str, text: &str) -> Result<SignInName, RequestRefusal> {
    SignInName::email(text, false).map_err(|_| RequestRefusal::value(field, text, "an e-mail address"))
}

async fn the_mail(call: &Call) -> Result<Mail, Failure> {
    let word = call.param("mail");
    let id = MailId::parse(word).ok();
    let query = DirectoryQuery::Mails { page: Paging::first() };
    let found = lookup::find(&call.app, query, |entry| match entry {
        Entry::Mail(mail) if Some(mail.id) == id => Some(*mail),
        _ => None,
    })
    .await?;
    found.ok_or_else(|| {
        DirectoryRefusal::NotFound { kind: "mail", name: quote(word, 64), nearest: None }.into()
    })
}

fn audited(call: &Call, action: &str, mail: &Mail) -> Change {
    Change::Audit(AuditEntry {
        tenant: None,
        at: call.app.now(),
        actor: call.caller.actor.clone(),
        credential: call.caller.credential.clone(),
        action: action.to_owned(),
        target: mail.to.clone(),
        detail: json!({ "id": mail.id, "attempts": mail.attempts }),
    })
}

fn view(mail: &Mail) -> Value {
    json!({
        "id": mail.id,
        "to": mail.to,
        "created_at": mail.created_at,
        "expiry": mail.expiry,
        "attempts": mail.attempts,
        "next_attempt": mail.next_attempt,
        "last_error": mail.last_error,
    })
}
