//! The claims of the userinfo endpoint (OpenID Connect Core §5.3): what the granted scopes cover, and `sub`.

use doorward_token::ClaimSet;

use super::id_token::user_value;
use super::{Source, TokenShape, When};
use crate::decision::At;
use crate::model::{ScopeSet, User};

/// Claims of userinfo beside `sub`, in the registered names of OpenID Connect Core §5.1.
const STANDARD: TokenShape = TokenShape {
    claims: &[
        ("name", Source::DisplayName, When::ProfileScope),
        ("given_name", Source::GivenName, When::ProfileScope),
        ("family_name", Source::FamilyName, When::ProfileScope),
        ("preferred_username", Source::SignInName, When::ProfileScope),
        ("email", Source::Email, When::EmailScope),
        ("email_verified", Source::EmailVerified, When::EmailScope),
    ],
    client_info: super::ClientInfoShape::None,
    scope_claims_optional: false,
};

/// The claims that `scopes` cover. `sub` is the one of the ID token.
pub fn userinfo(at: &At<'_>, sub: String, user: &User, scopes: &ScopeSet) -> ClaimSet {
    let mut claims = ClaimSet::new();
    claims.insert("sub", sub);
    for (name, source, when) in STANDARD.claims {
        let covered = match when {
            When::ProfileScope => scopes.contains("profile"),
            When::EmailScope => scopes.contains("email"),
            When::Always | When::FlowChooses => true,
        };
        if covered {
            claims.insert_some(name, user_value(*source, at, user));
        }
    }
    claims
}
