//! How strongly a person signed in, as the claim `acr` says it (OpenID Connect Core §2), and which value stands for more
//! than another.
//!
//! Owns the two values of this house and their order. A value of somebody else is equal to itself and comparable to
//! nothing. Neighbours: `doorward-core` puts the value into tokens, `doorward-policy` asks for it at routes.

/// One factor: a password.
pub const PASSWORD: &str = "urn:doorward:acr:pwd";
/// Two factors: a password and a one-time code.
pub const MULTI_FACTOR: &str = "urn:doorward:acr:mfa";

/// The values that this house issues, the weakest first: `acr_values_supported` of the metadata.
pub const SUPPORTED: [&str; 2] = [PASSWORD, MULTI_FACTOR];

/// The longest value that is taken from anywhere.
pub const LONGEST: usize = 200;

/// Whether a sign-in of class `presented` is as good as one of class `wanted`.
pub fn satisfies(presented: &str, wanted: &str) -> bool {
    let rank = |value: &str| SUPPORTED.iter().position(|known| *known == value);
    presented == wanted
        || match (rank(presented), rank(wanted)) {
            (Some(presented), Some(wanted)) => presented >= wanted,
            _ => false,
        }
}

/// Whether a text can be a value: 1 to 200 visible ASCII characters other than `"` and `\`, so that it can stand in a
/// list separated by spaces and in a quoted string (RFC 9470 §3).
pub fn is_well_formed(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_factors_are_as_good_as_one_and_not_the_reverse() {
        for (presented, wanted, good) in [
            (PASSWORD, PASSWORD, true),
            (MULTI_FACTOR, PASSWORD, true),
            (MULTI_FACTOR, MULTI_FACTOR, true),
            (PASSWORD, MULTI_FACTOR, false),
            ("urn:other:gold", "urn:other:gold", true),
            ("urn:other:gold", PASSWORD, false),
            (MULTI_FACTOR, "urn:other:gold", false),
            ("", "", true),
        ] {
            assert_eq!(satisfies(presented, wanted), good, "{presented} for {wanted}");
        }
    }

    #[test]
    fn a_value_can_stand_in_a_list_and_in_a_quotation() {
        for good in SUPPORTED.into_iter().chain(["1", "c1", "http://id.test/loa-2"]) {
            assert!(is_well_formed(good), "{good}");
        }
        for bad in ["", "a b", "a\"b", "a\\b", "a\tb", "\u{e9}", &"x".repeat(LONGEST + 1)] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
