//! Asked to stop: nobody new, everybody who is in, and then the end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;

use crate::place::{Answer, Place, Server, posted};

/// A request of which everything but the last byte is sent.
fn in_flight(server: &Server, (client_id, secret): &(String, String)) -> (TcpStream, u8) {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_secret", secret),
        ("resource", "api://notes"),
    ];
    let request = posted("/acme/oauth2/token", &fields).into_bytes();
    let (last, most) = request.split_last().unwrap();
    let mut stream = server.connect();
    stream.write_all(most).unwrap();
    // Another request goes through, so the server has long read what came before it.
    assert_eq!(server.get("/healthz").status, 200);
    (stream, *last)
}

#[test]
fn a_request_in_flight_is_answered_and_nobody_new_is_let_in() {
    for signal in ["TERM", "INT"] {
        let place = Place::new();
        let config = place.config("data", "");
        let mut server = Server::start(&config);
        let service = place.plant(&config);
        let (mut stream, last) = in_flight(&server, &service);
        server.signal(signal);
        let is_closed = (0..1000).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(5));
            TcpStream::connect(server.address).is_err()
        });
        assert!(is_closed, "the listener still lets people in");
        stream.write_all(&[last]).unwrap();
        let answer = Answer::read(&mut stream);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.json()["access_token"].is_string(), "{answer:?}");
        let (status, said) = server.ended();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("stopping, within 10 s") && said.contains("doorward: stopped"), "{said}");
        assert!(!place.path("data/doorward.db-wal").exists(), "the log was folded into the file");
        assert!(!place.path("data/admin.sock").exists(), "the socket is gone");
    }
}

#[test]
fn a_request_that_does_not_end_is_cut_after_the_configured_time() {
    let place = Place::new();
    let config = place.config("data", "shutdown_secs = 1\n");
    let mut server = Server::start(&config);
    let service = place.plant(&config);
    let (mut stream, _) = in_flight(&server, &service);
    server.signal("TERM");
    let (status, said) = server.ended();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("within 1 s") && said.contains("1 connections had not ended"), "{said}");
    let mut rest = String::new();
    let _ = stream.read_to_string(&mut rest);
    assert_eq!(rest, "", "half an answer is none");
}

#[test]
fn an_idle_connection_does_not_hold_the_server_up() {
    let place = Place::new();
    let config = place.config("data", "shutdown_secs = 300\n");
    let mut server = Server::start(&config);
    let mut idle = server.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: id.example.org\r\n\r\n").unwrap();
    let mut heard = [0; 1024];
    assert!(idle.read(&mut heard).unwrap() > 0);
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

#[test]
fn asked_twice_the_server_ends_at_once() {
    let place = Place::new();
    let config = place.config("data", "shutdown_secs = 300\n");
    let mut server = Server::start(&config);
    let service = place.plant(&config);
    let _open = in_flight(&server, &service);
    server.signal("TERM");
    while TcpStream::connect(server.address).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    server.signal("INT");
    let (status, said) = server.ended();
    assert_eq!((status.code(), status.signal()), (Some(130), None), "{said}");
    assert!(said.contains("at once"), "{said}");
    // Nothing is lost by that: it is as good as a power cut.
    let server = Server::start(&config);
    assert_eq!(server.token(&service).status, 200);
}
