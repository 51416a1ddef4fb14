//! Pages of a listing as JSON.

use doorward_store::{DirectoryQuery, Entry, Page};
use serde::Serialize;
use serde_json::json;

use super::call::Call;
use super::reply::{Failure, Reply};

impl Call {
    /// One page of the store's rows.
    pub(super) async fn rows(&self, query: DirectoryQuery) -> Result<Page<Entry>, Failure> {
        Ok(self.app.store().list(&query).await?)
    }
}

/// A page of views.
pub(super) fn items<T: Serialize>(items: &[T], next: Option<&doorward_store::Cursor>) -> Reply {
    Reply::ok(json!({ "items": items, "next": next }))
}

/// A page whose rows each become one view.
pub(super) fn page<T: Serialize>(page: &Page<Entry>, view: impl Fn(&Entry) -> Option<T>) -> Reply {
    let views: Vec<T> = page.entries.iter().filter_map(view).collect();
    items(&views, page.next.as_ref())
}
