//! Who got through, for the handler.

use std::sync::Arc;

use doorward_policy::Principal;
use doorward_token::ClaimSet;

/// The verified caller of a guarded route: a request extension. A public route has none, whatever was sent.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(crate) claims: Arc<ClaimSet>,
    pub(crate) principal: Principal,
    pub(crate) route: Arc<str>,
}

impl Caller {
    /// Every claim of the access token.
    pub fn claims(&self) -> &ClaimSet {
        &self.claims
    }

    /// Kind, scopes and roles.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The id of the declared route that was passed.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The stable id of the subject: `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.claims.text("sub")
    }

    /// The client that the token was issued to.
    pub fn client_id(&self) -> Option<&str> {
        ["azp", "appid", "client_id"].iter().find_map(|name| self.claims.text(name))
    }
}
