//! Texts that are no signed token: what else they are, by their shape.

use crate::jose::{JwsRefusal, base64url, strict_object};

use super::Sight;

/// A beginning that gives a text away.
struct Prefix {
    text: &'static str,
    kind: &'static str,
    described: &'static str,
    because: &'static str,
    code: &'static str,
    remedy: &'static str,
}

/// What a text is that does not parse as a signed token.
pub(super) fn sight(text: &str, refusal: &JwsRefusal) -> Sight {
    by_parts(text, refusal)
        .or_else(|| by_form(text))
        .or_else(|| by_prefix(text))
        .unwrap_or_else(|| by_guess(text, refusal))
}

/// Tokens in parts: unsigned, encrypted, dressed, cut off.
fn by_parts(text: &str, refusal: &JwsRefusal) -> Option<Sight> {
    let parts: Vec<&str> = text.split('.').take(7).collect();
    let member = |part: Option<&&str>, name: &str| {
        let bytes = base64url::decode(part?)?;
        strict_object(&bytes).ok()?.get(name).map(|value| value.as_str().unwrap_or_default().to_owned())
    };
    let says = |index: usize, name: &str| member(parts.get(index), name);
    if *refusal == JwsRefusal::AlgorithmNone
        || (says(0, "alg").is_some_and(|alg| alg.eq_ignore_ascii_case("none")))
    {
        return Some(Sight::wrong(
            "unsigned",
            "an unsigned token, as emulators make them",
            "its `alg` is none",
            "DW5001",
            "let the client talk to this server instead of an emulator: unsigned tokens are accepted nowhere",
        ));
    }
    if parts.len() == 3 && says(1, "typ").is_some_and(|typ| typ.eq_ignore_ascii_case("refresh")) {
        return Some(Sight::wrong(
            "refresh_token",
            "a refresh token of this server",
            "its middle part says so",
            "DW3101",
            "send the access_token of the token response; a refresh token goes to the token endpoint alone",
        ));
    }
    if parts.len() == 5 && (says(0, "enc").is_some() || text.starts_with("eyJ")) {
        return Some(Sight::wrong(
            "encrypted",
            "an encrypted token",
            "it has five parts, as JSON Web Encryption has",
            "DW3107",
            "ask for a scope of this API: a token that only its receiver can read was made for another API, or for none",
        ));
    }
    (text.starts_with("eyJ") && text.len() > 20).then(|| {
        Sight::wrong(
            "truncated",
            "a signed token that is cut off or changed",
            "it begins like one, and does not end like one",
            "DW3150",
            "send the token whole: consoles, cookies of 4096 bytes and columns of 255 characters cut tokens off",
        )
    })
}

fn by_prefix(text: &str) -> Option<Sight> {
    let row = PREFIXES.iter().find(|row| text.starts_with(row.text))?;
    Some(Sight::wrong(row.kind, row.described, row.because, row.code, row.remedy))
}

fn by_form(text: &str) -> Option<Sight> {
    if is_placeholder(text) {
        return Some(Sight::wrong(
            "placeholder",
            "what a program writes for a variable without a value",
            "it is a placeholder or the word for nothing",
            "DW3150",
            "find out why the variable is empty: the token answer was not awaited, had an error, or was never asked for",
        ));
    }
    if is_guid(text) {
        return Some(Sight::wrong(
            "id",
            "an id: of a secret, an app, a tenant or a person",
            "it has the form of a GUID",
            "DW2001",
            "copy the value of the secret instead of its id where a secret is meant; an API wants the access_token of a token answer",
        ));
    }
    if is_entra_secret(text) {
        return Some(Sight::wrong(
            "client_secret",
            "a client secret of Microsoft Entra ID",
            "it has 40 characters with Q~ in the fifth place",
            "DW3101",
            "keep it on the server, and make a new one if it was in a log: an API wants the access_token of a token answer",
        ));
    }
    let is_base64 =
        text.len() > 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=_-".contains(&b));
    if is_base64 && ["PHNhbW", "PD94bWw", "PFJlc3Bvbn"].iter().any(|begin| text.starts_with(begin)) {
        return Some(saml("it is XML in base64"));
    }
    let is_xml = text.starts_with('<');
    if is_xml
        && ["<saml", "<samlp:", "Assertion", "urn:oasis:names:tc:SAML"].iter().any(|mark| text.contains(mark))
    {
        return Some(saml("it is XML with SAML's names"));
    }
    if is_xml {
        return Some(Sight::wrong(
            "page",
            "a page or another XML document",
            "it begins with an angle bracket",
            "DW3150",
            "look at the status of the answer that it came with: a page instead of JSON is usually an error page of a proxy",
        ));
    }
    None
}

fn saml(because: &'static str) -> Sight {
    Sight::wrong(
        "saml",
        "a SAML assertion or response",
        because,
        "DW3101",
        "sign in with OpenID Connect at this server, and send the access_token of the token answer",
    )
}

