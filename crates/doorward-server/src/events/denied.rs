//! What guards report about calls they refused: it stands in the log beside the requests of this server (Settled 23).

use async_trait::async_trait;
use doorward_core::model::{Client, ClientId, Instant, Tenant, TenantKey};
use doorward_core::needs::Need;
use doorward_guard::{DeniedCall, TraceSink};
use doorward_token::Evidence;

use super::record::Record;
use super::scrub::scrub;
use super::story::{Class, Refused, Story};
use crate::app::App;

/// Longest text of a report that is kept.
const LONGEST: usize = 400;

/// A sink that writes into the log of a server in the same process.
pub struct DenialLog(App);

impl DenialLog {
    /// Into that server's log.
    pub fn new(app: App) -> Self {
        Self(app)
    }
}

impl std::fmt::Debug for DenialLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DenialLog")
    }
}

#[async_trait]
impl TraceSink for DenialLog {
    async fn deliver(&self, batch: Vec<DeniedCall>, lost: u64) {
        if lost > 0 {
            tracing::warn!(lost, "a guard refused more calls than it could report");
        }
        for call in batch {
            let (tenant, app) = self.proven(&call).await;
            self.0.ports().recorder.keep_record(record(call, tenant, app));
        }
    }
}

impl DenialLog {
    /// Tenant and application that the token named, where its signature was proven.
    async fn proven(&self, call: &DeniedCall) -> (Option<Tenant>, Option<Client>) {
        let signed =
            call.checks.checks().iter().any(|check| {
                check.name == "token.signature" && check.outcome == doorward_token::Outcome::Passed
            });
        let Some(key) = call.issuer.as_deref().filter(|_| signed).and_then(|issuer| self.tenant_in(issuer))
        else {
            return (None, None);
        };
        let now = self.0.now();
        // A log line without its tenant is better than none.
        let Ok(facts) = self.0.load(now, |_, _| vec![Need::Tenant(key.clone())]).await else {
            return (None, None);
        };
        let Some(tenant) = facts.tenant(&key).cloned() else { return (None, None) };
        let id = call.client_id.as_deref().and_then(|id| ClientId::parse(id).ok());
        let Some(need) = id.clone().map(|id| Need::Client(tenant.id, id)) else {
            return (Some(tenant), None);
        };
        let client = match self.0.load(now, |_, _| vec![need.clone()]).await {
            Ok(facts) => id.and_then(|id| facts.client(tenant.id, &id).cloned()),
            Err(_) => None,
        };
        (Some(tenant), client)
    }

    /// `{base}/{tenant}…` and `{base}/tfp/{tenant}/…`.
    fn tenant_in(&self, issuer: &str) -> Option<TenantKey> {
        let path = issuer.strip_prefix(self.0.settings().base_url.as_str())?;
        let mut words = path.trim_start_matches('/').split('/');
        let first = words.next()?;
        let name = if first == "tfp" { words.next()? } else { first };
        (!name.is_empty()).then(|| TenantKey::new(name))
    }
}

fn record(call: DeniedCall, tenant: Option<Tenant>, app: Option<Client>) -> Record {
    let Evidence { sent, expected } = call.evidence.unwrap_or_default();
    let clean = |text: String| scrub(&text, LONGEST);
    let place = format!("api/{}", scrub(&call.api, 60));
    let diagnosis = clean(call.diagnosis);
    Record {
        trace: call.trace.as_str().to_owned(),
        place,
        at: Instant::from_seconds(call.at),
        tenant: tenant.as_ref().map(|tenant| tenant.id),
        app: app.as_ref().map(|app| app.app_id),
        user: None,
        browser: None,
        story: Story {
            version: 1,
            at_ms: call.at.saturating_mul(1000),
            method: scrub(&call.method, 16),
            path: call.route.map(clean).unwrap_or_default(),
            status: call.status,
            tenant: tenant.map(|tenant| tenant.name.to_string()),
            app: app.map(|app| app.name),
            client_id: call.client_id.map(clean),
            did: diagnosis.clone(),
            refusal: Some(Refused {
                code: call.code,
                diagnosis,
                remedy: clean(call.remedy),
                sent: sent.map(clean),
                expected: expected.map(clean),
                class: Class::Public,
            }),
            checks: call.checks,
            ..Story::default()
        },
    }
}
