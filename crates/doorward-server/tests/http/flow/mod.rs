//! The pages of a sign-in as a browser sees them.

mod browser;
mod consent;
mod lockout;
mod picker;
mod sign_in;
mod sign_up;
