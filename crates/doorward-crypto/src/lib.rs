//! Signing, verifying, sealing, digests and password hashes on aws-lc-rs and argon2.
