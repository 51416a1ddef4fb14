//! What would be sent: a mail server that is never reached, and the outbox read by whoever has the master key.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::change::{Change, MailChange};
use doorward_server::{SmtpSecurity, SmtpSettings};
use doorward_store::{DirectoryQuery, Entry, Paging};
use serde_json::Value;

use super::world::World;

/// A mail of the outbox, opened.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) code: Option<String>,
    pub(crate) link: Option<String>,
}

impl World {
    /// Mail can be sent; it stays in the outbox.
    pub(crate) fn with_mail(self) -> Self {
        let settings = SmtpSettings {
            host: "127.0.0.1".to_owned(),
            port: 9,
            security: SmtpSecurity::None,
            from: "no-reply@id.test".to_owned(),
            credentials: None,
            ca_pem: None,
        };
        self.app.use_smtp(settings).unwrap();
        self
    }

    /// The outbox, emptied.
    pub(crate) async fn letters(&self) -> Vec<Letter> {
        let query = DirectoryQuery::Mails { page: Paging::first() };
        let entries = self.app.store().list(&query).await.unwrap().entries;
        let mut letters = Vec::new();
        let mut changes: Vec<Change> = Vec::new();
        for entry in entries {
            let Entry::Mail(mail) = entry else { panic!("a listing of mails holds mails") };
            let sealed = URL_SAFE_NO_PAD.decode(&mail.sealed).unwrap();
            let place = format!("mails/{}", mail.id);
            let opened: Value =
                serde_json::from_slice(&self.app.sealer().open(&sealed, place.as_bytes()).unwrap()).unwrap();
            let text = |name: &str| opened[name].as_str().map(str::to_owned);
            letters.push(Letter {
                to: mail.to.clone(),
                subject: text("subject").unwrap(),
                text: text("text").unwrap(),
                code: text("code"),
                link: text("link"),
            });
            changes.push(MailChange::Remove(mail.id).into());
        }
        self.change(changes).await;
        letters
    }

    /// The one mail of the outbox.
    pub(crate) async fn letter(&self) -> Letter {
        let mut letters = self.letters().await;
        assert_eq!(letters.len(), 1, "{letters:?}");
        letters.remove(0)
    }
}
