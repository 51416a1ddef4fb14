//! One GET: https, no redirects, no proxy, few bytes, little time, few at once, and only to addresses that may be
//! called. The address that was judged is the one that is connected to: a name cannot resolve to another in between.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::ACCEPT;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::{OnceCell, Semaphore};

use super::Reach;
use super::address::{AddressFault, check, may_call};

const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(5);
/// More than any honest key set or list of redirect URIs has.
const MOST_BYTES: usize = 64 * 1024;
/// Calls at once, over all registrations.
const AT_ONCE: usize = 16;

/// Why nothing was fetched. Told to the client whose registration names the address.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchFault {
    #[error(transparent)]
    Address(#[from] AddressFault),
    #[error("no connection to it can be made")]
    Connect,
    #[error("it did not answer within {} seconds", TOTAL.as_secs())]
    Timeout,
    #[error("it answered {0} instead of 200")]
    Status(u16),
    #[error("its answer has more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("its answer broke off")]
    Broken,
    #[error("too many calls are under way")]
    Busy,
}

/// Makes the calls.
pub(super) struct Fetcher {
    reach: Reach,
    /// Made with the first call: most installations never make one.
    client: OnceCell<reqwest::Client>,
    places: Semaphore,
}

impl Fetcher {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach, client: OnceCell::new(), places: Semaphore::new(AT_ONCE) }
    }

    /// Fetches a JSON document.
    pub(super) async fn get(&self, address: &str) -> Result<Vec<u8>, FetchFault> {
        let url = check(address, self.reach)?;
        let _place = self.places.try_acquire().map_err(|_| FetchFault::Busy)?;
        let client = self.client.get_or_try_init(|| async { client(self.reach) }).await.map_err(|fault| {
            tracing::error!(%fault, "the client for calls to other servers cannot be made");
            FetchFault::Connect
        })?;
        let request = client.get(url).header(ACCEPT, "application/json, application/jwk-set+json");
        let mut response = request.send().await.map_err(|fault| told(address, &fault))?;
        if response.status() != StatusCode::OK {
            return Err(FetchFault::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|fault| told(address, &fault))? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(FetchFault::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// The details of a failure are for the log: they could tell a stranger about the network.
fn told(address: &str, fault: &reqwest::Error) -> FetchFault {
    tracing::info!(address, fault = ?fault.without_url_text(), "a call to another server failed");
    if fault.is_timeout() {
        FetchFault::Timeout
    } else if fault.is_connect() || fault.is_request() {
        FetchFault::Connect
    } else {
        FetchFault::Broken
    }
}

trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_text(&self) -> String {
        let mut text = String::new();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}

fn client(reach: Reach) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(JudgedNames { reach }))
        .build()
}

/// Resolves names through the system, and forgets addresses that may not be called.
struct JudgedNames {
    reach: Reach,
}

#[derive(Debug, thiserror::Error)]
#[error("the name has no address that may be called")]
struct NoAddress;

impl Resolve for JudgedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let judged: Vec<SocketAddr> = found.filter(|address| may_call(address.ip(), reach)).collect();
            if judged.is_empty() {
                return Err(Box::new(NoAddress).into());
            }
            Ok(Box::new(judged.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;

    use super::*;

    async fn serve(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://localhost:{}", address.port())
    }

    #[tokio::test]
    async fn a_document_is_fetched_whole_or_not_at_all() {
        let base = serve(
            Router::new()
                .route("/good", get(|| async { "{}" }))
                .route("/moved", get(|| async { axum::response::Redirect::temporary("/good") }))
                .route("/gone", get(|| async { StatusCode::GONE }))
                .route("/long", get(|| async { "x".repeat(MOST_BYTES + 1) })),
        )
        .await;
        let fetcher = Fetcher::new(Reach::Anywhere);
        assert_eq!(fetcher.get(&format!("{base}/good")).await.unwrap(), b"{}");
        for (path, expected) in
            [("moved", "it answered 307 instead of 200"), ("gone", "it answered 410 instead of 200")]
        {
            assert_eq!(fetcher.get(&format!("{base}/{path}")).await.unwrap_err().to_string(), expected);
        }
        let long = fetcher.get(&format!("{base}/long")).await.unwrap_err();
        assert!(matches!(long, FetchFault::TooLong), "{long}");
        let nobody = fetcher.get("http://localhost:9/x").await.unwrap_err();
        assert!(matches!(nobody, FetchFault::Connect), "{nobody}");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let base = serve(Router::new().route("/", get(|| async { "{}" }))).await;
        let fetcher = Fetcher::new(Reach::Internet);
        let inside = base.replace("http://", "https://");
        let fault = fetcher.get(&inside).await.unwrap_err();
        assert!(matches!(fault, FetchFault::Connect), "{fault}");
        let literal = fetcher.get("https://127.0.0.1:1/").await.unwrap_err();
        assert!(matches!(literal, FetchFault::Address(_)), "{literal}");
    }
}
