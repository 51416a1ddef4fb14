//! The table of addresses in the documents is the one in the code.

use std::path::Path;

const HEAD: &str = "# Addresses\n\nWhich path is which endpoint of which dialect. Written from the code's own table (`doorward-dialect`, `routes_markdown`);\na test compares. Matching ignores case; anything else is answered with 404.\n\n";

#[test]
fn the_documented_addresses_are_the_real_ones() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/addresses.md");
    let wanted = format!("{HEAD}{}", doorward_dialect::routes_markdown());
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != wanted && option_env!("DOORWARD_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(
        found == wanted,
        "docs/reference/addresses.md is out of date: run this test with DOORWARD_WRITE_DOCS=1 set at build time"
    );
}
