//! The `sub` of a user for an audience, and the opaque hint that names an account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::decision::At;
use crate::model::{Client, SubjectType, TenantId, UserId};
use crate::port::Vault;
use crate::profile::SubjectRule;

/// `sub` (OpenID Connect Core §8): the user's id, or a text that differs for every sector.
pub fn subject(rule: SubjectRule, tenant: TenantId, user: UserId, sector: &str, vault: &dyn Vault) -> String {
    match rule {
        SubjectRule::Public => user.to_string(),
        SubjectRule::Pairwise => {
            let message = format!("{sector}\n{user}");
            URL_SAFE_NO_PAD.encode(vault.mac(tenant, "pairwise subject", message.as_bytes()))
        }
    }
}

/// The `sub` of a user in the ID tokens and at the userinfo endpoint of an application. Its registration decides; where
/// it says nothing, the door that was called.
pub fn subject_for(at: &At<'_>, client: &Client, user: UserId, vault: &dyn Vault) -> String {
    let tenant = at.authority.tenant.id;
    match client.metadata.subject_type {
        Some(SubjectType::Pairwise) => subject(SubjectRule::Pairwise, tenant, user, &client.sector(), vault),
        Some(SubjectType::Public) => subject(SubjectRule::Public, tenant, user, "", vault),
        None => subject(at.profile.subject, tenant, user, client.client_id.as_str(), vault),
    }
}

/// An opaque `login_hint` that names exactly one account: `O.` and base64url of tenant, user and a MAC of 12 bytes.
pub fn account_hint(tenant: TenantId, user: UserId, vault: &dyn Vault) -> String {
    let mut bytes = Vec::with_capacity(44);
    bytes.extend_from_slice(tenant.as_bytes());
    bytes.extend_from_slice(user.as_bytes());
    let mac = vault.mac(tenant, "account hint", &bytes);
    bytes.extend_from_slice(&mac[..12]);
    format!("O.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a hint made by [`account_hint`]; `None` for anything else.
pub fn open_account_hint(text: &str, vault: &dyn Vault) -> Option<(TenantId, UserId)> {
    let bytes = URL_SAFE_NO_PAD.decode(text.strip_prefix("O.")?).ok()?;
    let (named, mac) = bytes.split_at_checked(32)?;
    let tenant = TenantId::new(uuid::Uuid::from_slice(&named[..16]).ok()?);
    let user = UserId::new(uuid::Uuid::from_slice(&named[16..]).ok()?);
    let expected = vault.mac(tenant, "account hint", named);
    bool::from(expected[..12].ct_eq(mac)).then_some((tenant, user))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_world::FakeVault;

    #[test]
    fn a_hint_names_the_account_it_was_made_for_and_cannot_be_made_up() {
        let (tenant, user) = (TenantId::random([1; 16]), UserId::random([2; 16]));
        let hint = account_hint(tenant, user, &FakeVault);
        assert_eq!(open_account_hint(&hint, &FakeVault), Some((tenant, user)));
        let mut forged = hint.clone();
        forged.pop();
        forged.push(if hint.ends_with('A') { 'E' } else { 'A' });
        assert_eq!(open_account_hint(&forged, &FakeVault), None);
        assert_eq!(open_account_hint("ben@meadow.test", &FakeVault), None);
    }

    #[test]
    fn pairwise_subjects_differ_between_sectors_and_stay_the_same_within_one() {
        let (tenant, user) = (TenantId::random([1; 16]), UserId::random([2; 16]));
        let of = |sector| subject(SubjectRule::Pairwise, tenant, user, sector, &FakeVault);
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert_eq!(of("a").len(), 43);
    }
}
