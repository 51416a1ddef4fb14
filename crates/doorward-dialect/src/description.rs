//! The text of `error_description`: readable, within the grammar of RFC 6749 §4.1.2.1, and without the words that
//! make MSAL ask the person again.

use crate::catalogue::slug;
use crate::dialect::Dialect;
use crate::timestamp;
use crate::wire_error::Number;
use crate::write::ErrorContext;

/// Longer texts are cut: they travel in addresses.
const LONGEST: usize = 300;

/// MSAL takes an error for "ask the person" when one of these stands anywhere in its text. They may be said by
/// `error` and `suberror`, which mean it, and never by a text that merely quotes what somebody sent.
const TRIGGERS: [&str; 6] = [
    "bad_token",
    "consent_required",
    "interaction_required",
    "interrupted_user",
    "login_required",
    "ui_not_allowed",
];

/// `DW2004 code-already-used: what is wrong. Trace …`, for the directory's clients with their number in front and
/// their three facts behind.
pub(crate) fn describe(
    dialect: Dialect,
    number: Option<Number>,
    code: &str,
    diagnosis: &str,
    ctx: &ErrorContext<'_>,
) -> String {
    let slug = slug(code);
    let head = match number {
        Some(number) => format!("{number}: {code} {slug}: "),
        None => format!("{code} {slug}: "),
    };
    let tail = if dialect.is_directory() {
        let now = timestamp::print(ctx.now);
        format!(". Trace ID: {} Correlation ID: {} Timestamp: {now}", ctx.trace, ctx.correlation())
    } else {
        format!(". Trace {}", ctx.trace)
    };
    let (head, tail) = (clean(&head), clean(&tail));
    let room = LONGEST.saturating_sub(head.len() + tail.len());
    let mut text = format!("{head}{}{tail}", clip(&clean(diagnosis), room));
    text.truncate(LONGEST);
    disarm(text)
}

/// ASCII only, without quotation marks, backslashes and line ends; one byte per character.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            ' '..='~' => c,
            c if c.is_whitespace() || c.is_control() => ' ',
            _ => '?',
        })
        .collect()
}

/// `text` is ASCII.
fn clip(text: &str, room: usize) -> String {
    if text.len() <= room { text.to_owned() } else { format!("{}...", &text[..room.saturating_sub(3)]) }
}

/// Spells the trigger words with hyphens.
fn disarm(mut text: String) -> String {
    for word in TRIGGERS {
        while let Some(at) = text.to_ascii_lowercase().find(word) {
            let harmless = text[at..at + word.len()].replace('_', "-");
            text.replace_range(at..at + word.len(), &harmless);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use doorward_token::Explain;
    use proptest::prelude::*;

    use super::*;
    use crate::samples::{context, every_reason};

    fn is_fit(text: &str) -> bool {
        text.len() <= LONGEST
            && text.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))
            && TRIGGERS.iter().all(|word| !text.to_ascii_lowercase().contains(word))
    }

    #[test]
    fn every_refusal_has_a_text_that_may_be_sent() {
        for reason in every_reason() {
            for dialect in Dialect::ALL {
                let number = dialect.wire_error(&reason).number;
                let code = reason.code();
                let text = describe(dialect, number, code.as_str(), &reason.diagnosis(), &context());
                assert!(is_fit(&text), "{text}");
                assert!(text.contains(context().trace), "{text}");
            }
        }
    }

    #[test]
    fn what_somebody_sent_cannot_make_msal_ask_again() {
        let text =
            describe(Dialect::Entra, None, "DW1062", "grant_type is Login_Required_bad_token", &context());
        assert!(text.contains("grant_type is Login-Required_bad-token"), "{text}");
    }

    proptest! {
        #[test]
        fn any_diagnosis_becomes_fit(diagnosis in ".{0,600}", trace in ".{0,400}") {
            let ctx = ErrorContext { trace: &trace, ..context() };
            for dialect in Dialect::ALL {
                let text = describe(dialect, Some(Number::Sts(50_058)), "DW2101", &diagnosis, &ctx);
                prop_assert!(is_fit(&text), "{}", text);
            }
        }
    }
}
