//! The shell: load, decide, mint, commit, reply; pages, administration and limits.

pub mod pages;
