//! What is wrong, or worth knowing, in a document: where, what, and how to mend it.

use std::fmt;

use serde::Serialize;

use crate::{NameFault, TemplateFault};

/// A JSON pointer (RFC 6901) into the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The member or item below.
    pub fn at(&self, token: impl fmt::Display) -> Self {
        let token = token.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{token}", self.0))
    }

    /// The text, empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

/// Something about one place of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<T> {
    /// Where.
    pub pointer: Pointer,
    /// What.
    pub what: T,
}

impl<T: fmt::Display> fmt::Display for Finding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.what)
    }
}

/// Why a document is refused. Every text ends with what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Two operations, one id.
    #[error("operationId `{id}` is also that of {other}; give each operation its own")]
    DuplicateOperationId {
        /// The id.
        id: String,
        /// Pointer to the first.
        other: Pointer,
    },
    /// A form that an extension does not have.
    #[error("this is not what {extension} holds; write {form}")]
    Extension {
        /// `x-doorward-…`.
        extension: &'static str,
        /// The right form, with an example.
        form: &'static str,
    },
    /// Not a scope or role name.
    #[error("`{text}` is not a scope or role name: {fault}; rename it")]
    Name {
        /// As written, shortened.
        text: String,
        /// What is wrong.
        fault: NameFault,
    },
    /// No operation at all.
    #[error("the document declares no operation, so the API would deny every request; add `paths`")]
    NoOperations,
    /// Neither the operation nor the document says who may call.
    #[error(
        "{label} has no `security` and the document has none to inherit; write `security: []` if everybody may call it, or name a scheme and its scopes"
    )]
    NoSecurity {
        /// `METHOD /template`.
        label: String,
    },
    /// A `security` beside path operations; no OpenAPI tool reads it.
    #[error("OpenAPI has no `security` on a path; move it to each operation below")]
    PathSecurity,
    /// The assembled policy is impossible.
    #[error("{0}; correct the operations named here")]
    Policy(crate::PolicyFault),
    /// A public operation with extensions that require something.
    #[error(
        "the operation is public (`security: []` or `{{}}`) and yet has {extension}; remove one of the two"
    )]
    PublicWithRequirement {
        /// The extension.
        extension: &'static str,
    },
    /// `$ref` to another file or host.
    #[error("`{target}` is not inside this document; bundle the documents into one first")]
    RefElsewhere {
        /// The reference.
        target: String,
    },
    /// `$ref` that leads nowhere, or in circles.
    #[error("nothing is found at `{target}`; correct the reference{}", did_you_mean(suggestion.as_deref()))]
    RefUnresolved {
        /// The reference.
        target: String,
        /// A near name.
        suggestion: Option<String>,
    },
    /// Operations beside `$ref`.
    #[error("a path item with `$ref` cannot have operations of its own; move them to the referenced one")]
    RefWithSiblings,
    /// Rivals, or the same template twice.
    #[error(
        "requests can match this and `{other}`, neither is more specific, and they require different things; make one more literal or require the same"
    )]
    Rivals {
        /// Label of the other.
        other: String,
    },
    /// Lists of names on a scheme that has no scopes.
    #[error(
        "scheme `{scheme}` (http bearer) cannot carry names: declare it as oauth2 or openIdConnect if these are scopes, use x-doorward-roles if they are roles"
    )]
    ScopesOnBearer {
        /// The scheme.
        scheme: String,
    },
    /// A scope is used and nobody declares it.
    #[error("scope `{scope}` is not declared{}; add it to the flows of scheme `{scheme}` or to x-doorward-api.scopes", did_you_mean(suggestion.as_deref()))]
    ScopeUndeclared {
        /// As used.
        scope: String,
        /// The scheme under which it is used.
        scheme: String,
        /// A near declared one.
        suggestion: Option<String>,
    },
    /// A role is used and x-doorward-api.roles does not have it.
    #[error("role `{role}` is not declared{}; add it to x-doorward-api.roles", did_you_mean(suggestion.as_deref()))]
    RoleUndeclared {
        /// As used.
        role: String,
        /// A near declared one.
        suggestion: Option<String>,
    },
    /// A role is used for a kind that its declaration excludes.
    #[error(
        "role `{role}` is declared without the kind {kind}; add it to its `kinds` in x-doorward-api.roles"
    )]
    RoleKind {
        /// As used.
        role: String,
        /// The kind.
        kind: crate::PrincipalKind,
    },
    /// A scheme that no component declares.
    #[error("security scheme `{scheme}` is not declared{}; add it to components.securitySchemes", did_you_mean(suggestion.as_deref()))]
    SchemeUnknown {
        /// As used.
        scheme: String,
        /// A near declared one.
        suggestion: Option<String>,
    },
    /// apiKey, basic, mutualTLS: nothing that a token could prove.
    #[error(
        "security scheme `{scheme}` ({kind}) cannot be enforced with access tokens; replace it by oauth2, openIdConnect or http bearer, or protect the operation elsewhere and leave it out of this document"
    )]
    SchemeUnenforceable {
        /// The scheme.
        scheme: String,
        /// Its type.
        kind: String,
    },
    /// A base path below the document.
    #[error("`servers` below the document is not supported; write the base path into the path itself")]
    ServersBelow,
    /// A server whose URL gives no usable path.
    #[error(
        "`{url}` gives no base path that requests could be matched with; correct it or ignore servers on import"
    )]
    ServerUrl {
        /// As written, shortened.
        url: String,
    },
    /// A sign-in scope as a permission.
    #[error("`{scope}` is a sign-in scope and opens no route of an API; require a scope of this API")]
    SignInScope {
        /// The scope.
        scope: String,
    },
    /// Not JSON, not YAML, a duplicate member, too large.
    #[error("the document cannot be read: {reason}")]
    Syntax {
        /// With line and column where the parser knows them.
        reason: String,
    },
    /// Not a path template.
    #[error("{0}; correct the path")]
    Template(TemplateFault),
    /// Too many operations, or too much text.
    #[error("{what} is more than {most}; split the document")]
    TooMuch {
        /// What was counted.
        what: String,
        /// The limit.
        most: usize,
    },
    /// A member that the place does not have.
    #[error("`{member}` means nothing here{}; remove it, or prefix your own extension with x-", did_you_mean(suggestion.as_deref()))]
    UnknownMember {
        /// As written.
        member: String,
        /// What was meant.
        suggestion: Option<String>,
    },
    /// Atoms that exclude each other.
    #[error("nobody could call this: {why}")]
    Unsatisfiable {
        /// What contradicts what, and what to change.
        why: &'static str,
    },
    /// Not OpenAPI 3.0 or 3.1.
    #[error("version `{found}` is not read here; convert the document to OpenAPI 3.0 or 3.1")]
    Version {
        /// As written, or `none`.
        found: String,
    },
    /// A value of another JSON type.
    #[error("{expected} is expected here, {found} was found")]
    WrongType {
        /// What belongs here.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
}

