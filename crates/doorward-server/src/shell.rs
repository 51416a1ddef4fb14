//! The five beats: load, decide, mint, commit; the endpoint replies.
//!
//! A conflict at the commit loads and decides again, three times at the most. A refusal's own changes are committed
//! before it is answered. Nothing leaves before the commit.

use doorward_core::change::{Change, Conflict};
use doorward_core::decision::Decision;
use doorward_core::facts::Facts;
use doorward_core::model::{Instant, TenantId};
use doorward_core::needs::Need;
use doorward_core::outbound::Outbound;
use doorward_core::port::{Entropy, Env};
use doorward_core::refusal::Refusal;
use doorward_store::{CommitError, StoreFault};
use doorward_token::Trail;

use crate::app::{App, KeysFault};

/// How often a lost race is run again.
const ROUNDS: usize = 3;
/// How often a session that another request changed meanwhile is read again. One of those that race wins each round,
/// so as many applications may open in one browser at once.
pub(crate) const SESSION_ROUNDS: usize = 16;

/// A decision that was made true.
pub(crate) struct Done<R> {
    /// The answer in engine words.
    pub(crate) reply: R,
    /// The tokens, by the indices of the mint list.
    pub(crate) tokens: Vec<String>,
    /// The checks.
    pub(crate) trail: Trail,
}

/// Why there is no answer in engine words. `F` is the decision's own refusal.
pub(crate) enum Failure<F> {
    /// The machine failed.
    Fault(Fault),
    /// A rule said no.
    Refused(F),
}

/// The machine failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A token cannot be signed.
    #[error(transparent)]
    Keys(#[from] KeysFault),
    /// A race was lost too often, or a precondition failed that cannot.
    #[error("a commit failed again and again: {0}")]
    Conflict(Conflict),
}

impl<F> From<Fault> for Failure<F> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<F> From<StoreFault> for Failure<F> {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault.into())
    }
}

/// A refusal that may carry effects.
pub(crate) trait Refused: Send {
    /// The refusal inside.
    fn refusal_mut(&mut self) -> Option<&mut Refusal>;
}

impl Refused for Refusal {
    fn refusal_mut(&mut self) -> Option<&mut Refusal> {
        Some(self)
    }
}

impl Refused for Box<doorward_core::authorize::AuthorizeFailure> {
    fn refusal_mut(&mut self) -> Option<&mut Refusal> {
        Some(&mut self.refusal)
    }
}

impl Refused for (doorward_core::userinfo::UserinfoRefusal, Trail) {
    fn refusal_mut(&mut self) -> Option<&mut Refusal> {
        None
    }
}

impl App {
    /// Runs the beats for one request of a tenant.
    pub(crate) async fn run<R, F>(
        &self,
        (tenant, now): (TenantId, Instant),
        needs: impl Fn(&Facts, &Env<'_>) -> Vec<Need> + Send + Sync,
        decide: impl Fn(&Facts, &Env<'_>) -> Result<Decision<R>, F> + Send + Sync,
    ) -> Result<Done<R>, Failure<F>>
    where
        R: Send,
        F: Refused,
    {
        let mut last = Conflict::Changed;
        for _ in 0..ROUNDS {
            match self.run_once((tenant, now), &needs, &decide).await {
                Err(Failure::Fault(Fault::Conflict(conflict))) => last = conflict,
                ended => return ended,
            }
        }
        Err(Fault::Conflict(last).into())
    }

    /// The same for a decision that may ask the world outside before it is made.
    pub(crate) async fn run_asking<R, F>(
        &self,
        (tenant, now): (TenantId, Instant),
        needs: impl Fn(&Facts, &Env<'_>) -> Vec<Need> + Send + Sync,
        asks: impl Fn(&Facts, &Env<'_>) -> Option<Outbound> + Send + Sync,
        decide: impl Fn(&Facts, &Env<'_>) -> Result<Decision<R>, F> + Send + Sync,
    ) -> Result<Done<R>, Failure<F>>
    where
        R: Send,
        F: Refused,
    {
        let mut last = Conflict::Changed;
        for _ in 0..ROUNDS {
            let mut facts = self.load(now, &needs).await?;
            // Asking draws nothing.
            let asked = asks(&facts, &Env { now, entropy: &Entropy::none(), vault: self.vault() });
            if let Some(asked) = asked {
                let heard = self.ports().outbound.hear(&asked, now).await;
                facts.hear(asked, heard);
            }
            match self.decide_on((tenant, now), facts, &decide).await {
                Err(Failure::Fault(Fault::Conflict(conflict))) => last = conflict,
                ended => return ended,
            }
        }
        Err(Fault::Conflict(last).into())
    }

    /// Runs the beats once. A lost race is [`Fault::Conflict`], for callers that read more again than facts.
    pub(crate) async fn run_once<R, F>(
        &self,
        (tenant, now): (TenantId, Instant),
        needs: impl Fn(&Facts, &Env<'_>) -> Vec<Need> + Send + Sync,
        decide: impl Fn(&Facts, &Env<'_>) -> Result<Decision<R>, F> + Send + Sync,
    ) -> Result<Done<R>, Failure<F>>
    where
        R: Send,
        F: Refused,
    {
        let facts = self.load(now, needs).await?;
        self.decide_on((tenant, now), facts, decide).await
    }

    /// Decide, mint, commit.
    async fn decide_on<R, F>(
        &self,
        (tenant, now): (TenantId, Instant),
        facts: Facts,
        decide: impl Fn(&Facts, &Env<'_>) -> Result<Decision<R>, F> + Send + Sync,
    ) -> Result<Done<R>, Failure<F>>
    where
        R: Send,
        F: Refused,
    {
        let decision = match self.with_env(now, |env| decide(&facts, env)) {
            Ok(decision) => decision,
            Err(mut failed) => {
                let changes = failed.refusal_mut().map(|refusal| std::mem::take(&mut refusal.changes));
                self.make_true(changes.unwrap_or_default()).await?;
                return Err(Failure::Refused(failed));
            }
        };
        let tokens = if decision.mint.is_empty() {
            Vec::new()
        } else {
            let keys = self.keys(tenant, now).await.map_err(Fault::from)?;
            keys.mint(&decision.mint).map_err(|fault| Fault::from(KeysFault::from(fault)))?
        };
        self.make_true(decision.changes).await?;
        Ok(Done { reply: decision.reply, tokens, trail: decision.trail })
    }

    async fn make_true(&self, changes: Vec<Change>) -> Result<(), Fault> {
        match self.commit(changes).await {
            Ok(()) => Ok(()),
            Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict)),
            Err(CommitError::Fault(fault)) => Err(fault.into()),
        }
    }
}
