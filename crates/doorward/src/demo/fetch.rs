//! Requests of the demo's own clients: bounded answers, and faults that say what the transport said.

use std::error::Error;

use serde::de::DeserializeOwned;

/// No answer of the demo's servers is longer.
const MOST_BYTES: usize = 512 * 1024;

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the answer is not what it should be: {0}")]
    Content(serde_json::Error),
    #[error("the answer is longer than {MOST_BYTES} bytes")]
    TooLong,
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("{0}")]
    Transport(String),
}

impl From<reqwest::Error> for Fault {
    /// With its causes, which reqwest's own words leave out, and without the address, which the caller names.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::Transport(text)
    }
}

/// Status, challenge and body, whatever the status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) challenge: Option<String>,
    pub(super) body: Vec<u8>,
}

/// Sends, and reads the answer whole.
pub(super) async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, Fault> {
    let mut response = request.send().await?;
    let challenge =
        response.headers().get("www-authenticate").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(Fault::TooLong);
        }
    }
    Ok(Answer { status: response.status().as_u16(), challenge, body })
}

/// The body of a good answer.
pub(super) async fn bytes(request: reqwest::RequestBuilder) -> Result<Vec<u8>, Fault> {
    let answer = answer(request).await?;
    if answer.status == 200 { Ok(answer.body) } else { Err(Fault::Status(answer.status)) }
}

/// A good answer in JSON.
pub(super) async fn json<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Fault> {
    serde_json::from_slice(&bytes(request).await?).map_err(Fault::Content)
}

/// An answer in JSON whatever its status, for endpoints that explain refusals in it.
pub(super) async fn any_status<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, Fault> {
    let answer = answer(request).await?;
    serde_json::from_slice(&answer.body).map_err(|fault| {
        if answer.status == 200 { Fault::Content(fault) } else { Fault::Status(answer.status) }
    })
}
