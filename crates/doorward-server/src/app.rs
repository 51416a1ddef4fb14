//! The one shared state of the shell: ports, caches and settings behind one `Arc`.

use std::sync::Arc;

use doorward_core::change::{Change, MailChange};
use doorward_core::facts::Facts;
use doorward_core::model::{Instant, TenantId};
use doorward_core::needs::Need;
use doorward_core::port::{ENTROPY_BYTES, Entropy, Env, Vault};
use doorward_core::revocation;
use doorward_crypto::{AwsLcVerifier, MasterKey, Sealer, random};
use doorward_store::{CommitError, Store, StoreFault};
use doorward_token::verify::Verifier;

use crate::admin::BootstrapDesk;
use crate::cache::ConfigCache;
use crate::clock::{Clock, Stopwatch};
use crate::events::{Recorder, scribe};
use crate::fetchers::Fetchers;
use crate::hashing::HashingPool;
use crate::keyring::{KeyRings, MintFault, TenantKeys};
use crate::limits::{Enforced, Limits};
use crate::mail::Post;
use crate::metrics::Metrics;
use crate::outbound::{Caller, Reach};
use crate::pages::Pages;
use crate::revocations::Revocations;
use crate::root::{Root, RootFault};
use crate::trace::{TraceId, Traces};

/// What the binary decides once.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public address, `https://host[:port]`, without a trailing slash.
    pub base_url: String,
    /// The development profile: explanations are open, limits by address are off.
    pub development: bool,
    /// Take the caller's address from the last hop of `X-Forwarded-For`. Only behind a proxy that sets it.
    pub trust_forwarded_for: bool,
    /// What the page at `/` shows; `None` answers 404 there.
    pub landing: Option<Landing>,
}

/// What a demo runs, for its page.
#[derive(Clone, Debug, Default)]
pub struct Landing {
    /// Things to open: title, sentence, address.
    pub places: Vec<(String, String, String)>,
    /// Things to copy: title, value.
    pub addresses: Vec<(String, String)>,
    /// Seeded people.
    pub people: Vec<Person>,
    /// Where their passwords are, in a sentence.
    pub passwords: String,
}

/// A seeded person of a demo.
#[derive(Clone, Debug)]
pub struct Person {
    /// Display name.
    pub name: String,
    /// What to type.
    pub username: String,
    /// What is special about them.
    pub note: String,
}

/// What the binary brings.
pub struct Installation {
    /// The engine.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Seals secrets at rest.
    pub master: MasterKey,
    /// Settings.
    pub settings: Settings,
}

/// Why an installation does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// The master key or the store.
    #[error(transparent)]
    Root(#[from] RootFault),
}

/// The shared state. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Ports>);

pub(crate) struct Ports {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) root: Root,
    pub(crate) settings: Settings,
    pub(crate) cache: ConfigCache,
    pub(crate) keys: KeyRings,
    /// Which API fetched the keys when.
    pub(crate) fetchers: Fetchers,
    /// The signed revocation feeds as ready bytes.
    pub(crate) revocations: Revocations,
    /// Metadata documents as ready bytes, with the age of the cache at which they were right.
    pub(crate) documents: moka::sync::Cache<String, (u64, axum::body::Bytes)>,
    pub(crate) hashing: HashingPool,
    pub(crate) limits: Limits,
    pub(crate) pages: Pages,
    pub(crate) post: Post,
    pub(crate) traces: Traces,
    pub(crate) recorder: Recorder,
    pub(crate) metrics: Metrics,
    pub(crate) verifier: Verifier,
    pub(crate) outbound: Caller,
    pub(crate) bootstrap: BootstrapDesk,
}

impl App {
    /// Opens the root secret and builds the state.
    pub async fn open(installation: Installation) -> Result<Self, OpenFault> {
        let root = Root::open(installation.store.as_ref(), &installation.master).await?;
        let fetchers = Fetchers::new(installation.clock.now());
        let reach = if installation.settings.development { Reach::Anywhere } else { Reach::Internet };
        let post = Post::new(installation.settings.development);
        let enforced = if installation.settings.development { Enforced::No } else { Enforced::Yes };
        Ok(Self(Arc::new(Ports {
            store: installation.store,
            clock: installation.clock,
            root,
            settings: installation.settings,
            cache: ConfigCache::new(),
            keys: KeyRings::default(),
            fetchers,
            revocations: Revocations::default(),
            documents: moka::sync::Cache::new(10_000),
            hashing: HashingPool::new(),
            limits: Limits::new(enforced),
            pages: Pages::new(),
            post,
            traces: Traces,
            recorder: Recorder::new(),
            metrics: Metrics::new(),
            verifier: Verifier::new(Arc::new(AwsLcVerifier::default())),
            outbound: Caller::new(reach),
            bootstrap: BootstrapDesk::default(),
        })))
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.0
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The engine.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.0.store
    }

