//! Sample contexts: every page in its telling states, for the tests and for looking at them.

use super::*;

#[path = "samples_account.rs"]
mod accounts;

#[path = "samples_log.rs"]
mod logs;

#[path = "samples_by_mail.rs"]
mod by_mail;
#[path = "samples_factor.rs"]
mod factors;

#[path = "samples_documents.rs"]
mod documents;

use documents::{
    continue_on, error, error_doc, error_fault, error_index, error_production, form_post, landing,
};

/// The mirrored pseudo-language.
pub(super) const PSEUDO: Locale = Locale { tag: "ar-XB", dir: Direction::Rtl };

/// Every page, by the name of the file it is written to.
pub(super) fn all() -> Vec<(&'static str, Page)> {
    let mut all = others();
    all.extend(factors::all());
    all.extend(accounts::all());
    all
}

fn others() -> Vec<(&'static str, Page)> {
    vec![
        ("sign-in", Page::SignIn(sign_in())),
        ("sign-in-problem", Page::SignIn(sign_in_problem())),
        ("sign-in-again", Page::SignIn(sign_in_again())),
        ("sign-in-plain", Page::SignIn(sign_in_plain())),
        ("sign-up", Page::SignUp(sign_up())),
        ("sign-up-problem", Page::SignUp(sign_up_problem())),
        ("consent", Page::Consent(consent())),
        ("consent-admin", Page::Consent(consent_admin())),
        ("consent-everybody", Page::Consent(consent_everybody())),
        ("approval", Page::Approval(approval())),
        ("picker", Page::Picker(picker())),
        ("sign-out", Page::SignOut(sign_out())),
        ("signed-out", Page::SignedOut(signed_out())),
        ("signed-out-nobody", Page::SignedOut(signed_out_nobody())),
        ("error", Page::Error(error())),
        ("error-production", Page::Error(error_production())),
        ("error-fault", Page::Error(error_fault())),
        ("form-post", Page::FormPost(form_post())),
        ("continue", Page::Continue(continue_on())),
        ("error-doc", Page::ErrorDoc(error_doc())),
        ("error-index", Page::ErrorIndex(error_index())),
        ("landing", Page::Landing(landing())),
        ("gate", Page::Gate(logs::gate())),
        ("log", Page::Log(logs::log())),
        ("live", Page::Log(logs::live())),
        ("trace", Page::Trace(Box::new(logs::trace()))),
    ]
    .into_iter()
    .chain(by_mail::all())
    .collect()
}

fn href(text: &str) -> Href {
    Href::parse(text).unwrap()
}

fn frame() -> Frame {
    Frame {
        locale: Locale::ENGLISH,
        organisation: Some("Meadow".to_owned()),
        footer: vec![
            FooterLink { kind: FooterKind::Terms, href: href("https://meadow.test/terms") },
            FooterLink { kind: FooterKind::Privacy, href: href("https://meadow.test/privacy") },
            FooterLink { kind: FooterKind::Accessibility, href: href("https://meadow.test/a11y") },
            FooterLink { kind: FooterKind::Help, href: href("https://meadow.test/help") },
        ],
        dev: Some(DevBar {
            trace: TRACE.to_owned(),
            people: ["ada", "ben.fern", "cy"].map(str::to_owned).to_vec(),
            note: String::new(),
        }),
    }
}

fn production() -> Frame {
    Frame { footer: Vec::new(), dev: None, ..frame() }
}

fn form(action: &str) -> Form {
    Form { action: href(action), flow: SealedFlow::new("c2VhbGVkLWZsb3c.".repeat(20)) }
}

fn web_shop() -> AppCard {
    AppCard { name: "Web Shop".to_owned(), back: Some(href("https://localhost:7501/")) }
}

fn ben() -> AccountCard {
    AccountCard {
        display_name: "Ben Fern".to_owned(),
        sign_in_name: "ben.fern".to_owned(),
        email: Some("ben@meadow.test".to_owned()),
        kind: AccountKind::Work("Meadow GmbH".to_owned()),
    }
}

