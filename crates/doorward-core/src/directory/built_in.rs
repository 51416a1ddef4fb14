//! The API that every tenant has from birth: the directory itself, under the ids by which exported manifests, scripts and
//! client libraries know it (Settled 29).

use uuid::{Uuid, uuid};

use crate::model::{
    AppRole, ExposedScope, MsVersion, Resource, ResourceId, RoleId, RoleMembers, ScopeId, ScopeToken,
    SigningAlgorithm, TenantId, TokenProfile,
};

/// Its id, the same in every tenant.
pub const BUILT_IN_GRAPH: ResourceId = ResourceId::new(uuid!("00000003-0000-0000-c000-000000000000"));

/// The built-in API of a tenant. Its permissions can be requested, consented to and granted; what it answers itself is the
/// server's business.
pub fn built_in_graph(tenant: TenantId) -> Resource {
    Resource {
        tenant,
        id: BUILT_IN_GRAPH,
        name: "graph".to_owned(),
        title: "Directory".to_owned(),
        identifier_uris: vec!["https://graph.microsoft.com".to_owned(), BUILT_IN_GRAPH.to_string()],
        scopes: SCOPES.iter().map(scope).collect(),
        roles: ROLES.iter().map(role).collect(),
        profile: TokenProfile::Ms(MsVersion::V1),
        algorithm: SigningAlgorithm::Rs256,
        access_token_secs: 3600,
        introspectors: Vec::new(),
        pre_authorized: Vec::new(),
        disabled: false,
    }
}

/// Public id, name, title, description.
type Row = (Uuid, &'static str, &'static str, &'static str);

const SCOPES: [Row; 7] = [
    (uuid!("37f7f235-527c-4136-accd-4a02d197296e"), "openid", "Sign you in", "The app learns who you are."),
    (
        uuid!("14dad69e-099b-42c9-810b-d002981feec1"),
        "profile",
        "See your profile",
        "The app sees your name and user name.",
    ),
    (
        uuid!("64a6cdd6-aab1-4aaf-94b8-3cc8405e90d0"),
        "email",
        "See your e-mail address",
        "The app sees the e-mail address of your account.",
    ),
    (
        uuid!("7427e0e9-2fba-42fe-b0c0-848c9e6a8182"),
        "offline_access",
        "Keep access while you are away",
        "The app keeps the access that you gave it when you are not using it.",
    ),
    (
        uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d"),
        "User.Read",
        "Read your profile",
        "The app reads your profile in the directory.",
    ),
    (
        uuid!("465a38f9-76ea-45b9-9f34-9e8b0d4b0b42"),
        "Calendars.Read",
        "Read your calendar",
        "The app reads the events of your calendar.",
    ),
    (
        uuid!("1ec239c2-d7c9-4623-a91a-a9775856bb36"),
        "Calendars.ReadWrite",
        "Read and change your calendar",
        "The app reads, creates, changes and deletes events of your calendar.",
    ),
];

const ROLES: [(Uuid, &str, &str); 2] = [
    (
        uuid!("798ee544-9d2d-430c-a058-570e29e34338"),
        "Calendars.Read",
        "Read the calendars of all users without a signed-in person.",
    ),
    (
        uuid!("ef54d2bf-783f-4e0f-bca1-3210c0444d99"),
        "Calendars.ReadWrite",
        "Read and change the calendars of all users without a signed-in person.",
    ),
];

fn scope((id, value, title, description): &Row) -> ExposedScope {
    ExposedScope {
        id: ScopeId::new(*id),
        value: ScopeToken::parse(value).expect("the constants are scope tokens"),
        admin_only: false,
        title: (*title).to_owned(),
        description: (*description).to_owned(),
        enabled: true,
    }
}

fn role((id, value, description): &(Uuid, &str, &str)) -> AppRole {
    AppRole {
        id: RoleId::new(*id),
        value: (*value).to_owned(),
        members: RoleMembers::Applications,
        description: (*description).to_owned(),
        enabled: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_api_answers_to_its_public_names() {
        let graph = built_in_graph(TenantId::random([1; 16]));
        for name in ["https://graph.microsoft.com", "00000003-0000-0000-C000-000000000000"] {
            assert!(graph.answers_to(name), "{name}");
        }
        assert_eq!(graph.identifier(), "https://graph.microsoft.com");
        assert!(graph.scope("User.Read").is_some());
        assert!(graph.scope("user.read").is_none());
    }
}
