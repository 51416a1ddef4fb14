//! The template engine, set up once: escaping on, undefined names refused, bounded work, nothing read from disk.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, context};

use super::text::{Catalogue, Piece, pieces};
use super::{ByMailPage, Locale, Page, assets};

/// Renders pages in every language on offer. Built once; rendering needs no lock.
#[derive(Debug)]
pub struct Pages {
    languages: BTreeMap<&'static str, Environment<'static>>,
}

/// A page could not be rendered: a template and its context disagree, or it did not end within its fuel.
#[derive(Debug, thiserror::Error)]
#[error("page template `{template}` failed")]
pub struct PageFault {
    template: &'static str,
    #[source]
    source: Error,
}

impl Pages {
    /// Compiles every template for every language.
    pub fn new() -> Self {
        let english = Catalogue::english();
        #[cfg(test)]
        let pseudo = Some((super::samples::PSEUDO.tag, environment(english.pseudo())));
        #[cfg(not(test))]
        let pseudo = None;
        let languages = [(Locale::ENGLISH.tag, environment(english))].into_iter().chain(pseudo).collect();
        Self { languages }
    }

    /// The page as HTML, UTF-8.
    ///
    /// # Errors
    /// [`PageFault`], which is a defect of ours, never of the request: the tests render every page.
    pub fn render(&self, page: &Page) -> Result<String, PageFault> {
        let template = page.template();
        let languages = &self.languages;
        let environment = languages
            .get(page.frame().locale.tag)
            .or_else(|| languages.get(Locale::ENGLISH.tag))
            .expect("the English environment is always built");
        environment
            .get_template(template)
            .and_then(|compiled| compiled.render(values(page)))
            .map_err(|source| PageFault { template, source })
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

fn values(page: &Page) -> Value {
    match page {
        Page::Account(page) => context! { page => Serde(page) },
        Page::AccountGate(page) => context! { page => Serde(page) },
        Page::AccountPassword(page) => context! { page => Serde(page) },
        Page::Approval(page) => context! { page => Serde(page) },
        Page::ByMail(page) => match page {
            ByMailPage::Ask(page) => context! { page => Serde(page) },
            ByMailPage::Code(page) => context! { page => Serde(page) },
            ByMailPage::Elsewhere(page) => context! { page => Serde(page) },
            ByMailPage::Invitation(page) => context! { page => Serde(page) },
            ByMailPage::Done(page) => context! { page => Serde(page) },
            ByMailPage::Mailbox(page) => context! { page => Serde(page) },
            ByMailPage::Message(page) => context! { page => Serde(page) },
        },
        Page::Consent(page) => context! { page => Serde(page) },
        Page::Continue(page) => context! { page => Serde(page) },
        Page::EnrolFactor(page) => context! { page => Serde(page) },
        Page::EnrolTotp(page) => context! { page => Serde(page) },
        Page::Error(page) => context! { page => Serde(page) },
        Page::ErrorDoc(page) => context! { page => Serde(page) },
        Page::ErrorIndex(page) => context! { page => Serde(page) },
        Page::FactorWays(page) => context! { page => Serde(page) },
        Page::FormPost(page) => context! { page => Serde(page) },
        Page::Gate(page) => context! { page => Serde(page) },
        Page::Landing(page) => context! { page => Serde(page) },
        Page::Log(page) => context! { page => Serde(page) },
        Page::Picker(page) => context! { page => Serde(page), twins => Serde(page.twins()) },
        Page::RecoveryCodes(page) => context! { page => Serde(page) },
        Page::SecondFactor(page) => context! { page => Serde(page) },
        Page::SignIn(page) => context! { page => Serde(page) },
        Page::SignOut(page) => context! { page => Serde(page) },
        Page::SignedOut(page) => context! { page => Serde(page) },
        Page::SignUp(page) => context! { page => Serde(page) },
        Page::Trace(page) => context! { page => Serde(page) },
    }
}

fn environment(catalogue: Catalogue) -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the default delimiters are valid"));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(write_escaped);
    environment.set_fuel(Some(FUEL));
    environment.add_global("asset", Serde(assets::addresses()));
    add_words(&mut environment, catalogue);
    environment.add_filter("prose", prose);
    environment.add_filter("initial", initial);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).expect("embedded templates parse, a test renders each");
    }
    environment
}

