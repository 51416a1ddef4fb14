//! A refresh token's text (Settled 8): family, generation, secret and MAC, dressed as three base64url parts whose
//! middle is JSON, because some clients look inside.
//!
//! The MAC tells a genuine old token from an invented one: only the former counts as reuse.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use crate::model::{Expiry, GrantId, Secret, TenantId};
use crate::port::Vault;

const LABEL: &str = "refresh token";

/// One generation of a family, as presented.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The family.
    pub family: GrantId,
    /// From 1.
    pub generation: u32,
    /// 32 random bytes; the store knows their digest.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RefreshToken({} #{} ***)", self.family, self.generation)
    }
}

impl RefreshToken {
    /// The text for the client. `ends` is told inside, for clients that look.
    pub fn encode(&self, tenant: TenantId, ends: Expiry, vault: &dyn Vault) -> Secret {
        let mut head = Vec::with_capacity(20);
        head.extend_from_slice(self.family.as_bytes());
        head.extend_from_slice(&self.generation.to_be_bytes());
        let middle = json!({ "typ": "Refresh", "exp": ends.instant().seconds() }).to_string();
        let mac = vault.mac(tenant, LABEL, &[head.as_slice(), middle.as_bytes(), &self.secret].concat());
        let tail = [self.secret.as_slice(), &mac].concat();
        Secret::new(format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(&head),
            URL_SAFE_NO_PAD.encode(middle),
            URL_SAFE_NO_PAD.encode(tail)
        ))
    }

    /// Reads a token that this tenant made; `None` for anything else, in constant time over the MAC.
    pub fn decode(text: &Secret, tenant: TenantId, vault: &dyn Vault) -> Option<Self> {
        if text.expose().len() > 512 {
            return None;
        }
        let mut parts = text.expose().split('.');
        let mut next = || parts.next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let (head, middle, tail) = (next()?, next()?, next()?);
        if parts.next().is_some() || head.len() != 20 || tail.len() != 64 {
            return None;
        }
        let (secret, mac) = tail.split_at(32);
        let expected = vault.mac(tenant, LABEL, &[head.as_slice(), &middle, secret].concat());
        if !bool::from(expected.ct_eq(mac)) {
            return None;
        }
        Some(Self {
            family: GrantId::new(uuid::Uuid::from_slice(&head[..16]).ok()?),
            generation: u32::from_be_bytes(head[16..].try_into().ok()?),
            secret: secret.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Instant;
    use crate::test_world::FakeVault;

    fn token() -> RefreshToken {
        RefreshToken { family: GrantId::random([3; 16]), generation: 7, secret: [9; 32] }
    }

    fn text() -> Secret {
        token().encode(TenantId::random([1; 16]), Expiry::at(Instant::from_seconds(5)), &FakeVault)
    }

    #[test]
    fn a_token_reads_back_at_its_own_tenant_only() {
        assert_eq!(RefreshToken::decode(&text(), TenantId::random([1; 16]), &FakeVault), Some(token()));
        assert_eq!(RefreshToken::decode(&text(), TenantId::random([2; 16]), &FakeVault), None);
    }

    #[test]
    fn the_middle_is_json_with_the_end() {
        let text = text();
        let middle = URL_SAFE_NO_PAD.decode(text.expose().split('.').nth(1).unwrap()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&middle).unwrap();
        assert_eq!(json["exp"], 5);
    }

    proptest! {
        #[test]
        fn nothing_invented_reads(junk in ".{0,200}") {
            prop_assert_eq!(RefreshToken::decode(&Secret::new(junk), TenantId::random([1; 16]), &FakeVault), None);
        }

        #[test]
        fn a_changed_character_does_not_read(at in 0usize..150, with in "[A-Za-z0-9_-]") {
            let original = text();
            let mut bytes = original.expose().as_bytes().to_vec();
            let at = at % bytes.len();
            if bytes[at] != b'.' && bytes[at] != with.as_bytes()[0] {
                bytes[at] = with.as_bytes()[0];
                let changed = Secret::new(String::from_utf8(bytes).unwrap());
                let read = RefreshToken::decode(&changed, TenantId::random([1; 16]), &FakeVault);
                prop_assert!(read.is_none() || changed == original);
            }
        }
    }
}
