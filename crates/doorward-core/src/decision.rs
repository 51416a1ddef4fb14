//! What every decision hands to the shell, and where it is made.

use doorward_token::Trail;

use crate::change::Change;
use crate::claims::{TokenPlan, TokenShape};
use crate::model::Authority;
use crate::profile::Profile;

/// The door at which a request is decided: the authority, its rules and the shape of its ID tokens.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Tenant, door, issuer.
    pub authority: &'a Authority,
    /// Rules.
    pub profile: &'a Profile,
    /// Claims.
    pub shape: &'a TokenShape,
}

/// A decision that ended in yes: mint, then commit, then reply.
#[derive(Clone, Debug)]
pub struct Decision<R> {
    /// What becomes true.
    pub changes: Vec<Change>,
    /// What is to be signed, in order; the reply names tokens by their index.
    pub mint: Vec<TokenPlan>,
    /// The answer in engine words.
    pub reply: R,
    /// The checks that were made.
    pub trail: Trail,
}

impl<R> Decision<R> {
    /// A decision without tokens.
    pub fn plain(reply: R, changes: Vec<Change>, trail: Trail) -> Self {
        Self { changes, mint: Vec::new(), reply, trail }
    }

    /// The same decision with another reply.
    pub fn map<S>(self, reply: impl FnOnce(R) -> S) -> Decision<S> {
        Decision { changes: self.changes, mint: self.mint, reply: reply(self.reply), trail: self.trail }
    }
}
