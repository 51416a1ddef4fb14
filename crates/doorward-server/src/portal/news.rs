//! Server-sent events (HTML §9.2): an event per half second at the most says that something was answered. It carries no
//! data, so that whoever listens must ask for the page to learn anything.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use http_body::{Body, Frame};
use tokio::sync::watch;

/// Events are at least so far apart.
const EVERY: Duration = Duration::from_millis(500);
/// A line that says nothing keeps proxies from closing the connection.
const BREATH: Duration = Duration::from_secs(15);

type Waiting = Pin<Box<dyn Future<Output = (watch::Receiver<u64>, Option<&'static str>)> + Send>>;

/// The body of the answer.
pub(super) struct News(Option<Waiting>);

impl News {
    /// From now on.
    pub(super) fn from(mut watch: watch::Receiver<u64>) -> Self {
        watch.mark_unchanged();
        Self(Some(Box::pin(std::future::ready((watch, Some("retry: 2000\n\n"))))))
    }
}

async fn next(mut watch: watch::Receiver<u64>) -> (watch::Receiver<u64>, Option<&'static str>) {
    let line = match tokio::time::timeout(BREATH, watch.changed()).await {
        Ok(Ok(())) => Some("event: request\ndata:\n\n"),
        // The server is gone.
        Ok(Err(_)) => None,
        Err(_) => Some(":\n\n"),
    };
    if line.is_some() {
        let _ = tokio::time::timeout(EVERY, std::future::pending::<()>()).await;
        watch.mark_unchanged();
    }
    (watch, line)
}

impl Body for News {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(waiting) = &mut self.0 else { return Poll::Ready(None) };
        let (watch, line) = ready!(waiting.as_mut().poll(cx));
        let Some(line) = line else {
            self.0 = None;
            return Poll::Ready(None);
        };
        self.0 = Some(Box::pin(next(watch)));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(line.as_bytes())))))
    }
}