/// What is accepted but should be read by a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Caution {
    /// `{}` among the alternatives.
    #[error(
        "{label} IS PUBLIC: one alternative of its `security` is empty, so everybody may call it without a token; remove the `{{}}` unless that is meant"
    )]
    AnonymousAlternative {
        /// `METHOD /template`.
        label: String,
    },
    /// The name was taken from the title.
    #[error("the API is called `{name}` after its title; set x-doorward-api.name to choose")]
    NameFromTitle {
        /// The name.
        name: String,
    },
    /// Any valid token opens it.
    #[error("{label} lets every valid token pass: its `security` names no scope")]
    NoScopes {
        /// `METHOD /template`.
        label: String,
    },
    /// Scopes of a clientCredentials-only scheme.
    #[error("scheme `{scheme}` has the clientCredentials flow only, so its scopes are read as app roles")]
    ScopesReadAsRoles {
        /// The scheme.
        scheme: String,
    },
    /// Apps are locked out of a scheme that offers them a flow.
    #[error(
        "scheme `{scheme}` also has the clientCredentials flow, but scopes are granted by users; name what apps may do in x-doorward-roles"
    )]
    AppsNeedRoles {
        /// The scheme.
        scheme: String,
    },
    /// Declared and decorative.
    #[error("nothing enforces scope `{scope}`: no operation requires it")]
    ScopeUnenforced {
        /// The scope.
        scope: String,
    },
    /// A server variable whose other values are not matched.
    #[error(
        "server variable `{variable}` is read as its default `{value}`; requests below other values are not declared"
    )]
    ServerVariable {
        /// The variable.
        variable: String,
        /// Its default.
        value: String,
    },
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}
