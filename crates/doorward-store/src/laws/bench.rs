//! Where laws are tried: a store with short words for what laws do all the time.

use std::any::Any;
use std::sync::Arc;

use doorward_core::change::{Change, Conflict};
use doorward_core::facts::Answer;
use doorward_core::model::Client;
use doorward_core::needs::Need;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::House;
use crate::{CommitError, DirectoryQuery, Entry, Store};

/// An empty store on trial.
pub struct Bench {
    /// The store.
    pub store: Arc<dyn Store>,
    /// A second handle on the same data, where the engine allows several.
    pub second: Option<Arc<dyn Store>>,
    _keep: Box<dyn Any + Send + Sync>,
}

impl Bench {
    /// A bench; `keep` lives as long as it does: the temporary folder, the schema to drop.
    pub fn new(store: Arc<dyn Store>, keep: impl Any + Send + Sync) -> Self {
        Self { store, second: None, _keep: Box::new(keep) }
    }

    /// With a second handle on the same data.
    #[must_use]
    pub fn with_second(mut self, second: Arc<dyn Store>) -> Self {
        self.second = Some(second);
        self
    }

    /// Commits what must succeed.
    pub async fn commit(&self, changes: impl IntoIterator<Item = Change>) {
        self.store.commit(changes.into_iter().collect()).await.expect("the law commits what is allowed");
    }

    /// Commits one change that must fail, and tells how.
    pub async fn conflict(&self, change: impl Into<Change>) -> Conflict {
        let error = self.store.commit(vec![change.into()]).await.expect_err("the law expects a conflict");
        error.conflict().unwrap_or_else(|| panic!("expected a conflict, got {error:?}"))
    }

    /// Asks one need.
    pub async fn ask(&self, need: Need) -> Answer {
        let facts = self.store.facts(std::slice::from_ref(&need)).await.expect("reads work");
        facts.get(&need).cloned().expect("every need is answered")
    }

    /// The client as it is stored.
    pub async fn client(&self, client: &Client) -> Option<Client> {
        match self.ask(Need::ClientByApp(client.tenant, client.app_id)).await {
            Answer::Client(found) => found.map(|found| *found),
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// A house of that name, built.
    pub async fn house(&self, name: &str) -> House {
        let house = House::plan(name);
        self.commit(house.changes()).await;
        house
    }

    /// Every entry of a listing, page by page.
    pub async fn all(&self, query: DirectoryQuery) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut query = query;
        loop {
            let page = self.store.list(&query).await.expect("reads work");
            assert!(
                page.entries.len() <= query.page().limit() as usize,
                "a page is no longer than asked for"
            );
            entries.extend(page.entries);
            let Some(next) = page.next else { return entries };
            assert!(entries.len() < 10_000, "the laws list no such crowds: the pages go round in circles");
            let paging = query.page().after(next);
            query = query.at(paging);
        }
    }

    /// Lets `count` tasks commit at the same moment; returns how each fared, in their order.
    pub async fn race(
        &self,
        count: usize,
        changes: impl Fn(usize) -> Vec<Change>,
    ) -> Vec<Result<(), Conflict>> {
        let start = Arc::new(Barrier::new(count));
        let mut tasks = JoinSet::new();
        for number in 0..count {
            let (store, start, changes) = (Arc::clone(&self.store), Arc::clone(&start), changes(number));
            tasks.spawn(async move {
                start.wait().await;
                let outcome = store.commit(changes).await.map_err(|error| match error {
                    CommitError::Conflict(conflict) => conflict,
                    CommitError::Fault(fault) => panic!("a racer met a fault: {fault:?}"),
                });
                (number, outcome)
            });
        }
        let mut outcomes = tasks.join_all().await;
        outcomes.sort_unstable_by_key(|(number, _)| *number);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// A race that exactly one wins, the others with that conflict.
    pub async fn one_wins(&self, lost: Conflict, changes: impl Fn(usize) -> Vec<Change>) {
        let outcomes = self.race(RACERS, changes).await;
        let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(winners, 1, "exactly one wins: {outcomes:?}");
        assert!(outcomes.iter().all(|outcome| outcome.is_ok() || *outcome == Err(lost)), "{outcomes:?}");
    }
}

/// So many tasks race.
pub(super) const RACERS: usize = 16;
