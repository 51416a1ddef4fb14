//! One request of the log: what it is found by, and its story. Made of what the request left behind, off its path.

use doorward_core::model::{AppId, Digest, Event, Expiry, Instant, TenantId, UserId};
use doorward_token::{Check, Evidence, Outcome, Trail};

use super::ring::Raw;
use super::scribe::{Deed, Draft};
use super::scrub::scrub;
use super::story::{Refused, Story};
use crate::app::App;
use crate::trace::{Trace, TraceId};

/// Longest text of a record.
const LONGEST: usize = 400;

/// A request of the log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(super) trace: String,
    pub(super) place: String,
    pub(super) at: Instant,
    pub(super) tenant: Option<TenantId>,
    pub(super) app: Option<AppId>,
    pub(super) user: Option<UserId>,
    pub(super) browser: Option<Digest>,
    pub(super) story: Story,
}

impl Record {
    /// The trace id.
    pub(crate) fn trace(&self) -> &str {
        &self.trace
    }

    /// The tenant it concerned.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// The application.
    pub(crate) fn app(&self) -> Option<AppId> {
        self.app
    }

    /// The code of the refusal.
    pub(crate) fn code(&self) -> Option<&str> {
        self.story.refusal.as_ref().map(|refusal| refusal.code.as_str())
    }

    /// When, in milliseconds since 1970-01-01 UTC.
    pub(crate) fn at_ms(&self) -> i64 {
        self.story.at_ms
    }

    /// Endpoint or page.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The method.
    pub(crate) fn method(&self) -> &str {
        &self.story.method
    }

    /// HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.story.status
    }

    /// What was done, or why not.
    pub(crate) fn did(&self) -> &str {
        &self.story.did
    }

    /// Name of the application.
    pub(crate) fn app_name(&self) -> Option<&str> {
        self.story.app.as_deref()
    }

    /// Its `client_id`.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.story.client_id.as_deref()
    }

    /// Sign-in name of the account.
    pub(crate) fn user_name(&self) -> Option<&str> {
        self.story.user.as_deref()
    }

    /// So many more like it were only counted.
    pub(crate) fn similar(&self) -> u64 {
        self.story.similar
    }

    /// As a decision tells it.
    pub(crate) fn retold(&self) -> Trace {
        let refusal = self.story.refusal.as_ref();
        Trace {
            place: self.place.clone(),
            tenant: self.story.tenant.clone(),
            code: refusal.map(|refusal| refusal.code.clone()),
            diagnosis: refusal.map(|refusal| refusal.diagnosis.clone()),
            remedy: refusal.map(|refusal| refusal.remedy.clone()),
            ..Trace::of_success(&TraceId::known(&self.trace), self.at, "", self.story.checks.clone())
        }
    }

    /// From what the store kept; `None` where another version wrote it.
    pub(crate) fn of_event(event: &Event) -> Option<Self> {
        let story: Story = serde_json::from_value(event.detail.clone()).ok()?;
        (story.version == 1).then(|| Self {
            trace: event.trace.clone(),
            place: event.place.clone(),
            at: event.at,
            tenant: event.tenant,
            app: event.app,
            user: event.user,
            browser: event.browser,
            story,
        })
    }

    /// As the store keeps it.
    pub(super) fn to_event(&self, until: Expiry) -> Event {
        Event {
            trace: self.trace.clone(),
            tenant: self.tenant,
            at: self.at,
            place: self.place.clone(),
            app: self.app,
            user: self.user,
            browser: self.browser,
            code: self.code().map(str::to_owned),
            until,
            detail: serde_json::to_value(&self.story).expect("a story holds texts, numbers and lists"),
        }
    }

    /// What a request left behind, in order.
    pub(super) fn of(app: &App, raw: &Raw) -> Self {
        let draft = &raw.draft;
        let user = decided_user(draft);
        let name_of =
            |id: UserId| draft.users.iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
        let checks = checks(draft);
        let refusal = refusal(draft, &checks);
        let grant_type = grant_type(draft, &checks);
        let story = Story {
            version: 1,
            at_ms: raw.at_ms,
            method: scrub(raw.arrival.method.as_str(), 16),
            path: path(draft.place, raw.arrival.uri.path()),
            status: raw.status,
            micros: raw.micros,
            tenant: draft.tenant.as_ref().map(|(_, name)| name.clone()),
            app: draft.app.as_ref().map(|app| app.name.clone()),
            client_id: draft.app.as_ref().map(|app| app.client_id.clone()),
            user: user.and_then(name_of),
            did: refusal
                .as_ref()
                .map_or_else(|| did(draft, grant_type, raw.status), |refusal| refusal.diagnosis.clone()),
            grant_type: grant_type.map(str::to_owned),
            refusal,
            checks,
            caller: raw.arrival.caller(app, raw.at),
            links: draft.links.clone(),
            similar: raw.similar,
        };
        Self {
            trace: draft.trace.as_str().to_owned(),
            place: draft.place.to_owned(),
            at: raw.at,
            tenant: draft.tenant.as_ref().map(|(id, _)| *id),
            app: draft.app.as_ref().map(|app| app.id),
            user,
            browser: raw.arrival.browser(),
            story,
        }
    }
}

/// Whom it was about: whom the effects name, else the only account that was looked at.
fn decided_user(draft: &Draft) -> Option<UserId> {
    match (draft.user, draft.users.as_slice()) {
        (Some(user), _) => Some(user),
        (None, [(only, _)]) => Some(*only),
        _ => None,
    }
}

