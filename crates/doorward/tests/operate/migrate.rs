//! `doorward migrate`, and a store that a later version wrote.

use std::path::Path;

use crate::place::{Place, Server, doorward, run};

#[test]
fn the_schema_is_told_also_while_a_server_runs() {
    let place = Place::new();
    let config = place.config("data", "");
    let (code, _, err) = place.run(&config, &["migrate", "status"]);
    assert!(code == 1 && err.contains("there is no store yet"), "{err}");
    let server = Server::start(&config);
    let status = place.done(&config, &["migrate", "status"]);
    assert_eq!((&status["pending"], &status["found"]), (&serde_json::json!(0), &status["known"]), "{status}");
    let (_, out, _) = place.run(&config, &["migrate", "status"]);
    assert!(out.contains("NUMBER") && out.contains("house") && out.contains("applied"), "{out}");
    let (_, out, _) = place.run(&config, &["migrate", "plan"]);
    assert!(out.contains("nothing: the store is up to date"), "{out}");
    let (code, _, err) = place.run(&config, &["migrate", "up"]);
    assert_eq!(code, 1);
    assert!(err.contains(&server.pid().to_string()) && err.contains("brought its store up to date"), "{err}");
    drop(server);
    let up = place.done(&config, &["migrate", "up"]);
    assert_eq!(up["applied"], serde_json::json!([]), "{up}");
}

#[test]
fn an_old_store_is_brought_up_by_hand_or_by_the_start() {
    let place = Place::new();
    for (data, by_hand) in [("first", true), ("second", false)] {
        let config = place.config(data, "");
        old_store(&place.path(data));
        let status = place.done(&config, &["migrate", "status"]);
        assert_eq!(status["found"], 1, "{status}");
        let (_, out, _) = place.run(&config, &["migrate", "plan"]);
        assert!(
            out.contains("-- migration 2") && out.contains("CREATE TABLE") && out.contains("COMMIT"),
            "{out}"
        );
        if by_hand {
            let (code, out, err) = place.run(&config, &["migrate", "up"]);
            assert!(code == 0 && out.contains("applied") && out.contains("2 "), "{out}{err}");
        }
        let server = Server::start(&config);
        assert_eq!(place.done(&config, &["migrate", "status"])["pending"], 0);
        // What the early version stored is all there, its sealed keys included.
        place.done(&config, &["user", "show", "ben"]);
        let secret = place.done(&config, &["app", "secret", "add", "robot"]);
        let secret = secret["client_secret"].as_str().unwrap().to_owned();
        assert_eq!(server.token(&("robot".to_owned(), secret)).status, 200);
    }
}

#[test]
fn a_store_of_a_later_version_is_refused_in_a_clear_sentence() {
    let place = Place::new();
    let config = place.config("data", "");
    later_store(&place.path("data"));
    let path = place.path("data/doorward.db");
    let words: [&[&str]; 5] =
        [&["serve"], &["migrate", "status"], &["migrate", "plan"], &["migrate", "up"], &["tenant", "list"]];
    for words in words {
        let (code, out, err) = run(doorward().arg("--config").arg(&config).args(words));
        assert!(code != 0, "{words:?} {out}");
        assert!(err.contains("has schema 99") && err.contains("later version"), "{words:?} {err}");
    }
    // No backup of it is put anywhere by this version either.
    let (code, _, err) = place.run(&config, &["restore", path.to_str().unwrap(), "--check"]);
    assert!(code == 1 && err.contains("schema 99"), "{err}");
}

/// A store that an early version made: tenant `acme` with an API, a service and a person.
const OLD: &[u8] = include_bytes!("schema1.db");

/// The row of the first migration in that file: its number, the header of the row, and its name.
const FIRST_MIGRATION: &[u8] = b"\x01\x04\x00\x17\x2dhouse";

fn old_store(data: &Path) {
    std::fs::create_dir(data).unwrap();
    std::fs::write(data.join("doorward.db"), OLD).unwrap();
}

/// The same as if the migration had a number that nobody knows yet.
fn later_store(data: &Path) {
    let mut bytes = OLD.to_vec();
    let at = bytes.windows(FIRST_MIGRATION.len()).position(|window| window == FIRST_MIGRATION).unwrap();
    bytes[at] = 99;
    std::fs::create_dir(data).unwrap();
    std::fs::write(data.join("doorward.db"), bytes).unwrap();
}
