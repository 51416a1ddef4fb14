//! Policy of an API: the OpenAPI reader, the compiled requirements and their evaluator.
//!
//! Owns: the policy's own form ([`Policy`], [`Route`], [`Requirement`]), how a request finds its route
//! ([`RequestPath`]), who may pass ([`Policy::decide`] → [`Decision`]), what an OpenAPI document declares
//! ([`openapi::read`] → [`ApiDeclaration`]), and what changes between two declarations ([`diff`]).
//! Does not own: tokens (verified before a [`Principal`] exists), HTTP types, any I/O; it builds for wasm32 so that every
//! enforcer evaluates this one text of the rules. Neighbours: `doorward-guard` enforces it in front of a handler,
//! `doorward-server` imports declarations through it.
//!
//! Three rules carry the rest. What is not declared is denied. A list of scopes means all of them. A path that two
//! programs could read in two ways is refused, never normalised.

mod decide;
mod declaration;
mod denial;
pub mod diff;
mod name;
pub mod openapi;
mod path;
mod policy;
mod principal;
mod requirement;
mod route;
mod template;
mod trie;

pub use decide::Decision;
pub use declaration::{ApiDeclaration, DeclaredRole, DeclaredScope};
pub use denial::Denial;
pub use name::{NameFault, PermissionName};
pub use path::{Ambiguity, RequestPath};
pub use policy::{Policy, PolicyFault};
pub use principal::{Principal, PrincipalKind, UnmarkedToken};
pub use requirement::{AcrValue, Atom, Clause, NotAnAcr, Requirement, RoleAtom};
pub use route::{Method, MethodFault, Route};
pub use template::{Template, TemplateFault};
