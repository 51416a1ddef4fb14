//! The slug of each code, from the failure catalogue at the root of the repository.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What is read of a row; the rest is the docs' business.
#[derive(Deserialize)]
struct Row {
    code: String,
    slug: String,
}

static SLUGS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../../catalogue/failures.json"))
        .expect("the catalogue is part of the build and a test reads it");
    rows.into_iter().map(|row| (row.code, row.slug)).collect()
});

/// The short name of a code, for example `code-already-used` of `DW2004`; `unlisted` where the catalogue has no row.
pub fn slug(code: &str) -> &'static str {
    SLUGS.get(code).map_or("unlisted", String::as_str)
}

#[cfg(test)]
mod tests {
    use doorward_token::Explain;

    use super::*;
    use crate::samples::every_reason;

    #[test]
    fn every_refusal_has_a_row_in_the_catalogue() {
        assert_eq!(slug("DW2004"), "code-already-used");
        assert_eq!(slug("no code"), "unlisted");
        for reason in every_reason() {
            assert_ne!(slug(reason.code().as_str()), "unlisted", "{} {reason}", reason.code());
        }
    }
}
