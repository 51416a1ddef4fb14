//! Style, script and mark: embedded, addressed by the hash of their content.

use std::collections::BTreeMap;

/// A file below `/assets/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The content.
    pub bytes: &'static [u8],
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Strong, with its quotes.
    pub etag: String,
    /// `Cache-Control`: for ever at the address that carries the hash, briefly elsewhere.
    pub cache_control: &'static str,
}

/// Finds an asset by the part of the path behind `/assets/`: `doorward.css`, or `doorward.<hash>.css`.
///
/// A hash of another version is answered with the content of this one, not to be kept: while nodes are upgraded
/// one by one, a page of the new version must not be bare because the old node is asked for its style.
pub fn asset(path: &str) -> Option<Asset> {
    let (stem, rest) = path.split_once('.')?;
    let (asked, extension) = match rest.rsplit_once('.') {
        Some((hash, extension)) if is_hash(hash) => (Some(hash), extension),
        Some(_) => return None,
        None => (None, rest),
    };
    let file = FILES.iter().find(|file| file.stem == stem && file.extension == extension)?;
    let hash = file.hash();
    let cache_control = if asked == Some(hash.as_str()) { FOR_EVER } else { BRIEFLY };
    Some(Asset {
        bytes: file.bytes,
        content_type: file.content_type,
        etag: format!("\"{hash}\""),
        cache_control,
    })
}

/// The addresses that templates use, by stem.
pub(super) fn addresses() -> BTreeMap<&'static str, String> {
    let address = |file: &File| format!("/assets/{}.{}.{}", file.stem, file.hash(), file.extension);
    FILES.iter().map(|file| (file.role, address(file))).collect()
}

struct File {
    role: &'static str,
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

impl File {
    /// FNV-1a, 64 bits: it tells versions apart, nothing depends on its being hard to forge.
    fn hash(&self) -> String {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        format!("{:016x}", self.bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix))
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const BRIEFLY: &str = "public, max-age=60";

const FILES: [File; 5] = [
    File {
        role: "style",
        stem: "doorward",
        extension: "css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../assets/doorward.css"),
    },
    File {
        role: "script",
        stem: "show",
        extension: "js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../assets/show.js"),
    },
    File {
        role: "log",
        stem: "log",
        extension: "css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../assets/log.css"),
    },
    File {
        role: "live",
        stem: "live",
        extension: "js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../assets/live.js"),
    },
    File {
        role: "logo",
        stem: "logo",
        extension: "svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("../../assets/logo.svg"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_in_a_page_is_kept_for_ever() {
        for address in addresses().values() {
            let found = asset(address.strip_prefix("/assets/").unwrap()).unwrap();
            assert_eq!(found.cache_control, FOR_EVER);
        }
    }

    #[test]
    fn a_plain_name_or_another_version_is_kept_briefly() {
        for path in ["doorward.css", "doorward.0123456789abcdef.css", "logo.svg"] {
            assert_eq!(asset(path).unwrap().cache_control, BRIEFLY, "{path}");
        }
    }

    #[test]
    fn nothing_else_is_there() {
        for path in ["", "doorward", "doorward.js", "../doorward.css", "doorward.zz.css", "a.b.c.d", "."] {
            assert_eq!(asset(path), None, "{path}");
        }
    }

    #[test]
    fn no_asset_loads_anything_from_elsewhere() {
        for file in FILES {
            let text = std::str::from_utf8(file.bytes).unwrap().replace("http://www.w3.org/2000/svg", "");
            for foreign in ["http:", "https:", "//", "@import", "url("] {
                assert!(!text.contains(foreign), "{} holds {foreign}", file.stem);
            }
        }
    }
}
