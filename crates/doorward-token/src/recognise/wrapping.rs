//! What stands around a token that came through a header, a form, a console or a log.

use serde_json::Value;

use super::Sight;

/// One layer around a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// A callback address with a code in it.
    CallbackAddress,
    /// A member of the JSON answer of a token endpoint.
    JsonAnswer(&'static str),
    /// A field of a form or of a query.
    FormField(&'static str),
    /// The name of the header stands in front.
    HeaderName,
    /// `%2E` and the like.
    PercentEncoding,
    /// Quotation marks around it.
    Quotes,
    /// The scheme of the header stands in front.
    Scheme(&'static str),
    /// White space or line ends within it.
    WhiteSpace,
}

impl Wrapping {
    /// With article, for people.
    pub fn described(self) -> String {
        match self {
            Self::CallbackAddress => "the address of a callback".to_owned(),
            Self::JsonAnswer(member) => format!("a JSON answer, whose member {member} was taken"),
            Self::FormField(field) => format!("a form or query, whose field {field} was taken"),
            Self::HeaderName => "the name of the header in front".to_owned(),
            Self::PercentEncoding => "percent encoding".to_owned(),
            Self::Quotes => "quotation marks".to_owned(),
            Self::Scheme(scheme) => format!("the scheme {scheme} in front"),
            Self::WhiteSpace => "white space or line ends within".to_owned(),
        }
    }

    /// Whether a token that is sent like this is refused: a header belongs around a token, quotation marks do not.
    pub fn spoils(self) -> bool {
        matches!(self, Self::PercentEncoding | Self::Quotes | Self::WhiteSpace)
    }

    /// What is inside, where the wrapping alone says so.
    pub(super) fn names_its_content(&self) -> Option<Sight> {
        match self {
            Self::CallbackAddress | Self::FormField("code") => Some(Sight::wrong(
                "authorization_code",
                "an authorization code",
                "it stands in the field `code` of a callback",
                "DW3101",
                "redeem it at the token endpoint, once and within a minute, and send the access_token of the answer",
            )),
            Self::FormField("client_secret") => Some(Sight::wrong(
                "client_secret",
                "a client secret",
                "it stands in the field `client_secret`",
                "DW3101",
                "keep it on the server: send it to the token endpoint, and the access_token of the answer to the API",
            )),
            Self::JsonAnswer("error") => Some(Sight::wrong(
                "error_answer",
                "the answer of a token endpoint that refused",
                "its JSON has `error` and no token",
                "DW3150",
                "look at error and error_description of that answer: no token was issued",
            )),
            Self::Scheme("Basic") => Some(Sight::wrong(
                "basic_credentials",
                "a client id and secret, or a user name and password",
                "the scheme is Basic",
                "DW3101",
                "send them to the token endpoint, and the access_token of the answer to the API",
            )),
            _ => None,
        }
    }
}

/// Layers are few; more of them are somebody's game.
const MOST: usize = 8;

/// Fields of a form or query in which tokens and their like travel, the likeliest first.
const FIELDS: [&str; 7] =
    ["access_token", "code", "id_token", "refresh_token", "client_secret", "assertion", "token"];

/// Schemes of the header, as they are written.
const SCHEMES: [&str; 4] = ["Bearer", "Basic", "DPoP", "Token"];

/// Takes the layers off.
pub(super) fn peel(text: &str) -> (Vec<Wrapping>, String) {
    let mut wrappings = Vec::new();
    let mut inner = text.trim_matches(is_blank).to_owned();
    while wrappings.len() < MOST {
        let Some((wrapping, rest)) = layer(&inner) else { break };
        wrappings.push(wrapping);
        rest.trim_matches(is_blank).clone_into(&mut inner);
    }
    (wrappings, inner)
}

fn layer(text: &str) -> Option<(Wrapping, String)> {
    header_name(text)
        .or_else(|| scheme(text))
        .or_else(|| quotes(text))
        .or_else(|| json_answer(text))
        .or_else(|| callback(text))
        .or_else(|| form_field(text))
        .or_else(|| percent_encoding(text))
        .or_else(|| white_space(text))
}

fn header_name(text: &str) -> Option<(Wrapping, String)> {
    const NAME: &str = "authorization:";
    let head = text.get(..NAME.len())?;
    head.eq_ignore_ascii_case(NAME).then(|| (Wrapping::HeaderName, text[NAME.len()..].to_owned()))
}

fn scheme(text: &str) -> Option<(Wrapping, String)> {
    let (word, rest) = match text.split_once(is_blank) {
        Some(split) => split,
        None => (text, ""),
    };
    let scheme = SCHEMES.into_iter().find(|scheme| scheme.eq_ignore_ascii_case(word))?;
    Some((Wrapping::Scheme(scheme), rest.to_owned()))
}

fn quotes(text: &str) -> Option<(Wrapping, String)> {
    let marks = [('"', '"'), ('\'', '\''), ('`', '`'), ('\u{201c}', '\u{201d}'), ('<', '>')];
    let inside = |(open, close)| text.strip_prefix(open)?.strip_suffix(close);
    // XML begins and ends with angle brackets as well.
    let is_xml = |inner: &&str| text.starts_with('<') && inner.contains(['<', '>', ':', ' ', '!']);
    let inner = marks.into_iter().find_map(inside).filter(|inner| !is_xml(inner))?;
    Some((Wrapping::Quotes, inner.to_owned()))
}

fn json_answer(text: &str) -> Option<(Wrapping, String)> {
    if !text.starts_with('{') {
        return None;
    }
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(text) else { return None };
    let taken = ["access_token", "accessToken", "id_token", "idToken", "refresh_token", "token"];
    if let Some((name, token)) =
        taken.into_iter().find_map(|name| Some((name, members.get(name).and_then(Value::as_str)?)))
    {
        return Some((Wrapping::JsonAnswer(name), token.to_owned()));
    }
    members.contains_key("error").then(|| (Wrapping::JsonAnswer("error"), String::new()))
}

fn callback(text: &str) -> Option<(Wrapping, String)> {
    let is_address = text.starts_with("http://") || text.starts_with("https://");
    let (_, added) = text.split_once(['?', '#']).filter(|_| is_address)?;
    match field(added)? {
        ("code", code) => Some((Wrapping::CallbackAddress, code.to_owned())),
        (name, value) => Some((Wrapping::FormField(name), value.to_owned())),
    }
}

fn form_field(text: &str) -> Option<(Wrapping, String)> {
    if text.contains(is_blank) {
        return None;
    }
    let (name, value) = field(text)?;
    Some((Wrapping::FormField(name), value.to_owned()))
}

/// The likeliest field of a form that is there and not empty.
fn field(form: &str) -> Option<(&'static str, &str)> {
    FIELDS.into_iter().find_map(|name| {
        let value =
            form.split(['&', '?', '#']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        (!value.is_empty()).then_some((name, value))
    })
}

fn percent_encoding(text: &str) -> Option<(Wrapping, String)> {
    if !text.contains('%') {
        return None;
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = pair.and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    let decoded = String::from_utf8(decoded).ok()?;
    (decoded != text).then_some((Wrapping::PercentEncoding, decoded))
}

/// Line ends that a console or a mail put into a token. Words with blanks between them are a sentence, not a token.
fn white_space(text: &str) -> Option<(Wrapping, String)> {
    let is_token = |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_graphic());
    let words: Vec<&str> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    let is_broken =
        words.len() > 1 && text.starts_with("eyJ") && words.iter().rev().skip(1).all(|word| is_token(word));
    is_broken.then(|| (Wrapping::WhiteSpace, words.concat()))
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}')
}
