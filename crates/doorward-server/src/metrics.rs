//! Numbers for Prometheus: counted while requests are answered, read at `/metrics` (`docs/operate/metrics.md`).
//!
//! Owns the registry and the names. Every label comes from a closed list (places of this server, codes of the catalogue,
//! grant types), so that no request can make a new series.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::app::App;
use crate::events::scribe::{Deed, Draft};

/// Upper bounds of the answer times, in seconds: from a signature to a password hash to a store in trouble.
const SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    place: &'static str,
    status: u16,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct At {
    place: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Granted {
    grant: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

/// A number that another room counts and that is copied when it is asked for.
#[derive(Clone, Default)]
struct Copied(Counter);

impl Copied {
    fn set(&self, value: u64) {
        self.0.inc_by(value.saturating_sub(self.0.get()));
    }
}

/// The registry with its families.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<At, Histogram>,
    refusals: Family<Refused, Counter>,
    tokens: Family<Granted, Counter>,
    sign_ins: Family<Ended, Counter>,
    commits: Family<Ended, Histogram>,
    commits_open: Gauge,
    hashing_waiting: Gauge,
    hashing_busy: Gauge,
    cache_hits: Copied,
    cache_misses: Copied,
    config_age: Gauge,
    events_waiting: Gauge,
    events_lost: Copied,
    events_counted: Copied,
    events_failed: Copied,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram = || Histogram::new(SECONDS);
        let mut metrics = Self {
            registry: Registry::with_prefix("doorward"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(histogram),
            refusals: Family::default(),
            tokens: Family::default(),
            sign_ins: Family::default(),
            commits: Family::new_with_constructor(histogram),
            commits_open: Gauge::default(),
            hashing_waiting: Gauge::default(),
            hashing_busy: Gauge::default(),
            cache_hits: Copied::default(),
            cache_misses: Copied::default(),
            config_age: Gauge::default(),
            events_waiting: Gauge::default(),
            events_lost: Copied::default(),
            events_counted: Copied::default(),
            events_failed: Copied::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("build", "Version of this program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        r.register(
            "requests",
            "Requests answered, by place, status and code of the refusal",
            self.requests.clone(),
        );
        r.register_with_unit(
            "request",
            "Time to the head of the answer",
            Unit::Seconds,
            self.seconds.clone(),
        );
        r.register("refusals", "Refusals by code", self.refusals.clone());
        r.register("token_answers", "Token requests that were granted, by grant type", self.tokens.clone());
        r.register("sign_ins", "Sign-in forms that were posted, by how they ended", self.sign_ins.clone());
        r.register_with_unit(
            "store_commit",
            "Time of a commit, the queue before it included",
            Unit::Seconds,
            self.commits.clone(),
        );
        r.register("store_commits_open", "Commits that wait or are being written", self.commits_open.clone());
        r.register(
            "hashing_waiting",
            "Sign-ins that wait for a place to hash a password",
            self.hashing_waiting.clone(),
        );
        r.register("hashing_busy", "Passwords that are being hashed", self.hashing_busy.clone());
        r.register("cache_hits", "Configuration needs answered from memory", self.cache_hits.0.clone());
        r.register("cache_misses", "Needs that went to the store", self.cache_misses.0.clone());
        r.register_with_unit(
            "config_age",
            "Age of the configuration's change log; above 30 the cache is not used",
            Unit::Seconds,
            self.config_age.clone(),
        );
        r.register(
            "events_waiting",
            "Lines of the request log that are not in the store yet",
            self.events_waiting.clone(),
        );
        r.register(
            "events_lost",
            "Lines of the request log that were thrown away",
            self.events_lost.0.clone(),
        );
        r.register(
            "events_counted",
            "Requests like others that were counted and not logged",
            self.events_counted.0.clone(),
        );
        r.register(
            "events_write_failures",
            "Writes of the request log that failed",
            self.events_failed.0.clone(),
        );
    }

    /// Counts one answer.
    pub(crate) fn answered(&self, draft: &Draft, status: u16, elapsed: Duration) {
        let place = draft.place;
        let code = known(draft.code().unwrap_or_default());
        self.requests.get_or_create(&Answered { place, status, code: code.clone() }).inc();
        self.seconds.get_or_create(&At { place }).observe(elapsed.as_secs_f64());
        if place == "page/sign-in" && draft.deeds.contains(&Deed::SignedIn) {
            self.sign_ins.get_or_create(&Ended { outcome: "signed_in" }).inc();
        }
        if !code.is_empty() {
            if place == "page/sign-in" {
                self.sign_ins.get_or_create(&Ended { outcome: "refused" }).inc();
            }
            self.refusals.get_or_create(&Refused { code }).inc();
        } else if place == "token" && status == 200 {
            let grant = crate::events::grant_of(draft);
            self.tokens.get_or_create(&Granted { grant }).inc();
        }
    }

    /// A commit begins.
    pub(crate) fn commit_begins(&self) {
        self.commits_open.inc();
    }

    /// It ended.
    pub(crate) fn commit_ended(&self, outcome: &'static str, elapsed: Duration) {
        self.commits_open.dec();
        self.commits.get_or_create(&Ended { outcome }).observe(elapsed.as_secs_f64());
    }

    fn render(&self, app: &App) -> Result<String, std::fmt::Error> {
        let ports = app.ports();
        let [waiting, lost, counted, failed] = ports.recorder.numbers();
        self.events_waiting.set(signed(waiting));
        self.events_lost.set(lost);
        self.events_counted.set(counted);
        self.events_failed.set(failed);
        let (busy, queued) = ports.hashing.load();
        self.hashing_busy.set(signed(busy as u64));
        self.hashing_waiting.set(signed(queued as u64));
        let (hits, misses, age) = ports.cache.numbers(app.now());
        self.cache_hits.set(hits);
        self.cache_misses.set(misses);
        self.config_age.set(age);
        let mut out = String::with_capacity(16 * 1024);
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A code that the catalogue knows; a guard of another version may report others.
fn known(code: &str) -> String {
    if code.is_empty() || doorward_dialect::slug(code) == "unlisted" {
        String::new()
    } else {
        code.to_owned()
    }
}

/// `GET /metrics`, for a listener of its own.
pub fn metrics_router(app: App) -> Router {
    Router::new().route("/metrics", get(answer)).with_state(app)
}

/// The numbers in the text format of OpenMetrics 1.0.
pub(crate) async fn answer(State(app): State<App>) -> Response {
    let Ok(text) = app.ports().metrics.render(&app) else {
        return crate::reply::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "DW5151 the numbers could not be written\n",
        );
    };
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    response
}
