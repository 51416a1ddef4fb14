//! What the server does when the machine fails: each test is a row of `docs/operate/faults.md`.
//!
//! Full and read-only disks are real file systems of their own, mounted for one process alone (`unshare --mount`), so
//! nothing of them is left. Where a kernel does not allow that, these tests fail and say so.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::Command;

use crate::place::{Place, Server, doorward};

/// A server whose data lies on a disk of its own, of that many KiB. `then` is run in the same mounts before it.
fn on_a_disk_of(kib: u32, place: &Place, config: &Path, then: &str) -> Server {
    let data = place.path("data");
    std::fs::create_dir_all(&data).unwrap();
    let script = format!(
        "mount -t tmpfs -o size={kib}k,mode=700 tmpfs \"$1\" && {then} exec \"$0\" serve --config \"$2\""
    );
    let mut command = unshared();
    command.args(["sh", "-c", &script, env!("CARGO_BIN_EXE_doorward")]).arg(&data).arg(config);
    Server::of(&mut command)
}

/// A command in mounts of its own; whoever is not root gets a user namespace as well.
fn unshared() -> Command {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !is_root {
        command.arg("--map-root-user");
    }
    let probe = Command::new("unshare").args(["--mount", "--map-root-user", "true"]).status();
    assert!(
        is_root || probe.is_ok_and(|status| status.success()),
        "this kernel lets nobody but root mount anything: run the test as root, or allow user namespaces"
    );
    command
}

/// The server's own view of its data.
fn inside(server: &Server, place: &Place, name: &str) -> std::path::PathBuf {
    let data = place.path("data");
    Path::new("/proc")
        .join(server.pid().to_string())
        .join("root")
        .join(data.strip_prefix("/").unwrap())
        .join(name)
}

/// Asks the administration for a new user through the socket inside; the whole answer.
fn add_user(socket: &Path, name: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    let body = format!("{{\"name\":\"{name}\",\"display_name\":\"{}\"}}", "x".repeat(90));
    write!(
        stream,
        "POST /admin/v1/tenants/acme/users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Plants through a data directory that only the server sees, before it is mounted over: the store is made outside,
/// and copied in by the script.
fn planted(place: &Place, config: &Path) -> (String, String) {
    let service = place.plant(config);
    std::fs::rename(place.path("data"), place.path("seed")).unwrap();
    service
}

const COPY_IN: &str = "cp \"$1/../seed/doorward.db\" \"$1/\" &&";

#[test]
fn on_a_full_disk_writes_are_refused_reads_go_on_and_space_heals_it() {
    let place = Place::new();
    let config = place.config("data", "");
    let service = planted(&place, &config);
    let server = on_a_disk_of(6000, &place, &config, COPY_IN);
    assert_eq!(server.token(&service).status, 200);
    let socket = inside(&server, &place, "admin.sock");
    let added = add_user(&socket, "before");
    assert!(added.starts_with("HTTP/1.1 201"), "{added}");
    // Somebody else fills the disk to the last block.
    let filler = inside(&server, &place, "filler");
    let filled = std::fs::write(&filler, vec![0; 8 * 1024 * 1024]);
    assert!(filled.is_err(), "the disk has an end");
    // What room a page or two still have is used up by a few writes.
    let refused = (0..200)
        .map(|number| add_user(&socket, &format!("user{number}")))
        .find(|answer| !answer.starts_with("HTTP/1.1 201"))
        .expect("a full disk takes no more users");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    let head = refused.to_lowercase();
    assert!(head.contains("retry-after: 5") && refused.contains("DW5150"), "{refused}");
    // Reads go on: metadata, keys, tokens of a service; liveness too, readiness tells the truth.
    assert_eq!(server.get("/acme/.well-known/openid-configuration").status, 200);
    assert_eq!(server.get("/acme/oauth2/jwks").status, 200);
    assert_eq!(server.token(&service).status, 200);
    assert_eq!(server.get("/healthz").status, 200);
    let ready = server.get("/readyz");
    assert_eq!((ready.status, ready.json()["status"].as_str()), (503, Some("read_only")), "{ready:?}");
    assert!(ready.head.contains("retry-after: 5"), "{ready:?}");
    // Space is back, and nobody has to restart anything.
    std::fs::remove_file(&filler).unwrap();
    let ready = server.get("/readyz");
    assert_eq!((ready.status, ready.json()["status"].as_str()), (200, Some("ready")), "{ready:?}");
    let added = add_user(&socket, "after");
    assert!(added.starts_with("HTTP/1.1 201"), "{added}");
}

#[test]
fn a_read_only_disk_still_serves_reads() {
    let place = Place::new();
    let config = place.config("data", "");
    let service = planted(&place, &config);
    let then = format!("{COPY_IN} mount -o remount,ro \"$1\" &&");
    let mut server = on_a_disk_of(6000, &place, &config, &then);
    assert_eq!(server.get("/acme/.well-known/openid-configuration").status, 200);
    assert_eq!(server.get("/acme/oauth2/jwks").status, 200);
    let answer = server.token(&service);
    assert_eq!(answer.status, 200, "{answer:?}");
    let ready = server.get("/readyz");
    assert_eq!((ready.status, ready.json()["status"].as_str()), (503, Some("read_only")), "{ready:?}");
    // A revocation is a write.
    let fields = [("token", "nothing"), ("client_id", &service.0), ("client_secret", &service.1)];
    assert_eq!(
        server.post("/acme/oauth2/revoke", &fields).status,
        200,
        "nothing to write, nothing to refuse"
    );
    server.signal("TERM");
    let (status, said) = server.ended();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(said.contains("read-only"), "{said}");
}

#[test]
fn a_disk_that_fails_under_a_commit_ends_the_process_and_a_start_finds_everything() {
    let place = Place::new();
    let config = place.config("data", "");
    place.plant(&config);
    // No file may grow beyond 900 blocks of 512 bytes: writing on is an error of the disk, not a lack of space.
    let script = "trap '' XFSZ; ulimit -c 0; ulimit -f 900; exec \"$0\" serve --config \"$1\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_doorward")]).arg(&config);
    let mut server = Server::of(&mut command);
    let (mut acknowledged, socket) = (Vec::new(), place.path("data/admin.sock"));
    for number in 0..2000 {
        let name = format!("user{number}");
        let added = std::panic::catch_unwind(|| add_user(&socket, &name));
        match added {
            Ok(answer) if answer.starts_with("HTTP/1.1 201") => acknowledged.push(name),
            _ => break,
        }
    }
    let (status, said) = server.ended();
    assert_eq!(status.signal(), Some(6), "the process aborted itself: {said}");
    assert!(said.contains("what is durable is unknown"), "{said}");
    assert!(!acknowledged.is_empty());
    let server = Server::start(&config);
    for name in &acknowledged {
        let (code, out, err) = place.run(&config, &["user", "show", name, "--json"]);
        assert_eq!(code, 0, "{name} was acknowledged: {out}{err}");
    }
    drop(server);
}

