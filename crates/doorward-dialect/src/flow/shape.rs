//! The ID token of a user flow, version 1.0: what the flow's document chooses, and little else.

use doorward_core::claims::{ClientInfoShape, Source, TokenShape, When};

/// `tfp` is what MSAL takes for the tenant where there is no `tid`, and what applications tell flows apart by.
pub const SHAPE: TokenShape = TokenShape {
    claims: &[
        ("ver", Source::Literal("1.0"), When::Always),
        ("tfp", Source::FlowName, When::Always),
        ("sid", Source::SessionId, When::Always),
        ("login_hint", Source::AccountHint, When::Always),
        ("oid", Source::ObjectId, When::FlowChooses),
        ("tid", Source::TenantId, When::FlowChooses),
        ("preferred_username", Source::SignInName, When::FlowChooses),
        ("name", Source::DisplayName, When::FlowChooses),
        ("given_name", Source::GivenName, When::FlowChooses),
        ("family_name", Source::FamilyName, When::FlowChooses),
        ("email", Source::Email, When::FlowChooses),
        ("emails", Source::EmailsAsArray, When::FlowChooses),
    ],
    client_info: ClientInfoShape::UserAndFlow,
    scope_claims_optional: false,
};
