//! What the steps with a mailed code have in common: sending it, the link in the mail, and charging guesses.

use doorward_core::change::{Change, Conflict};
use doorward_core::journey::{Asked, Letter, Says, challenge};
use doorward_core::model::{Challenge, ChallengePurpose, Digest, Secret};
use doorward_core::refusal::JourneyRefusal;
use doorward_store::CommitError;
use serde::{Deserialize, Serialize};

use super::{OnPage, state};
use crate::app::App;
use crate::mail::Heading;
use crate::pages::Href;
use crate::shell::{Failure, Fault};

/// The longest link that is still put into a mail: beyond it, programs break lines into it.
const LONGEST_LINK: usize = 1900;

/// What the link of a mail carries, sealed: the code, and the flow if this browser is the one that asked.
#[derive(Serialize, Deserialize)]
pub(super) struct MailLink {
    pub(super) code: String,
    /// The page on which the code is entered.
    pub(super) page: String,
    /// The flow, sealed for the browser in which it began.
    pub(super) flow: Option<String>,
    /// Display name of the tenant.
    pub(super) organisation: String,
    /// When the code ends, in seconds since 1970.
    pub(super) ends: i64,
}

impl MailLink {
    const PURPOSE: (&'static str, &'static str) = ("mail-link", "");

    pub(super) fn open(app: &App, sealed: &str) -> Result<Self, JourneyRefusal> {
        state::open(app, Self::PURPOSE, sealed).map_err(|_| JourneyRefusal::AnswerWrong)
    }
}

impl OnPage<'_> {
    /// The id of this flow's challenge.
    pub(super) fn challenge_id(&self, purpose: ChallengePurpose) -> Digest {
        let tenant = self.asked.found.authority.tenant.id;
        challenge::code_id(tenant, purpose, self.state.transaction().as_bytes(), self.app.vault())
    }

    /// The open challenge of this flow.
    pub(super) async fn challenge(&self, purpose: ChallengePurpose) -> Result<Option<Challenge>, Fault> {
        let (tenant, id) = (self.asked.found.authority.tenant.id, self.challenge_id(purpose));
        let facts = self.app.load(self.visit.now, |_, _| vec![challenge::need(tenant, id)]).await?;
        Ok(facts.challenge(tenant, id).cloned())
    }

    /// Charges one guess at this flow's code. Nothing is compared before.
    pub(super) async fn charge_guess(
        &self,
        purpose: ChallengePurpose,
    ) -> Result<(), Failure<JourneyRefusal>> {
        let tenant = self.asked.found.authority.tenant.id;
        let (charge, spent) = challenge::charge_answer(tenant, self.challenge_id(purpose), self.visit.now);
        commit(self.app, vec![charge.into()], (Conflict::BudgetSpent, spent)).await
    }

    /// Whoever asks too often from one address waits.
    pub(super) fn admit(&self) -> Result<(), Failure<JourneyRefusal>> {
        let admitted = self.visit.address.is_none_or(|address| self.app.ports().limits.admits(address));
        if admitted { Ok(()) } else { Err(Failure::Refused(JourneyRefusal::Throttled)) }
    }

    /// Makes true what asking a mailbox makes true, with the mail. The flow lives on from now, as the code does.
    pub(super) async fn send(
        &mut self,
        asked: Asked,
        page: &'static str,
    ) -> Result<(), Failure<JourneyRefusal>> {
        let now = self.visit.now;
        self.state.renew(now);
        // Where nobody is told, a letter is written all the same, and thrown away: it costs the same.
        let nobody = asked.letter.is_none();
        let letter = asked
            .letter
            .unwrap_or_else(|| Letter { to: "nobody@localhost".to_owned(), says: Says::NoAccount });
        let link = self.link_of(&letter, page);
        let tenant = &self.asked.found.authority.tenant;
        let heading = Heading { tenant: Some(tenant), locale: self.visit.locale, link: link.as_deref() };
        let mails = self.app.post([letter], heading, now);
        let mut changes = asked.changes;
        changes.extend(mails.into_iter().filter(|_| !nobody));
        commit(self.app, changes, (Conflict::BudgetSpent, asked.spent)).await
    }

    /// The address that the mail of a code leads to: the page on which the code is entered.
    fn link_of(&self, letter: &Letter, page: &'static str) -> Option<String> {
        let base = &self.app.settings().base_url;
        let Says::Code { code, .. } = &letter.says else {
            return None;
        };
        let seal = |flow: Option<String>| {
            let link = MailLink {
                code: code.expose().to_owned(),
                page: page.to_owned(),
                flow,
                organisation: self.asked.found.authority.tenant.display_name.clone(),
                ends: self.visit.now.seconds()
                    + i64::try_from(challenge::CODE_LIFE.as_secs()).unwrap_or(i64::MAX),
            };
            format!("{base}/flow/mail?l={}", state::seal(self.app, MailLink::PURPOSE, &link))
        };
        let whole = seal(Some(self.state.seal(self.app, self.cookie())));
        Some(if whole.len() <= LONGEST_LINK { whole } else { seal(None) })
    }

    /// The mailbox of the development profile, where it is what receives.
    pub(super) fn mailbox_link(&self) -> Option<Href> {
        let address = self.state.mailbox.as_deref().filter(|address| address.contains('@'));
        let query = address.map(|address| {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("to", address).finish();
            format!("?{query}")
        });
        let shown = self.app.mail_state().transport == "mailbox";
        shown.then(|| Href::parse(format!("/_mail{}", query.unwrap_or_default())).ok()).flatten()
    }
}

/// Commits; one conflict is a refusal, all others are faults.
pub(super) async fn commit(
    app: &App,
    changes: Vec<Change>,
    (expected, refusal): (Conflict, JourneyRefusal),
) -> Result<(), Failure<JourneyRefusal>> {
    match app.commit(changes).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(conflict)) if conflict == expected => Err(Failure::Refused(refusal)),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// What was typed into the field of the code.
pub(super) fn typed_code(params: &doorward_dialect::Params) -> Result<Secret, JourneyRefusal> {
    challenge::read_code(params.value("code").unwrap_or_default())
}
