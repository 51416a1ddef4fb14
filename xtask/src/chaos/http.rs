//! HTTP/1.1 as much as the load needs: one connection kept open, whole answers, over TCP or a socket in a folder.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::time::now;

/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that was not used for so long is not used again.
const IDLE: Duration = Duration::from_secs(5);

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The server's listener.
    Tcp(SocketAddr),
    /// The administration's socket.
    Socket(PathBuf),
}

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    /// The body as text.
    pub(crate) body: String,
}

impl Answer {
    /// The first header of that name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every header of that name, which is in lower case.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A request but for the host.
pub(crate) struct Request<'a> {
    /// GET, POST, …
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) path: &'a str,
    /// Headers.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// The body; its type is one of the headers.
    pub(crate) body: &'a str,
}

trait Stream: Read + Write + Send {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

/// A caller with one connection.
pub(crate) struct Http {
    target: Target,
    open: Option<BufReader<Box<dyn Stream>>>,
    used_at: Instant,
}

impl Http {
    /// A caller that has not connected yet.
    pub(crate) fn new(target: Target) -> Self {
        Self { target, open: None, used_at: now() }
    }

    /// Sends a request and reads the answer. An error means that nobody knows whether the server acted.
    pub(crate) fn ask(&mut self, request: &Request<'_>) -> io::Result<Answer> {
        let answer = self.exchange(request);
        if answer.is_err() {
            self.open = None;
        }
        answer
    }

    fn exchange(&mut self, request: &Request<'_>) -> io::Result<Answer> {
        // The server closes what says nothing for 15 s; a caller that comes back later connects anew, as clients do.
        if self.used_at.elapsed() > IDLE {
            self.open = None;
        }
        self.used_at = now();
        let stream = match &mut self.open {
            Some(stream) => stream,
            None => self.open.insert(BufReader::new(connect(&self.target)?)),
        };
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {HOST}\r\n", request.method, request.path);
        for (name, value) in request.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let _ = write!(text, "Content-Length: {}\r\n\r\n{}", request.body.len(), request.body);
        stream.get_mut().write_all(text.as_bytes())?;
        let answer = read(stream)?;
        if answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.open = None;
        }
        Ok(answer)
    }
}

/// The name in the public address of every run.
pub(crate) const HOST: &str = "id.example.org";

fn connect(target: &Target) -> io::Result<Box<dyn Stream>> {
    match target {
        Target::Tcp(address) => {
            let stream = TcpStream::connect_timeout(address, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_nodelay(true)?;
            Ok(Box::new(stream))
        }
        Target::Socket(path) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(Box::new(stream))
        }
    }
}

/// One answer. Something that ends early, or is no HTTP, is an error.
fn read(from: &mut impl BufRead) -> io::Result<Answer> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let first = line(from)?;
    let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| broken("no status line"))?;
    let mut headers = Vec::new();
    loop {
        let text = line(from)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| broken("a header without a colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let find = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let mut body = Vec::new();
    if find("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            let size = usize::from_str_radix(line(from)?.trim(), 16).map_err(|_| broken("no chunk size"))?;
            let start = body.len();
            body.resize(start + size, 0);
            from.read_exact(&mut body[start..])?;
            line(from)?;
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = find("content-length") {
        body.resize(length.parse().map_err(|_| broken("no length"))?, 0);
        from.read_exact(&mut body)?;
    }
    let body = String::from_utf8(body).map_err(|_| broken("the body is not UTF-8"))?;
    Ok(Answer { status, headers, body })
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut text = String::new();
    if from.read_line(&mut text)? == 0 || !text.ends_with('\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// A form as it travels.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encode(name), encode(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Everything but unreserved characters is encoded (RFC 3986 §2.3).
pub(crate) fn encode(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// The reverse, for values in an address.
pub(crate) fn decode(text: &str) -> String {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let code = digit(bytes.next()).zip(digit(bytes.next())).map(|(high, low)| high * 16 + low);
                out.push(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(b'?'));
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_answers_are_read_and_broken_ones_are_errors() {
        let answer = |text: &str| read(&mut text.as_bytes());
        let plain = answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: b\r\n\r\nhi").unwrap();
        assert_eq!((plain.status, plain.header("a"), plain.body.as_str()), (200, Some("b"), "hi"));
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        assert_eq!(answer(text).unwrap().body, "hi");
        for broken in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", "x\r\n\r\n"] {
            assert!(answer(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_again() {
        assert_eq!(form(&[("a b", "ä&=")]), "a%20b=%C3%A4%26%3D");
        assert_eq!(decode("%C3%A4%26+x%3D"), "ä& x=");
        assert_eq!(decode("%zz%"), "??");
    }
}