/// `t` answers plain text, `rich` the same with isolated, emphasised arguments, `error_text` the words for a code.
fn add_words(environment: &mut Environment<'static>, catalogue: Catalogue) {
    let plain = catalogue.clone();
    environment.add_function("t", move |key: &str, args: Kwargs| -> Result<String, Error> {
        fill(&plain, key, &args, String::push_str, String::push_str)
    });
    let marked = catalogue.clone();
    environment.add_function("rich", move |key: &str, args: Kwargs| -> Result<Value, Error> {
        // A name in another script must not reorder the sentence around it: each argument is isolated.
        let isolate = |out: &mut String, text: &str| {
            out.push_str("<bdi>");
            escape(out, text);
            out.push_str("</bdi>");
        };
        fill(&marked, key, &args, escape, isolate).map(Value::from_safe_string)
    });
    environment.add_function(
        "error_text",
        move |code: &str, kind: &str, part: &str| -> Result<String, Error> {
            let stage = code.get(..4).unwrap_or(code);
            let keys = [
                format!("error.{kind}.{part}"),
                format!("error.{code}.{part}"),
                format!("error.{stage}.{part}"),
                format!("error.other.{part}"),
            ];
            let found = catalogue.first(keys.iter().map(String::as_str));
            found.map(str::to_owned).ok_or_else(|| no_message(&keys[3]))
        },
    );
}

fn fill(
    catalogue: &Catalogue,
    key: &str,
    args: &Kwargs,
    words: impl Fn(&mut String, &str),
    place: impl Fn(&mut String, &str),
) -> Result<String, Error> {
    let n = args.peek::<Option<i64>>("n").unwrap_or(None);
    let message = catalogue.message(key, n).ok_or_else(|| no_message(key))?;
    let mut out = String::with_capacity(message.len() + 32);
    for piece in pieces(message) {
        match piece {
            Piece::Words(text) => words(&mut out, text),
            Piece::Place(name) => {
                let value: Value = args.get(name)?;
                if value.is_undefined() || value.is_none() {
                    return Err(Error::new(ErrorKind::UndefinedError, format!("{key}: no value for {name}")));
                }
                place(&mut out, &value.to_string());
            }
        }
    }
    Ok(out)
}

fn no_message(key: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("the catalogue has no message `{key}`"))
}

/// Backquoted parts become code, `{places}` become variables, the rest is escaped text.
fn prose(text: &str) -> Value {
    let mut out = String::with_capacity(text.len() + 32);
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        out.push_str(if is_code { "<code>" } else { "" });
        for piece in pieces(part) {
            match piece {
                Piece::Words(words) => escape(&mut out, words),
                Piece::Place(name) => {
                    out.push_str("<var>");
                    escape(&mut out, name);
                    out.push_str("</var>");
                }
            }
        }
        out.push_str(if is_code { "</code>" } else { "" });
    }
    Value::from_safe_string(out)
}

/// The first letter of a name, for its avatar.
fn initial(name: &str) -> String {
    let letter = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('?');
    letter.to_uppercase().collect()
}

