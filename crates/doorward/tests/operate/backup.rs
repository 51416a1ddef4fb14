//! `doorward backup` and `doorward restore`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::place::{OTHER_KEY, Place, Server, doorward};

#[test]
fn a_backup_of_a_running_server_becomes_another_server() {
    let place = Place::new();
    let config = place.config("data", "");
    let server = Server::start(&config);
    let service = place.plant(&config);
    let file = place.path("copy.db");
    let file = file.to_str().unwrap();

    // Somebody goes on writing the whole time.
    let stop = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (stop, socket) = (Arc::clone(&stop), place.path("data/admin.sock"));
        move || {
            let mut made = 0;
            while !stop.load(Ordering::SeqCst) {
                let body = format!("{{\"name\":\"user{made}\"}}");
                let mut stream = UnixStream::connect(&socket).unwrap();
                write!(
                    stream,
                    "POST /admin/v1/tenants/acme/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
                made += 1;
            }
            made
        }
    });
    place.done(&config, &["user", "add", "before"]);
    let backup = place.done(&config, &["backup", file]);
    stop.store(true, Ordering::SeqCst);
    let made = writer.join().unwrap();
    assert!(made > 0 && backup["tables"]["users"]["rows"].as_u64().unwrap() <= made + 1, "{backup}");
    assert_eq!(backup["file"], file);
    assert!(backup["bytes"].as_u64().unwrap() > 4096 && backup["rows"].as_u64().unwrap() > 5, "{backup}");
    let (_, audit, _) = place.run(&config, &["tenant", "list"]);
    assert!(audit.contains("acme"));

    // The file is checked wherever it is, also without a key.
    let (code, out, err) = place.run(&config, &["restore", file, "--check"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("whole") && err.contains("useless without the master key"), "{out}{err}");

    let other = place.config("other", "");
    let restored = place.done(&other, &["restore", file]);
    assert_eq!(restored["rows"], backup["rows"]);
    assert!(restored["replaced"].is_null());
    let twin = Server::start(&other);
    assert_eq!(twin.token(&service).status, 200, "the old secret works at the new place");
    place.done(&other, &["user", "show", "before"]);
    drop((server, twin));
}

