//! The storage port and the contract that every engine passes.
