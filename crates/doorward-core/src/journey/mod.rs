//! Proving who one is: sign-in and sign-up as pure steps, and what depends on a proven mailbox.
//!
//! Owns names, budgets, verdicts, codes and links, new passwords and the new session. Does not own pages, cookies, the
//! words of mails or password hashing: the shell charges the budget, hashes once in its bounded pool, and hands the
//! verdict in as a fact (Settled 3, 19).

mod address;
pub mod challenge;
pub mod factor;
mod invite;
mod letter;
mod password;
mod reset;
mod self_service;
mod session;
mod signin;
mod signup;

pub use address::{Added, add_address, ask_address};
pub use invite::{accept, invite, invited};
pub use letter::{Letter, Says};
pub use password::{PasswordFault, Renewal, Renewed, change_password, check_new_password};
pub use reset::{ask_reset, reset, settle_reset};
pub use self_service::{TypedProfile, change_profile, end_everything_else, end_session, revoke_app};
pub use session::{SignIn, SignedIn, step_up};
pub use signin::{Attempt, PasswordVerdict, charge, find, settle};
pub use signup::{
    Asked, NewNames, SignUpForm, ask_mailbox, create, read_address, settle_mailbox, sign_up_flow,
};

#[cfg(test)]
mod mailbox_tests;
#[cfg(test)]
mod tests;
