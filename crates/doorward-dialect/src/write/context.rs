//! What an error needs to know about the request it answers.

use doorward_core::model::Instant;

/// The surroundings of an error.
#[derive(Clone, Copy, Debug)]
pub struct ErrorContext<'a> {
    /// The public address of the server, without a trailing slash.
    pub base: &'a str,
    /// Trace id of this request.
    pub trace: &'a str,
    /// The client's own id of the request (a GUID), where it sent one.
    pub correlation: Option<&'a str>,
    /// The one reading of the clock.
    pub now: Instant,
    /// The client proved who it is: it may read facts about its own registration.
    pub client_authenticated: bool,
    /// The client tried `Authorization: Basic`: then it is told which scheme is expected (RFC 6749 §5.2).
    pub basic_tried: bool,
    /// The origin that may read the answer. Set it also where the origin itself is refused, or the developer sees
    /// only that a fetch failed.
    pub allow_origin: Option<&'a str>,
    /// Everybody may read everything: the development profile on loopback.
    pub development: bool,
}

impl<'a> ErrorContext<'a> {
    /// A context in which nobody proved anything.
    pub fn new(base: &'a str, trace: &'a str, now: Instant) -> Self {
        Self {
            base,
            trace,
            correlation: None,
            now,
            client_authenticated: false,
            basic_tried: false,
            allow_origin: None,
            development: false,
        }
    }

    /// The client's id of the request, else ours.
    pub(crate) fn correlation(&self) -> &'a str {
        self.correlation.unwrap_or(self.trace)
    }
}
