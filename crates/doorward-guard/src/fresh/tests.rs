//! Storms, outages, renewal.

use std::sync::atomic::{AtomicI64, AtomicUsize};

use super::*;

#[derive(Default)]
struct Set(AtomicI64);

impl Clock for Set {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Bench {
    cell: Arc<Fresh<u32>>,
    clock: Arc<Set>,
    fetches: Arc<AtomicUsize>,
}

impl Bench {
    fn new() -> Self {
        Self { cell: Arc::new(Fresh::new()), clock: Arc::default(), fetches: Arc::default() }
    }

    fn fetch(&self, answer: Result<u32, ()>) -> Fetch<u32> {
        let fetches = Arc::clone(&self.fetches);
        Box::pin(async move {
            fetches.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            answer.map_err(|()| SourceFault::Status { url: "u".into(), status: 500 })
        })
    }

    async fn demand(&self, seen: Option<u64>, answer: Result<u32, ()>) -> Demand {
        let clock: Arc<dyn Clock> = self.clock.clone();
        self.cell.demand(seen, clock, self.fetch(answer)).await
    }

    fn count(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }

    fn at(&self, secs: i64) {
        self.clock.0.store(secs, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_storm_of_demands_is_one_fetch_per_cool_down() {
    let bench = Bench::new();
    assert_eq!(bench.demand(None, Ok(1)).await, Demand::Newer);
    for _ in 0..1_000 {
        assert_eq!(bench.demand(Some(1), Ok(1)).await, Demand::Same);
    }
    assert_eq!(bench.count(), 2, "the first fetch and one refetch");
    bench.at(29);
    assert_eq!(bench.demand(Some(1), Ok(2)).await, Demand::Same);
    bench.at(30);
    assert_eq!(bench.demand(Some(1), Ok(2)).await, Demand::Newer);
    assert_eq!(bench.count(), 3);
}

#[tokio::test]
async fn who_demands_at_the_same_time_shares_the_fetch() {
    let bench = Bench::new();
    let (a, b, c) =
        tokio::join!(bench.demand(None, Ok(1)), bench.demand(None, Ok(2)), bench.demand(None, Ok(3)));
    assert_eq!([a, b, c], [Demand::Newer, Demand::Newer, Demand::Newer]);
    assert_eq!(bench.count(), 1);
}

#[tokio::test]
async fn a_source_that_was_never_reached_is_tried_every_few_seconds() {
    let bench = Bench::new();
    assert!(matches!(bench.demand(None, Err(())).await, Demand::Unreachable(_)));
    bench.at(2);
    let Demand::Unreachable(outage) = bench.demand(None, Ok(1)).await else { panic!("reached") };
    assert_eq!((outage.retry_after_secs, bench.count()), (3, 1));
    bench.at(5);
    assert_eq!(bench.demand(None, Ok(1)).await, Demand::Newer);
}

#[tokio::test]
async fn what_is_held_outlives_an_outage_but_not_a_day() {
    let bench = Bench::new();
    bench.demand(None, Ok(1)).await;
    bench.at(3_600);
    assert!(matches!(bench.demand(Some(1), Err(())).await, Demand::Unreachable(_)));
    assert_eq!(bench.cell.held(3_600).map(|held| held.value), Some(1));
    assert!(bench.cell.held(24 * 3_600).is_none());
}

#[tokio::test]
async fn an_old_value_is_renewed_in_the_background_and_keeps_its_version_while_equal() {
    let bench = Bench::new();
    bench.demand(None, Ok(1)).await;
    let clock: Arc<dyn Clock> = bench.clock.clone();
    bench.at(599);
    bench.cell.renew_if_due(&clock, || unreachable!("still fresh"));
    for (at, answer, version) in [(600, 1, 1), (1_200, 2, 2)] {
        bench.at(at);
        bench.cell.renew_if_due(&clock, || bench.fetch(Ok(answer)));
        bench.cell.renew_if_due(&clock, || unreachable!("one renewal at a time"));
        while bench.cell.renewing.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
        let held = bench.cell.held(at).unwrap();
        assert_eq!((held.value, held.version, held.fetched_at), (answer, version, at));
    }
}

#[tokio::test]
async fn who_hangs_up_does_not_use_up_the_fetch() {
    let bench = Bench::new();
    bench.demand(None, Ok(1)).await;
    {
        let mut hanging = Box::pin(bench.demand(Some(1), Ok(2)));
        let waker = std::task::Waker::noop();
        let mut context = std::task::Context::from_waker(waker);
        assert!(std::future::Future::poll(hanging.as_mut(), &mut context).is_pending());
    }
    assert_eq!(bench.demand(Some(1), Ok(2)).await, Demand::Newer);
}