    /// Seals secrets at rest.
    pub fn sealer(&self) -> &Sealer {
        &self.0.root.at_rest
    }

    /// Digests and MACs.
    pub fn vault(&self) -> &dyn Vault {
        &self.0.root
    }

    /// The one reading of the clock for a request.
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// Runs a decision with fresh random bytes. The environment cannot outlive the closure, so it never crosses an
    /// `await`.
    pub fn with_env<T>(&self, now: Instant, decide: impl FnOnce(&Env<'_>) -> T) -> T {
        let entropy = Entropy::new(random::<ENTROPY_BYTES>());
        decide(&Env { now, entropy: &entropy, vault: &self.0.root })
    }

    /// Loads until `needs` names nothing new: two rounds are the rule (DESIGN: bounded rounds).
    pub async fn load(
        &self,
        now: Instant,
        needs: impl Fn(&Facts, &Env<'_>) -> Vec<Need> + Send + Sync,
    ) -> Result<Facts, StoreFault> {
        let mut facts = Facts::new();
        for _ in 0..8 {
            let missing = {
                let env = Env { now, entropy: &Entropy::none(), vault: &self.0.root };
                facts.lacks(&needs(&facts, &env))
            };
            if missing.is_empty() {
                return Ok(facts);
            }
            let loaded = self.0.cache.facts(self.0.store.as_ref(), &missing, now).await?;
            for need in &missing {
                scribe::saw(need, loaded.get(need));
            }
            facts.extend(loaded);
        }
        Ok(facts)
    }

    /// Commits, and drops what the cache knows about it. What the changes end is written into the revocation feed by the
    /// same commit.
    pub async fn commit(&self, mut changes: Vec<Change>) -> Result<(), CommitError> {
        if changes.is_empty() {
            return Ok(());
        }
        let lines = revocation::lines(&changes, self.now());
        changes.extend(lines.into_iter().map(Change::from));
        let concerned = changes.clone();
        let watch = Stopwatch::start();
        self.0.metrics.commit_begins();
        let committed = self.0.store.commit(changes).await;
        let outcome = match &committed {
            Ok(()) => "committed",
            Err(CommitError::Conflict(_)) => "conflict",
            Err(CommitError::Fault(_)) => "fault",
        };
        self.0.metrics.commit_ended(outcome, watch.elapsed());
        committed?;
        self.0.cache.committed(&concerned);
        if concerned.iter().any(|change| matches!(change, Change::Mail(MailChange::Queue(_)))) {
            self.0.post.wake();
        }
        scribe::made_true(&concerned);
        self.0.revocations.committed(&concerned);
        Ok(())
    }

    /// The tenant's keys, parsed.
    pub(crate) async fn keys(&self, tenant: TenantId, now: Instant) -> Result<Arc<TenantKeys>, KeysFault> {
        let age = self.0.cache.age(now);
        if let Some(known) = age.and_then(|age| self.0.keys.as_of(tenant, age)) {
            return Ok(known);
        }
        let facts = self.load(now, |_, _| vec![Need::Keys(tenant)]).await?;
        Ok(self.0.keys.of((tenant, age), facts.keys(tenant), &self.0.root.at_rest)?)
    }

    /// The trace id of the request that is being answered; a fresh one outside of any.
    pub fn new_trace(&self) -> TraceId {
        scribe::trace().unwrap_or_else(|| TraceId::from_random(random()))
    }

    /// The clock in milliseconds since 1970-01-01 UTC, for the log alone.
    pub(crate) fn now_ms(&self) -> i64 {
        self.0.clock.millis()
    }

    /// Hashes a new password in the bounded pool.
    pub async fn hash_password(
        &self,
        password: String,
    ) -> Result<String, doorward_core::refusal::JourneyRefusal> {
        self.0.hashing.hash(password).await
    }

    /// Applies the change log to the cache, from `version` on; returns the version reached. Called at start and then
    /// at most a second apart.
    pub async fn follow_config(&self, version: u64) -> Result<u64, StoreFault> {
        let log = self.0.store.config_since(version).await?;
        Ok(self.0.cache.apply(&log, self.now()))
    }

    /// Forgets what is over: expired rows in the store, quiet addresses in memory.
    pub async fn sweep(&self) -> Result<(), StoreFault> {
        self.0.limits.forget_quiet();
        let now = self.now();
        while self.0.store.sweep(now, 500).await?.more {}
        Ok(())
    }
}

/// Why the keys of a tenant are not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysFault {
    #[error(transparent)]
    Store(#[from] StoreFault),
    #[error(transparent)]
    Mint(#[from] MintFault),
}
