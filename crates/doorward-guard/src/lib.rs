//! The resource-server kit: verifies tokens and enforces an API's policy as a tower layer.
