//! The pages on which people look after their own account, as an application of each tenant: who comes to them signs in
//! like at any other application, with everything that a sign-in can ask for.
//!
//! Built in, under the same id in every tenant, made when somebody first needs it. Its code is never redeemed: what
//! counts is the browser's session.

use uuid::uuid;

use crate::change::{Actor, AuditEntry, Change, DirectoryChange};
use crate::model::{
    AppId, Client, ClientId, ClientKind, ClientMetadata, Instant, PkceRule, Platform, RedirectUri,
    RegisteredRedirect, TenantId,
};

/// `client_id` of the account pages, the same in every tenant.
pub const ACCOUNT_CLIENT_ID: &str = "doorward-account";
/// Id of the account pages, the same in every tenant.
pub const ACCOUNT_APP: AppId = AppId::new(uuid!("d0073a2d-acc0-4b1d-8a57-6c1f0c0dacc7"));

/// The account pages as an application of that tenant; `redirect_uri` is the address of theirs to which a sign-in
/// returns.
fn account_app(tenant: TenantId, redirect_uri: RedirectUri, now: Instant) -> Client {
    Client {
        tenant,
        app_id: ACCOUNT_APP,
        client_id: ClientId::parse(ACCOUNT_CLIENT_ID).expect("the constant is a client_id"),
        name: "My account".to_owned(),
        kind: ClientKind::Spa,
        redirect_uris: vec![RegisteredRedirect { uri: redirect_uri, platform: Platform::Spa }],
        post_logout_redirect_uris: Vec::new(),
        secrets: Vec::new(),
        required_access: Vec::new(),
        pkce: PkceRule::Profile,
        first_party: true,
        claims_in_id_token: false,
        refresh_idle_secs: 300,
        mfa: None,
        metadata: ClientMetadata::default(),
        disabled: false,
        epoch: now,
        created_at: now,
    }
}

/// What makes the application be there, with that address: nothing where it is.
pub fn account_pages(
    tenant: TenantId,
    stored: Option<&Client>,
    redirect_uri: RedirectUri,
    now: Instant,
) -> Vec<Change> {
    let change = match stored {
        Some(stored) if stored.registered_redirect(redirect_uri.as_str()).is_some() && !stored.disabled => {
            return Vec::new();
        }
        Some(stored) => {
            let fresh = account_app(tenant, redirect_uri, now);
            let after = Client { epoch: stored.epoch, created_at: stored.created_at, ..fresh };
            DirectoryChange::UpdateClient { before: stored.clone(), after }
        }
        None => DirectoryChange::RegisterClient(account_app(tenant, redirect_uri, now)),
    };
    let audit = AuditEntry {
        tenant: Some(tenant),
        at: now,
        actor: Actor::System,
        credential: None,
        action: "tenant.furnish".to_owned(),
        target: ACCOUNT_CLIENT_ID.to_owned(),
        detail: serde_json::json!({ "app": ACCOUNT_APP }),
    };
    vec![change.into(), Change::Audit(audit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_made_once_and_follow_the_public_address() {
        let tenant = TenantId::random([1; 16]);
        let now = Instant::from_seconds(5);
        let uri = |text: &str| RedirectUri::parse(text, Platform::Spa).unwrap();
        let here = "https://id.test/account/signed-in";
        let app = account_app(tenant, uri(here), now);
        assert_eq!(account_pages(tenant, None, uri(here), now).len(), 2);
        assert_eq!(account_pages(tenant, Some(&app), uri(here), now), []);
        let moved = account_pages(tenant, Some(&app), uri("https://login.test/account/signed-in"), now);
        assert!(
            matches!(&moved[0], Change::Directory(change) if matches!(**change, DirectoryChange::UpdateClient { .. }))
        );
    }
}
