//! From the words of a `scope` parameter to permissions of one API, and which of them are really granted.
//!
//! Owns the grammar `{API}/{permission}`, `{API}/.default` and bare names (RFC 6749 §3.3, RFC 8707), the split into
//! identity scopes and API scopes, and the union of grants. Used by the authorization endpoint and by every grant.

use crate::decision::At;
use crate::facts::Facts;
use crate::model::{
    AppId, Client, ConsentGrant, ConsentStyle, Resource, ResourceId, ScopeFault, ScopeSet, ScopeToken,
    TenantId,
};
use crate::needs::Need;
use crate::profile::{BareScope, ConsentRule, Profile, UnknownScope};

/// Scopes about the person rather than about an API.
pub const IDENTITY_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Id of the built-in directory API, whose scopes the identity scopes are.
pub const BUILT_IN_API: &str = "00000003-0000-0000-c000-000000000000";

/// The permission name that stands for "all that was granted".
pub const DEFAULT: &str = ".default";

/// Why a scope parameter cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermissionFault {
    /// A character outside the grammar.
    Syntax(ScopeFault),
    /// Two APIs in one request.
    TwoApis(String, String),
    /// No API answers to the identifier.
    UnknownApi(String),
    /// The API does not expose the scope.
    UnknownScope {
        /// Name of the API.
        api: String,
        /// As sent.
        scope: String,
    },
}

/// What is wrong with a scope list, in characters that an `error_description` may have (RFC 6749 §4.1.2.1).
pub(crate) fn syntax_in_words(fault: &ScopeFault) -> String {
    match fault {
        ScopeFault::Character(bad) => {
            format!(
                "scope contains the character U+{:04X}, which RFC 6749 section 3.3 does not allow",
                u32::from(*bad)
            )
        }
        ScopeFault::TooLong | ScopeFault::TooMany => fault.to_string(),
    }
}

/// One permission: its short name, and how the caller spelt it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelt {
    /// As the API exposes it.
    pub short: String,
    /// As it was sent, and as it is told again.
    pub sent: ScopeToken,
}

/// What a request asks for, before anything was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Identity scopes.
    pub identity: ScopeSet,
    /// Identifier of the API, as sent.
    pub api: Option<String>,
    /// The API was named by `resource`, so that not knowing it is an error everywhere.
    pub api_by_parameter: bool,
    /// Permissions of that API.
    pub names: Vec<Spelt>,
    /// Words that name no API, where the profile ignores such.
    pub ignored: Vec<ScopeToken>,
}

impl Asked {
    /// Reads the `scope` and `resource` parameters.
    pub fn read(scope: &str, resources: &[String], profile: &Profile) -> Result<Self, PermissionFault> {
        let mut asked = Self::default();
        for resource in resources.iter().filter(|r| !r.is_empty()) {
            asked.name_api(resource)?;
            asked.api_by_parameter = true;
        }
        for word in &ScopeSet::parse(scope).map_err(PermissionFault::Syntax)? {
            let text = word.as_str();
            if IDENTITY_SCOPES.contains(&text) {
                asked.identity.insert(word.clone());
            } else if let Some((api, short)) =
                text.rsplit_once('/').filter(|(api, short)| !api.is_empty() && !short.is_empty())
            {
                match asked.name_api(api) {
                    Ok(()) => asked.names.push(Spelt { short: short.to_owned(), sent: word.clone() }),
                    Err(fault) => return Err(fault),
                }
            } else {
                asked.bare(word, profile)?;
            }
        }
        Ok(asked)
    }

    fn bare(&mut self, word: &ScopeToken, profile: &Profile) -> Result<(), PermissionFault> {
        let spelt = Spelt { short: word.as_str().to_owned(), sent: word.clone() };
        match profile.bare_scope {
            BareScope::ResourceParameter if self.api_by_parameter => self.names.push(spelt),
            BareScope::ResourceParameter => self.ignored.push(word.clone()),
            BareScope::BuiltIn => {
                self.name_api(BUILT_IN_API)?;
                self.names.push(spelt);
            }
        }
        Ok(())
    }

    fn name_api(&mut self, identifier: &str) -> Result<(), PermissionFault> {
        match &self.api {
            Some(other) if !other.eq_ignore_ascii_case(identifier) => {
                Err(PermissionFault::TwoApis(other.clone(), identifier.to_owned()))
            }
            _ => {
                self.api = Some(identifier.to_owned());
                Ok(())
            }
        }
    }

    /// Whether `{API}/.default` was asked for.
    pub fn wants_default(&self) -> bool {
        self.names.iter().any(|name| name.short == DEFAULT)
    }

    /// What must be known to resolve it.
    pub fn needs(&self, tenant: TenantId) -> Vec<Need> {
        let mut needs = vec![Need::Resource(tenant, BUILT_IN_API.to_owned())];
        needs.extend(self.api.as_ref().map(|api| Need::Resource(tenant, api.to_lowercase())));
        needs
    }

