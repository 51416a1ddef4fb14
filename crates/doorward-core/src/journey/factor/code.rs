//! What people type: six digits, or a recovery code, with the spaces and hyphens that help them read it.

use crate::model::{Digest, Secret, TenantId, UserId};
use crate::port::{Env, Vault};
use crate::refusal::FactorRefusal;

/// No letter that looks like a digit of the alphabet: 32 characters, five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a recovery code: 60 bits.
const LETTERS: usize = 12;

/// Reads a one-time code: six digits, with spaces and hyphens as people paste them. Anything else costs no guess.
pub fn read_code(typed: &str) -> Result<Secret, FactorRefusal> {
    let digits: String = plain(typed).take(7).collect();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Secret::new(digits));
    }
    Err(FactorRefusal::CodeMalformed { fault: "enter the 6 digits of the code" })
}

fn plain(typed: &str) -> impl Iterator<Item = char> + '_ {
    typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2014}'))
}

/// A code that was written down for the day the other factor is lost.
#[derive(Clone)]
pub struct RecoveryCode(Secret);

impl RecoveryCode {
    /// Makes a code of fresh random bytes.
    pub(super) fn draw(env: &Env<'_>) -> Self {
        let mut bits = u64::from_be_bytes(env.entropy.draw());
        let mut text = String::with_capacity(LETTERS);
        for _ in 0..LETTERS {
            let index = usize::try_from(bits & 0x1f).expect("five bits");
            text.push(char::from(ALPHABET[index]));
            bits >>= 5;
        }
        Self(Secret::new(text))
    }

    /// Reads what was typed, in any case, with or without hyphens. Anything else costs no guess.
    pub fn read(typed: &str) -> Result<Self, FactorRefusal> {
        let letters: String = plain(typed).take(LETTERS + 1).map(|c| c.to_ascii_lowercase()).collect();
        // Of two that look alike only one is in the alphabet.
        let letters = letters.replace(['l', '1'], "i");
        if letters.len() == LETTERS && letters.bytes().all(|b| ALPHABET.contains(&b)) {
            return Ok(Self(Secret::new(letters)));
        }
        Err(FactorRefusal::CodeMalformed { fault: "enter a recovery code, such as abcd-efgh-2345" })
    }

    /// The code as it is written down: `abcd-efgh-2345`.
    pub fn written(&self) -> Secret {
        let text = self.0.expose();
        Secret::new(format!("{}-{}-{}", &text[..4], &text[4..8], &text[8..]))
    }

    /// What is kept of it.
    pub(super) fn digest(&self, tenant: TenantId, user: UserId, vault: &dyn Vault) -> Digest {
        let bytes = [user.as_bytes().as_slice(), self.0.expose().as_bytes()].concat();
        Digest::new(vault.mac(tenant, "recovery code", &bytes))
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(***)")
    }
}
