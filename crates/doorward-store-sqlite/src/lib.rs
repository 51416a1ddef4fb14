//! The embedded engine: SQLite with one writer thread, group commit and snapshot readers.
