//! The nouns of the domain: plain data, one noun per file.
//!
//! Owns what a thing *is* and the small rules that a value carries by itself (parsing, expiry). Does not own the
//! rules between things: those live in `authorize`, `grants`, `journey` and `directory`. Every type here is
//! serialisable, because engines store it, and a decision can be replayed from it.

mod acr;
mod authority;
mod challenge;
mod client;
mod client_metadata;
mod code;
mod consent;
mod event;
mod factor;
mod flow;
mod grant;
mod id;
mod key;
mod mail;
mod redirect_uri;
mod resource;
mod revocation;
mod role;
mod scope;
mod secret;
mod session;
mod tenant;
mod time;
mod user;

pub use acr::Acr;
pub use authority::{Authority, AuthorityRef, Door, TenantKey};
pub use challenge::{Challenge, ChallengePurpose};
pub use client::{Client, ClientKind, ClientSecret, PkceRule, RequiredAccess, SECRET_PREFIX};
pub use client_metadata::{AuthMethod, ClientMetadata, SubjectType};
pub use code::{AuthorizationCode, CodeChallenge, Redemption};
pub use consent::{ConsentGrant, Principal, RoleAssignment, RoleHolder};
pub use event::Event;
pub use factor::{Factor, FactorKind, FactorSecret, MfaRule};
pub use flow::{ConsentStyle, FlowClaim, FlowIdentity, FlowKind, FlowName, UserFlow};
pub use grant::{Grant, RefreshState};
pub use id::{
    AppId, ClientId, Digest, FactorId, GrantId, InvalidId, KeyId, MailId, PoolId, ResourceId, RoleId,
    ScopeId, SecretId, SessionId, TenantId, UserId,
};
pub use key::{KeyPolicy, KeyState, SigningAlgorithm, SigningKeyRecord};
pub use mail::Mail;
pub use redirect_uri::{Platform, RedirectUri, RedirectUriFault, RegisteredRedirect};
pub use resource::{AppRole, ExposedScope, MsVersion, Resource, RoleMembers, TokenProfile};
pub use revocation::{Revocation, Revoked};
pub use role::{DirectoryRole, RoleReach};
pub use scope::{ScopeFault, ScopeSet, ScopeToken};
pub use secret::Secret;
pub use session::{AccountSession, BrowserSession, Device};
pub use tenant::{FlowIssuer, Tenant, TenantKind, TenantName, TenantNameFault, UserPool};
pub use time::{Expiry, Instant};
pub use user::{SignInKind, SignInName, SignInNameFault, User};
