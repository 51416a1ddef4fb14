//! The draft of a request's story, carried by the task that answers it.
//!
//! It is diagnosis, never an input of a decision: therefore it travels beside the signatures, not in them. Outside of a
//! request (jobs, tests of a part) every note is dropped.

use std::cell::RefCell;

use doorward_core::change::{Change, DirectoryChange, GrantChange, SessionChange};
use doorward_core::facts::Answer;
use doorward_core::model::{AppId, Grant, GrantId, TenantId, UserId};
use doorward_core::needs::Need;

use crate::trace::{Trace, TraceId};

tokio::task_local! {
    static DRAFT: RefCell<Draft>;
}

/// The pages on which a person proves who they are: a session that is written there is a sign-in.
const PROVING: [&str; 5] =
    ["page/sign-in", "page/sign-up", "page/second-factor", "page/enrol-factor", "page/verify"];
/// The most accounts of one browser that are remembered as candidates.
const MOST_USERS: usize = 16;

/// What a request did, in the order in which it became true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Changed,
    CodeIssued,
    CodeRedeemed,
    ConsentGiven,
    GrantRevoked,
    RefreshRotated,
    SignedIn,
    SignedOut,
    TokenRevoked,
    UserCreated,
}

/// The application, as facts had it.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: AppId,
    pub(crate) client_id: String,
    pub(crate) name: String,
}

/// What was noted of one request.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) trace: TraceId,
    pub(crate) place: &'static str,
    pub(crate) notes: Vec<Trace>,
    pub(crate) tenant: Option<(TenantId, String)>,
    pub(crate) app: Option<App>,
    /// Accounts that facts showed, with their sign-in names.
    pub(crate) users: Vec<(UserId, String)>,
    /// The account that the request turned out to be about.
    pub(crate) user: Option<UserId>,
    pub(crate) scopes: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) links: Vec<String>,
    pub(crate) deeds: Vec<Deed>,
    /// Code and words of a fault of the machine.
    pub(crate) fault: Option<(String, String)>,
    pub(crate) private: bool,
}

impl Draft {
    pub(crate) fn new(trace: TraceId) -> Self {
        Self {
            trace,
            place: "",
            notes: Vec::new(),
            tenant: None,
            app: None,
            users: Vec::new(),
            user: None,
            scopes: None,
            resource: None,
            links: Vec::new(),
            deeds: Vec::new(),
            fault: None,
            private: false,
        }
    }

    /// The code of the fault or the refusal, if it came to one.
    pub(crate) fn code(&self) -> Option<&str> {
        let refusal = self.notes.iter().rev().find_map(|note| note.code.as_deref());
        self.fault.as_ref().map(|(code, _)| code.as_str()).or(refusal)
    }

    fn link(&mut self, kind: &str, text: &str) {
        let link = format!("{kind}:{}", text.get(..8).unwrap_or(text));
        if !self.links.contains(&link) {
            self.links.push(link);
        }
    }

    fn grant(&mut self, grant: &Grant) {
        self.link("grant", &grant.id.to_string());
        self.user = Some(grant.user);
        self.scopes = Some(grant.scopes.to_string());
    }

    fn did(&mut self, deed: Deed) {
        if !self.deeds.contains(&deed) {
            self.deeds.push(deed);
        }
    }
}

/// Runs a request with a draft, and gives back what was noted.
pub(crate) async fn within<T>(draft: Draft, request: impl Future<Output = T>) -> (T, Draft) {
    let work = async {
        let answer = request.await;
        (answer, DRAFT.with(|draft| draft.replace(Draft::new(TraceId::from_random([0; 16])))))
    };
    DRAFT.scope(RefCell::new(draft), work).await
}

fn with(note: impl FnOnce(&mut Draft)) {
    // Not inside of a request: nobody will ask for it.
    let _ = DRAFT.try_with(|draft| note(&mut draft.borrow_mut()));
}

/// The trace id of the request that this task answers.
pub(crate) fn trace() -> Option<TraceId> {
    DRAFT.try_with(|draft| draft.borrow().trace.clone()).ok()
}

/// The application that asks, where facts showed one.
pub(crate) fn app_name() -> Option<String> {
    DRAFT.try_with(|draft| draft.borrow().app.as_ref().map(|app| app.name.clone())).ok().flatten()
}

