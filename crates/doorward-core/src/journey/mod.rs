//! Proving who one is: sign-in and sign-up as pure steps.
//!
//! Owns names, budgets, verdicts and the new session. Does not own pages, cookies or password hashing: the shell
//! charges the budget, hashes once in its bounded pool, and hands the verdict in as a fact (Settled 3, 19).

pub mod challenge;
mod password;
mod session;
mod signin;
mod signup;

pub use password::{PasswordFault, check_new_password};
pub use session::{SignIn, SignedIn};
pub use signin::{Attempt, PasswordVerdict, charge, find, settle};
pub use signup::{NewNames, SignUpForm, create};

#[cfg(test)]
mod tests;
