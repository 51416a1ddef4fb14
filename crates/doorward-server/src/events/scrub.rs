//! The second fence: whatever was quoted from a request, nothing that looks like a secret is kept of it.
//!
//! The first fence is that nobody quotes secrets. But people paste a token where a name belongs, and then it *is* the
//! name that was sent.

/// Shorter texts are no tokens.
const LEAST: usize = 20;
/// The longest random word that opens nothing: the id of a key (`kid`), 16 bytes in base64url.
const KEY_ID: usize = 22;

/// At most `most` characters of `text`, and whatever looks like a secret replaced by `***`: JSON web tokens, sealed
/// values, our own secrets, and long random words.
pub(crate) fn scrub(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    let mut word = String::new();
    for c in text.chars() {
        if is_of_a_word(c) {
            word.push(c);
        } else {
            out.push_str(harmless(&word));
            word.clear();
            out.push(if c.is_control() { ' ' } else { c });
        }
    }
    out.push_str(harmless(&word));
    if out.chars().count() > most {
        out = out.chars().take(most).collect();
        out.push('…');
    }
    out
}

fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+')
}

fn harmless(word: &str) -> &str {
    if looks_secret(word) { "***" } else { word }
}

fn looks_secret(word: &str) -> bool {
    is_of_ours(word) || (word.starts_with("eyJ") && word.len() >= LEAST) || word.split('.').any(is_random)
}

/// `dws_`, `dwo_` and their siblings.
fn is_of_ours(word: &str) -> bool {
    let bytes = word.as_bytes();
    word.starts_with("dw") && bytes.get(2).is_some_and(u8::is_ascii_lowercase) && bytes.get(3) == Some(&b'_')
}

/// A long run of letters and digits in which kinds of characters change more often than in any word or name. GUIDs and
/// hexadecimal ids are no secrets.
fn is_random(part: &str) -> bool {
    let long = part.len() > KEY_ID;
    let hexadecimal = part.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !long || hexadecimal {
        return false;
    }
    let kind = |b: u8| match b {
        b'0'..=b'9' => 0,
        b'A'..=b'Z' => 1,
        b'a'..=b'z' => 2,
        _ => 3,
    };
    let bytes = part.as_bytes();
    let changes = bytes.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    let digits = bytes.iter().any(u8::is_ascii_digit);
    let upper = bytes.iter().any(u8::is_ascii_uppercase);
    digits && upper && changes * 4 >= bytes.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_and_secrets_are_not_kept() {
        for secret in
            ["dws_3Yk2", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "kJ8xQ2mZpL0vRt5YbN3wHs7c"]
        {
            let told = scrub(&format!("client_id {secret} is not known"), 200);
            assert_eq!(told, "client_id *** is not known");
        }
    }

    #[test]
    fn names_addresses_and_ids_are_kept() {
        for kept in [
            "https://localhost:5173/callback/deeper-and-deeper/into",
            "api://notes/notes.read",
            "3b1c2d4e-1111-2222-3333-444455556666",
            "9c11f0d26f2a91b451b7e3c051e0a7c4",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "an-application-with-a-very-long-name",
            "v-GlAcqigxJ7LnSX8gVesv",
        ] {
            assert_eq!(scrub(kept, 200), kept);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut_and_holds_no_control_characters(text in "\\PC{0,300}|.{0,300}") {
            let told = scrub(&text, 50);
            prop_assert!(told.chars().count() <= 51);
            prop_assert!(!told.chars().any(char::is_control));
        }

        #[test]
        fn random_tokens_are_recognised(bytes in proptest::array::uniform32(any::<u8>())) {
            use base64::Engine as _;
            let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
            // A handful of byte strings encode to letters that look like a word.
            let odd = !token.bytes().any(|b| b.is_ascii_digit()) || !token.bytes().any(|b| b.is_ascii_uppercase());
            let calm = token.as_bytes().windows(2).filter(|w| w[0].is_ascii_lowercase() == w[1].is_ascii_lowercase()).count() > 33;
            prop_assert!(odd || calm || scrub(&token, 100) == "***", "{token}");
        }
    }
}
