//! A small world around the router: a tenant with its cast, a clock that is set, a browser without scripts, and a
//! client that verifies what it gets.
//!
//! Owns no expectation: tests say what must hold. The words for addresses and requests are in `door`, the seeded
//! people, applications and APIs in `cast`.

mod ailing;
mod answer;
mod browser;
mod cast;
mod door;
mod html;
mod mail;
mod story;
#[path = "../../../../catalogue/witness.rs"]
mod witness;
mod world;

pub(crate) use ailing::Outage;
pub(crate) use answer::{Answer, form};
pub(crate) use browser::{Browser, By, Landed, Page};
pub(crate) use cast::{
    ADA, ADA_PASSWORD, BASE, BEN, BEN_PASSWORD, Cast, DAEMON, DAEMON_SECRET, NATIVE, NOTES, SPA, SPA_ORIGIN,
    WEB, WEB_SECRET, redirect_of,
};
pub(crate) use door::{Ask, Door, NONCE, STATE, VERIFIER};
pub(crate) use html::text_of;
pub(crate) use story::{authenticated, claims_of, headers_of, redemption};
pub(crate) use world::{MASTER_KEY, World, posted, send};
