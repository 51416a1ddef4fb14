//! The listeners: what a caller may take from them, and for how long.
//!
//! Owns the bound on open connections and the times that end a silent one. Does not own what is answered. Used by
//! [`crate::serve`] and [`crate::demo`].
//!
//! A caller who sends nothing, or drop by drop, is given up after [`HEAD_TIME`]. Whoever comes when
//! [`Bounds::most_connections`] are open is turned away at once, on plain http with a 503: waiting in a queue would
//! only hide the overload, and each open connection costs a file.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

/// How long a caller may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(15);
/// How often an idle HTTP/2 caller is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long the words for a caller who is turned away may take.
const FAREWELL: Duration = Duration::from_millis(200);
/// Connections where nothing is configured, and files allow it.
const USUAL_CONNECTIONS: usize = 4096;
/// Files that are kept free for the store, logs, and calls of our own.
const FILES_KEPT: usize = 256;
/// Files of a process where the system does not say.
const USUAL_FILES: usize = 1024;

/// What callers may take, together over all listeners that share it.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    places: Arc<Semaphore>,
    head_time: Duration,
}

impl Bounds {
    /// So many connections at once.
    pub(crate) fn new(most_connections: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(most_connections)), head_time: HEAD_TIME }
    }

    /// The usual number, or fewer where the process may not open as many files.
    pub(crate) fn usual() -> Self {
        Self::new(Self::usual_connections())
    }

    /// The same as a number.
    pub(crate) fn usual_connections() -> usize {
        USUAL_CONNECTIONS.min(Self::possible_connections())
    }

    /// As many as this process has files for.
    pub(crate) fn possible_connections() -> usize {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        files_of(&limits).unwrap_or(USUAL_FILES).saturating_sub(FILES_KEPT).max(64)
    }
}

