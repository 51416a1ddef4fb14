//! Samples of the pages around a mailbox.

use super::*;

pub(super) fn all() -> Vec<(&'static str, Page)> {
    let pages = [
        ("ask-mailbox", ByMailPage::Ask(ask())),
        ("ask-mailbox-problem", ByMailPage::Ask(ask_problem())),
        ("forgot", ByMailPage::Ask(forgot())),
        ("mail-code", ByMailPage::Code(code())),
        ("mail-code-problem", ByMailPage::Code(code_problem())),
        ("mail-code-reset", ByMailPage::Code(reset())),
        ("mail-elsewhere", ByMailPage::Elsewhere(elsewhere())),
        ("invitation", ByMailPage::Invitation(invitation())),
        ("mail-done", ByMailPage::Done(done(DoneKind::Reset))),
        ("mail-done-invitation", ByMailPage::Done(done(DoneKind::Invitation))),
        ("mailbox", ByMailPage::Mailbox(mailbox())),
        ("mailbox-empty", ByMailPage::Mailbox(MailboxPage { mails: Vec::new(), ..mailbox() })),
        ("mailbox-message", ByMailPage::Message(message())),
    ];
    pages.into_iter().map(|(name, page)| (name, Page::ByMail(page))).collect()
}

fn ask() -> AskMailboxPage {
    AskMailboxPage {
        frame: frame(),
        form: form("/flow/sign-up"),
        app: Some(web_shop()),
        purpose: MailboxPurpose::SignUp,
        typed: String::new(),
        problems: Vec::new(),
        sign_in: Some(href("/flow/sign-in?flow=x")),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn ask_problem() -> AskMailboxPage {
    AskMailboxPage {
        typed: "cleo\"><script>@home".to_owned(),
        problems: vec![Problem::EmailMalformed, Problem::MailsSpent { minutes: 60 }],
        ..ask()
    }
}

fn forgot() -> AskMailboxPage {
    AskMailboxPage { form: form("/flow/forgot"), purpose: MailboxPurpose::Reset, ..ask() }
}

fn code() -> CodePage {
    CodePage {
        frame: frame(),
        form: form("/flow/sign-up-code"),
        resend: href("/flow/sign-up-resend"),
        app: Some(web_shop()),
        purpose: MailboxPurpose::SignUp,
        address: "cleo.moss@a-rather-long-name-of-a-house.test".to_owned(),
        code: String::new(),
        username: Some(String::new()),
        display_name: String::new(),
        password_min: 8,
        sent_again: false,
        problems: Vec::new(),
        back: href("/flow/sign-up?flow=x"),
        mailbox: Some(href("/_mail?to=cleo.moss@home.test")),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn code_problem() -> CodePage {
    CodePage {
        code: "482913".to_owned(),
        username: None,
        sent_again: true,
        mailbox: None,
        problems: vec![Problem::CodeWrong, Problem::PasswordTooShort { min: 8 }],
        ..code()
    }
}

fn reset() -> CodePage {
    CodePage {
        purpose: MailboxPurpose::Reset,
        form: form("/flow/reset"),
        resend: href("/flow/reset-resend"),
        address: "ben<fern>".to_owned(),
        ..code()
    }
}

fn elsewhere() -> ElsewherePage {
    ElsewherePage { frame: production(), code: "482913".to_owned() }
}

fn invitation() -> InvitationPage {
    InvitationPage {
        frame: production(),
        action: href("/flow/invitation"),
        tenant: "meadow".to_owned(),
        key: "SECRETCODE".to_owned(),
        username: "ben.fern".to_owned(),
        password_min: 8,
        problems: vec![Problem::PasswordCommon],
    }
}

fn done(kind: DoneKind) -> DonePage {
    let sign_in = (kind == DoneKind::Reset).then(|| href("/flow/sign-in?flow=x"));
    DonePage { frame: frame(), app: Some(web_shop()), kind, sign_in }
}

fn row(subject: &str, code: Option<&str>) -> MailRow {
    MailRow {
        href: href("/_mail/5f0c8b1e-2f8a-4c55-9d5e-0b8d1f6f0a11"),
        to: "cleo.moss@home.test".to_owned(),
        subject: subject.to_owned(),
        code: code.map(str::to_owned),
        at: UtcTime::from_unix_secs(1_795_342_867),
    }
}

fn mailbox() -> MailboxPage {
    MailboxPage {
        frame: frame(),
        mails: vec![
            row("482913 is your code for Meadow", Some("482913")),
            row("Your password at <b>Meadow</b> was changed", None),
        ],
        to: String::new(),
    }
}

fn message() -> MessagePage {
    MessagePage {
        frame: frame(),
        mail: row("482913 is your code for Meadow", Some("482913")),
        sender: "Meadow".to_owned(),
        text: "Somebody, hopefully you, is creating an account.\n\n    482913\n".to_owned(),
        html: href("/_mail/5f0c8b1e-2f8a-4c55-9d5e-0b8d1f6f0a11/html"),
        delete: href("/_mail/5f0c8b1e-2f8a-4c55-9d5e-0b8d1f6f0a11/delete"),
        link: Some(href("https://localhost:7443/flow/mail?l=x")),
    }
}
