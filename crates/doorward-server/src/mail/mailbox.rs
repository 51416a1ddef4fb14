//! The mailbox of the development profile: what would have been sent, in memory, latest first. It does not exist in
//! production.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use doorward_core::model::{Instant, MailId, SignInName};
use tokio::sync::watch;

use super::compose::Composed;

/// So many mails are kept; the oldest gives way.
pub(crate) const MOST_KEPT: usize = 500;

/// A mail that would have been sent.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) id: MailId,
    pub(crate) to: String,
    pub(crate) at: Instant,
    pub(crate) mail: Composed,
}

/// The mails, and a count of arrivals to wait for.
#[derive(Debug)]
pub(crate) struct Mailbox {
    kept: Mutex<VecDeque<Kept>>,
    arrivals: watch::Sender<u64>,
}

impl Default for Mailbox {
    fn default() -> Self {
        Self { kept: Mutex::default(), arrivals: watch::Sender::new(0) }
    }
}

impl Mailbox {
    /// Takes a mail in. One that comes a second time takes the place of the first.
    pub(super) fn take(&self, kept: Kept) {
        let mut all = self.lock();
        all.retain(|other| other.id != kept.id);
        all.push_front(kept);
        all.truncate(MOST_KEPT);
        drop(all);
        self.arrivals.send_modify(|count| *count += 1);
    }

    /// The mails to an address, or all; latest first. Addresses are compared without case.
    pub(crate) fn to(&self, address: Option<&str>) -> Vec<Kept> {
        let wanted = address.map(SignInName::canonical_form);
        let fits = |kept: &&Kept| {
            wanted.as_ref().is_none_or(|wanted| SignInName::canonical_form(&kept.to) == *wanted)
        };
        self.lock().iter().filter(fits).cloned().collect()
    }

    /// One mail.
    pub(crate) fn find(&self, id: MailId) -> Option<Kept> {
        self.lock().iter().find(|kept| kept.id == id).cloned()
    }

    /// Throws one away; whether it was there.
    pub(crate) fn remove(&self, id: MailId) -> bool {
        let mut all = self.lock();
        let before = all.len();
        all.retain(|kept| kept.id != id);
        all.len() < before
    }

    /// Throws all away.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Tells of arrivals from now on.
    pub(crate) fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(seed: u16, to: &str) -> Kept {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&seed.to_be_bytes());
        Kept {
            id: MailId::random(id),
            to: to.to_owned(),
            at: Instant::from_seconds(i64::from(seed)),
            mail: Composed {
                sender: String::new(),
                subject: seed.to_string(),
                text: String::new(),
                html: String::new(),
                code: None,
                link: None,
            },
        }
    }

    #[test]
    fn the_latest_comes_first_and_the_oldest_gives_way() {
        let mailbox = Mailbox::default();
        for seed in 0..600 {
            mailbox.take(kept(seed, if seed % 2 == 0 { "ben@mail.test" } else { "ada@mail.test" }));
        }
        assert_eq!(mailbox.to(None).len(), MOST_KEPT);
        assert_eq!(mailbox.to(None)[0].mail.subject, "599");
        assert_eq!(mailbox.to(Some(" BEN@mail.test "))[0].mail.subject, "598");
        mailbox.take(kept(598, "ben@mail.test"));
        assert_eq!(mailbox.to(None).len(), MOST_KEPT, "a second delivery is the same mail");
        assert!(mailbox.remove(kept(598, "").id) && !mailbox.remove(kept(598, "").id));
        mailbox.clear();
        assert!(mailbox.to(None).is_empty());
    }
}
