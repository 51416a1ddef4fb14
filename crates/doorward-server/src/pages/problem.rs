//! What a form can be told to mend, in words of the catalogue, beside the field it is about.

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// One thing to mend before the form is accepted. Shown at the field and in the summary on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The right password was given, but the account is switched off.
    AccountDisabled,
    /// Not six digits.
    CodeMalformed,
    /// Wrong, late, used, or of another browser.
    CodeWrong,
    /// No more guesses at this code.
    CodesSpent,
    /// The password that is to be replaced is not the account's.
    CurrentPasswordWrong,
    /// The display name is empty.
    DisplayNameMissing,
    /// The display name is longer than `max` characters.
    DisplayNameTooLong {
        /// Characters.
        max: u32,
    },
    /// The e-mail address is none.
    EmailMalformed,
    /// The e-mail address is empty, and one is needed.
    EmailMissing,
    /// Another account has the address; said to whoever proved the mailbox.
    EmailTaken,
    /// Not the six digits of an authenticator app.
    FactorCodeMalformed,
    /// The code of the app counted already.
    FactorCodeUsed,
    /// The code of the app is wrong, or its time is over.
    FactorCodeWrong,
    /// The account has as many second factors as it may have.
    FactorsTooMany,
    /// The next mail can be sent in `wait_secs` seconds.
    MailTooSoon {
        /// Seconds.
        wait_secs: u32,
    },
    /// This server sends no mail.
    MailUnavailable,
    /// Too many mails to this address: the next one in `minutes`.
    MailsSpent {
        /// Minutes.
        minutes: u32,
    },
    /// Found in a list of common passwords, or made from the user name.
    PasswordCommon,
    /// The password is empty.
    PasswordMissing,
    /// More than `max` characters.
    PasswordTooLong {
        /// Characters.
        max: u32,
    },
    /// Fewer than `min` characters.
    PasswordTooShort {
        /// Characters.
        min: u32,
    },
    /// Not what a recovery code looks like.
    RecoveryCodeMalformed,
    /// None of the recovery codes that are left.
    RecoveryCodeWrong,
    /// The page was open longer than the flow lives (DW1206); the person may simply go on.
    Stale,
    /// Too many attempts: the next one is heard in `wait_secs` seconds.
    Throttled {
        /// Seconds, shown rounded up to minutes above 90.
        wait_secs: u32,
    },
    /// Characters outside the rule for user names, an `@` among them.
    UserNameMalformed,
    /// The user name is empty.
    UserNameMissing,
    /// Somebody has it.
    UserNameTaken,
    /// Unknown user or wrong password: the same words, always.
    WrongCredentials,
}

