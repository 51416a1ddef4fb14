//! Tenants, users, applications, APIs, flows and permissions.
//!
//! Each noun has a file with the same three verbs: make it, change it (comparing with what was read), remove it. Names
//! that must be unique live in side tables or unique columns, and a violated key is read as the conflict it means.

pub(crate) mod clients;
pub(crate) mod consents;
pub(crate) mod flows;
pub(crate) mod resources;
pub(crate) mod roles;
pub(crate) mod tenants;
pub(crate) mod users;

/// How names are compared that have no grammar of their own: without case and surrounding white space.
pub(crate) fn name_key(text: &str) -> String {
    text.trim().to_lowercase()
}
