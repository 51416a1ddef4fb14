//! Samples of the account's pages.

use super::{form, frame, href, production};
use crate::pages::*;

pub(in crate::pages) fn all() -> Vec<(&'static str, Page)> {
    vec![
        ("account", Page::Account(Box::new(account()))),
        ("account-bare", Page::Account(Box::new(bare()))),
        ("account-password", Page::AccountPassword(password(Vec::new()))),
        ("account-password-problem", Page::AccountPassword(password(vec![Problem::CurrentPasswordWrong]))),
        ("account-gate", Page::AccountGate(gate("", false))),
        ("account-gate-problem", Page::AccountGate(gate("medow", true))),
    ]
}

fn at(hours: i64) -> UtcTime {
    UtcTime::from_unix_secs(1_795_000_000 - hours * 3600)
}

fn ben() -> AccountCard {
    AccountCard {
        display_name: "Ben Fern".to_owned(),
        sign_in_name: "ben.fern".to_owned(),
        email: Some("ben@meadow.test".to_owned()),
        kind: AccountKind::Work("Meadow".to_owned()),
    }
}

fn account() -> AccountPage {
    let session = |agent: &str, address: &str, is_this: bool| SessionRow {
        reference: "c2Vzc2lvbg".to_owned(),
        agent: agent.to_owned(),
        address: address.to_owned(),
        since: at(3),
        is_this,
    };
    let factor = |way, name: &str, left| FactorRow {
        reference: "b2b0b7a2-8f5c-4f3e-9a39-9a7d5c1c9f01".to_owned(),
        way,
        name: name.to_owned(),
        left,
        since: at(400),
    };
    AccountPage {
        frame: frame(),
        account: ben(),
        reference: "0f1a".to_owned(),
        profile: form("/account/profile"),
        given_name: "Ben".to_owned(),
        family_name: "Fern".to_owned(),
        done: Some(AccountDone::ProfileChanged),
        problems: Vec::new(),
        names: vec![
            NameRow { name: "ben.fern".to_owned(), proven: true },
            NameRow { name: "ben@elsewhere.test".to_owned(), proven: false },
        ],
        has_password: true,
        password: href("/account/password?account=0f1a"),
        factors: vec![factor(Way::Totp, "Phone", None), factor(Way::Recovery, "Recovery codes", Some(8))],
        offers_totp: true,
        totp: href("/account/totp?account=0f1a"),
        sessions: vec![session("Firefox on Linux", "192.0.2.7", true), session("", "2001:db8::7", false)],
        apps: vec![AppRow {
            reference: "3b1c".to_owned(),
            name: "Web Shop".to_owned(),
            permissions: vec!["notes.read".to_owned(), "notes.write".to_owned()],
            since: at(90),
            may_revoke: true,
        }],
        history: vec![
            HistoryRow {
                at: at(3),
                what: "signed in, code for openid".to_owned(),
                app: "Web Shop".to_owned(),
                code: String::new(),
            },
            HistoryRow {
                at: at(4),
                what: "page/sign-in".to_owned(),
                app: String::new(),
                code: "DW1250".to_owned(),
            },
        ],
        others: vec![OtherAccount {
            account: AccountCard { kind: AccountKind::Personal, ..ben() },
            href: href("/account?account=77"),
        }],
        sign_out: href("/meadow/oauth2/logout"),
    }
}

fn bare() -> AccountPage {
    AccountPage {
        frame: production(),
        done: None,
        problems: vec![Problem::DisplayNameMissing],
        has_password: false,
        factors: Vec::new(),
        offers_totp: false,
        apps: Vec::new(),
        history: Vec::new(),
        others: Vec::new(),
        ..account()
    }
}

fn password(problems: Vec<Problem>) -> AccountPasswordPage {
    AccountPasswordPage {
        frame: production(),
        form: form("/account/password"),
        reference: "0f1a".to_owned(),
        account: ben(),
        min_length: 8,
        problems,
        back: href("/account"),
    }
}

fn gate(tenant: &str, is_unknown: bool) -> AccountGatePage {
    AccountGatePage {
        frame: production(),
        action: href("/account/sign-in"),
        tenant: tenant.to_owned(),
        is_unknown,
    }
}