/// A path that no table knows may hold anything: only its first word is kept.
fn path(place: &str, path: &str) -> String {
    if !place.is_empty() && place != "unknown" {
        return scrub(path, LONGEST);
    }
    let mut words = path.trim_start_matches('/').split('/');
    let first = scrub(words.next().unwrap_or_default(), 40);
    if words.next().is_some() { format!("/{first}/…") } else { format!("/{first}") }
}

/// All checks in order. A decision that was asked again after a lost race stands there once.
fn checks(draft: &Draft) -> Trail {
    let mut all = Trail::new();
    for note in &draft.notes {
        if !note.checks.checks().is_empty() && all.checks().ends_with(note.checks.checks()) {
            continue;
        }
        all.extend(note.checks.clone());
    }
    clean(&all)
}

fn clean(trail: &Trail) -> Trail {
    let clean = |check: &Check| Check {
        evidence: check.evidence.as_ref().map(|evidence| Evidence {
            sent: evidence.sent.as_deref().map(|text| scrub(text, LONGEST)),
            expected: evidence.expected.as_deref().map(|text| scrub(text, LONGEST)),
        }),
        ..check.clone()
    };
    trail.checks().iter().map(clean).collect()
}

fn refusal(draft: &Draft, checks: &Trail) -> Option<Refused> {
    if let Some((code, fault)) = &draft.fault {
        return Some(Refused {
            code: code.clone(),
            diagnosis: scrub(fault, LONGEST),
            remedy: "Look at the server's log under this trace id".to_owned(),
            sent: None,
            expected: None,
            class: super::story::Class::Trace,
        });
    }
    let note = draft.notes.iter().rev().find(|note| note.code.is_some())?;
    // What the reason itself says, else what the check that failed saw.
    let failed = checks.first_failure().and_then(|check| check.evidence.clone());
    let evidence = note.evidence.clone().or(failed).unwrap_or_default();
    Some(Refused {
        code: note.code.clone()?,
        diagnosis: scrub(note.diagnosis.as_deref().unwrap_or_default(), LONGEST),
        remedy: scrub(note.remedy.as_deref().unwrap_or_default(), LONGEST),
        sent: evidence.sent.map(|text| scrub(&text, LONGEST)),
        expected: evidence.expected.map(|text| scrub(&text, LONGEST)),
        class: note.class.into(),
    })
}

/// By the checks that only one grant type makes.
fn grant_type(draft: &Draft, checks: &Trail) -> Option<&'static str> {
    if draft.place != "token" {
        return None;
    }
    let made = |prefix: &str| checks.checks().iter().any(|check| check.name.starts_with(prefix));
    if made("code.") {
        Some("authorization_code")
    } else if made("refresh.") {
        Some("refresh_token")
    } else if checks
        .checks()
        .iter()
        .any(|check| check.name == "grant_type.allowed" && check.outcome == Outcome::Passed)
    {
        Some("client_credentials")
    } else {
        None
    }
}

/// The grant type of a token request that was granted, for counting.
pub(crate) fn grant_of(draft: &Draft) -> &'static str {
    let trails = draft.notes.iter().map(|note| note.checks.clone());
    let all = trails.fold(Trail::new(), |mut all, trail| {
        all.extend(trail);
        all
    });
    grant_type(draft, &all).unwrap_or("other")
}

/// What was done, in words.
fn did(draft: &Draft, grant_type: Option<&str>, status: u16) -> String {
    let done = |deed: Deed| draft.deeds.contains(&deed);
    let scopes = draft.scopes.as_deref().unwrap_or_default();
    let words = match draft.place {
        "token" => match grant_type {
            Some("client_credentials") => {
                format!("app token for {}", draft.resource.as_deref().unwrap_or("an API"))
            }
            Some("refresh_token") => format!("refreshed {scopes}"),
            _ => format!("tokens for {scopes}"),
        },
        _ if done(Deed::UserCreated) && done(Deed::CodeIssued) => {
            format!("account created, code for {scopes}")
        }
        _ if done(Deed::SignedIn) && done(Deed::CodeIssued) => format!("signed in, code for {scopes}"),
        _ if done(Deed::CodeIssued) => format!("code for {scopes}"),
        _ if done(Deed::UserCreated) => "account created".to_owned(),
        _ if done(Deed::SignedIn) => "signed in".to_owned(),
        _ if done(Deed::SignedOut) => "signed out".to_owned(),
        _ if done(Deed::ConsentGiven) => "consent given".to_owned(),
        "authorize" if status == 303 => "sent to a page".to_owned(),
        "introspect" => "token looked up".to_owned(),
        "userinfo" => "claims told".to_owned(),
        "revoke" if done(Deed::GrantRevoked) || done(Deed::TokenRevoked) => "token revoked".to_owned(),
        "revoke" => "nothing to revoke".to_owned(),
        "end_session" => "sign-out asked".to_owned(),
        "feed" => "told to a guard".to_owned(),
        "keys" => "keys fetched".to_owned(),
        "metadata" => "metadata fetched".to_owned(),
        "preflight" => "preflight answered".to_owned(),
        place => match place.strip_prefix("page/") {
            Some(page) if status == 200 => format!("{} shown", page.replace('-', " ")),
            Some(page) => format!("{} answered", page.replace('-', " ")),
            None if done(Deed::Changed) => "changed".to_owned(),
            None => "answered".to_owned(),
        },
    };
    words.trim_end().to_owned()
}
