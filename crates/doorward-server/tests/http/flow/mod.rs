//! The pages of a sign-in as a browser sees them.

mod browser;
mod by_mail;
mod consent;
mod lockout;
mod picker;
mod reset;
mod second_factor;
mod sign_in;
mod sign_up;