fn sign_in() -> SignInPage {
    SignInPage {
        frame: frame(),
        form: form("/flow/signin"),
        app: Some(web_shop()),
        reason: SignInReason::First,
        identifier: Identifier::Either,
        username: String::new(),
        fixed: None,
        problems: Vec::new(),
        forgot: Some(href("/flow/forgot?flow=x")),
        create_account: Some(href("/flow/signup?flow=x")),
        other_account: None,
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn sign_in_problem() -> SignInPage {
    SignInPage {
        username: "ben.fern\"><script>".to_owned(),
        problems: vec![Problem::WrongCredentials],
        other_account: Some(href("/flow/picker?flow=x")),
        ..sign_in()
    }
}

fn sign_in_again() -> SignInPage {
    SignInPage {
        frame: production(),
        reason: SignInReason::Again,
        username: "ben.fern".to_owned(),
        fixed: Some(ben()),
        create_account: None,
        other_account: Some(href("/flow/picker?flow=x")),
        ..sign_in()
    }
}

fn sign_in_plain() -> SignInPage {
    SignInPage {
        frame: Frame { organisation: None, ..production() },
        app: None,
        reason: SignInReason::Another,
        identifier: Identifier::UserName,
        create_account: None,
        cancel: None,
        problems: vec![Problem::Throttled { wait_secs: 300 }],
        ..sign_in()
    }
}

fn sign_up() -> SignUpPage {
    SignUpPage {
        frame: frame(),
        form: form("/flow/signup"),
        app: Some(web_shop()),
        username: String::new(),
        display_name: String::new(),
        email: String::new(),
        password_min: 10,
        problems: Vec::new(),
        sign_in: Some(href("/flow/signin?flow=x")),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn sign_up_problem() -> SignUpPage {
    SignUpPage {
        username: "ben@fern".to_owned(),
        display_name: "Ben".to_owned(),
        email: "ben".to_owned(),
        problems: vec![
            Problem::UserNameMalformed,
            Problem::EmailMalformed,
            Problem::PasswordTooShort { min: 10 },
        ],
        ..sign_up()
    }
}

fn permission(title: &str, detail: &str, name: &str, state: PermissionState) -> Permission {
    Permission { title: title.to_owned(), detail: detail.to_owned(), name: name.to_owned(), state }
}

fn consent() -> ConsentPage {
    ConsentPage {
        frame: frame(),
        form: form("/flow/consent"),
        app: AppCard { name: "Notes Desktop".to_owned(), back: None },
        publisher: Some(Publisher { name: "Fern Tools".to_owned(), verified: true }),
        account: ben(),
        organisation: OrganisationChoice::Hidden,
        resources: vec![ResourceGroup {
            name: "Notes".to_owned(),
            permissions: vec![
                permission(
                    "Read your notes",
                    "Titles, text and attachments.",
                    "notes.read",
                    PermissionState::Granted,
                ),
                permission(
                    "Change and delete your notes",
                    "It can write new notes, and change or delete the ones you have.",
                    "notes.write",
                    PermissionState::New,
                ),
                permission("Share notes with others", "", "notes.share", PermissionState::Locked),
            ],
        }],
        switch: Some(href("/flow/picker?flow=x")),
        manage: Some(href("/account")),
    }
}

fn consent_admin() -> ConsentPage {
    let mut page = ConsentPage {
        organisation: OrganisationChoice::Offered,
        publisher: Some(Publisher { name: "Fern Tools".to_owned(), verified: false }),
        manage: None,
        ..consent()
    };
    for (permission, state) in page.resources[0].permissions.iter_mut().zip([
        PermissionState::Asked,
        PermissionState::Asked,
        PermissionState::Privileged,
    ]) {
        permission.state = state;
    }
    page
}

fn consent_everybody() -> ConsentPage {
    ConsentPage {
        frame: production(),
        organisation: OrganisationChoice::Required,
        publisher: None,
        switch: None,
        ..consent_admin()
    }
}

fn approval() -> ApprovalPage {
    let mut resources = consent().resources;
    resources[0].permissions.drain(..2);
    ApprovalPage {
        frame: frame(),
        app: AppCard { name: "Notes Desktop".to_owned(), back: None },
        account: ben(),
        resources,
        command: "doorward grant add notes-desktop notes notes.share --everyone".to_owned(),
        approve: Some(href("https://localhost:7443/meadow/adminconsent?client_id=3b1c")),
        other_account: Some(href("/flow/picker?flow=x")),
        cancel: Some(href("/flow/cancel?flow=x")),
        trace: TRACE.to_owned(),
    }
}

pub(super) fn picker() -> PickerPage {
    let cy = |display_name: &str, kind| AccountCard {
        display_name: display_name.to_owned(),
        sign_in_name: "cy@meadow.test".to_owned(),
        email: None,
        kind,
    };
    let row = |reference: &str, account, signed_in, last_used| AccountRow {
        reference: reference.to_owned(),
        account,
        signed_in,
        last_used,
    };
    PickerPage {
        frame: Frame {
            dev: frame().dev.map(|bar| DevBar { note: PICKER_NOTE.to_owned(), ..bar }),
            ..frame()
        },
        form: form("/flow/picker"),
        app: Some(AppCard { name: "Reports".to_owned(), back: None }),
        accounts: vec![
            row("a1", cy("Cy Reed", AccountKind::Work("Meadow GmbH".to_owned())), true, LastUsed::Days(2)),
            row("a2", cy("Cy R.", AccountKind::Personal), true, LastUsed::Never),
            row("a3", ben(), false, LastUsed::Unknown),
        ],
        cancel: Some(href("/flow/cancel?flow=x")),
        sign_out_all: Some(href("/flow/signout?all=1")),
    }
}

fn sign_out() -> SignOutPage {
    SignOutPage {
        frame: frame(),
        form: form("/flow/signout"),
        app: Some(web_shop()),
        accounts: vec![ben()],
        stay: Some(href("https://localhost:7501/")),
    }
}

fn signed_out() -> SignedOutPage {
    SignedOutPage {
        frame: frame(),
        app: Some(web_shop()),
        accounts: vec![ben()],
        remaining: vec![AccountCard { kind: AccountKind::Personal, email: None, ..ben() }],
        open_apps: vec!["Reports".to_owned(), "Notes Desktop".to_owned()],
        sign_in: Some(href("/meadow/oauth2/authorize?client_id=3b1c")),
    }
}

fn signed_out_nobody() -> SignedOutPage {
    SignedOutPage {
        frame: production(),
        app: None,
        accounts: Vec::new(),
        remaining: Vec::new(),
        open_apps: Vec::new(),
        sign_in: None,
    }
}

const TRACE: &str = "9c11f0d26f2a91b451b7e3c051e0a7c4";
const PICKER_NOTE: &str = "DW2102 login_hint \"cy@meadow.test\" fits 2 accounts";
