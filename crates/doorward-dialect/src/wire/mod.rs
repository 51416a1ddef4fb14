//! Readers: the text of a request becomes an engine request, or a refusal that says where it breaks.
//!
//! Owns the syntax of queries, forms and the headers that carry credentials. Checks nothing that has a meaning: an
//! unknown client or a wrong redirect URI is the engine's business. Neighbour: `write` goes the other way.

mod authorize;
mod credentials;
mod form;
mod logout;
mod params;
mod revocation;
mod token;
mod userinfo;

pub use authorize::read_authorize;
pub use form::{correlation_id, read_form};
pub use logout::read_logout;
pub use params::{FORM_LIMIT, PARAMETER_LIMIT, Params, QUERY_LIMIT};
pub use revocation::{read_introspect, read_revoke};
pub use token::read_token;
pub use userinfo::read_userinfo;
