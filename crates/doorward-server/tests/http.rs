//! The server over its router, with a real store in a file of its own: what clients and browsers send, and what comes
//! back. The modules below `http` mirror the addresses that they ask. Time is set, never slept.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

mod http {
    mod account;
    mod admin;
    mod bad_input;
    mod changed;
    mod clock;
    mod codes;
    mod docs;
    mod entra;
    mod events;
    mod feed;
    mod flow;
    mod keys;
    mod mailbox;
    mod nodes;
    mod oauth2;
    mod outage;
    mod random;
    mod revocations;
    mod sweep;
    mod tenants;
    mod traces;
    mod well_known;
}
