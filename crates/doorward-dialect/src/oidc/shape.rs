//! The ID token of plain OpenID Connect (Core §2 and §5.1).

use doorward_core::claims::{ClientInfoShape, Source, TokenShape, When};

/// The standard claims, each under its scope (Core §5.4). Whether they enter the ID token at all is the profile's rule
/// and the registration's choice; userinfo has them always.
pub const SHAPE: TokenShape = TokenShape {
    claims: &[
        ("sid", Source::SessionId, When::Always),
        ("name", Source::DisplayName, When::ProfileScope),
        ("preferred_username", Source::SignInName, When::ProfileScope),
        ("given_name", Source::GivenName, When::ProfileScope),
        ("family_name", Source::FamilyName, When::ProfileScope),
        ("email", Source::Email, When::EmailScope),
        ("email_verified", Source::EmailVerified, When::EmailScope),
    ],
    client_info: ClientInfoShape::UserAndFlow,
    scope_claims_optional: true,
};
