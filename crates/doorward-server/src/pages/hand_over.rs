//! The pages that send the browser on by themselves: the answer by form post, and the same-origin stop between
//! a form and the application.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};

use super::{AppCard, Frame, Href};

/// Answers an authorization request by `response_mode=form_post` (OAuth 2.0 Form Post Response Mode §2).
/// Form id `form-post`.
#[derive(Clone, Debug, Serialize)]
pub struct FormPostPage {
    /// The surroundings.
    pub frame: Frame,
    /// The redirect URI; the only address to which this page may post.
    pub target: Href,
    /// The response parameters, in order.
    pub fields: Vec<ResponseField>,
    /// Who receives them.
    pub app: Option<AppCard>,
    /// Of this response only.
    pub nonce: Nonce,
}

/// One parameter of the response.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResponseField {
    /// `code`, `state`, `iss`, …
    pub name: String,
    /// Not printed: it may be a code or a token.
    pub value: String,
}

impl fmt::Debug for ResponseField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseField({}=***)", self.name)
    }
}

/// Answers a posted form with a page of our own that navigates on. A redirect would have to pass the
/// `form-action` of the page that posted, which some engines apply to the whole chain.
#[derive(Clone, Debug, Serialize)]
pub struct ContinuePage {
    /// The surroundings.
    pub frame: Frame,
    /// Where the browser goes; link id `continue-link`.
    pub target: Href,
    /// Who waits there; `None` within our own pages.
    pub app: Option<AppCard>,
    /// Of this response only.
    pub nonce: Nonce,
}

/// A script nonce: 128 random bits, for one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// From fresh random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text of the attribute.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Nonce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