/// The soft limit in the system's table: `Max open files   1024   524288   files`.
fn files_of(limits: &str) -> Option<usize> {
    let row = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match row.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

/// Serves over TLS until the handle says stop.
pub(crate) async fn serve_tls(
    listener: TcpListener,
    tls: RustlsConfig,
    router: Router,
    handle: Handle<SocketAddr>,
    bounds: &Bounds,
) -> std::io::Result<()> {
    let acceptor = RustlsAcceptor::new(tls).handshake_timeout(bounds.head_time);
    let door = Door { inner: acceptor, bounds: bounds.clone(), farewell: Farewell::Silent };
    let mut server = axum_server::from_tcp(listener)?.acceptor(door).handle(handle);
    limit_slowness(server.http_builder(), bounds);
    let server = server.first_request_timeout(bounds.head_time);
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// Serves plain http until the handle says stop: loopback, or behind a proxy.
pub(crate) async fn serve_plain(
    listener: TcpListener,
    router: Router,
    handle: Handle<SocketAddr>,
    bounds: &Bounds,
) -> std::io::Result<()> {
    let acceptor = axum_server::accept::DefaultAcceptor::new();
    let door = Door { inner: acceptor, bounds: bounds.clone(), farewell: Farewell::Http };
    let mut server = axum_server::from_tcp(listener)?.acceptor(door).handle(handle);
    limit_slowness(server.http_builder(), bounds);
    let server = server.first_request_timeout(bounds.head_time);
    server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await
}

/// A caller that sends its request drop by drop, or goes away without a word, does not keep a connection.
fn limit_slowness(builder: &mut Builder<TokioExecutor>, bounds: &Bounds) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(bounds.head_time);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(bounds.head_time)
        .max_concurrent_streams(100);
}

/// What is said to a caller for whom there is no place.
#[derive(Clone, Copy, Debug)]
enum Farewell {
    /// A 503 in plain http.
    Http,
    /// Nothing: a handshake would cost more than the answer is worth.
    Silent,
}

const NO_PLACE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 108\r\n\
    Retry-After: 5\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n\
    {\"error\":\"temporarily_unavailable\",\"error_description\":\"too many connections are open; try again shortly\"}\r\n";

/// Lets in as many as there are places, before any handshake.
#[derive(Clone)]
struct Door<A> {
    inner: A,
    bounds: Bounds,
    farewell: Farewell,
}

type Accepted<A, S> =
    std::io::Result<(<A as Accept<TcpStream, S>>::Stream, Seated<<A as Accept<TcpStream, S>>::Service>)>;

impl<A, S> Accept<TcpStream, S> for Door<A>
where
    A: Accept<TcpStream, S> + Clone + Send + 'static,
    A::Future: Send,
    S: Send + 'static,
{
    type Stream = A::Stream;
    type Service = Seated<A::Service>;
    type Future = Pin<Box<dyn Future<Output = Accepted<A, S>> + Send>>;

    fn accept(&self, mut stream: TcpStream, service: S) -> Self::Future {
        let (inner, farewell) = (self.inner.clone(), self.farewell);
        let place = Arc::clone(&self.bounds.places).try_acquire_owned();
        Box::pin(async move {
            let Ok(place) = place else {
                if let Farewell::Http = farewell {
                    let _ = tokio::time::timeout(FAREWELL, say_farewell(&mut stream)).await;
                }
                return Err(std::io::Error::other("too many connections are open"));
            };
            let (stream, service) = inner.accept(stream, service).await?;
            Ok((stream, Seated { inner: service, _place: Arc::new(place) }))
        })
    }
}

/// Says it, and reads what came: closing on unread bytes would make the system throw the answer away.
async fn say_farewell(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(NO_PLACE).await?;
    stream.shutdown().await?;
    let mut heard = [0; 4096];
    while stream.read(&mut heard).await? > 0 {}
    Ok(())
}

/// The service of one connection, with its place.
#[derive(Clone)]
struct Seated<S> {
    inner: S,
    _place: Arc<OwnedSemaphorePermit>,
}

impl<S: Service<R>, R> Service<R> for Seated<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use axum::routing::get;

    use super::*;

    /// A server with those bounds; its address and the handle that stops it.
    fn serve(bounds: Bounds) -> (SocketAddr, Handle<SocketAddr>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, handle) = (listener.local_addr().unwrap(), Handle::new());
        let stop = handle.clone();
        tokio::spawn(async move {
            let router = Router::new().route("/", get(|| async { "here" }));
            serve_plain(listener, router, handle, &bounds).await
        });
        (address, stop)
    }

    fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").unwrap();
        let mut heard = [0; 4096];
        let length = stream.read(&mut heard).unwrap();
        String::from_utf8_lossy(&heard[..length]).into_owned()
    }

    /// Everything that comes until the server closes.
    fn rest(stream: &mut TcpStream) -> String {
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        String::from_utf8_lossy(&heard).into_owned()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_comes_when_all_places_are_taken_is_told_so_and_a_place_that_is_left_is_free() {
        let (address, stop) = serve(Bounds::new(2));
        tokio::task::spawn_blocking(move || {
            let mut seated: Vec<_> = (0..2).map(|_| TcpStream::connect(address).unwrap()).collect();
            assert!(seated.iter_mut().all(|stream| ask(stream).contains("200 OK")));
            let mut late = TcpStream::connect(address).unwrap();
            let said = rest(&mut late);
            assert!(said.starts_with("HTTP/1.1 503") && said.contains("Retry-After: 5"), "{said}");
            let (head, body) = said.split_once("\r\n\r\n").unwrap();
            assert!(head.contains(&format!("Content-Length: {}", body.len())), "{said}");
            assert!(ask(&mut seated[0]).contains("200 OK"), "the seated ones are served on");
            drop(seated.pop());
            // The server notices the end a moment later.
            let again = (0..500).find_map(|_| {
                std::thread::sleep(Duration::from_millis(10));
                let mut stream = TcpStream::connect(address).ok()?;
                ask(&mut stream).contains("200 OK").then_some(stream)
            });
            assert!(again.is_some(), "a place was left, and nobody gets it");
        })
        .await
        .unwrap();
        stop.shutdown();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_caller_who_sends_nothing_or_drop_by_drop_is_given_up() {
        let bounds = Bounds { head_time: Duration::from_millis(300), ..Bounds::new(10) };
        let (address, stop) = serve(bounds);
        tokio::task::spawn_blocking(move || {
            let mut silent = TcpStream::connect(address).unwrap();
            let mut slow = TcpStream::connect(address).unwrap();
            let mut later = TcpStream::connect(address).unwrap();
            assert!(ask(&mut later).contains("200 OK"));
            // The head of a second request, one byte after the other: the time counts from the first one.
            let drops = std::thread::spawn(move || {
                for byte in b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" {
                    if later.write_all(&[*byte]).is_err() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                rest(&mut later)
            });
            slow.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
            // Reading ends only because the server closes.
            assert!(!rest(&mut silent).contains("200 OK"));
            assert!(!rest(&mut slow).contains("200 OK"));
            assert!(!drops.join().unwrap().contains("200 OK"));
        })
        .await
        .unwrap();
        stop.shutdown();
    }

    #[test]
    fn the_number_of_files_is_read_from_the_systems_table() {
        let table = "Limit                     Soft Limit           Hard Limit           Units     \n\
                     Max open files            1024                 524288               files     \n";
        assert_eq!(files_of(table), Some(1024));
        assert_eq!(files_of("Max open files unlimited unlimited files"), Some(usize::MAX));
        assert_eq!(files_of("nothing"), None);
        assert!(Bounds::usual_connections() <= USUAL_CONNECTIONS && Bounds::usual_connections() >= 64);
    }
}
