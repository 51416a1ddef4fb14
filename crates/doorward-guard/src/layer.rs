//! The tower layer: the route that the framework's router matched where it can tell, else the raw path.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Extensions, Request, Response};
use tower::{Layer, Service};

use crate::caller::Caller;
use crate::guard::{Call, Guard};
use crate::identity_headers;

/// Finds the path template that a framework's router left in a request's extensions.
pub type MatchedTemplate = for<'r> fn(&'r Extensions) -> Option<&'r str>;

/// Puts a [`Guard`] in front of a service.
#[derive(Clone)]
pub struct GuardLayer {
    guard: Guard,
    matched: MatchedTemplate,
}

impl GuardLayer {
    pub(crate) fn new(guard: Guard) -> Self {
        Self { guard, matched: |_| None }
    }

    /// Takes the route from the framework's own router, so that the policy judges the very handler that will run. For
    /// axum, with the layer on the router:
    ///
    /// ```
    /// # fn layer(guard: doorward_guard::Guard) -> doorward_guard::GuardLayer {
    /// use axum::extract::MatchedPath;
    /// guard.layer().matched_by(|extensions| extensions.get::<MatchedPath>().map(MatchedPath::as_str))
    /// # }
    /// ```
    ///
    /// Where the function finds nothing, and behind a catch-all, the raw path is matched.
    pub fn matched_by(mut self, matched: MatchedTemplate) -> Self {
        self.matched = matched;
        self
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: self.guard.clone(), inner, matched: self.matched }
    }
}

/// A service that is called for admitted requests only. They carry the [`Caller`] as an extension, and no header by
/// which a proxy would name a user.
#[derive(Clone)]
pub struct Guarded<S> {
    guard: Guard,
    inner: S,
    matched: MatchedTemplate,
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<String>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was polled ready is the one to call; a fresh clone takes its place.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let (guard, matched) = (self.guard.clone(), self.matched);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let checked = {
                let call = Call {
                    method: parts.method.as_str(),
                    path: parts.uri.path(),
                    query: parts.uri.query(),
                    headers: &parts.headers,
                    matched: matched(&parts.extensions),
                };
                guard.check(&call).await
            };
            match checked {
                Ok(caller) => {
                    identity_headers::strip(&mut parts.headers);
                    parts.extensions.remove::<Caller>();
                    if let Some(caller) = caller {
                        parts.extensions.insert(caller);
                    }
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(refused) => Ok(refused.into_response()),
            }
        })
    }
}
