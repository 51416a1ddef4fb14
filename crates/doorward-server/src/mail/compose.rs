//! A letter in words: subject, plain text and HTML, in the name of a tenant. No pictures, nothing to be loaded, nothing
//! that tells the sender whether it was read.

use std::collections::BTreeMap;

use doorward_core::journey::Says;
use doorward_core::model::ChallengePurpose;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::{Deserialize, Serialize};

use crate::pages::{Catalogue, Locale, Piece, pieces, write_escaped};

/// A mail as it is read. Holds codes and links: sealed in the outbox, not printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Composed {
    /// The name that it is sent in.
    pub(crate) sender: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The code in it, if there is one.
    pub(crate) code: Option<String>,
    /// The link in it, if there is one.
    pub(crate) link: Option<String>,
}

impl std::fmt::Debug for Composed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Composed(***)")
    }
}

/// The words of mails and the two templates they are set in.
pub(super) struct Words {
    english: Catalogue,
    templates: Environment<'static>,
}

/// What a template sees.
#[derive(Serialize)]
struct Sheet<'a> {
    lang: &'static str,
    dir: crate::pages::Direction,
    house: &'a str,
    subject: &'a str,
    before: Vec<String>,
    code: Option<&'a str>,
    link: Option<&'a str>,
    link_label: String,
    after: Vec<String>,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut templates = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(syntax.expect("the default delimiters are valid"));
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|name| {
            if name == "mail.html" { AutoEscape::Html } else { AutoEscape::None }
        });
        templates.set_formatter(|out, state, value| match state.auto_escape() {
            AutoEscape::Html => write_escaped(out, state, value),
            _ => minijinja::escape_formatter(out, state, value),
        });
        for (name, source) in [
            ("mail.html", include_str!("../../templates/mail/mail.html")),
            ("mail.txt", include_str!("../../templates/mail/mail.txt")),
        ] {
            templates.add_template(name, source).expect("embedded templates parse, a test renders each");
        }
        Self { english: Catalogue::of(include_str!("../../locales/mail.en.json")), templates }
    }

    /// Words a letter. `house` is the tenant's display name; `link` the address of the page that the mail leads to.
    pub(super) fn compose(&self, says: &Says, house: &str, locale: Locale, link: Option<&str>) -> Composed {
        let house = one_line(house);
        let kind = kind(says);
        let code = match says {
            Says::Code { code, .. } => Some(code.expose()),
            _ => None,
        };
        let name = match says {
            Says::AccountExists { name } | Says::Invitation { name, .. } => one_line(name),
            Says::AddressAdded { address } => one_line(address),
            Says::FactorAdded { factor } | Says::FactorRemoved { factor } => one_line(factor),
            Says::RecoveryCodes { left } => left.to_string(),
            _ => String::new(),
        };
        let values = BTreeMap::from([
            ("house", house.as_str()),
            ("code", code.unwrap_or_default()),
            ("name", name.as_str()),
        ]);
        let text = |part: &str| self.text(&format!("{kind}.{part}"), &values);
        let subject = text("subject").unwrap_or_default();
        let link_label = text("link");
        let link = link.filter(|_| link_label.is_some());
        let sheet = Sheet {
            lang: locale.tag,
            dir: locale.dir,
            house: &house,
            subject: &subject,
            before: ["lead", "more"].iter().filter_map(|part| text(part)).collect(),
            code,
            link,
            link_label: link_label.unwrap_or_default(),
            after: ["life", "not_you"].iter().filter_map(|part| text(part)).collect(),
        };
        let render = |template: &str| {
            let template = self.templates.get_template(template);
            let rendered = template.and_then(|template| template.render(context! { mail => Serde(&sheet) }));
            rendered.expect("the templates fit their sheet, a test renders every letter")
        };
        Composed {
            text: render("mail.txt"),
            html: render("mail.html"),
            code: code.map(str::to_owned),
            link: link.map(str::to_owned),
            sender: house.clone(),
            subject,
        }
    }

    fn text(&self, key: &str, values: &BTreeMap<&str, &str>) -> Option<String> {
        let message = self.english.message(key, None)?;
        let put = |piece| match piece {
            Piece::Words(words) => words,
            Piece::Place(name) => values.get(name).copied().unwrap_or_default(),
        };
        Some(pieces(message).into_iter().map(put).collect())
    }
}

/// The prefix of a letter's words.
fn kind(says: &Says) -> &'static str {
    match says {
        Says::AccountExists { .. } => "account_exists",
        Says::AddressAdded { .. } => "address_added",
        Says::Code { purpose, .. } => match purpose {
            ChallengePurpose::AddAddress => "code_address",
            ChallengePurpose::ResetPassword => "code_reset",
            ChallengePurpose::SecondFactor => "code_sign_in",
            ChallengePurpose::SignUp => "code_sign_up",
            ChallengePurpose::Bootstrap | ChallengePurpose::Invitation => "code_other",
        },
        Says::FactorAdded { .. } => "factor_added",
        Says::FactorRemoved { .. } => "factor_removed",
        Says::Invitation { .. } => "invitation",
        Says::NoAccount => "no_account",
        Says::PasswordChanged => "password_changed",
        Says::RecoveryCodes { .. } => "recovery_codes",
        Says::Test => "test",
    }
}

