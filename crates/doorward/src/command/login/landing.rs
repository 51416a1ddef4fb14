//! Where the browser ends: a listener on loopback for one answer (RFC 8252 §7.3), or the address pasted into the terminal.

use std::io::{BufRead as _, IsTerminal as _};

use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

use crate::command::ending::Ending;

/// The path that is registered.
const PATH: &str = "/signed-in";
/// The longest head of a request that is read.
const MOST_BYTES: usize = 16 * 1024;

/// The listener.
pub(super) struct Landing {
    listener: TcpListener,
    redirect_uri: String,
}

/// What an address says.
#[derive(Debug, PartialEq, Eq)]
enum Arrival {
    /// A code for us.
    Code(String),
    /// The server refused: error and description.
    Refused(String),
    /// Not an answer to our request.
    Foreign(&'static str),
}

impl Landing {
    /// Opens it on a free port.
    pub(super) async fn open() -> Result<Self, Ending> {
        let fault = |fault: std::io::Error| {
            Ending::unreachable(
                format!("no port of this machine can be opened: {fault}"),
                "Look at its firewall",
            )
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(fault)?;
        let port = listener.local_addr().map_err(fault)?.port();
        Ok(Self { listener, redirect_uri: format!("http://127.0.0.1:{port}{PATH}") })
    }

    /// Where the browser is sent.
    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The code that comes for `state` from `issuer`. What does not belong to it is answered and left.
    pub(super) async fn answer(&self, state: &str, issuer: &str) -> Result<String, Ending> {
        let mut pasted = pasted();
        loop {
            let arrival = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => greet(stream, (state, issuer)).await,
                    Err(fault) => {
                        return Err(Ending::unreachable(format!("the listener failed: {fault}"), "Repeat the command"));
                    }
                },
                Some(line) = pasted.recv() => {
                    let arrival = read(line.trim(), (state, issuer));
                    if let Arrival::Foreign(why) = &arrival {
                        eprintln!("That is not the address that the browser ends at: {why}");
                    }
                    arrival
                }
            };
            match arrival {
                Arrival::Code(code) => return Ok(code),
                Arrival::Refused(why) => {
                    return Err(Ending::finding(why, "Repeat the command, and sign in as an administrator"));
                }
                Arrival::Foreign(_) => {}
            }
        }
    }
}

/// Lines from the terminal, where there is one. The thread ends with the process.
fn pasted() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if !line.trim().is_empty() && sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
    } else {
        // The receiver waits for ever instead of reporting an end.
        std::mem::forget(sender);
    }
    receiver
}

/// Reads one request and answers it.
async fn greet(mut stream: TcpStream, expected: (&str, &str)) -> Arrival {
    let arrival = match head(&mut stream).await {
        Some(target) => read(&format!("http://127.0.0.1{target}"), expected),
        None => Arrival::Foreign("it is no request"),
    };
    let (status, title, text) = match &arrival {
        Arrival::Code(_) => {
            ("200 OK", "You are signed in", "You can close this window and go back to the terminal.")
        }
        Arrival::Refused(_) => {
            ("200 OK", "You are not signed in", "The terminal says why. You can close this window.")
        }
        Arrival::Foreign(_) => ("404 Not Found", "Nothing is here", "This address waits for a sign-in."),
    };
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title><body style=\"font: 1rem/1.5 system-ui; margin: 3rem auto; max-width: 30rem; padding-inline: 1rem\"><h1 style=\"font-size: 1.5rem\">{title}</h1><p>{text}</p></body></html>"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\ncontent-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\nconnection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    arrival
}

/// The target of a GET.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 2048];
    let within = std::time::Duration::from_secs(5);
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = tokio::time::timeout(within, stream.read(&mut chunk)).await.ok()?.ok()?;
        if read == 0 || bytes.len() + read > MOST_BYTES {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("GET"), Some(target), Some(_)) if target.starts_with('/') => Some(target.to_owned()),
        _ => None,
    }
}

/// What an address says to who asked with that state at that issuer.
fn read(text: &str, (state, issuer): (&str, &str)) -> Arrival {
    let Ok(url) = Url::parse(text) else { return Arrival::Foreign("it is no address") };
    if url.path() != PATH {
        return Arrival::Foreign("its path is another one");
    }
    let value = |name: &str| {
        let mut values =
            url.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        values.next().filter(|_| values.next().is_none())
    };
    if !value("state").is_some_and(|sent| bool::from(sent.as_bytes().ct_eq(state.as_bytes()))) {
        return Arrival::Foreign("it belongs to another sign-in");
    }
    // RFC 9207 §2.4: an answer of another issuer is not ours, whatever it says.
    if value("iss").is_some_and(|sent| sent != issuer) {
        return Arrival::Foreign("it comes from another issuer");
    }
    match (value("code"), value("error")) {
        (Some(code), None) => Arrival::Code(code),
        (_, Some(error)) => {
            let words = value("error_description").unwrap_or_default();
            let words: String = words.chars().filter(|c| !c.is_control()).take(300).collect();
            Arrival::Refused(if words.is_empty() { error } else { words })
        }
        (None, None) => Arrival::Foreign("it has neither a code nor an error"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUER: &str = "https://id.test/meadow";

    fn arrived(query: &str) -> Arrival {
        read(&format!("http://127.0.0.1:5000/signed-in?{query}"), ("s1", ISSUER))
    }

    #[test]
    fn only_the_answer_to_our_own_request_counts() {
        assert_eq!(arrived("code=c&state=s1&iss=https://id.test/meadow"), Arrival::Code("c".to_owned()));
        assert_eq!(arrived("error=access_denied&state=s1"), Arrival::Refused("access_denied".to_owned()));
        for foreign in [
            "code=c",
            "code=c&state=s2",
            "code=c&state=s1&state=s1",
            "code=c&state=s1&iss=https://evil.test",
            "state=s1",
        ] {
            assert!(matches!(arrived(foreign), Arrival::Foreign(_)), "{foreign}");
        }
        assert!(matches!(read("http://127.0.0.1/favicon.ico", ("s1", ISSUER)), Arrival::Foreign(_)));
    }

    #[tokio::test]
    async fn the_browser_is_answered_and_strangers_are_left() {
        let landing = Landing::open().await.unwrap();
        let redirect = Url::parse(landing.redirect_uri()).unwrap();
        let port = redirect.port().unwrap();
        let browser = tokio::spawn(async move {
            let mut answers = Vec::new();
            for target in ["/favicon.ico", "/signed-in?code=x&state=other", "/signed-in?code=c1&state=s1"] {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let request = format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut text = String::new();
                stream.read_to_string(&mut text).await.unwrap();
                answers.push(text.lines().next().unwrap_or_default().to_owned());
            }
            answers
        });
        assert_eq!(landing.answer("s1", ISSUER).await.unwrap(), "c1");
        assert_eq!(
            browser.await.unwrap(),
            ["HTTP/1.1 404 Not Found", "HTTP/1.1 404 Not Found", "HTTP/1.1 200 OK"]
        );
    }

    proptest! {
        #[test]
        fn no_address_makes_it_panic(text in ".{0,120}") {
            let _ = read(&text, ("s", ISSUER));
        }
    }
}
