//! Who may read how much of a record (EXPERIENCE 1.4). The classes are types: a view holds what its class may contain,
//! and the widest one is had only for a [`Clearance`], which only a proof of standing makes.

use doorward_core::directory::{Act, Caller as Person};
use doorward_core::model::{AppId, TenantId, User};
use doorward_token::{Check, Trail};
use serde::Serialize;

use super::arrival::Caller;
use super::infer::Probable;
use super::record::Record;
use super::story::Class;
use crate::app::App;

/// Proof that somebody may read traces, and of which tenants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clearance(Reach);

#[derive(Clone, Copy, Debug)]
enum Reach {
    Everything,
    Tenant(TenantId),
}

impl Clearance {
    /// The operator at the machine, through the socket.
    pub(crate) fn operator() -> Self {
        Self(Reach::Everything)
    }

    /// A signed-in person whose role reads the log, of their tenant or of all, as the table of acts says.
    pub(crate) fn of_person(user: &User) -> Option<Self> {
        if user.disabled {
            return None;
        }
        let person = Person::person(user, "session".to_owned());
        if person.may(Act::TraceRead, None) {
            return Some(Self(Reach::Everything));
        }
        person.may(Act::AuditRead, Some(user.tenant)).then_some(Self(Reach::Tenant(user.tenant)))
    }

    /// Everybody on this machine, in the development profile alone.
    pub(crate) fn of_development(app: &App) -> Option<Self> {
        app.settings().development.then_some(Self(Reach::Everything))
    }

    /// The only tenant that is seen, if it is not all of them.
    pub(crate) fn tenant(self) -> Option<TenantId> {
        match self.0 {
            Reach::Everything => None,
            Reach::Tenant(tenant) => Some(tenant),
        }
    }

    /// Whether the record is in reach.
    pub(crate) fn covers(self, record: &Record) -> bool {
        match self.0 {
            Reach::Everything => true,
            Reach::Tenant(tenant) => record.tenant == Some(tenant),
        }
    }
}

/// For anybody: code, what was sent, a remedy that names settings only. No person, no registration.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PublicView {
    pub(crate) trace: String,
    pub(crate) at: i64,
    pub(crate) method: String,
    pub(crate) place: String,
    pub(crate) status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slug: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
    /// Names and verdicts; no evidence.
    pub(crate) checks: Vec<String>,
}

/// For the application after it has proven itself: facts about its own registration as well.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ClientView {
    #[serde(flatten)]
    pub(crate) public: PublicView,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grant_type: Option<String>,
    pub(crate) did: String,
}

/// Everything that is kept.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TraceView {
    pub(crate) trace: String,
    pub(crate) at: i64,
    pub(crate) at_ms: i64,
    pub(crate) method: String,
    pub(crate) place: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) elapsed_ms: f64,
    pub(crate) tenant: Option<String>,
    pub(crate) app: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) grant_type: Option<String>,
    pub(crate) did: String,
    pub(crate) code: Option<String>,
    pub(crate) slug: Option<&'static str>,
    pub(crate) diagnosis: Option<String>,
    pub(crate) remedy: Option<String>,
    pub(crate) sent: Option<String>,
    pub(crate) expected: Option<String>,
    pub(crate) checks: Trail,
    pub(crate) caller: Caller,
    pub(crate) links: Vec<String>,
    pub(crate) similar: u64,
    pub(crate) probable: Vec<Probable>,
}

impl Record {
    /// For anybody.
    pub(crate) fn public(&self) -> PublicView {
        self.below(Class::Public)
    }

    /// For that application; `None` where the request was another's.
    pub(crate) fn for_client(&self, app: AppId) -> Option<ClientView> {
        (self.app == Some(app)).then(|| ClientView {
            public: self.below(Class::Client),
            client_id: self.story.client_id.clone(),
            grant_type: self.story.grant_type.clone(),
            did: match &self.story.refusal {
                Some(refusal) if refusal.class > Class::Client => String::new(),
                _ => self.story.did.clone(),
            },
        })
    }

