//! A record with its neighbourhood: probable causes, and the other requests of the same browser or flow.

use std::sync::Arc;

use doorward_store::{Paging, StoreFault};

use super::infer::{self, Window};
use super::record::Record;
use super::recorder::Query;
use super::view::{Clearance, TraceView};
use crate::app::App;

/// Neighbours that are looked at in the store, where this node's memory does not reach back.
const MOST_STORED: u32 = 500;
/// Related requests that are told.
const MOST_RELATED: usize = 20;

/// A record, as somebody who is cleared may read it.
pub(crate) struct Told {
    pub(crate) view: TraceView,
    /// Requests of the same browser or flow, oldest first, itself among them.
    pub(crate) related: Vec<Arc<Record>>,
}

impl App {
    /// Tells a record; `None` where it is out of the reader's reach.
    pub(crate) async fn tell(
        &self,
        record: &Arc<Record>,
        clearance: Clearance,
    ) -> Result<Option<Told>, StoreFault> {
        let known = self.neighbours(record).await?;
        let probable = self.guess(record, &known);
        let Some(view) = record.whole(clearance, probable) else { return Ok(None) };
        let mut related: Vec<Arc<Record>> =
            known.into_iter().filter(|other| is_related(record, other) && clearance.covers(other)).collect();
        related.sort_by_key(|record| record.at_ms());
        // The latest of those before and the first of those after.
        let own = related.iter().position(|other| other.trace() == record.trace()).unwrap_or_default();
        let from = own.saturating_sub(MOST_RELATED / 2);
        related.drain(..from);
        related.truncate(MOST_RELATED);
        Ok(Some(Told { view, related }))
    }

    /// What the pattern around a record says.
    pub(crate) fn guess(&self, record: &Record, known: &[Arc<Record>]) -> Vec<infer::Probable> {
        let window = Window::around(record, known.iter().map(AsRef::as_ref), self.now());
        infer::probable(record, &window)
    }

    /// What this node remembers; for an older record what the store has of its tenant.
    async fn neighbours(&self, record: &Record) -> Result<Vec<Arc<Record>>, StoreFault> {
        let remembered: Vec<_> =
            self.ports().recorder.after(self, 0).into_iter().map(|(_, record)| record).collect();
        if remembered.iter().any(|known| known.trace() == record.trace()) || record.tenant().is_none() {
            return Ok(remembered);
        }
        let query = Query { tenant: record.tenant(), app: record.app(), user: None };
        let page = Paging::new(MOST_STORED, None).expect("the constant is within bounds");
        let (stored, _) = self.log_page(&query, page).await?;
        Ok(stored.into_iter().map(Arc::new).collect())
    }
}

fn is_related(subject: &Record, other: &Record) -> bool {
    let near = subject.at_ms().abs_diff(other.at_ms()) <= infer::REACH_MS.unsigned_abs();
    let same_browser = subject.browser.is_some() && subject.browser == other.browser;
    let same_flow = subject.story.links.iter().any(|link| other.story.links.contains(link));
    let same = subject.trace() == other.trace();
    near && (same_browser || same_flow || same)
}
