//! A user: one account, its stable id, and the names it signs in with.

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use super::{DirectoryRole, Factor, Instant, PoolId, TenantId, UserId};

/// What kind of name a sign-in name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInKind {
    /// An e-mail address. A name to sign in with only once its mailbox is proven.
    Email,
    /// A user name; never contains `@`.
    UserName,
}

/// A name that identifies an account at sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInName {
    /// User name or e-mail.
    pub kind: SignInKind,
    /// As the person wrote it.
    pub value: String,
    /// How it is compared: lower case, trimmed.
    pub canonical: String,
    /// Whether it may be used to sign in. A user name always may; an e-mail only once proven.
    pub proven: bool,
}

/// Why a text cannot be a sign-in name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInNameFault {
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Longer than 64 (user name) or 254 (e-mail) characters.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A user name with `@`, white space or control characters.
    #[error("a user name consists of letters, digits and . _ - and contains no @")]
    UserNameSyntax,
    /// Not of the form `local@domain`.
    #[error("it is not an e-mail address")]
    EmailSyntax,
}

impl SignInName {
    /// A user name: letters, digits, `.`, `_` and `-`, at most 64 characters.
    pub fn user_name(text: &str) -> Result<Self, SignInNameFault> {
        let value = text.trim();
        check_length(value, 64)?;
        if !value.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')) {
            return Err(SignInNameFault::UserNameSyntax);
        }
        Ok(Self {
            kind: SignInKind::UserName,
            value: value.to_owned(),
            canonical: canonical(value),
            proven: true,
        })
    }

    /// An e-mail address, at most 254 characters; `proven` tells whether the mailbox is known to be the person's.
    pub fn email(text: &str, proven: bool) -> Result<Self, SignInNameFault> {
        let value = text.trim();
        check_length(value, 254)?;
        let well_formed = value.rsplit_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !local.contains('@')
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        }) && !value
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'));
        if !well_formed {
            return Err(SignInNameFault::EmailSyntax);
        }
        Ok(Self { kind: SignInKind::Email, value: value.to_owned(), canonical: canonical(value), proven })
    }

    /// How any presented name is compared: trimmed, lower case, and letters that only look different (full width,
    /// ligatures, composed and decomposed accents) as the one they stand for (Unicode NFKC).
    pub fn canonical_form(text: &str) -> String {
        canonical(text.trim())
    }
}

fn check_length(value: &str, most: usize) -> Result<(), SignInNameFault> {
    if value.is_empty() {
        return Err(SignInNameFault::Empty);
    }
    if value.chars().count() > most {
        return Err(SignInNameFault::TooLong(most));
    }
    Ok(())
}

/// Lower case may leave a form that is not normal any more, so that both are done until nothing changes; three rounds
/// are more than any character needs.
fn canonical(value: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let mut text = value.to_owned();
    for _ in 0..3 {
        let next = normalizer.normalize(&text.to_lowercase()).into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The tenant it lives in.
    pub tenant: TenantId,
    /// The pool it lives in.
    pub pool: PoolId,
    /// `oid` in tokens; stable for life.
    pub id: UserId,
    /// A second, textual id, unique in the pool, so that ids of imported accounts survive.
    pub local_id: String,
    /// What people read; may be empty.
    pub display_name: String,
    /// Given name, if collected.
    pub given_name: Option<String>,
    /// Family name, if collected.
    pub family_name: Option<String>,
    /// The names that identify the account; at least one.
    pub sign_in_names: Vec<SignInName>,
    /// Password hash as a PHC string; `None` when the account has no password.
    pub password: Option<String>,
    /// Second factors, oldest first.
    #[serde(default)]
    pub factors: Vec<Factor>,
    /// Roles over the directory.
    pub roles: Vec<DirectoryRole>,
    /// A disabled account neither signs in nor refreshes.
    pub disabled: bool,
    /// Grants, codes and sessions issued before this moment are dead (Settled 10).
    pub epoch: Instant,
    /// When it was created.
    pub created_at: Instant,
}

impl User {
    /// The name the person signs in with: the user name if there is one, else the first e-mail.
    pub fn sign_in_name(&self) -> &str {
        let of = |kind| self.sign_in_names.iter().find(move |name| name.kind == kind);
        of(SignInKind::UserName).or_else(|| of(SignInKind::Email)).map_or("", |name| &name.value)
    }

    /// The e-mail addresses, proven or not.
    pub fn emails(&self) -> impl Iterator<Item = &SignInName> {
        self.sign_in_names.iter().filter(|name| name.kind == SignInKind::Email)
    }

    /// Whether the account administers its tenant: an owner administers every one.
    pub fn is_administrator(&self) -> bool {
        self.roles.contains(&DirectoryRole::Administrator) || self.is_owner()
    }

    /// Whether the account owns the installation.
    pub fn is_owner(&self) -> bool {
        self.roles.contains(&DirectoryRole::Owner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_canonical_name_is_canonical(text in ".{0,40}") {
            let once = SignInName::canonical_form(&text);
            prop_assert_eq!(SignInName::canonical_form(&once), once.trim());
        }
    }

    #[test]
    fn a_user_name_contains_no_at_sign() {
        assert!(SignInName::user_name("ben.fern").is_ok());
        for bad in ["", " ", "ben@fern", "ben fern", "ben\u{0}", &"x".repeat(65)] {
            assert!(SignInName::user_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_compared_without_case_and_white_space() {
        assert_eq!(SignInName::user_name(" Ben.Fern ").unwrap().canonical, "ben.fern");
        assert_eq!(SignInName::canonical_form(" BEN@Meadow.Test"), "ben@meadow.test");
        for spelling in [
            "\u{ff22}\u{ff25}\u{ff2e}", // full width
            "\u{ff42}en",
            "B\u{1d5be}n", // a mathematical e
            "\u{24d1}en",  // a circled b
            " bEn\u{3000}",
        ] {
            assert_eq!(SignInName::canonical_form(spelling), "ben", "{spelling:?}");
        }
        assert_eq!(SignInName::canonical_form("Jose\u{301}"), SignInName::canonical_form("JOS\u{c9}"));
        assert_eq!(SignInName::canonical_form("\u{fb01}n"), "fin");
        assert_eq!(SignInName::canonical_form("\u{212a}"), "k", "the sign for kelvin");
    }

    #[test]
    fn an_email_has_one_at_sign_and_a_dotted_domain() {
        assert!(SignInName::email("ben@meadow.test", true).is_ok());
        for bad in ["ben", "@meadow.test", "ben@", "ben@meadow", "a@b@c.d", "ben@mea dow.test", "<a@b.c>"] {
            assert!(SignInName::email(bad, true).is_err(), "{bad:?}");
        }
    }
}