impl Problem {
    /// The id of the field that it is about; empty when it is about the form.
    pub fn field(self) -> &'static str {
        match self {
            Self::AccountDisabled
            | Self::CodesSpent
            | Self::FactorsTooMany
            | Self::MailTooSoon { .. }
            | Self::MailUnavailable
            | Self::MailsSpent { .. }
            | Self::Stale
            | Self::Throttled { .. } => "",
            Self::CodeMalformed
            | Self::CodeWrong
            | Self::FactorCodeMalformed
            | Self::FactorCodeUsed
            | Self::FactorCodeWrong
            | Self::RecoveryCodeMalformed
            | Self::RecoveryCodeWrong => "code",
            Self::CurrentPasswordWrong => "current",
            Self::DisplayNameMissing | Self::DisplayNameTooLong { .. } => "display_name",
            Self::EmailMalformed | Self::EmailMissing | Self::EmailTaken => "email",
            Self::UserNameMalformed | Self::UserNameMissing | Self::UserNameTaken => "username",
            Self::PasswordCommon
            | Self::PasswordMissing
            | Self::PasswordTooLong { .. }
            | Self::PasswordTooShort { .. }
            | Self::WrongCredentials => "password",
        }
    }

    /// The key of its message.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::AccountDisabled => "problem.account_disabled",
            Self::CodeMalformed => "problem.code_malformed",
            Self::CodeWrong => "problem.code_wrong",
            Self::CodesSpent => "problem.codes_spent",
            Self::CurrentPasswordWrong => "problem.current_password_wrong",
            Self::DisplayNameMissing => "problem.display_name_missing",
            Self::DisplayNameTooLong { .. } => "problem.display_name_too_long",
            Self::EmailMalformed => "problem.email_malformed",
            Self::EmailMissing => "problem.email_missing",
            Self::EmailTaken => "problem.email_taken",
            Self::FactorCodeMalformed => "problem.factor_code_malformed",
            Self::FactorCodeUsed => "problem.factor_code_used",
            Self::FactorCodeWrong => "problem.factor_code_wrong",
            Self::FactorsTooMany => "problem.factors_too_many",
            Self::MailTooSoon { .. } => "problem.mail_too_soon",
            Self::MailUnavailable => "problem.mail_unavailable",
            Self::MailsSpent { .. } => "problem.mails_spent",
            Self::PasswordCommon => "problem.password_common",
            Self::PasswordMissing => "problem.password_missing",
            Self::PasswordTooLong { .. } => "problem.password_too_long",
            Self::PasswordTooShort { .. } => "problem.password_too_short",
            Self::RecoveryCodeMalformed => "problem.recovery_code_malformed",
            Self::RecoveryCodeWrong => "problem.recovery_code_wrong",
            Self::Stale => "problem.stale",
            Self::Throttled { wait_secs } if wait_secs > MINUTES_FROM_SECS => "problem.throttled_minutes",
            Self::Throttled { .. } => "problem.throttled_seconds",
            Self::UserNameMalformed => "problem.username_malformed",
            Self::UserNameMissing => "problem.username_missing",
            Self::UserNameTaken => "problem.username_taken",
            Self::WrongCredentials => "problem.wrong_credentials",
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::DisplayNameTooLong { max } | Self::PasswordTooLong { max } => max,
            Self::PasswordTooShort { min } => min,
            Self::Throttled { wait_secs } if wait_secs > MINUTES_FROM_SECS => wait_secs.div_ceil(60),
            Self::MailTooSoon { wait_secs } | Self::Throttled { wait_secs } => wait_secs.max(1),
            Self::MailsSpent { minutes } => minutes,
            _ => 0,
        }
    }

    /// One of each, for the tests of the catalogue.
    #[cfg(test)]
    pub(super) const ALL: [Self; 30] = [
        Self::CurrentPasswordWrong,
        Self::FactorCodeMalformed,
        Self::FactorCodeUsed,
        Self::FactorCodeWrong,
        Self::FactorsTooMany,
        Self::RecoveryCodeMalformed,
        Self::RecoveryCodeWrong,
        Self::AccountDisabled,
        Self::CodeMalformed,
        Self::CodeWrong,
        Self::CodesSpent,
        Self::DisplayNameMissing,
        Self::DisplayNameTooLong { max: 100 },
        Self::EmailMalformed,
        Self::EmailMissing,
        Self::EmailTaken,
        Self::MailTooSoon { wait_secs: 25 },
        Self::MailUnavailable,
        Self::MailsSpent { minutes: 60 },
        Self::PasswordCommon,
        Self::PasswordMissing,
        Self::PasswordTooLong { max: 1024 },
        Self::PasswordTooShort { min: 10 },
        Self::Stale,
        Self::Throttled { wait_secs: 30 },
        Self::Throttled { wait_secs: 300 },
        Self::UserNameMalformed,
        Self::UserNameMissing,
        Self::UserNameTaken,
        Self::WrongCredentials,
    ];
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = serializer.serialize_struct("Problem", 3)?;
        view.serialize_field("key", self.key())?;
        view.serialize_field("field", self.field())?;
        view.serialize_field("n", &self.number())?;
        view.end()
    }
}

const MINUTES_FROM_SECS: u32 = 90;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_user_and_a_wrong_password_are_one_problem() {
        assert_eq!(Problem::WrongCredentials.field(), "password");
    }

    #[test]
    fn a_long_wait_is_told_in_minutes_rounded_up() {
        let told = |wait_secs| {
            let problem = Problem::Throttled { wait_secs };
            (problem.key(), problem.number())
        };
        assert_eq!(told(0), ("problem.throttled_seconds", 1));
        assert_eq!(told(90), ("problem.throttled_seconds", 90));
        assert_eq!(told(91), ("problem.throttled_minutes", 2));
    }
}