    /// For who is cleared; `None` where the record is out of reach.
    pub(crate) fn whole(&self, clearance: Clearance, probable: Vec<Probable>) -> Option<TraceView> {
        if !clearance.covers(self) {
            return None;
        }
        let story = &self.story;
        let refusal = story.refusal.as_ref();
        Some(TraceView {
            trace: self.trace.clone(),
            at: self.at.seconds(),
            at_ms: story.at_ms,
            method: story.method.clone(),
            place: self.place.clone(),
            path: story.path.clone(),
            status: story.status,
            elapsed_ms: millis(story.micros),
            tenant: story.tenant.clone(),
            app: story.app.clone(),
            client_id: story.client_id.clone(),
            user: story.user.clone(),
            user_id: self.user.map(|user| user.to_string()),
            grant_type: story.grant_type.clone(),
            did: story.did.clone(),
            code: refusal.map(|refusal| refusal.code.clone()),
            slug: refusal.map(|refusal| doorward_dialect::slug(&refusal.code)),
            diagnosis: refusal.map(|refusal| refusal.diagnosis.clone()),
            remedy: refusal.map(|refusal| refusal.remedy.clone()),
            sent: refusal.and_then(|refusal| refusal.sent.clone()),
            expected: refusal.and_then(|refusal| refusal.expected.clone()),
            checks: story.checks.clone(),
            caller: story.caller.clone(),
            links: story.links.clone(),
            similar: story.similar,
            probable,
        })
    }

    fn below(&self, class: Class) -> PublicView {
        let refusal = self.story.refusal.as_ref();
        let open = refusal.filter(|refusal| refusal.class <= class);
        PublicView {
            trace: self.trace.clone(),
            at: self.at.seconds(),
            method: self.story.method.clone(),
            place: self.place.clone(),
            status: self.story.status,
            code: refusal.map(|refusal| refusal.code.clone()),
            slug: refusal.map(|refusal| doorward_dialect::slug(&refusal.code)),
            sent: open.and_then(|refusal| refusal.sent.clone()),
            expected: open.and_then(|refusal| refusal.expected.clone()),
            remedy: open.map(|refusal| refusal.remedy.clone()),
            checks: self.story.checks.checks().iter().map(verdict).collect(),
        }
    }
}

fn verdict(check: &Check) -> String {
    let outcome = match check.outcome {
        doorward_token::Outcome::Failed => "failed",
        doorward_token::Outcome::Passed => "passed",
        doorward_token::Outcome::Skipped => "skipped",
    };
    format!("{} {outcome}", check.name)
}

fn millis(micros: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a request does not last for centuries")]
    let micros = micros as f64;
    micros / 1000.0
}

#[cfg(test)]
mod tests {
    use doorward_core::model::Instant;
    use doorward_token::Evidence;
    use proptest::prelude::*;

    use super::*;
    use crate::events::story::{Refused, Story};

    fn record(class: Class, facts: &str) -> Record {
        let mut checks = Trail::new();
        checks.fail("redirect_uri.registered", "RFC 9700 §2.1", Evidence::differ(facts, facts));
        Record {
            trace: "9c11f0d26f2a91b451b7e3c051e0a7c4".to_owned(),
            place: "authorize".to_owned(),
            at: Instant::from_seconds(1_800_000_000),
            tenant: Some(TenantId::random([1; 16])),
            app: Some(AppId::random([2; 16])),
            user: None,
            browser: None,
            story: Story {
                status: 400,
                tenant: Some(facts.to_owned()),
                app: Some(facts.to_owned()),
                user: Some(facts.to_owned()),
                did: facts.to_owned(),
                refusal: Some(Refused {
                    code: "DW1101".to_owned(),
                    diagnosis: facts.to_owned(),
                    remedy: facts.to_owned(),
                    sent: None,
                    expected: Some(facts.to_owned()),
                    class,
                }),
                checks,
                ..Story::default()
            },
        }
    }

    fn told(view: &impl Serialize) -> String {
        serde_json::to_string(view).unwrap()
    }

    proptest! {
        #[test]
        fn facts_of_a_class_are_in_no_narrower_view(facts in "fact-[a-z]{12}") {
            let app = AppId::random([2; 16]);
            let public = record(Class::Public, &facts);
            let client = record(Class::Client, &facts);
            let trace = record(Class::Trace, &facts);
            prop_assert!(told(&public.public()).contains(&facts));
            prop_assert!(!told(&client.public()).contains(&facts));
            prop_assert!(!told(&trace.public()).contains(&facts));
            prop_assert!(told(&client.for_client(app)).contains(&facts));
            prop_assert!(!told(&trace.for_client(app)).contains(&facts));
            prop_assert!(trace.for_client(AppId::random([3; 16])).is_none());
        }
    }

    #[test]
    fn a_clearance_reaches_its_tenant_and_no_other() {
        let record = record(Class::Trace, "x");
        let of = |byte| Clearance(Reach::Tenant(TenantId::random([byte; 16])));
        assert!(record.whole(of(1), Vec::new()).is_some());
        assert!(record.whole(of(2), Vec::new()).is_none());
        assert!(record.whole(Clearance::operator(), Vec::new()).is_some());
        let nobodys = Record { tenant: None, ..record };
        assert!(nobodys.whole(of(1), Vec::new()).is_none());
    }
}
