//! The pure rooms touch nothing: what a manifest cannot forbid, because the standard library has it, is refused here.

use crate::tidy::Finding;
use crate::tree::Tree;

/// Rooms that decide and translate; their answers depend on their arguments alone.
const PURE: [&str; 4] = ["doorward-core", "doorward-dialect", "doorward-policy", "doorward-token"];

/// What reaches outside, and how the same thing is done instead.
const OUTSIDE: [(&str, &str); 11] = [
    ("async fn", "the shell awaits; a pure room returns what shall be done"),
    (".await", "the shell awaits; a pure room returns what shall be done"),
    ("std::fs", "files are read by the binary and handed in"),
    ("std::env::", "configuration is read once, in the binary"),
    ("std::process", "processes belong to the binary"),
    ("std::thread", "threads belong to the engines and the shell"),
    ("TcpStream", "the network belongs to the shell"),
    ("UdpSocket", "the network belongs to the shell"),
    ("SystemTime", "time is an argument: `env.now`"),
    ("std::time::Instant", "time is an argument: `env.now`"),
    ("getrandom", "randomness comes from the pool of fresh bytes in the environment"),
];

/// Refuses shipped code of a pure room that reaches outside.
pub(super) fn pure_rooms(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.product().filter(|file| file.crate_name().is_some_and(|name| PURE.contains(&name))) {
        for (line, text) in file.shipped() {
            for (word, instead) in OUTSIDE.iter().filter(|(word, _)| text.contains(word)) {
                findings.push(Finding::error(file, line, format!("`{word}` in a pure room: {instead}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_pure_room_reads_no_clock_and_awaits_nothing() {
        let dirty = "//! Room.\nasync fn load() {}\n// SystemTime is refused\nlet now = SystemTime::now();\n";
        let tested = "//! Room.\nfn a() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let tree = Tree::of(&[
            ("crates/doorward-core/src/a.rs", dirty),
            ("crates/doorward-core/src/b.rs", tested),
            ("crates/doorward-server/src/a.rs", dirty),
        ]);
        let expected = ["crates/doorward-core/src/a.rs:2", "crates/doorward-core/src/a.rs:4"];
        assert_eq!(places(&pure_rooms(&tree)), expected);
    }
}
