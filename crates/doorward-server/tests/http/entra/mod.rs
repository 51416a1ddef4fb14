//! What the directory's clients rely on, at its two doors.

mod aliases;
mod answers;
mod client_info;
