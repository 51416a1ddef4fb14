//! Time-based one-time passwords (RFC 6238) with the parameters that every authenticator app knows: SHA-1, 6 digits,
//! 30 seconds. SHA-1 is used as a MAC here, where its weakness as a hash does not matter (RFC 6238 §1.2).
//!
//! Owns the code of a moment, the window around it, and base32 (RFC 4648 §6) for the seed. Does not own where a seed is
//! kept, nor which step was used already: the step that matched is the answer, and the caller refuses an old one.

use aws_lc_rs::{constant_time, hmac};

/// Seconds that a code lives.
pub const STEP_SECS: u64 = 30;
/// Bytes of a seed: as long as the hash (RFC 4226 §4, R6).
pub const SEED_BYTES: usize = 20;
/// Steps before and after the present one that also count: clocks of telephones differ (RFC 6238 §5.2).
const WINDOW: u64 = 1;
/// Ten to the sixth: codes have six digits.
const CODES: u32 = 1_000_000;

/// The step that a moment lies in.
pub fn step_at(now_secs: i64) -> u64 {
    u64::try_from(now_secs).unwrap_or(0) / STEP_SECS
}

/// The code of a step, six digits.
pub fn code_of(seed: &[u8], step: u64) -> String {
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed), &step.to_be_bytes());
    let mac = mac.as_ref();
    // Dynamic truncation (RFC 4226 §5.3).
    let offset = usize::from(mac[mac.len() - 1] & 0x0f);
    let word = [mac[offset] & 0x7f, mac[offset + 1], mac[offset + 2], mac[offset + 3]];
    format!("{:06}", u32::from_be_bytes(word) % CODES)
}

/// The step within the window whose code was typed; of several the latest. Takes the same time for every wrong code.
pub fn matching_step(seed: &[u8], typed: &str, now_secs: i64) -> Option<u64> {
    let present = step_at(now_secs);
    let mut matched = None;
    for step in present.saturating_sub(WINDOW)..=present.saturating_add(WINDOW) {
        let code = code_of(seed, step);
        if constant_time::verify_slices_are_equal(code.as_bytes(), typed.as_bytes()).is_ok() {
            matched = Some(step);
        }
    }
    matched
}

/// Base32 without padding, as authenticator apps take a seed.
pub fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut word = [0; 8];
        word[3..3 + chunk.len()].copy_from_slice(chunk);
        let word = u64::from_be_bytes(word);
        for place in 0..(chunk.len() * 8).div_ceil(5) {
            let index = (word >> (35 - place * 5)) & 0x1f;
            text.push(char::from(ALPHABET[usize::try_from(index).expect("five bits")]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_match_the_published_vectors() {
        // RFC 6238 Appendix B, the last six of eight digits.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(SEED, step_at(time)), code, "{time}");
            assert_eq!(matching_step(SEED, code, time), Some(step_at(time)));
        }
        // RFC 4226 Appendix D.
        for (count, code) in [(0, "755224"), (1, "287082"), (9, "520489")] {
            assert_eq!(code_of(SEED, count), code);
        }
    }

    #[test]
    fn one_step_before_and_after_counts_and_no_further() {
        let now = 1_800_000_000;
        let present = step_at(now);
        for (step, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let step = present.checked_add_signed(step).unwrap();
            assert_eq!(matching_step(SEED, &code_of(SEED, step), now), good.then_some(step));
        }
        assert_eq!(matching_step(SEED, "", now), None);
        assert_eq!(matching_step(SEED, "1234567", now), None);
        assert_eq!(matching_step(SEED, &code_of(SEED, 0), -5), Some(0), "before 1970 the clock stands still");
    }

    #[test]
    fn seeds_are_written_as_authenticators_read_them() {
        // RFC 4648 §10.
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(SEED), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_typed_is_judged(typed in "\\PC{0,12}|[0-9]{6}", now in proptest::num::i64::ANY) {
            if let Some(step) = matching_step(SEED, &typed, now) {
                proptest::prop_assert_eq!(code_of(SEED, step), typed);
            }
        }
    }
}
