//! Randomness, from one source.

use aws_lc_rs::rand;
use doorward_token::jose::base64url;

/// `N` random bytes, fit for keys.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// The base64url text of that many random bytes: 32 give 43 characters and 256 bits.
pub fn random_token(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    fill(&mut buffer);
    base64url::encode(buffer)
}

/// Fills a buffer with random bytes.
pub fn fill(buffer: &mut [u8]) {
    rand::fill(buffer)
        .expect("the library seeds itself from the kernel and ends the process where it cannot");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ_and_have_the_asked_length() {
        assert_ne!(random::<16>(), random::<16>());
        assert_eq!(random_token(32).len(), 43);
        assert_ne!(random_token(32), random_token(32));
        assert_eq!(random_token(0), "");
    }
}
