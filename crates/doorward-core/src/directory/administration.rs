//! The administration as an API of each tenant, and the command line as its one application.
//!
//! Both are built in, under the same ids in every tenant, and nobody changes them: an administrator signs in at their own
//! tenant through [`CLI_CLIENT_ID`] (RFC 8252: a native application, PKCE, a loopback redirect), and gets a short-lived
//! access token whose audience is [`ADMIN_AUDIENCE`]. A token that was issued to any other application does not
//! administer, so that no registration can ask an administrator for such power.

use uuid::{Uuid, uuid};

use crate::change::{Change, DirectoryChange};
use crate::model::{
    AppId, Client, ClientId, ClientKind, ClientMetadata, ExposedScope, Instant, PkceRule, Platform,
    RedirectUri, RegisteredRedirect, Resource, ResourceId, ScopeId, ScopeToken, SigningAlgorithm, TenantId,
    TokenProfile,
};

/// `client_id` of the command line, the same in every tenant.
pub const CLI_CLIENT_ID: &str = "doorward-cli";
/// Id of the command line, the same in every tenant.
pub const CLI_APP: AppId = AppId::new(uuid!("d0073a2d-c11e-4b6f-9a53-6c1f0c0dec11"));
/// Id of the administration as an API, the same in every tenant.
pub const ADMIN_API: ResourceId = ResourceId::new(uuid!("d0073a2d-ad31-4f0e-8b57-2f6f0c0de001"));
/// Audience of its access tokens.
pub const ADMIN_AUDIENCE: &str = "api://doorward-admin";
/// The one permission; what it lets do depends on the roles of the person.
pub const ADMIN_SCOPE: &str = "manage";

const SCOPE_ID: Uuid = uuid!("d0073a2d-ad31-4f0e-8b57-2f6f0c0de5c0");
/// Life of an access token in seconds.
const TOKEN_SECS: u32 = 600;
/// How long a sign-in lasts without use, in seconds: a working day.
const IDLE_SECS: u32 = 12 * 3600;

/// The administration as an API of that tenant.
pub fn admin_api(tenant: TenantId) -> Resource {
    let scope = ScopeToken::parse(ADMIN_SCOPE).expect("the constant is a scope token");
    Resource {
        tenant,
        id: ADMIN_API,
        name: "doorward-admin".to_owned(),
        title: "Administration".to_owned(),
        identifier_uris: vec![ADMIN_AUDIENCE.to_owned()],
        scopes: vec![ExposedScope {
            id: ScopeId::new(SCOPE_ID),
            value: scope.clone(),
            admin_only: true,
            title: "Administer Doorward".to_owned(),
            description: "The command line does what your roles allow.".to_owned(),
            enabled: true,
        }],
        roles: Vec::new(),
        profile: TokenProfile::Rfc9068,
        algorithm: SigningAlgorithm::Rs256,
        access_token_secs: TOKEN_SECS,
        introspectors: Vec::new(),
        pre_authorized: vec![(CLI_APP, scope)],
        disabled: false,
    }
}

/// The command line as an application of that tenant.
pub fn cli_app(tenant: TenantId, now: Instant) -> Client {
    let redirect = |uri: &str| RegisteredRedirect {
        uri: RedirectUri::parse(uri, Platform::Native).expect("the constants are loopback addresses"),
        platform: Platform::Native,
    };
    Client {
        tenant,
        app_id: CLI_APP,
        client_id: ClientId::parse(CLI_CLIENT_ID).expect("the constant is a client_id"),
        name: CLI_CLIENT_ID.to_owned(),
        kind: ClientKind::Native,
        // The port is chosen when the command runs (RFC 8252 §7.3).
        redirect_uris: vec![redirect("http://127.0.0.1/signed-in"), redirect("http://[::1]/signed-in")],
        post_logout_redirect_uris: Vec::new(),
        secrets: Vec::new(),
        required_access: Vec::new(),
        pkce: PkceRule::Profile,
        first_party: true,
        claims_in_id_token: false,
        refresh_idle_secs: IDLE_SECS,
        mfa: None,
        metadata: ClientMetadata::default(),
        disabled: false,
        epoch: now,
        created_at: now,
    }
}

/// What a tenant lacks of the two, for tenants that are older than they.
pub fn furnishing(tenant: TenantId, has: (bool, bool), now: Instant) -> Vec<Change> {
    let (has_api, has_app) = has;
    let mut changes: Vec<Change> = Vec::new();
    if !has_api {
        changes.push(DirectoryChange::RegisterResource(admin_api(tenant)).into());
    }
    if !has_app {
        changes.push(DirectoryChange::RegisterClient(cli_app(tenant, now)).into());
    }
    changes
}

/// Both, for a tenant that is being made.
pub(super) fn first(tenant: TenantId, now: Instant) -> [DirectoryChange; 2] {
    [
        DirectoryChange::RegisterResource(admin_api(tenant)),
        DirectoryChange::RegisterClient(cli_app(tenant, now)),
    ]
}

/// Whether an application is built in.
pub fn is_built_in(client: &Client) -> bool {
    client.app_id == CLI_APP || client.app_id == super::account_app::ACCOUNT_APP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_a_native_application_on_loopback() {
        let app = cli_app(TenantId::random([1; 16]), Instant::from_seconds(5));
        assert!(!app.kind.is_confidential());
        assert!(app.registered_redirect("http://127.0.0.1:49152/signed-in").is_some());
        assert!(app.registered_redirect("http://[::1]:49152/signed-in").is_some());
        for foreign in
            ["http://127.0.0.1:49152/", "https://evil.test/signed-in", "http://localhost:1/signed-in"]
        {
            assert!(app.registered_redirect(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn nobody_is_asked_about_the_administration_but_the_command_line_has_it() {
        let api = admin_api(TenantId::random([1; 16]));
        assert!(api.scope(ADMIN_SCOPE).is_some_and(|scope| scope.admin_only));
        assert_eq!(api.pre_authorized.len(), 1);
        assert!(api.answers_to(ADMIN_AUDIENCE));
        assert!((300..=900).contains(&api.access_token_secs));
    }
}
