//! Below `/{tenant}/oauth2`, and what every door shares with it.

mod authorize;
mod introspect;
mod logout;
mod revoke;
mod token;
mod userinfo;
