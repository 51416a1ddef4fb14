//! The pages around a mailbox: asking for it, the code it got, what is done then, and the mailbox of the development
//! profile itself.

use serde::Serialize;

use super::{AppCard, Form, Frame, Href, Problem, UtcTime};

/// The pages of this room.
#[derive(Clone, Debug)]
pub enum ByMailPage {
    /// Which mailbox?
    Ask(AskMailboxPage),
    /// The code that it got, and what it allows.
    Code(CodePage),
    /// The link of a mail in another browser than the one that asked.
    Elsewhere(ElsewherePage),
    /// An invited person sets a password.
    Invitation(InvitationPage),
    /// It is done.
    Done(DonePage),
    /// The mails that would have been sent.
    Mailbox(MailboxPage),
    /// One of them.
    Message(MessagePage),
}

impl ByMailPage {
    pub(super) fn template(&self) -> &'static str {
        match self {
            Self::Ask(_) => "ask_mailbox.html",
            Self::Code(_) => "mail_code.html",
            Self::Elsewhere(_) => "mail_elsewhere.html",
            Self::Invitation(_) => "invitation.html",
            Self::Done(_) => "mail_done.html",
            Self::Mailbox(_) => "mailbox.html",
            Self::Message(_) => "mailbox_message.html",
        }
    }

    pub(super) fn frame(&self) -> &Frame {
        match self {
            Self::Ask(page) => &page.frame,
            Self::Code(page) => &page.frame,
            Self::Elsewhere(page) => &page.frame,
            Self::Invitation(page) => &page.frame,
            Self::Done(page) => &page.frame,
            Self::Mailbox(page) => &page.frame,
            Self::Message(page) => &page.frame,
        }
    }

    #[cfg(test)]
    pub(super) fn frame_mut(&mut self) -> &mut Frame {
        match self {
            Self::Ask(page) => &mut page.frame,
            Self::Code(page) => &mut page.frame,
            Self::Elsewhere(page) => &mut page.frame,
            Self::Invitation(page) => &mut page.frame,
            Self::Done(page) => &mut page.frame,
            Self::Mailbox(page) => &mut page.frame,
            Self::Message(page) => &mut page.frame,
        }
    }
}

/// What a mailbox is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxPurpose {
    /// A new account.
    SignUp,
    /// A new password.
    Reset,
}

/// The first page. Form id `signup-email` with the input `email`, or `forgot` with the input `username`.
#[derive(Clone, Debug, Serialize)]
pub struct AskMailboxPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom.
    pub app: Option<AppCard>,
    /// What for.
    pub purpose: MailboxPurpose,
    /// Typed before.
    pub typed: String,
    /// What to mend.
    pub problems: Vec<Problem>,
    /// "I have an account", or "I remember it".
    pub sign_in: Option<Href>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

/// The code, and what it allows. Form id `signup-code` or `reset-code`; inputs `code`, `password`, and for a new account
/// `display_name` and perhaps `username`. The form `resend` sends another mail.
#[derive(Clone, Debug, Serialize)]
pub struct CodePage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// Where the wish for another mail is posted to.
    pub resend: Href,
    /// For whom.
    pub app: Option<AppCard>,
    /// What for.
    pub purpose: MailboxPurpose,
    /// The address or name that was typed on the page before.
    pub address: String,
    /// Typed before, or from the link of the mail.
    pub code: String,
    /// Typed before; `None` where accounts are known by their address alone.
    pub username: Option<String>,
    /// Typed before.
    pub display_name: String,
    /// Characters; told to the person and to password managers.
    pub password_min: u32,
    /// Another mail was sent just now.
    pub sent_again: bool,
    /// What to mend.
    pub problems: Vec<Problem>,
    /// To the page before, to enter another address.
    pub back: Href,
    /// The mailbox of the development profile.
    pub mailbox: Option<Href>,
    /// Gives up.
    pub cancel: Option<Href>,
}

/// The code of a mail whose link was opened in another browser. It signs nobody in: whoever asked goes on where they
/// asked.
#[derive(Clone, Serialize)]
pub struct ElsewherePage {
    /// The surroundings.
    pub frame: Frame,
    /// The code.
    pub code: String,
}

impl std::fmt::Debug for ElsewherePage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ElsewherePage(***)")
    }
}

/// An invited person sets the first password. Form id `invitation`; hidden inputs `tenant` and `key`, input `password`.
#[derive(Clone, Serialize)]
pub struct InvitationPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub action: Href,
    /// The tenant's short name.
    pub tenant: String,
    /// The secret of the link.
    pub key: String,
    /// The name the account signs in with.
    pub username: String,
    /// Characters.
    pub password_min: u32,
    /// What to mend.
    pub problems: Vec<Problem>,
}

impl std::fmt::Debug for InvitationPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InvitationPage(***)")
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneKind {
    /// An invited person has a password.
    Invitation,
    /// A forgotten password was replaced.
    Reset,
}

/// A password was set; whoever set it signs in with it.
#[derive(Clone, Debug, Serialize)]
pub struct DonePage {
    /// The surroundings.
    pub frame: Frame,
    /// For whom.
    pub app: Option<AppCard>,
    /// What.
    pub kind: DoneKind,
    /// On to the sign-in, where there is one under way.
    pub sign_in: Option<Href>,
}

/// A mail in the list.
#[derive(Clone, Debug, Serialize)]
pub struct MailRow {
    /// Its page.
    pub href: Href,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The code in it.
    pub code: Option<String>,
    /// When it was written.
    pub at: UtcTime,
}

/// The mailbox of the development profile.
#[derive(Clone, Debug, Serialize)]
pub struct MailboxPage {
    /// The surroundings.
    pub frame: Frame,
    /// Latest first.
    pub mails: Vec<MailRow>,
    /// Only mails to this address; empty for all.
    pub to: String,
}

/// One mail of it. The HTML part is shown in a frame without any rights.
#[derive(Clone, Debug, Serialize)]
pub struct MessagePage {
    /// The surroundings.
    pub frame: Frame,
    /// The mail.
    pub mail: MailRow,
    /// In whose name it is.
    pub sender: String,
    /// The text part.
    pub text: String,
    /// The address of the HTML part.
    pub html: Href,
    /// Where the wish to delete it is posted to.
    pub delete: Href,
    /// The link in it.
    pub link: Option<Href>,
}
