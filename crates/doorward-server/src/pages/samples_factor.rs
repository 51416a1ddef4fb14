//! Sample contexts of the pages of second factors.

use super::*;

pub(super) fn all() -> Vec<(&'static str, Page)> {
    vec![
        ("second-factor", Page::SecondFactor(totp())),
        ("second-factor-problem", Page::SecondFactor(problem())),
        ("second-factor-email", Page::SecondFactor(email())),
        ("second-factor-email-sent", Page::SecondFactor(email_sent())),
        ("second-factor-recovery", Page::SecondFactor(recovery())),
        ("factor-ways", Page::FactorWays(ways())),
        ("factor-ways-none", Page::FactorWays(no_ways())),
        ("enrol-factor", Page::EnrolFactor(enrol())),
        ("enrol-factor-required", Page::EnrolFactor(enrol_required())),
        ("enrol-totp", Page::EnrolTotp(Box::new(enrol_totp()))),
        ("enrol-totp-problem", Page::EnrolTotp(Box::new(enrol_totp_problem()))),
        ("enrol-email", Page::SecondFactor(enrol_email())),
        ("recovery-codes", Page::RecoveryCodes(codes())),
    ]
}

fn totp() -> SecondFactorPage {
    SecondFactorPage {
        frame: frame(),
        form: form("/flow/second-factor"),
        app: Some(web_shop()),
        account: ben(),
        way: Way::Totp,
        purpose: CodePurpose::Prove,
        mailbox: None,
        sent: true,
        send: None,
        problems: Vec::new(),
        other_way: Some(href("/flow/factor-ways?flow=x")),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn problem() -> SecondFactorPage {
    SecondFactorPage { frame: production(), problems: vec![Problem::FactorCodeWrong], ..totp() }
}

fn email() -> SecondFactorPage {
    SecondFactorPage {
        way: Way::Email,
        mailbox: Some("b\u{2022}\u{2022}\u{2022}@meadow.test".to_owned()),
        sent: false,
        send: Some(form("/flow/factor-mail")),
        ..totp()
    }
}

fn email_sent() -> SecondFactorPage {
    SecondFactorPage { sent: true, problems: vec![Problem::CodeWrong], ..email() }
}

fn recovery() -> SecondFactorPage {
    SecondFactorPage {
        way: Way::Recovery,
        app: None,
        problems: vec![Problem::RecoveryCodeMalformed],
        ..totp()
    }
}

fn row(reference: &str, way: Way, name: &str) -> WayRow {
    let mailbox = (way == Way::Email).then(|| "b\u{2022}\u{2022}\u{2022}@meadow.test".to_owned());
    WayRow { reference: reference.to_owned(), way, name: name.to_owned(), mailbox }
}

fn ways() -> FactorWaysPage {
    FactorWaysPage {
        frame: frame(),
        form: form("/flow/factor-ways"),
        app: Some(web_shop()),
        account: ben(),
        ways: vec![
            row("w1", Way::Totp, "My <phone>"),
            row("w2", Way::Email, "E-mail code"),
            row("w3", Way::Recovery, "Recovery codes"),
        ],
        problems: Vec::new(),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn no_ways() -> FactorWaysPage {
    FactorWaysPage {
        frame: production(),
        ways: Vec::new(),
        problems: vec![Problem::MailUnavailable],
        ..ways()
    }
}

fn enrol() -> EnrolFactorPage {
    EnrolFactorPage {
        frame: frame(),
        form: form("/flow/enrol-factor"),
        app: Some(web_shop()),
        account: ben(),
        ways: vec![row("totp", Way::Totp, ""), row("email", Way::Email, "")],
        may_decline: true,
        problems: Vec::new(),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn enrol_required() -> EnrolFactorPage {
    EnrolFactorPage { frame: production(), app: None, may_decline: false, cancel: None, ..enrol() }
}

fn enrol_totp() -> EnrolTotpPage {
    let link = "otpauth://totp/Meadow%20GmbH:ben.fern?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Meadow%20GmbH&\
                algorithm=SHA1&digits=6&period=30";
    EnrolTotpPage {
        frame: frame(),
        form: form("/flow/enrol-totp"),
        app: Some(web_shop()),
        account: ben(),
        qr: QrCode::of(link).unwrap(),
        secret: Shown::new("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"),
        link: Shown::new(link),
        problems: Vec::new(),
        other_way: Some(href("/flow/enrol-factor?flow=x")),
        cancel: Some(href("/flow/cancel?flow=x")),
    }
}

fn enrol_totp_problem() -> EnrolTotpPage {
    EnrolTotpPage { frame: production(), problems: vec![Problem::FactorCodeMalformed], ..enrol_totp() }
}

fn enrol_email() -> SecondFactorPage {
    SecondFactorPage { purpose: CodePurpose::Enrol, problems: Vec::new(), ..email_sent() }
}

fn codes() -> RecoveryCodesPage {
    let codes: Vec<Shown> =
        ["abcd-efgh-2345", "wxyz-2345-6789"].repeat(5).into_iter().map(Shown::new).collect();
    RecoveryCodesPage {
        frame: frame(),
        app: Some(web_shop()),
        download: RecoveryCodesPage::file_of("ben.fern (Meadow)", &codes),
        codes,
        next: href("/flow/second-factor?flow=x"),
    }
}
