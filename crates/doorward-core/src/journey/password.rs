//! What a new password must be (NIST SP 800-63B §3.1.1: length before composition).

/// Why a password is refused, in words for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Among the ones that everybody tries first, or one character repeated.
    #[error("is one of those that are tried first")]
    Common,
    /// It contains the user name.
    #[error("contains the user name")]
    ContainsName,
    /// More than 1024 bytes.
    #[error("has more than 1024 bytes")]
    TooLong,
    /// Fewer than 8 characters.
    #[error("has fewer than 8 characters")]
    TooShort,
}

/// The passwords of eight and more characters that are tried first everywhere, lower case.
const COMMON: &[&str] = &[
    "password",
    "password1",
    "password12",
    "password123",
    "passw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "qwerty12",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "welcome1",
    "welcome123",
    "letmein1",
    "letmein123",
    "11111111",
    "00000000",
    "87654321",
    "abcd1234",
    "abc12345",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "zaq12wsx",
    "changeme",
    "changeme1",
    "computer",
    "whatever",
    "starwars",
    "michelle",
    "jennifer",
    "internet",
    "admin123",
    "administrator",
    "asdfghjk",
    "asdfghjkl",
    "monkey123",
    "dragon123",
    "master123",
    "shadow123",
    "summer2024",
    "summer2025",
    "winter2024",
    "winter2025",
    "spring2025",
];

/// Checks a new password.
pub fn check_new_password(password: &str, user_name: &str) -> Result<(), PasswordFault> {
    if password.chars().count() < 8 {
        return Err(PasswordFault::TooShort);
    }
    if password.len() > 1024 {
        return Err(PasswordFault::TooLong);
    }
    let lower = password.to_lowercase();
    let mut chars = lower.chars();
    let first = chars.next();
    if COMMON.contains(&lower.as_str()) || chars.all(|c| Some(c) == first) {
        return Err(PasswordFault::Common);
    }
    let name = user_name.to_lowercase();
    if name.chars().count() >= 4 && lower.contains(&name) {
        return Err(PasswordFault::ContainsName);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_the_obvious_is_refused() {
        assert_eq!(check_new_password("fern-kettle-08", "ben.fern"), Ok(()));
        assert_eq!(check_new_password("short", "ben"), Err(PasswordFault::TooShort));
        assert_eq!(check_new_password("Password123", "ben"), Err(PasswordFault::Common));
        assert_eq!(check_new_password("aaaaaaaaaa", "ben"), Err(PasswordFault::Common));
        assert_eq!(check_new_password("my-ben.fern-1", "Ben.Fern"), Err(PasswordFault::ContainsName));
        assert_eq!(check_new_password(&"x1".repeat(600), "ben"), Err(PasswordFault::TooLong));
    }
}