/// Which endpoint or page it is.
pub(crate) fn at(place: &'static str) {
    with(|draft| draft.place = place);
}

/// Reading the log is not worth a line of the log.
pub(crate) fn keep_out() {
    with(|draft| draft.private = true);
}

/// The machine failed.
pub(crate) fn fault(code: &str, what: impl std::fmt::Display) {
    with(|draft| draft.fault = Some((code.to_owned(), what.to_string())));
}

/// A trail, with its refusal if it ended in one.
pub(crate) fn note(trace: Trace) {
    with(|draft| match draft.notes.last_mut() {
        // The same decision, told once more on its way out.
        Some(last) if last.code == trace.code && last.checks == trace.checks => *last = trace,
        _ => draft.notes.push(trace),
    });
}

/// Who and what the facts showed.
pub(crate) fn saw(need: &Need, answer: Option<&Answer>) {
    let Some(answer) = answer else { return };
    with(|draft| look(draft, need, answer));
}

fn look(draft: &mut Draft, need: &Need, answer: &Answer) {
    match answer {
        Answer::Tenant(Some(tenant)) if draft.tenant.is_none() => {
            draft.tenant = Some((tenant.id, tenant.name.to_string()));
        }
        Answer::Client(Some(client)) if draft.app.is_none() => {
            draft.app = Some(App {
                id: client.app_id,
                client_id: client.client_id.to_string(),
                name: client.name.clone(),
            });
        }
        Answer::Resource(Some(resource)) if draft.resource.is_none() => {
            draft.resource = Some(resource.name.clone());
        }
        Answer::User(Some(user))
            if draft.users.len() < MOST_USERS && !draft.users.iter().any(|(id, _)| *id == user.id) =>
        {
            draft.users.push((user.id, user.sign_in_name().to_owned()));
        }
        Answer::Grant(Some(grant)) => draft.grant(grant),
        Answer::Code(found) => {
            if let Need::Code(_, digest) = need {
                draft.link("code", &digest.to_text());
            }
            if let Some(code) = found {
                draft.link("grant", &code.grant.to_string());
                draft.user = Some(code.user);
                draft.scopes = Some(code.scopes.to_string());
            }
        }
        _ => {}
    }
}

/// What became true.
pub(crate) fn made_true(changes: &[Change]) {
    with(|draft| changes.iter().for_each(|change| did(draft, change)));
}

fn did(draft: &mut Draft, change: &Change) {
    match change {
        Change::Grant(change) => granted(draft, change),
        Change::Session(SessionChange::Put { session, .. }) if PROVING.contains(&draft.place) => {
            draft.user = session.accounts.last().map(|account| account.user);
            draft.did(Deed::SignedIn);
        }
        Change::Session(SessionChange::End { .. }) => draft.did(Deed::SignedOut),
        Change::Directory(change) => match change.as_ref() {
            DirectoryChange::ExtendConsent(_) => draft.did(Deed::ConsentGiven),
            DirectoryChange::CreateUser(user) => {
                draft.users.push((user.id, user.sign_in_name().to_owned()));
                draft.user = Some(user.id);
                draft.did(Deed::UserCreated);
            }
            _ => draft.did(Deed::Changed),
        },
        _ => {}
    }
}

fn granted(draft: &mut Draft, change: &GrantChange) {
    match change {
        GrantChange::IssueCode(code) => {
            draft.did(Deed::CodeIssued);
            draft.link("code", &code.digest.to_text());
            draft.link("grant", &code.grant.to_string());
            draft.user = Some(code.user);
            draft.scopes = Some(code.scopes.to_string());
        }
        GrantChange::RedeemCode { digest, grant, .. } => {
            draft.did(Deed::CodeRedeemed);
            draft.link("code", &digest.to_text());
            draft.grant(grant);
        }
        GrantChange::RotateRefresh { grant, .. } | GrantChange::TouchRefresh { grant, .. } => {
            draft.did(Deed::RefreshRotated);
            link_grant(draft, *grant);
        }
        GrantChange::RevokeGrant { grant, .. } => {
            draft.did(Deed::GrantRevoked);
            link_grant(draft, *grant);
        }
        GrantChange::RevokeToken { .. } => draft.did(Deed::TokenRevoked),
    }
}

fn link_grant(draft: &mut Draft, grant: GrantId) {
    draft.link("grant", &grant.to_string());
}