fn stop(mut server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended().0.code(), Some(0));
}

#[test]
fn a_corrupted_page_is_refused_loudly_and_what_is_whole_is_served() {
    let place = Place::new();
    let config = place.config("data", "");
    let server = Server::start(&config);
    place.plant(&config);
    for number in 0..60 {
        // Enough users for pages of their own.
        let added = add_user(&place.path("data/admin.sock"), &format!("person{number}"));
        assert!(added.starts_with("HTTP/1.1 201"), "{added}");
    }
    let path = place.path("data/doorward.db");
    let file = place.path("copy.db");
    place.done(&config, &["backup", file.to_str().unwrap()]);
    stop(server);
    let mut bytes = std::fs::read(&path).unwrap();
    // The page with this user's document, and with the documents of some others.
    let holds = |page: &[u8], text: &[u8]| page.windows(text.len()).any(|window| window == text);
    for page in bytes.chunks_mut(4096) {
        if holds(page, b"person20") && holds(page, b"sign_in_names") {
            page.fill(0xa5);
        }
    }
    std::fs::write(&path, &bytes).unwrap();
    let server = Server::start(&config);
    assert_eq!(server.get("/acme/oauth2/jwks").status, 200, "what is whole is served");
    let mut refused = 0;
    for number in 0..60 {
        let (code, out, err) = place.run(&config, &["user", "show", &format!("person{number}"), "--json"]);
        // Right, or refused as a fault of the store; never wrong.
        match code {
            0 => assert!(out.contains(&format!("\"username\":\"person{number}\"")), "{out}"),
            3 => refused += 1,
            other => panic!("person{number}: {other} {out}{err}"),
        }
    }
    assert!(refused > 0, "the page held somebody");
    let (code, _, err) = place.run(&config, &["backup", place.path("second.db").to_str().unwrap()]);
    assert!(code == 3 || code == 1, "a damaged store is not copied as if it were whole: {code} {err}");
    assert!(!place.path("second.db").exists());
    drop(server);
    // The way back.
    place.done(&config, &["restore", file.to_str().unwrap(), "--force"]);
    place.done(&config, &["user", "show", "person20"]);
}

#[test]
fn what_is_no_database_is_refused_at_the_start_with_the_way_back() {
    let place = Place::new();
    let config = place.config("data", "");
    place.plant(&config);
    let path = place.path("data/doorward.db");
    let bytes = std::fs::read(&path).unwrap();
    for broken in [&bytes[..5000], b"These are notes. These are notes. These are notes."] {
        std::fs::write(&path, broken).unwrap();
        let (code, _, err) = crate::place::run(doorward().args(["serve", "--config"]).arg(&config));
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("DW5152") && err.contains("data =") && err.contains("do this"), "{err}");
    }
}

/// Every `room::…::name` in the page is a test of that name somewhere in the crates.
#[test]
fn every_row_of_the_page_names_tests_that_exist() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = std::fs::read_to_string(crates.join("../docs/operate/faults.md")).unwrap();
    let mut sources = String::new();
    let mut folders = vec![crates.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let rows: Vec<_> =
        page.lines().filter(|line| line.starts_with("| ") && !line.contains("| test |")).collect();
    assert!(rows.len() > 15, "{}", rows.len());
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<_> = cell.split('`').filter(|name| name.contains("::")).collect();
        assert!(!names.is_empty(), "no test is named in: {row}");
        for name in names {
            let function = name.rsplit("::").next().unwrap();
            let found =
                sources.contains(&format!("fn {function}(")) || sources.contains(&format!("fn {function}<"));
            assert!(found, "{name} does not exist");
        }
    }
}