/// Escapes what HTML needs in text and in quoted attributes, and no more: addresses stay readable. Printing an
/// absent value is a defect of the template, not the word "none".
pub(crate) fn write_escaped(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() {
        return Err(Error::new(ErrorKind::UndefinedError, "a template printed an absent value"));
    }
    let mut text = String::new();
    if value.is_safe() {
        write!(text, "{value}")?;
    } else {
        escape(&mut text, &value.to_string());
    }
    out.write_str(&text).map_err(Error::from)
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

/// Instructions per page; the longest page, the index of errors, uses a tenth of it.
const FUEL: u64 = 200_000;

const TEMPLATES: [(&str, &str); 34] = [
    ("layout.html", include_str!("../../templates/layout.html")),
    ("parts.html", include_str!("../../templates/parts.html")),
    ("account.html", include_str!("../../templates/account.html")),
    ("account_gate.html", include_str!("../../templates/account_gate.html")),
    ("account_password.html", include_str!("../../templates/account_password.html")),
    ("approval.html", include_str!("../../templates/approval.html")),
    ("ask_mailbox.html", include_str!("../../templates/ask_mailbox.html")),
    ("invitation.html", include_str!("../../templates/invitation.html")),
    ("mail_code.html", include_str!("../../templates/mail_code.html")),
    ("mail_done.html", include_str!("../../templates/mail_done.html")),
    ("mail_elsewhere.html", include_str!("../../templates/mail_elsewhere.html")),
    ("mailbox.html", include_str!("../../templates/mailbox.html")),
    ("mailbox_message.html", include_str!("../../templates/mailbox_message.html")),
    ("consent.html", include_str!("../../templates/consent.html")),
    ("continue.html", include_str!("../../templates/continue.html")),
    ("enrol_factor.html", include_str!("../../templates/enrol_factor.html")),
    ("enrol_totp.html", include_str!("../../templates/enrol_totp.html")),
    ("error.html", include_str!("../../templates/error.html")),
    ("error_doc.html", include_str!("../../templates/error_doc.html")),
    ("error_index.html", include_str!("../../templates/error_index.html")),
    ("factor_ways.html", include_str!("../../templates/factor_ways.html")),
    ("form_post.html", include_str!("../../templates/form_post.html")),
    ("gate.html", include_str!("../../templates/gate.html")),
    ("landing.html", include_str!("../../templates/landing.html")),
    ("log.html", include_str!("../../templates/log.html")),
    ("log_parts.html", include_str!("../../templates/log_parts.html")),
    ("picker.html", include_str!("../../templates/picker.html")),
    ("recovery_codes.html", include_str!("../../templates/recovery_codes.html")),
    ("second_factor.html", include_str!("../../templates/second_factor.html")),
    ("sign_in.html", include_str!("../../templates/sign_in.html")),
    ("sign_out.html", include_str!("../../templates/sign_out.html")),
    ("sign_up.html", include_str!("../../templates/sign_up.html")),
    ("signed_out.html", include_str!("../../templates/signed_out.html")),
    ("trace.html", include_str!("../../templates/trace.html")),
];

#[cfg(test)]
pub(super) fn template_sources() -> &'static [(&'static str, &'static str)] {
    &TEMPLATES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(source: &str, context: Value) -> Result<String, Error> {
        environment(Catalogue::english()).render_str(source, context)
    }

    #[test]
    fn markup_in_a_value_is_text() {
        let context = context! { name => "<b onclick='x'>\"&" };
        assert_eq!(rendered("{{ name }}", context).unwrap(), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
    }

    #[test]
    fn a_rich_message_escapes_and_isolates_its_arguments() {
        let text = rendered("{{ rich('sign_in.title', app='<i>') }}", context! {}).unwrap();
        assert!(text.contains("<bdi>&lt;i&gt;</bdi>"), "{text}");
    }

    #[test]
    fn prose_marks_code_and_places_and_escapes_both() {
        assert_eq!(
            prose("run `a <b> {c}` & {d}").to_string(),
            "run <code>a &lt;b&gt; <var>c</var></code> &amp; <var>d</var>"
        );
        assert_eq!(prose("an open ` quote").to_string(), "an open <code> quote</code>");
    }

    #[test]
    fn undefined_and_absent_values_are_refused() {
        assert!(rendered("{{ nothing }}", context! {}).is_err());
        assert!(rendered("{{ a }}", context! { a => None::<String> }).is_err());
        assert!(rendered("{{ t('no.such.key') }}", context! {}).is_err());
        assert!(rendered("{{ t('sign_in.title') }}", context! {}).is_err(), "a place without a value");
    }

    #[test]
    fn a_template_that_does_not_end_runs_out_of_fuel() {
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert_eq!(rendered(endless, context! {}).unwrap_err().kind(), ErrorKind::OutOfFuel);
    }

    #[test]
    fn an_initial_is_a_letter_whatever_the_name() {
        assert_eq!(initial("ben"), "B");
        assert_eq!(initial("«élan»"), "É");
        assert_eq!(initial(""), "?");
    }
}
