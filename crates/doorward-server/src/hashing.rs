//! The bounded place where passwords are hashed (Settled 3): so many at once, so many waiting, everybody else is told
//! to come back. A hash costs 19 MiB and some 20 ms; without the bound, sign-ins could take the machine down.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorward_core::journey::PasswordVerdict;
use doorward_core::refusal::JourneyRefusal;
use tokio::sync::Semaphore;

/// Requests that may wait for a place, per place.
const WAITING_PER_PLACE: usize = 32;

/// The pool.
pub(crate) struct HashingPool {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    dummy: String,
}

impl HashingPool {
    /// As many places as the machine has processors.
    pub(crate) fn new() -> Self {
        let places = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            places: Arc::new(Semaphore::new(places)),
            waiting: AtomicUsize::new(0),
            most_waiting: places * WAITING_PER_PLACE,
            dummy: doorward_crypto::dummy_hash(),
        }
    }

    /// For the metrics: places in use, and requests that wait for one.
    pub(crate) fn load(&self) -> (usize, usize) {
        let places = std::thread::available_parallelism().map_or(1, usize::from);
        (places.saturating_sub(self.places.available_permits()), self.waiting.load(Ordering::Relaxed))
    }

    /// Takes a place in the queue, to be held while a guess is charged: who is told to come back has not guessed.
    pub(crate) fn queue(&self) -> Result<Ticket<'_>, JourneyRefusal> {
        Ticket::take(&self.waiting, self.most_waiting).ok_or(JourneyRefusal::ServerBusy)
    }

    /// Verifies a password. Without a hash a dummy is verified, so that an unknown name costs the same.
    pub(crate) async fn verify(
        &self,
        ticket: Ticket<'_>,
        password: String,
        phc: Option<String>,
    ) -> Result<PasswordVerdict, JourneyRefusal> {
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.dummy.clone());
        let right = self
            .run(ticket, move || match doorward_crypto::verify_password(&password, &phc) {
                Ok(verdict) => verdict.ok,
                Err(fault) => {
                    tracing::error!(%fault, "a stored password hash cannot be read");
                    false
                }
            })
            .await?;
        Ok(if known && right { PasswordVerdict::Right } else { PasswordVerdict::Wrong })
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, JourneyRefusal> {
        self.run(self.queue()?, move || doorward_crypto::hash_password(&password)).await?.map_err(|fault| {
            tracing::error!(%fault, "a password could not be hashed");
            JourneyRefusal::ServerBusy
        })
    }

    async fn run<T: Send + 'static>(
        &self,
        ticket: Ticket<'_>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JourneyRefusal> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| JourneyRefusal::ServerBusy)?;
        drop(ticket);
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        })
        .await
        .map_err(|_| JourneyRefusal::ServerBusy)
    }
}

/// A place in the queue, given back when dropped, also when the caller goes away.
pub(crate) struct Ticket<'a>(&'a AtomicUsize);

impl<'a> Ticket<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        if waiting.fetch_add(1, Ordering::AcqRel) >= most {
            waiting.fetch_sub(1, Ordering::AcqRel);
            return None;
        }
        Some(Self(waiting))
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_sends_away_and_a_caller_who_leaves_gives_the_place_back() {
        let pool = HashingPool::new();
        let mut held: Vec<Ticket<'_>> = (0..pool.most_waiting).map(|_| pool.queue().unwrap()).collect();
        assert_eq!(pool.queue().err(), Some(JourneyRefusal::ServerBusy));
        assert_eq!(pool.hash("fern-kettle-08".to_owned()).await, Err(JourneyRefusal::ServerBusy));
        held.pop();
        let hash = pool.hash("fern-kettle-08".to_owned()).await.unwrap();
        let ticket = pool.queue().unwrap();
        let verdict = pool.verify(ticket, "fern-kettle-08".to_owned(), Some(hash)).await;
        assert_eq!(verdict, Ok(PasswordVerdict::Right));
        drop(held);
        assert_eq!(pool.waiting.load(Ordering::Acquire), 0);
    }
}