/// Names stand in headers and in plain text: no line of theirs becomes a line of ours.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use doorward_core::model::Secret;

    use super::*;

    /// One letter of each kind.
    pub(in crate::mail) fn letters() -> Vec<Says> {
        let code = |purpose| Says::Code { purpose, code: Secret::new("482913") };
        vec![
            Says::AccountExists { name: "ben.fern".to_owned() },
            Says::AddressAdded { address: "ben@work.test".to_owned() },
            code(ChallengePurpose::AddAddress),
            code(ChallengePurpose::ResetPassword),
            code(ChallengePurpose::SecondFactor),
            code(ChallengePurpose::SignUp),
            code(ChallengePurpose::Bootstrap),
            Says::Invitation { name: "ben.fern".to_owned(), secret: Secret::new("s".repeat(43)) },
            Says::FactorAdded { factor: "Authenticator app".to_owned() },
            Says::FactorRemoved { factor: "Authenticator app".to_owned() },
            Says::NoAccount,
            Says::PasswordChanged,
            Says::RecoveryCodes { left: 9 },
            Says::Test,
        ]
    }

    #[test]
    fn every_letter_has_its_words_in_text_and_html() {
        let words = Words::new();
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/pages/mail"));
        std::fs::create_dir_all(folder).unwrap();
        for (index, says) in letters().iter().enumerate() {
            let link = "https://id.test:7443/flow/mail?l=abc&x=1";
            let mail = words.compose(says, "Meadow School", Locale::ENGLISH, Some(link));
            std::fs::write(folder.join(format!("{index}-{}.html", kind(says))), &mail.html).unwrap();
            std::fs::write(folder.join(format!("{index}-{}.txt", kind(says))), &mail.text).unwrap();
            assert!(!mail.subject.is_empty(), "{says:?}");
            for part in [&mail.text, &mail.html] {
                assert!(part.contains("Meadow School"), "{says:?}");
                assert!(!part.contains("{house}") && !part.contains("{name}"), "{says:?}");
            }
            let leads_on = words.english.message(&format!("{}.link", kind(says)), None).is_some();
            assert_eq!(mail.text.contains(link), leads_on, "{says:?}");
            assert_eq!(mail.html.contains("l=abc&amp;x=1"), leads_on, "{says:?}");
            if let Says::Code { .. } = says {
                assert!(mail.subject.contains("482913"), "the code is read in the list of mails already");
                assert!(mail.text.contains("482913") && mail.html.contains("482913"));
            }
            let lead = words.english.message(&format!("{}.lead", kind(says)), None);
            assert!(lead.is_some(), "{says:?}");
        }
    }

    #[test]
    fn a_mail_loads_nothing_and_reports_nothing() {
        let words = Words::new();
        for says in letters() {
            let mail = words.compose(&says, "Meadow", Locale::ENGLISH, Some("https://id.test/flow/mail?l=a"));
            for forbidden in ["<img", "<script", "src=", "url(", "@import", "<link", "<iframe", "<form"] {
                assert!(!mail.html.contains(forbidden), "{says:?} holds {forbidden}");
            }
            assert_eq!(mail.html.matches("http").count(), mail.html.matches("https://id.test/").count());
        }
    }

    #[test]
    fn markup_and_lines_in_a_name_are_text() {
        let words = Words::new();
        let house = "Mead<b onclick='x'>ow\r\nBcc: all@home.test";
        let mail = words.compose(&Says::PasswordChanged, house, Locale::ENGLISH, None);
        assert!(!mail.html.contains("<b onclick") && mail.html.contains("&lt;b"), "{}", mail.html);
        assert!(!mail.sender.contains(['\r', '\n']) && !mail.subject.contains(['\r', '\n']));
        assert!(!mail.text.lines().any(|line| line.starts_with("Bcc:")), "{}", mail.text);
    }

    #[test]
    fn every_message_belongs_to_a_letter() {
        let words = Words::new();
        let kinds: Vec<&str> = letters().iter().map(kind).collect();
        for key in words.english.keys() {
            let (kind, part) = key.split_once('.').unwrap();
            assert!(kinds.contains(&kind), "{key}");
            assert!(["subject", "lead", "more", "link", "life", "not_you"].contains(&part), "{key}");
        }
        assert!(
            !format!("{:?}", words.compose(&letters()[3], "M", Locale::ENGLISH, None)).contains("482913")
        );
    }
}
