//! The request log for programs: pages of what was kept, what came in since (a long poll), and one request with its
//! neighbourhood.
//!
//! | address below `/admin/v1` | GET |
//! |---|---|
//! | `/events` | latest first (`?tenant=`, `?app=`, `?user=`, `?code=`, `?since=`) |
//! | `/events/latest` | oldest first, after `?after=` a number; waits `?wait_secs=` (0 to 25) while there is nothing |
//! | `/events/{trace}` | one, with probable causes and `related` requests |

use std::sync::Arc;
use std::time::Duration;

use doorward_core::model::{AppId, Instant, TenantId, TenantKey, UserId};
use doorward_core::refusal::{DirectoryRefusal, RequestRefusal, quote};
use doorward_store::{Cursor, Paging};
use serde::Serialize;
use serde_json::json;

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{audit, lookup};
use crate::events::{Clearance, Query, Record, TraceView, scribe};

/// Rows that are looked at for one answer, where a filter leaves most of them out.
const MOST_LOOKED_AT: usize = 5000;
/// The longest wait for something new, in seconds: proxies and clients give up after half a minute.
const LONGEST_WAIT_SECS: u64 = 25;

/// Every program counts this far (RFC 8259 §6).
const LARGEST_NUMBER: u64 = 9_007_199_254_740_991;

/// Which requests are asked for.
struct Filter {
    tenant: Option<TenantId>,
    app: Option<String>,
    user: Option<String>,
    code: Option<String>,
    since: Option<i64>,
}

impl Filter {
    async fn read(call: &Call) -> Result<Self, Failure> {
        let text = |name| -> Result<Option<String>, Failure> { Ok(call.query(name)?.map(str::to_owned)) };
        let tenant = match call.query("tenant")? {
            Some(name) => Some(lookup::the_tenant(&call.app, &TenantKey::new(name)).await?.id),
            None => None,
        };
        let since = audit::moment(call, "since")?.map(Instant::seconds);
        Ok(Self { tenant, app: text("app")?, user: text("user")?, code: text("code")?, since })
    }

    fn fits(&self, record: &Record) -> bool {
        let same = |wanted: &Option<String>, found: &[Option<&str>]| {
            wanted
                .as_ref()
                .is_none_or(|wanted| found.iter().flatten().any(|found| found.eq_ignore_ascii_case(wanted)))
        };
        self.tenant.is_none_or(|tenant| record.tenant() == Some(tenant))
            && same(&self.app, &[record.app_name(), record.client_id()])
            && same(&self.user, &[record.user_name()])
            && same(&self.code, &[record.code()])
            && self.since.is_none_or(|since| record.at_ms() >= since.saturating_mul(1000))
    }

    /// Nothing before it can fit any more.
    fn is_over(&self, record: &Record) -> bool {
        self.since.is_some_and(|since| record.at_ms() < since.saturating_mul(1000))
    }

    fn query(&self) -> Query {
        Query { tenant: self.tenant, app: None::<AppId>, user: None::<UserId> }
    }
}

/// A row of a listing.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    view: TraceView,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
}

/// What spans tenants is read by those alone whose role spans them, which the table says; reading the log leaves no line
/// in it.
fn clearance() -> Clearance {
    scribe::keep_out();
    Clearance::operator()
}

/// Pages of what was kept.
pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let clearance = clearance();
    let filter = Filter::read(&call).await?;
    let page = call.page()?;
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let near = near(&call);
    let mut rows: Vec<Row> = Vec::new();
    let mut cursor: Option<Cursor> = page.cursor().cloned();
    let mut looked_at = 0;
    loop {
        // As many as are missing: a page never reaches further than its cursor says.
        let missing = u32::try_from((wanted - rows.len()).clamp(1, 1000)).unwrap_or(Paging::MOST);
        let paging = Paging::new(missing, cursor.take()).expect("clamped to what a page may hold");
        let (records, next) = call.app.log_page(&filter.query(), paging).await?;
        looked_at += records.len();
        let over = records.iter().any(|record| filter.is_over(record));
        for record in records.iter().filter(|record| filter.fits(record)) {
            let probable = call.app.guess(record, &near);
            rows.extend(record.whole(clearance, probable).map(|view| Row { view, number: None }));
        }
        cursor = if over { None } else { next };
        if cursor.is_none() || rows.len() >= wanted || looked_at >= MOST_LOOKED_AT {
            return Ok(Reply::ok(json!({ "items": rows, "next": cursor })));
        }
    }
}

/// What came in since, as soon as there is something.
pub(super) async fn latest(call: Call) -> Result<Reply, Failure> {
    let clearance = clearance();
    let filter = Filter::read(&call).await?;
    let number = |name: &'static str, most: u64| -> Result<Option<u64>, Failure> {
        let Some(text) = call.query(name)? else { return Ok(None) };
        let parsed = text.parse().ok().filter(|number| *number <= most);
        let Some(parsed) = parsed else {
            return Err(RequestRefusal::value(name, text, "a whole number").into());
        };
        Ok(Some(parsed))
    };
    let wait = number("wait_secs", LONGEST_WAIT_SECS)?.unwrap_or_default();
    let mut watch = call.app.ports().recorder.watch();
    let last = *watch.borrow_and_update();
    // Without a number: from now on. A number of an earlier process is beyond what there is.
    let mut after = number("after", LARGEST_NUMBER)?.unwrap_or(last).min(last);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(wait);
    loop {
        let near = call.app.ports().recorder.after(&call.app, 0);
        let known: Vec<Arc<Record>> = near.iter().map(|(_, record)| Arc::clone(record)).collect();
        let fresh = near.iter().filter(|(number, _)| *number > after);
        let last = near.last().map_or(after, |(number, _)| *number);
        let rows: Vec<Row> = fresh
            .filter(|(_, record)| filter.fits(record))
            .filter_map(|(number, record)| {
                let view = record.whole(clearance, call.app.guess(record, &known))?;
                Some(Row { view, number: Some(*number) })
            })
            .collect();
        if !rows.is_empty() || tokio::time::timeout_at(deadline, watch.changed()).await.is_err() {
            return Ok(Reply::ok(json!({ "items": rows, "last": last })));
        }
        after = last;
    }
}

/// One request.
pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    let clearance = clearance();
    let trace = call.param("trace");
    let missing = || DirectoryRefusal::NotFound { kind: "trace", name: quote(trace, 64), nearest: None };
    let record = call.app.logged(trace).await?.ok_or_else(missing)?;
    let told = call.app.tell(&record, clearance).await?.ok_or_else(missing)?;
    let related: Vec<TraceView> =
        told.related.iter().filter_map(|record| record.whole(clearance, Vec::new())).collect();
    Ok(Reply::ok(json!(told.view)).with("related", json!(related)))
}

fn near(call: &Call) -> Vec<Arc<Record>> {
    call.app.ports().recorder.after(&call.app, 0).into_iter().map(|(_, record)| record).collect()
}
