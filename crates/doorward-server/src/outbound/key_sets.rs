//! Key sets of clients, kept: fetched again when they are old or lack a key, and never in a storm.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::model::Instant;
use doorward_token::jose::JwkSet;
use tokio::sync::Mutex;

use super::fetch::Fetcher;

/// A set is asked for again after this time.
const FRESH: Duration = Duration::from_mins(10);
/// A set without the wanted key, or a failure, is believed for this time: a storm of made-up key names, or of requests
/// while the client's server is down, costs one call.
const COOLDOWN: Duration = Duration::from_secs(30);
/// While the client's server is down its last set is good for this time; then its removed keys must be dead.
const STALE: Duration = Duration::from_hours(1);
/// Registrations whose keys are kept.
const MOST: u64 = 1_000;

/// What is known of one address.
#[derive(Default)]
struct Known {
    set: Option<(Arc<JwkSet>, Instant)>,
    failure: Option<String>,
    tried: Option<Instant>,
}

/// The kept sets. Whoever comes while an address is called waits for that call.
pub(super) struct KeySets(moka::sync::Cache<String, Arc<Mutex<Known>>>);

impl Default for KeySets {
    fn default() -> Self {
        Self(moka::sync::Cache::new(MOST))
    }
}

impl KeySets {
    /// The set at an address, with the key `kid` if it has one by now.
    pub(super) async fn find(
        &self,
        fetcher: &Fetcher,
        uri: &str,
        kid: Option<&str>,
        now: Instant,
    ) -> Result<Arc<JwkSet>, String> {
        let place = self.0.get_with_by_ref(uri, Arc::default);
        let mut known = place.lock().await;
        if known.must_ask(kid, now) {
            known.tried = Some(now);
            let heard = fetcher.get(uri).await.map_err(|why| why.to_string()).and_then(|body| read(&body));
            match heard {
                Ok(set) => {
                    known.set = Some((Arc::new(set), now));
                    known.failure = None;
                }
                Err(why) => known.failure = Some(why),
            }
        }
        known.usable(now)
    }
}

impl Known {
    fn must_ask(&self, kid: Option<&str>, now: Instant) -> bool {
        if self.tried.is_some_and(|tried| now.since(tried) < COOLDOWN && tried <= now) {
            return false;
        }
        match &self.set {
            None => true,
            Some((set, from)) => {
                self.failure.is_some()
                    || now.since(*from) >= FRESH
                    || kid.is_some_and(|kid| set.by_kid(kid).is_none())
            }
        }
    }

    fn usable(&self, now: Instant) -> Result<Arc<JwkSet>, String> {
        match &self.set {
            Some((set, from)) if self.failure.is_none() || now.since(*from) < STALE => Ok(Arc::clone(set)),
            _ => Err(self.failure.clone().unwrap_or_else(|| "it was not asked".to_owned())),
        }
    }
}

fn read(body: &[u8]) -> Result<JwkSet, String> {
    let set = JwkSet::parse(body).map_err(|why| format!("it is no key set: {why}"))?;
    if set.keys().is_empty() { Err("it has no usable key".to_owned()) } else { Ok(set) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex as Lock, PoisonError};

    use axum::Router;
    use axum::extract::State;
    use axum::routing::get;
    use doorward_token::jose::base64url;
    use http::StatusCode;

    use super::*;
    use crate::outbound::Reach;

    #[derive(Default)]
    struct Publisher {
        calls: AtomicUsize,
        kids: Lock<Vec<&'static str>>,
    }

    impl Publisher {
        fn publish(&self, kids: &[&'static str]) {
            *self.kids.lock().unwrap_or_else(PoisonError::into_inner) = kids.to_vec();
        }

        fn calls(&self) -> usize {
            self.calls.load(Ordering::SeqCst)
        }
    }

    async fn answer(State(publisher): State<Arc<Publisher>>) -> Result<String, StatusCode> {
        publisher.calls.fetch_add(1, Ordering::SeqCst);
        let kids = publisher.kids.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if kids.is_empty() {
            return Err(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let key = |kid: &&str| serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode([7; 32]), "kid": kid});
        Ok(serde_json::json!({ "keys": kids.iter().map(key).collect::<Vec<_>>() }).to_string())
    }

    struct Bench {
        publisher: Arc<Publisher>,
        uri: String,
        sets: KeySets,
        fetcher: Fetcher,
    }

    impl Bench {
        async fn new() -> Self {
            let publisher = Arc::new(Publisher::default());
            publisher.publish(&["a"]);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let uri = format!("http://localhost:{}/jwks", listener.local_addr().unwrap().port());
            let router = Router::new().route("/jwks", get(answer)).with_state(Arc::clone(&publisher));
            tokio::spawn(async move { axum::serve(listener, router).await });
            Self { publisher, uri, sets: KeySets::default(), fetcher: Fetcher::new(Reach::Anywhere) }
        }

        async fn find(&self, kid: &str, at: i64) -> Result<bool, String> {
            let now = Instant::from_seconds(1_000_000 + at);
            let set = self.sets.find(&self.fetcher, &self.uri, Some(kid), now).await?;
            Ok(set.by_kid(kid).is_some())
        }
    }

    #[tokio::test]
    async fn a_set_is_kept_and_fetched_again_when_it_is_old() {
        let bench = Bench::new().await;
        for at in [0, 1, 599] {
            assert_eq!(bench.find("a", at).await, Ok(true));
        }
        assert_eq!(bench.publisher.calls(), 1);
        assert_eq!(bench.find("a", 600).await, Ok(true));
        assert_eq!(bench.publisher.calls(), 2);
    }

    #[tokio::test]
    async fn a_new_key_is_found_at_once_and_made_up_ones_cost_one_call_in_thirty_seconds() {
        let bench = Bench::new().await;
        assert_eq!(bench.find("a", 0).await, Ok(true));
        bench.publisher.publish(&["b"]);
        assert_eq!(bench.find("b", 40).await, Ok(true));
        assert_eq!(bench.publisher.calls(), 2);
        for number in 0..100 {
            assert_eq!(bench.find(&format!("made-up-{number}"), 41).await, Ok(false));
        }
        assert_eq!(bench.publisher.calls(), 2);
        assert_eq!(bench.find("made-up", 70).await, Ok(false));
        assert_eq!(bench.publisher.calls(), 3);
    }

    #[tokio::test]
    async fn those_who_come_together_wait_for_one_call() {
        let bench = Bench::new().await;
        let (a, b, c) = tokio::join!(bench.find("a", 0), bench.find("a", 0), bench.find("a", 0));
        assert_eq!((a, b, c), (Ok(true), Ok(true), Ok(true)));
        assert_eq!(bench.publisher.calls(), 1);
    }

    #[tokio::test]
    async fn a_server_that_is_down_is_not_pestered_and_its_last_keys_are_good_for_an_hour() {
        let bench = Bench::new().await;
        assert_eq!(bench.find("a", 0).await, Ok(true));
        bench.publisher.publish(&[]);
        assert_eq!(bench.find("a", 700).await, Ok(true));
        assert_eq!(bench.find("a", 701).await, Ok(true));
        assert_eq!(bench.publisher.calls(), 2);
        assert_eq!(bench.find("a", 3_700).await, Err("it answered 500 instead of 200".to_owned()));
        bench.publisher.publish(&["a"]);
        assert_eq!(bench.find("a", 3_740).await, Ok(true));
    }
}
