//! From a letter to a mail in the outbox, and back: worded, sealed under the master key, opened for delivery.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::change::{Change, MailChange};
use doorward_core::journey::{Letter, Says};
use doorward_core::model::{Expiry, Instant, Mail, MailId, Tenant};
use doorward_crypto::random;

use super::compose::Composed;
use crate::app::App;
use crate::pages::Locale;

/// In whose name, in which language, and where a mail leads.
#[derive(Clone, Copy)]
pub(crate) struct Heading<'a> {
    /// `None` for the installation.
    pub(crate) tenant: Option<&'a Tenant>,
    pub(crate) locale: Locale,
    /// The address of a page of ours.
    pub(crate) link: Option<&'a str>,
}

/// Why a mail of the outbox cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenMailFault {
    #[error("it is not base64url")]
    Encoding,
    #[error(transparent)]
    Sealed(#[from] doorward_crypto::OpenRefusal),
    #[error("its content is not ours: {0}")]
    Content(#[from] serde_json::Error),
}

impl App {
    /// The changes that put letters into the outbox; none where no mail is sent from here. They ride in the commit of
    /// what they tell.
    pub(crate) fn post(
        &self,
        letters: impl IntoIterator<Item = Letter>,
        heading: Heading<'_>,
        now: Instant,
    ) -> Vec<Change> {
        if !self.can_send_mail() {
            return Vec::new();
        }
        let queue = |letter: Letter| MailChange::Queue(self.mail(&letter, heading, now)).into();
        letters.into_iter().map(queue).collect()
    }

    /// One letter as a mail.
    pub(crate) fn mail(&self, letter: &Letter, heading: Heading<'_>, now: Instant) -> Mail {
        let id = MailId::random(random());
        let house = heading.tenant.map_or("Doorward", |tenant| &tenant.display_name);
        let base = self.settings().base_url.as_str();
        let invitation;
        let link = match (&letter.says, heading.link, heading.tenant) {
            (Says::Invitation { secret, .. }, _, Some(tenant)) => {
                invitation = format!("{base}/flow/invitation?tenant={}&key={}", tenant.name, secret.expose());
                Some(invitation.as_str())
            }
            (_, link, _) => link,
        };
        let composed = self.ports().post.words.compose(&letter.says, house, heading.locale, link);
        Mail {
            id,
            tenant: heading.tenant.map(|tenant| tenant.id),
            to: letter.to.clone(),
            sealed: self.seal_mail(id, &composed),
            created_at: now,
            expiry: Expiry::at(now + letter.life()),
            attempts: 0,
            next_attempt: now,
            last_error: None,
        }
    }

    fn seal_mail(&self, id: MailId, composed: &Composed) -> String {
        let json = serde_json::to_vec(composed).expect("texts serialise");
        URL_SAFE_NO_PAD.encode(self.sealer().seal(&json, &place(id)))
    }

    pub(super) fn open_mail(&self, mail: &Mail) -> Result<Composed, OpenMailFault> {
        let sealed = URL_SAFE_NO_PAD.decode(&mail.sealed).map_err(|_| OpenMailFault::Encoding)?;
        Ok(serde_json::from_slice(&self.sealer().open(&sealed, &place(mail.id))?)?)
    }
}

/// The associated data: where a sealed body belongs.
fn place(id: MailId) -> Vec<u8> {
    format!("mails/{id}").into_bytes()
}
