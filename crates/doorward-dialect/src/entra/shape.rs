//! The directory's ID token, version 2.0.

use doorward_core::claims::{ClientInfoShape, Source, TokenShape, When};

/// `preferred_username` is the name the person signed in with: every MSAL makes it the account's `username`.
/// `login_hint` names exactly one account, so that silent calls find the right one of two with the same e-mail.
pub const SHAPE: TokenShape = TokenShape {
    claims: &[
        ("ver", Source::Literal("2.0"), When::Always),
        ("tid", Source::TenantId, When::Always),
        ("oid", Source::ObjectId, When::Always),
        ("sid", Source::SessionId, When::Always),
        ("uti", Source::TokenId, When::Always),
        ("login_hint", Source::AccountHint, When::Always),
        ("name", Source::DisplayName, When::ProfileScope),
        ("preferred_username", Source::SignInName, When::ProfileScope),
        ("email", Source::Email, When::EmailScope),
    ],
    client_info: ClientInfoShape::UserAndFlow,
    scope_claims_optional: false,
};
