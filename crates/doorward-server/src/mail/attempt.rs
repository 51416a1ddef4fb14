//! What comes of an attempt: gone, later, or never; and how long later is.

use std::time::Duration;

use doorward_core::change::MailChange;
use doorward_core::model::{Instant, Mail};

/// The first pause, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// Characters kept of what a mail server said.
const MOST_SAID: usize = 300;

/// Why a mail was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Undelivered {
    /// The mail server refused it for good (a reply 5yz), or it cannot be sent at all.
    pub(super) for_good: bool,
    /// What was said.
    pub(super) said: String,
}

/// The change after an attempt. A mail that is refused for good stays to be looked at, and is dropped when it ends.
/// `chance` is a random byte: pauses differ, so that mails do not come back in step.
pub(super) fn after(
    mail: &Mail,
    came_of_it: Result<(), Undelivered>,
    now: Instant,
    chance: u8,
) -> MailChange {
    let Err(undelivered) = came_of_it else { return MailChange::Remove(mail.id) };
    let attempts = mail.attempts.saturating_add(1);
    let said = without_address(&undelivered.said, &mail.to);
    let (next_attempt, error) = if undelivered.for_good {
        (mail.expiry.instant(), format!("for good: {said}"))
    } else {
        (now + pause(attempts, chance), said)
    };
    MailChange::Postpone { id: mail.id, attempts, next_attempt, error }
}

/// Doubles with each attempt, a fifth more or less.
fn pause(attempts: u32, chance: u8) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempts.saturating_sub(1).min(12));
    let percent = 80 + u32::from(chance) * 40 / 255;
    doubled.min(LONGEST_PAUSE) * percent / 100
}

/// What a mail server said, without the address, in one line.
fn without_address(said: &str, address: &str) -> String {
    let plain: String =
        said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(4 * MOST_SAID).collect();
    let mut hidden = plain.replace(address, "(address)");
    if let Some(at) = hidden.to_lowercase().find(&address.to_lowercase())
        && hidden.is_char_boundary(at)
    {
        hidden.truncate(at);
        hidden.push_str("(address)");
    }
    hidden.chars().take(MOST_SAID).collect()
}

#[cfg(test)]
mod tests {
    use doorward_core::model::{Expiry, MailId};
    use proptest::prelude::*;

    use super::*;

    fn mail(attempts: u32) -> Mail {
        Mail {
            id: MailId::random([1; 16]),
            tenant: None,
            to: "ben@mail.test".to_owned(),
            sealed: String::new(),
            created_at: Instant::from_seconds(1000),
            expiry: Expiry::at(Instant::from_seconds(9000)),
            attempts,
            next_attempt: Instant::from_seconds(1000),
            last_error: None,
        }
    }

    fn failed(for_good: bool, said: &str) -> Result<(), Undelivered> {
        Err(Undelivered { for_good, said: said.to_owned() })
    }

    #[test]
    fn pauses_double_up_to_an_hour() {
        let at = |attempts| match after(&mail(attempts), failed(false, "421"), Instant::from_seconds(0), 127)
        {
            MailChange::Postpone { next_attempt, .. } => next_attempt.seconds(),
            other => panic!("{other:?}"),
        };
        let pauses: Vec<i64> = (0..10).map(at).collect();
        assert!((14..=15).contains(&pauses[0]), "{pauses:?}");
        assert!((29..=30).contains(&pauses[1]), "{pauses:?}");
        assert!(pauses[9] <= 3600 && pauses[9] > 3500, "{pauses:?}");
    }

    #[test]
    fn a_refusal_for_good_waits_for_the_end_and_is_told_without_the_address() {
        let now = Instant::from_seconds(2000);
        let said = "550 5.1.1 <ben@mail.test>: no such user\r\nBEN@MAIL.TEST";
        match after(&mail(0), failed(true, said), now, 0) {
            MailChange::Postpone { attempts: 1, next_attempt, error, .. } => {
                assert_eq!(next_attempt.seconds(), 9000);
                assert!(error.starts_with("for good: 550 5.1.1 <(address)>"), "{error}");
                assert!(!error.to_lowercase().contains("ben@mail.test") && !error.contains('\n'));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(after(&mail(3), Ok(()), now, 0), MailChange::Remove(MailId::random([1; 16])));
    }

    proptest! {
        #[test]
        fn whatever_a_server_says_is_kept_short(said in "\\PC{0,2000}", attempts in 0u32..100, chance: u8) {
            let now = Instant::from_seconds(2000);
            if let MailChange::Postpone { error, next_attempt, .. } = after(&mail(attempts), failed(false, &said), now, chance) {
                prop_assert!(error.chars().count() <= MOST_SAID);
                prop_assert!(next_attempt > now && next_attempt <= now + LONGEST_PAUSE * 2);
            }
        }
    }
}