#[test]
fn without_a_server_the_command_opens_the_store_itself() {
    let place = Place::new();
    let config = place.config("data", "");
    place.plant(&config);
    let file = place.path("copy.db");
    let (code, out, err) = place.run(&config, &["backup", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("every row against the store") && err.contains("master key"), "{out}{err}");
    let (code, _, err) = place.run(&config, &["backup", file.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(err.contains("DW1061") && err.contains("there already"), "{err}");
}

#[test]
fn a_restore_refuses_what_would_do_harm_and_says_what_to_do() {
    let place = Place::new();
    let config = place.config("data", "");
    place.plant(&config);
    let path = place.path("copy.db");
    let file = path.to_str().unwrap();
    place.done(&config, &["backup", file]);
    let refused = |config: &std::path::Path, words: &[&str], wanted: &str| {
        let (code, out, err) = place.run(config, words);
        assert!(code == 1 || code == 2, "{words:?}: {code} {out}{err}");
        assert!(err.contains(wanted) && err.contains("do this"), "{words:?}: {err}");
    };
    // A directory that is in use, or not empty.
    let server = Server::start(&config);
    refused(
        &config,
        &["restore", file, "--force"],
        &format!("in use by another process (pid {})", server.pid()),
    );
    drop(server);
    refused(&config, &["restore", file], "not empty: it holds doorward.db");
    // Another key.
    let other = place.config_with("other", ("other.key", OTHER_KEY), "");
    refused(&other, &["restore", file], "this master key does not open the backup");
    assert!(!place.path("other/doorward.db").exists(), "nothing was changed");
    let (code, _, err) =
        crate::place::run(doorward().args(["restore", file, "--data"]).arg(place.path("empty")));
    assert!(code == 2 && err.contains("useless without the master key"), "{err}");
    // A broken file, a file that is none, a data file that was copied by hand.
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xa5);
    std::fs::write(place.path("broken.db"), &bytes).unwrap();
    let at = |name: &str| place.path(name).to_str().unwrap().to_owned();
    refused(&config, &["restore", &at("broken.db"), "--force"], "damaged");
    refused(&config, &["restore", &at("master.key"), "--force"], "not a doorward database");
    refused(&config, &["restore", &at("data/doorward.db"), "--force"], "no backup");
    refused(&config, &["restore", &at("nothing"), "--force"], "nothing");
    // With --force what was there is kept.
    place.done(&config, &["user", "add", "late"]);
    let restored = place.done(&config, &["restore", file, "--force"]);
    let kept = restored["replaced"].as_str().unwrap();
    assert!(kept.ends_with("doorward.db.replaced1") && std::path::Path::new(kept).exists(), "{restored}");
    let (code, out, _) = place.run(&config, &["user", "show", "late", "--json"]);
    assert_eq!(code, 1, "added after the backup: {out}");
    place.run(&config, &["tenant", "show", "acme"]);
}

#[test]
fn a_demo_moves_to_another_directory_with_its_key() {
    let place = Place::new();
    let start = |data: &str| {
        let mut demo = doorward()
            .args(["demo", "--json", "--port", "0", "--data"])
            .arg(place.path(data))
            .env("HOME", place.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(demo.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(first.contains("\"ready\""), "{first}");
        demo.kill().unwrap();
        demo.wait().unwrap();
    };
    start("demo");
    let file = place.path("copy.db");
    let run = |words: &[&str]| crate::place::run(doorward().args(words));
    let text = |name: &str| place.path(name).to_str().unwrap().to_owned();
    let (code, out, err) = run(&["backup", file.to_str().unwrap(), "--data", &text("demo")]);
    assert_eq!(code, 0, "{out}{err}");
    let key = text("demo/master.key");
    let words = ["restore", file.to_str().unwrap(), "--data", &text("moved"), "--master-key", &key];
    let (code, out, err) = run(&words);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("doorward demo --data"), "{out}");
    let (code, out, err) = run(&["tenant", "list", "--data", &text("moved")]);
    assert!(code == 0 && out.contains("meadow"), "{out}{err}");
}

#[test]
fn a_backup_is_made_through_the_socket_alone_and_its_requests_are_judged() {
    let place = Place::new();
    let config = place.config("data", "");
    let server = Server::start(&config);
    let answer = server.post("/admin/v1/backups", &[]);
    assert_eq!(answer.status, 401, "{answer:?}");
    let ask = |method: &str, body: &str| {
        let mut stream = UnixStream::connect(place.path("data/admin.sock")).unwrap();
        write!(
            stream,
            "{method} /admin/v1/backups HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for (method, body, status, code) in [
        ("GET", "", 405, "DW"),
        ("POST", "", 400, "DW1050"),
        ("POST", "[]", 400, "DW1050"),
        ("POST", "{\"file\":7}", 400, "DW1050"),
        ("POST", "{\"file\":\"/tmp/x\",\"more\":1}", 400, "DW1050"),
        ("POST", "{\"file\":\"relative\"}", 400, "DW1061"),
        ("POST", "{\"file\":\"/no/such/folder/x\"}", 400, "DW1061"),
        ("POST", "{\"file\":\"/dev/null\"}", 400, "DW1061"),
        ("POST", "{\"file\":\"/tmp/\\u0000\"}", 400, "DW1061"),
    ] {
        let answer = ask(method, body);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(code),
            "{body}: {answer}"
        );
    }
    let file = place.path("copy.db");
    let answer = ask("POST", &serde_json::json!({ "file": file }).to_string());
    assert!(answer.contains("application/x-ndjson") && answer.contains("\"stage\":\"copying\""), "{answer}");
    assert!(answer.contains("{\"backup\":"), "{answer}");
    let mut stream = UnixStream::connect(place.path("data/admin.sock")).unwrap();
    stream.write_all(b"GET /admin/v1/audit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut audit = String::new();
    stream.read_to_string(&mut audit).unwrap();
    assert!(audit.contains("store.backup") && audit.contains("copy.db"), "{audit}");
}
