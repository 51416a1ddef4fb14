//! Wire text to engine requests and back, one module per dialect.
