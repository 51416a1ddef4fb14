# Short names for what developers type. The one test command of a change is `cargo xtask test`.

# The house rules and lints, fast.
check:
    cargo xtask test --only lint

# Everything, counted.
test:
    cargo xtask test

# The tests of the crates.
unit:
    cargo xtask test --only unit

# The suites with other people's clients in a real browser.
e2e:
    cargo xtask test --only e2e

# The pictures of the documents.
screenshots:
    cargo xtask screenshots

# Licences, bans and advisories (needs cargo-deny).
deny:
    cargo deny check

# A demo server on this machine.
demo:
    cargo run --release -- demo
