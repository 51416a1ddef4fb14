//! The server as its operator meets it: stopping it, copying its data, changing its schema, and what it does when the
//! machine fails. Each test drives the built binary from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod backup;
mod faults;
mod migrate;
mod place;
mod stop;
