//! The dialects, and what each of them brings as data.

use doorward_core::claims::TokenShape;
use doorward_core::model::Door;
use doorward_core::profile::Profile;
use doorward_core::refusal::Reason;

use crate::wire_error::WireError;
use crate::{entra, flow, oidc};

/// The spelling in which a request came and in which its answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The Microsoft directory's addresses and words, as MSAL expects them.
    Entra,
    /// The same through a user flow (Azure AD B2C).
    EntraFlow,
    /// Plain OpenID Connect and OAuth 2.0.
    Oidc,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Entra, Self::EntraFlow, Self::Oidc];

    /// The dialect that is spoken at a door.
    pub fn of(door: &Door) -> Self {
        match door {
            Door::Directory => Self::Entra,
            Door::Flow(_) => Self::EntraFlow,
            Door::Plain => Self::Oidc,
        }
    }

    /// Name for logs and trails.
    pub fn name(self) -> &'static str {
        self.profile().name
    }

    /// Its rules.
    pub fn profile(self) -> &'static Profile {
        match self {
            Self::Entra => &entra::PROFILE,
            Self::EntraFlow => &flow::PROFILE,
            Self::Oidc => &oidc::PROFILE,
        }
    }

    /// The shape of its ID tokens.
    pub fn shape(self) -> &'static TokenShape {
        match self {
            Self::Entra => &entra::SHAPE,
            Self::EntraFlow => &flow::SHAPE,
            Self::Oidc => &oidc::SHAPE,
        }
    }

    /// What this dialect's clients call a refusal.
    pub fn wire_error(self, reason: &Reason) -> WireError {
        match self {
            Self::Entra => entra::wire_error(reason),
            Self::EntraFlow => flow::wire_error(reason),
            Self::Oidc => oidc::wire_error(reason),
        }
    }

    /// Whether the clients are Microsoft's libraries: they get error numbers, `client_info` and `session_state`.
    pub(crate) fn is_directory(self) -> bool {
        match self {
            Self::Entra | Self::EntraFlow => true,
            Self::Oidc => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field of every profile, so that no rule changes unnoticed.
    #[test]
    fn the_rules_of_each_dialect() {
        let row = |dialect: Dialect| serde_json::to_value(dialect.profile()).unwrap();
        let table = serde_json::json!({
            //                        oidc                  entra                  entra-flow
            "name":                 ["oidc",               "entra",               "entra-flow"],
            "bare_scope":           ["ResourceParameter",  "BuiltIn",             "BuiltIn"],
            "code_binding":         ["Door",               "Door",                "Door"],
            "confidential_pkce":    ["Required",           "Optional",            "Optional"],
            "consent":              ["Interactive",        "Interactive",         "ByFlow"],
            "daemon_scope":         ["ResourceOrDefault",  "DefaultOnly",         "DefaultOnly"],
            "daemon_scope_echo":    ["Echo",               "Omit",                "Omit"],
            "id_token":             ["OpenIdScope",        "EveryDelegatedGrant", "EveryDelegatedGrant"],
            "logout_without_hint":  ["Confirm",            "LeadBack",            "LeadBack"],
            "missing_redirect_uri": ["UseTheOnlyOne",      "UseTheOnlyOne",       "Refuse"],
            "origin":               ["SpaNeedsOrigin",     "WebForbidsOrigin",    "WebForbidsOrigin"],
            "refresh_beyond_grant": ["Refuse",             "IfConsented",         "IfConsented"],
            "refresh_binding":      ["Door",               "Tenant",              "Tenant"],
            "rotation":             ["PublicClients",      "PublicClients",       "PublicClients"],
            "scope_claims":         ["UserinfoOnly",       "IdToken",             "IdToken"],
            "several_accounts":     ["AccountSelection",   "Interaction",         "Interaction"],
            "subject":              ["Public",             "Pairwise",            "Public"],
            "unknown_scope":        ["Ignore",             "Refuse",              "Refuse"],
        });
        let table = table.as_object().unwrap();
        for (column, dialect) in [Dialect::Oidc, Dialect::Entra, Dialect::EntraFlow].into_iter().enumerate() {
            let profile = row(dialect);
            let fields = profile.as_object().unwrap();
            assert_eq!(fields.keys().collect::<Vec<_>>(), table.keys().collect::<Vec<_>>());
            for (field, value) in fields {
                assert_eq!(value, &table[field][column], "{field} of {}", dialect.name());
            }
        }
    }

    #[test]
    fn a_claim_is_named_once_per_shape() {
        for dialect in Dialect::ALL {
            let mut names: Vec<_> = dialect.shape().claims.iter().map(|(name, _, _)| name).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{}", dialect.name());
        }
    }
}
