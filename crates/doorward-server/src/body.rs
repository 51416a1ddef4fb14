//! Reading a request's body: not too large, and not for ever.

use std::time::Duration;

use axum::body::{Body, Bytes};
use doorward_core::refusal::RequestRefusal;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);

/// The whole body, of at most `limit` bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, RequestRefusal> {
    read_within(body, limit, BODY_TIME).await
}

async fn read_within(body: Body, limit: usize, time: Duration) -> Result<Bytes, RequestRefusal> {
    let malformed = |what: &str| RequestRefusal::Malformed { what: what.to_owned() };
    match tokio::time::timeout(time, Limited::new(body, limit).collect()).await {
        Err(_) => Err(malformed("the body did not arrive in time")),
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(RequestRefusal::TooLarge { limit }),
        Ok(Err(_)) => Err(malformed("the body ended before it was whole")),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::HttpBody;
    use hyper::body::Frame;

    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(Body::from("12345"), 5).await.unwrap(), "12345");
        assert_eq!(read(Body::from("123456"), 5).await, Err(RequestRefusal::TooLarge { limit: 5 }));
    }

    /// A body of which nothing ever comes.
    struct Silent;

    impl HttpBody for Silent {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up() {
        let refusal = read_within(Body::new(Silent), 5, Duration::ZERO).await.unwrap_err();
        assert!(refusal.to_string().contains("in time"), "{refusal}");
    }
}
