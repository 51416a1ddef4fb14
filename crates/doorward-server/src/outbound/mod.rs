//! The one caller of other people's servers, guarded against being turned on the network it stands in.
//!
//! Owns what may be called ([`address`]), how ([`fetch`]: https, no redirects, no proxy, few bytes, little time), and
//! how long an answer is kept ([`key_sets`]). Addresses come from registrations; what is asked for is a decision of
//! the core ([`doorward_core::outbound`]). Does not own what an answer means.

mod address;
mod fetch;
mod key_sets;

use doorward_core::model::Instant;
use doorward_core::outbound::{Heard, Outbound};

use fetch::Fetcher;
use key_sets::KeySets;

/// The most redirect URIs of a sector document.
const MOST_URIS: usize = 1_000;

/// Answers what decisions ask of the world outside.
pub(crate) struct Caller {
    fetcher: Fetcher,
    key_sets: KeySets,
}

impl Caller {
    /// In development addresses of the machine itself may be called, and without TLS.
    pub(crate) fn new(reach: Reach) -> Self {
        Self { fetcher: Fetcher::new(reach), key_sets: KeySets::default() }
    }

    /// Asks, or answers from what was heard lately.
    pub(crate) async fn hear(&self, asked: &Outbound, now: Instant) -> Heard {
        match asked {
            Outbound::KeySet { uri, kid } => {
                match self.key_sets.find(&self.fetcher, uri, kid.as_deref(), now).await {
                    Ok(keys) => Heard::KeySet(keys),
                    Err(why) => Heard::Nothing { why },
                }
            }
            // Asked at a registration, once: nothing is kept.
            Outbound::SectorDocument { uri } => match self.fetcher.get(uri).await {
                Ok(document) => redirect_uris(&document),
                Err(why) => Heard::Nothing { why: why.to_string() },
            },
        }
    }
}

/// How far calls may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Addresses of the open network only.
    Internet,
    /// Also loopback and private addresses, loopback also without TLS: a development machine.
    Anywhere,
}

fn redirect_uris(document: &[u8]) -> Heard {
    match serde_json::from_slice::<Vec<String>>(document) {
        Ok(uris) if uris.len() <= MOST_URIS => Heard::RedirectUris(uris),
        Ok(uris) => Heard::Nothing { why: format!("it lists {} URIs, the limit is {MOST_URIS}", uris.len()) },
        Err(_) => Heard::Nothing { why: "it is not a JSON array of strings".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_document_is_an_array_of_strings() {
        let uris = redirect_uris(br#"["https://a.test/cb","https://b.test/cb"]"#);
        assert!(matches!(uris, Heard::RedirectUris(uris) if uris.len() == 2));
        for bad in ["{}", "[1]", "", "\"https://a.test/cb\"", "[[]]", "[null]"] {
            assert!(matches!(redirect_uris(bad.as_bytes()), Heard::Nothing { .. }), "{bad}");
        }
        let many = serde_json::to_vec(&vec!["x"; MOST_URIS + 1]).unwrap();
        assert!(matches!(redirect_uris(&many), Heard::Nothing { .. }));
    }
}
