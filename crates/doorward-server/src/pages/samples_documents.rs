//! Samples of pages that end a request or are read: errors, hand-overs, the book of errors, the demo's first page.

use super::*;

pub(super) fn error() -> ErrorPage {
    ErrorPage {
        frame: frame(),
        kind: ErrorKind::Refusal,
        code: "DW1101".to_owned(),
        app: Some(web_shop()),
        restart: None,
        other_account: None,
        developer: DeveloperNote {
            diagnosis: "redirect_uri is not registered for app web-shop; it differs from a registered one"
                .to_owned(),
            comparison: Some(Comparison::new(
                Some("http://localhost:5173/callback/"),
                Some("http://localhost:5173/callback"),
            )),
            remedy: "Register it: `doorward app redirect add web-shop http://localhost:5173/callback/`"
                .to_owned(),
            trace: TRACE.to_owned(),
            log: Some(href("/_live/9c11f0d26f2a91b451b7e3c051e0a7c4")),
            asked_by: Some("Web Shop".to_owned()),
            time: UtcTime::from_unix_secs(1_795_344_067),
            docs: href("/docs/errors/DW1101?trace=9c11f0d2"),
        },
    }
}

pub(super) fn error_production() -> ErrorPage {
    let page = error();
    let comparison = Some(Comparison::new(Some("http://localhost:5173/callback/"), None));
    ErrorPage {
        frame: production(),
        app: None,
        developer: DeveloperNote { comparison, ..page.developer },
        ..page
    }
}

pub(super) fn error_fault() -> ErrorPage {
    let page = error();
    ErrorPage {
        frame: production(),
        kind: ErrorKind::Fault,
        code: "DW1250".to_owned(),
        restart: Some(href("/flow/restart?flow=x")),
        other_account: Some(href("/flow/picker?flow=x")),
        developer: DeveloperNote { comparison: None, ..page.developer },
        ..page
    }
}

pub(super) fn form_post() -> FormPostPage {
    let field = |name: &str, value: &str| ResponseField { name: name.to_owned(), value: value.to_owned() };
    FormPostPage {
        frame: production(),
        target: href("https://localhost:7501/redirect"),
        fields: vec![field("code", "SECRETCODE"), field("state", "a\"b&c=")],
        app: Some(web_shop()),
        nonce: Nonce::from_random([3; 16]),
    }
}

pub(super) fn continue_on() -> ContinuePage {
    ContinuePage {
        frame: frame(),
        target: href("https://localhost:7501/redirect?code=SECRETCODE&state=x%7Cy"),
        app: Some(web_shop()),
        nonce: Nonce::from_random([5; 16]),
    }
}

pub(super) fn error_doc() -> ErrorDocPage {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    ErrorDocPage {
        frame: production(),
        code: "DW1101".to_owned(),
        slug: "redirect-uri-mismatch".to_owned(),
        stage: "Authorize request".to_owned(),
        diagnosis:
            "redirect_uri {sent} is not registered for app {app}; it differs from a registered one in {part}."
                .to_owned(),
        symptom: "AADSTS50011, Google \"Error 400: redirect_uri_mismatch\"".to_owned(),
        wire: "invalid_request (page, never a redirect)".to_owned(),
        causes: texts(&["slash, case, port, scheme, path differ by a character", "proxy made it http"]),
        remedy: "Register exactly {sent} with `doorward app redirect add`, or send {nearest}.".to_owned(),
        server_knows: texts(&["URI sent", "URIs registered (list: trace only)"]),
        detected_by: vec![DetectedBy::Op, DetectedBy::Doctor, DetectedBy::Infer, DetectedBy::Rs],
        disclosure: Disclosure::Public,
        sources: vec![
            Source {
                label: "ory/hydra#133".to_owned(),
                href: Some(href("https://github.com/ory/hydra/issues/133")),
            },
            Source { label: "hearsay".to_owned(), href: None },
        ],
        trace: Some(TRACE.to_owned()),
    }
}

pub(super) fn error_index() -> ErrorIndexPage {
    let slugs =
        ["redirect-uri-mismatch", "pkce-required", "unknown-scope", "two-apis-one-request", "hint-conflict"];
    let stage = |number: usize| ErrorStage {
        name: format!("Stage {number}"),
        codes: (1..=7)
            .map(|n| ErrorEntry {
                code: format!("DW{number}{n:02}"),
                slug: slugs[n % slugs.len()].to_owned(),
            })
            .collect(),
    };
    ErrorIndexPage { frame: production(), stages: (10..30).map(stage).collect() }
}

pub(super) fn landing() -> LandingPage {
    let place = |title: &str, detail: &str, address: &str| Place {
        title: title.to_owned(),
        detail: detail.to_owned(),
        href: href(address),
    };
    let address = |title: &str, value: &str| Address { title: title.to_owned(), value: value.to_owned() };
    let person = |name: &str, username: &str, note: &str| Person {
        name: name.to_owned(),
        username: username.to_owned(),
        note: note.to_owned(),
    };
    LandingPage {
        frame: Frame { organisation: None, footer: Vec::new(), ..frame() },
        places: vec![
            place("Web app", "Signs a person in and calls the notes API.", "https://localhost:7501/"),
            place("Notes API", "Enforced from its OpenAPI document.", "https://localhost:7510/"),
            place("Live requests", "What the last requests were answered.", "/portal/log"),
        ],
        addresses: vec![
            address("Issuer of meadow", "https://localhost:7443/meadow"),
            address("Authority for MSAL", "https://localhost:7443/meadow/v2.0"),
            address("User flow", "https://localhost:7443/tfp/meadow/b2c_1_susi"),
            address("Certificate authority", "~/.doorward/ca.pem"),
        ],
        people: vec![
            person("Ada Meadow", "ada", "administrator"),
            person("Ben Fern", "ben.fern", ""),
            person("Cy Reed", "cy", "two accounts, one e-mail"),
        ],
        passwords: "Their passwords are in the terminal and in `doorward-data/demo-secrets.json`.".to_owned(),
    }
}