    /// Resolves the API and its permissions. Disabled APIs and scopes count as unknown.
    pub fn resolve<'f>(
        &self,
        tenant: TenantId,
        profile: &Profile,
        facts: &'f Facts,
    ) -> Result<Resolved<'f>, PermissionFault> {
        let mut resolved =
            Resolved { identity: self.identity.clone(), api: None, names: Vec::new(), default: None };
        let Some(identifier) = &self.api else { return Ok(resolved) };
        let Some(api) = facts.resource(tenant, identifier).filter(|api| !api.disabled) else {
            return if profile.unknown_scope == UnknownScope::Ignore && !self.api_by_parameter {
                Ok(resolved)
            } else {
                Err(PermissionFault::UnknownApi(identifier.clone()))
            };
        };
        resolved.api = Some(api);
        for name in &self.names {
            if name.short == DEFAULT {
                resolved.default = Some(name.sent.clone());
            } else if api.scope(&name.short).is_some() {
                resolved.names.push(name.clone());
            } else if profile.unknown_scope == UnknownScope::Refuse {
                return Err(PermissionFault::UnknownScope {
                    api: api.name.clone(),
                    scope: name.short.clone(),
                });
            }
        }
        Ok(resolved)
    }
}

/// What a request asks for, looked up.
#[derive(Clone, Debug)]
pub struct Resolved<'f> {
    /// Identity scopes.
    pub identity: ScopeSet,
    /// The API.
    pub api: Option<&'f Resource>,
    /// Its exposed permissions.
    pub names: Vec<Spelt>,
    /// `{API}/.default` as it was sent.
    pub default: Option<ScopeToken>,
}

impl Resolved<'_> {
    /// The short names asked for at the API.
    pub fn short_names(&self) -> ScopeSet {
        self.names.iter().filter_map(|name| ScopeToken::parse(&name.short).ok()).collect()
    }

    /// `.default` of a delegated request becomes concrete: all that is granted, or, where nothing is, all that the
    /// registration asks for.
    pub fn expand_default(&mut self, client: &Client, granted: &ScopeSet) {
        let (Some(default), Some(api)) = (self.default.clone(), self.api) else { return };
        let prefix = default.as_str().strip_suffix(DEFAULT).unwrap_or_default().to_owned();
        let registered = || {
            client
                .required_access
                .iter()
                .filter(|access| access.resource == api.id)
                .flat_map(|access| access.scopes.iter().cloned())
                .collect::<ScopeSet>()
        };
        let wanted = if granted.is_empty() { registered() } else { granted.clone() };
        for scope in &wanted {
            let known = self.names.iter().any(|name| name.short == scope.as_str());
            if let (false, Some(_), Ok(sent)) =
                (known, api.scope(scope.as_str()), ScopeToken::parse(&format!("{prefix}{scope}")))
            {
                self.names.push(Spelt { short: scope.as_str().to_owned(), sent });
            }
        }
    }
}

/// Whether nobody is asked for consent at a door (Settled 2): what is not granted there is left out.
pub fn asks_nobody(at: &At<'_>) -> bool {
    match (at.profile.consent, at.authority.flow()) {
        (ConsentRule::ByFlow, Some(flow)) => flow.consent == ConsentStyle::AdminOnly,
        (ConsentRule::ByFlow | ConsentRule::Interactive, _) => false,
    }
}

/// Short name of a scope in the caller's spelling.
pub fn short_name(spelt: &str) -> &str {
    spelt.rsplit_once('/').map_or(spelt, |(_, short)| short)
}

/// The union of what is granted to the client at one API: for everybody, for this user, and by pre-authorisation.
pub fn effective(api: &Resource, client: AppId, consents: &[ConsentGrant]) -> ScopeSet {
    let pre_authorised =
        api.pre_authorized.iter().filter(|(app, _)| *app == client).map(|(_, scope)| scope.clone());
    granted_at(api.id, consents).union(&pre_authorised.collect())
}

/// The union of the grants at one API.
pub fn granted_at(api: ResourceId, consents: &[ConsentGrant]) -> ScopeSet {
    consents
        .iter()
        .filter(|grant| grant.resource == api)
        .fold(ScopeSet::default(), |all, grant| all.union(&grant.scopes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_world::{DIRECTORY, PLAIN};

    #[test]
    fn the_last_slash_divides_api_and_permission() {
        let asked = Asked::read("openid api://notes/notes.read https://x.test//.default", &[], &PLAIN);
        assert!(matches!(asked, Err(PermissionFault::TwoApis(..))));
        let asked = Asked::read("https://x.test//.default", &[], &PLAIN).unwrap();
        assert_eq!(asked.api.as_deref(), Some("https://x.test/"));
        assert!(asked.wants_default());
    }

    #[test]
    fn a_bare_name_belongs_where_the_profile_says() {
        let plain = Asked::read("User.Read", &[], &PLAIN).unwrap();
        assert_eq!((plain.api, plain.ignored.len()), (None, 1));
        let with_resource = Asked::read("notes.read", &["api://notes".to_owned()], &PLAIN).unwrap();
        assert_eq!(with_resource.names[0].short, "notes.read");
        let directory = Asked::read("User.Read", &[], &DIRECTORY).unwrap();
        assert_eq!(directory.api.as_deref(), Some(BUILT_IN_API));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[ -~]{0,200}") {
            let _ = Asked::read(&text, &[], &PLAIN);
            let _ = Asked::read(&text, &[], &DIRECTORY);
        }
    }
}