fn by_guess(text: &str, refusal: &JwsRefusal) -> Sight {
    if text.contains(char::is_whitespace) {
        return Sight::wrong(
            "sentence",
            "a text of several words",
            "there are blanks in it",
            "DW3150",
            "send the access token alone, as the token answer had it",
        );
    }
    if *refusal == JwsRefusal::PartCount(3) || text.matches('.').count() == 2 {
        return Sight::wrong(
            "malformed",
            "something like a signed token that cannot be read",
            "it has three parts, and one of them is not what it should be",
            "DW3150",
            "send the token exactly as received: three parts, nothing added and nothing left out",
        );
    }
    Sight::wrong(
        "opaque",
        "an opaque text: a session id, a code or a token that only its issuer can read",
        "it has none of the parts of a signed token",
        "DW3150",
        "ask the token endpoint of this server for an access token, naming a scope of the API",
    )
}

/// `undefined`, `null`, `[object Promise]`, `${TOKEN}` and their like.
fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "undefined",
        "null",
        "nil",
        "none",
        "nan",
        "true",
        "false",
        "token",
        "access_token",
        "accesstoken",
        "jwt",
    ];
    let word = text.to_ascii_lowercase();
    let begins = |begins: &[&str]| begins.iter().any(|begin| word.starts_with(begin));
    WORDS.contains(&word.as_str())
        || begins(&["[object ", "your_", "your-"])
        || (text.len() < 60 && begins(&["$", "{{", "%"]))
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_entra_secret(text: &str) -> bool {
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.~-".contains(&b));
    is_plain && matches!(text.len(), 37 | 40) && matches!(text.get(3..6), Some("7Q~" | "8Q~"))
}

const NOT_FOR_APIS: &str =
    "send the access_token of the token response to the API, and this to the token endpoint alone";
const OF_ANOTHER_PLACE: &str = "sign in at this server, and send the access_token of its token answer";
const LEAKED: &str = "end it where it was made and make another: a key is never sent to anybody";

const fn prefix(
    text: &'static str,
    (kind, described, because): (&'static str, &'static str, &'static str),
    (code, remedy): (&'static str, &'static str),
) -> Prefix {
    Prefix { text, kind, described, because, code, remedy }
}

/// Beginnings, the longer ones first where one begins another.
const PREFIXES: &[Prefix] = &[
    prefix(
        "dwo_",
        ("opaque_token", "an opaque token of this server", "it begins with dwo_"),
        (
            "DW2011",
            "name the API when you ask for a token, by a scope of it: without one the token is for this server alone",
        ),
    ),
    prefix(
        "dws_",
        ("client_secret", "a client secret of this server", "it begins with dws_"),
        (
            "DW3101",
            "keep it on the server: send it to the token endpoint, and the access_token of the answer to the API",
        ),
    ),
    prefix(
        "ya29.",
        ("google_access_token", "an access token of Google", "it begins with ya29."),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "1//",
        ("google_refresh_token", "a refresh token of Google", "it begins with 1//"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "4/0",
        ("google_code", "an authorization code of Google", "it begins with 4/0"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "AIza",
        ("google_api_key", "an API key of Google", "it begins with AIza"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "AMf-vB",
        ("firebase_refresh_token", "a refresh token of Firebase", "it begins with AMf-vB"),
        ("DW3101", NOT_FOR_APIS),
    ),
    prefix(
        "M.R3_",
        (
            "microsoft_refresh_token",
            "a refresh token or code of a personal Microsoft account",
            "it begins with M.R3_",
        ),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "0.A",
        ("entra_refresh_token", "a refresh token or code of Microsoft Entra ID", "it begins with 0.A"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "1.A",
        ("entra_refresh_token", "a refresh token or code of Microsoft Entra ID", "it begins with 1.A"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "github_pat_",
        ("github_token", "a token of GitHub", "it begins with github_pat_"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "gho_",
        ("github_token", "a token of GitHub", "it begins with gho_"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "ghp_",
        ("github_token", "a token of GitHub", "it begins with ghp_"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "ghs_",
        ("github_token", "a token of GitHub", "it begins with ghs_"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix(
        "glpat-",
        ("gitlab_token", "a token of GitLab", "it begins with glpat-"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix("xox", ("slack_token", "a token of Slack", "it begins with xox"), ("DW3102", OF_ANOTHER_PLACE)),
    prefix(
        "EAA",
        ("facebook_token", "an access token of Facebook", "it begins with EAA"),
        ("DW3102", OF_ANOTHER_PLACE),
    ),
    prefix("-----BEGIN", ("key", "a key or a certificate", "it begins with -----BEGIN"), ("DW3150", LEAKED)),
    prefix(
        "{",
        ("json", "a JSON document without a token", "it begins with a brace"),
        ("DW3150", OF_ANOTHER_PLACE),
    ),
];
