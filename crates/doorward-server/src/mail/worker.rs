//! The worker: looks into the outbox when it is woken, and from time to time; delivers what is due.

use std::sync::Arc;
use std::time::Duration;

use doorward_core::change::{Change, MailChange};
use doorward_core::model::Mail;
use doorward_crypto::random;
use doorward_store::{DirectoryQuery, Entry, Paging, StoreFault};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::attempt::{Undelivered, after};
use super::mailbox::Kept;
use crate::app::App;

/// Mails per look, and deliveries at once.
const BATCH: u32 = 50;
const AT_ONCE: usize = 4;
/// How often the outbox is looked into when nobody wakes the worker: mails that wait for their next attempt.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long deliveries that are under way may take when the process ends.
const GRACE: Duration = Duration::from_secs(5);

/// A worker that runs.
pub struct MailWorker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl MailWorker {
    /// Starts to deliver.
    pub fn start(app: App) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut look = tokio::time::interval(LOOK_EVERY);
            look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                if let Err(fault) = app.deliver_due().await {
                    tracing::error!(%fault, "the outbox cannot be read");
                }
                tokio::select! {
                    () = app.ports().post.wake.notified() => {}
                    _ = look.tick() => {}
                    // An error means that the sender is gone, which is the end as well.
                    _ = stopped.wait_for(|stop| *stop) => return,
                }
            }
        });
        Self { stop, task }
    }

    /// Begins nothing new, and waits a little for what is under way. What is not delivered by then is tried again after
    /// the next start.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let mut task = self.task;
        if tokio::time::timeout(GRACE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

impl App {
    /// Delivers what is due now, and returns when each of it was tried once.
    pub async fn deliver_due(&self) -> Result<(), StoreFault> {
        if !self.can_send_mail() {
            return Ok(());
        }
        let _one_round_at_a_time = self.ports().post.round.lock().await;
        loop {
            let due = self.due().await?;
            let full = due.len() >= BATCH as usize;
            let places = Arc::new(Semaphore::new(AT_ONCE));
            let mut attempts = JoinSet::new();
            for mail in due {
                let (app, places) = (self.clone(), Arc::clone(&places));
                attempts.spawn(async move {
                    let _place = places.acquire_owned().await;
                    app.try_once(mail).await;
                });
            }
            while attempts.join_next().await.is_some() {}
            if !full {
                return Ok(());
            }
        }
    }

    /// The mails whose time has come, next attempt first.
    async fn due(&self) -> Result<Vec<Mail>, StoreFault> {
        let now = self.now();
        let page = Paging::new(BATCH, None).expect("a page may hold as many");
        let listed = self.store().list(&DirectoryQuery::Mails { page }).await?;
        let mails = listed.entries.into_iter().filter_map(|entry| match entry {
            Entry::Mail(mail) => Some(*mail),
            _ => None,
        });
        Ok(mails.filter(|mail| mail.next_attempt <= now || mail.expiry.has_passed(now)).collect())
    }

    async fn try_once(&self, mail: Mail) {
        let now = self.now();
        let change = if mail.expiry.has_passed(now) {
            tracing::warn!(mail = %mail.id, attempts = mail.attempts, error = mail.last_error.as_deref(), "a mail is worth nothing any more and was dropped unsent");
            MailChange::Remove(mail.id)
        } else {
            let came_of_it = self.deliver(&mail).await;
            let post = &self.ports().post;
            match &came_of_it {
                Ok(()) => post.delivered(now),
                Err(undelivered) => {
                    tracing::warn!(mail = %mail.id, attempts = mail.attempts + 1, for_good = undelivered.for_good, "a mail was not delivered");
                }
            }
            let change = after(&mail, came_of_it, now, random::<1>()[0]);
            if let MailChange::Postpone { error, .. } = &change {
                post.failed(now, error);
            }
            change
        };
        if let Err(fault) = self.commit(vec![Change::from(change)]).await {
            tracing::error!(mail = %mail.id, %fault, "the outbox cannot be written; the mail may be sent again");
        }
    }

    async fn deliver(&self, mail: &Mail) -> Result<(), Undelivered> {
        let composed = self
            .open_mail(mail)
            .map_err(|fault| Undelivered { for_good: true, said: format!("it cannot be opened: {fault}") })?;
        let post = &self.ports().post;
        if let Some(smtp) = post.smtp.get() {
            return smtp.deliver(mail, &composed).await;
        }
        if let Some(mailbox) = &post.mailbox {
            mailbox.take(Kept { id: mail.id, to: mail.to.clone(), at: mail.created_at, mail: composed });
        }
        Ok(())
    }
}
