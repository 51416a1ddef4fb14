//! Which crate may depend on which: the drawing of `ARCHITECTURE.md` as a table, checked against the manifests.
//!
//! A crate of ours exists to forbid something; these rows say what. Only Cargo can enforce it, so only manifests are
//! read: normal, build, target and development dependencies alike.

use toml::Table;

use crate::tidy::Finding;
use crate::tree::{File, Tree};

/// One room: what of ours it may import, what more its tests may import, and what of others it must not see.
struct Room {
    name: &'static str,
    imports: &'static [&'static str],
    test_imports: &'static [&'static str],
    forbidden: &'static [&'static str],
}

/// Sockets, runtimes and web frameworks.
const OUTSIDE_WORLD: &[&str] = &[
    "async-trait",
    "async-std",
    "axum",
    "axum-server",
    "futures",
    "http-body-util",
    "hyper",
    "hyper-util",
    "reqwest",
    "rusqlite",
    "smol",
    "tokio",
    "tokio-postgres",
    "tower",
    "tower-http",
    "tracing",
    "ureq",
];

/// Clocks and random numbers.
const ENTROPY_AND_TIME: &[&str] = &["chrono", "getrandom", "jiff", "rand", "rand_core", "time"];

/// Libraries with exactly the named users: the room that exists to hold them.
const OWNED: &[(&str, &[&str], &str)] = &[
    ("aws-lc-rs", &["doorward-crypto"], "cryptography has one room"),
    ("aws-lc-sys", &["doorward-crypto"], "cryptography has one room"),
    ("argon2", &["doorward-crypto"], "password hashing has one room"),
    ("rcgen", &["doorward-crypto", "doorward"], "certificates are made for keys and for the demo's own CA"),
    ("rustls", &["doorward"], "TLS is wired in the binary"),
    ("axum-server", &["doorward"], "listening is the binary's business"),
    ("rusqlite", &["doorward-store-sqlite"], "SQL has no place outside the engines"),
    ("clap", &["doorward"], "the command line is the binary's business"),
    ("toml", &["doorward", "xtask"], "configuration is read once, in the binary"),
    ("anyhow", &["doorward", "xtask"], "libraries name their errors"),
];

/// Never, anywhere, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "TLS and cryptography come from rustls and aws-lc-rs"),
    ("openssl-sys", "TLS and cryptography come from rustls and aws-lc-rs"),
    ("native-tls", "TLS and cryptography come from rustls and aws-lc-rs"),
    ("ring", "one cryptography library: aws-lc-rs"),
    ("lazy_static", "the standard library has LazyLock"),
    ("once_cell", "the standard library has OnceLock"),
];

const ROOMS: &[Room] = &[
    Room { name: "doorward-token", imports: &[], test_imports: &[], forbidden: OUTSIDE_WORLD },
    Room {
        name: "doorward-crypto",
        imports: &["doorward-token"],
        test_imports: &[],
        forbidden: OUTSIDE_WORLD,
    },
    Room {
        name: "doorward-policy",
        imports: &["doorward-token"],
        test_imports: &[],
        forbidden: OUTSIDE_WORLD,
    },
    Room { name: "doorward-core", imports: &["doorward-token"], test_imports: &[], forbidden: OUTSIDE_WORLD },
    Room {
        name: "doorward-dialect",
        imports: &["doorward-core", "doorward-token"],
        test_imports: &[],
        forbidden: OUTSIDE_WORLD,
    },
    Room {
        name: "doorward-store",
        imports: &["doorward-core", "doorward-token"],
        test_imports: &[],
        forbidden: &["axum", "http", "hyper", "reqwest", "rusqlite", "tokio-postgres"],
    },
    Room {
        name: "doorward-store-sqlite",
        imports: &["doorward-store", "doorward-core", "doorward-token"],
        test_imports: &[],
        forbidden: &["axum", "http", "hyper", "reqwest", "tokio-postgres"],
    },
    Room {
        name: "doorward-guard",
        imports: &["doorward-policy", "doorward-token", "doorward-crypto"],
        test_imports: &[],
        forbidden: &["axum", "rusqlite", "tokio-postgres"],
    },
    Room {
        name: "doorward-server",
        imports: &[
            "doorward-dialect",
            "doorward-core",
            "doorward-token",
            "doorward-crypto",
            "doorward-policy",
            "doorward-guard",
            "doorward-store",
        ],
        test_imports: &["doorward-store-sqlite"],
        forbidden: &["rusqlite", "tokio-postgres"],
    },
    Room {
        name: "doorward",
        imports: &[
            "doorward-dialect",
            "doorward-core",
            "doorward-token",
            "doorward-crypto",
            "doorward-policy",
            "doorward-guard",
            "doorward-store",
            "doorward-store-sqlite",
            "doorward-server",
        ],
        test_imports: &[],
        forbidden: &[],
    },
    Room {
        name: "doorward-fuzz",
        imports: &[
            "doorward-token",
            "doorward-crypto",
            "doorward-policy",
            "doorward-core",
            "doorward-dialect",
        ],
        test_imports: &[],
        forbidden: OUTSIDE_WORLD,
    },
    Room { name: "xtask", imports: &[], test_imports: &[], forbidden: &["tokio", "reqwest", "axum"] },
];

/// Rooms whose answers depend on their arguments alone.
const PURE: [&str; 4] = ["doorward-core", "doorward-dialect", "doorward-policy", "doorward-token"];

/// Refuses every edge that the table does not allow, and every crate that the table does not know.
pub(super) fn forbidden_edges(tree: &Tree) -> Vec<Finding> {
    let workspace =
        tree.file("Cargo.toml").and_then(|file| file.text.parse::<Table>().ok()).unwrap_or_default();
    let is_member = |file: &&File| file.name() == "Cargo.toml" && file.path != "Cargo.toml";
    tree.files().filter(is_member).flat_map(|file| check_manifest(file, &workspace)).collect()
}

fn check_manifest(file: &File, workspace: &Table) -> Vec<Finding> {
    let manifest = match file.text.parse::<Table>() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Finding::error(file, 1, format!("is not TOML: {error}"))],
    };
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(|name| name.as_str());
    let Some(room) = ROOMS.iter().find(|room| Some(room.name) == name) else {
        let reason = "no row in the table of rooms (xtask/src/tidy/edges.rs): say what this crate may import";
        return vec![Finding::error(file, 1, reason)];
    };
    let mut findings: Vec<Finding> = dependencies(&manifest, workspace)
        .into_iter()
        .filter_map(|dependency| {
            let reason = refusal(room, &dependency)?;
            let reason = format!("{} may not depend on {}: {reason}", room.name, dependency.package);
            Some(Finding::error(file, line_of(file, &dependency.key), reason))
        })
        .collect();
    if room.name == "doorward-core" && manifest.contains_key("features") {
        findings.push(Finding::error(
            file,
            line_of(file, "[features]"),
            "the core has no features: one behaviour",
        ));
    }
    findings
}

/// A dependency as a manifest names it.
struct Dependency {
    /// The name in the manifest.
    key: String,
    /// The package behind the name, renames followed.
    package: String,
    /// Whether only tests see it.
    is_dev: bool,
}

fn dependencies(manifest: &Table, workspace: &Table) -> Vec<Dependency> {
    let mut tables = vec![manifest];
    let targets = manifest.get("target").and_then(|target| target.as_table());
    tables.extend(targets.into_iter().flat_map(|table| table.values().filter_map(|value| value.as_table())));
    let shared = workspace.get("workspace").and_then(|table| table.get("dependencies"));
    let mut found = Vec::new();
    for table in tables {
        for (section, is_dev) in
            [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            let Some(entries) = table.get(section).and_then(|section| section.as_table()) else { continue };
            for (key, value) in entries {
                let renamed = |value: &toml::Value| Some(value.get("package")?.as_str()?.to_owned());
                let package =
                    renamed(value).or_else(|| renamed(shared?.get(key)?)).unwrap_or_else(|| key.clone());
                found.push(Dependency { key: key.clone(), package, is_dev });
            }
        }
    }
    found
}

/// Why `room` may not have this dependency, or `None` where it may.
fn refusal(room: &Room, dependency: &Dependency) -> Option<String> {
    let package = dependency.package.as_str();
    if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| *banned == package) {
        return Some((*reason).into());
    }
    if ROOMS.iter().any(|other| other.name == package) {
        let itself = dependency.is_dev && package == room.name;
        // A room that tests itself against its own optional parts names them again as a development dependency.
        let allowed = itself
            || room.imports.contains(&package)
            || (dependency.is_dev && room.test_imports.contains(&package));
        return (!allowed).then(|| "the arrow points the wrong way in the drawing of rooms".into());
    }
    if let Some((_, owners, reason)) = OWNED.iter().find(|(owned, ..)| *owned == package)
        && !owners.contains(&room.name)
    {
        return Some((*reason).into());
    }
    if !dependency.is_dev && PURE.contains(&room.name) && ENTROPY_AND_TIME.contains(&package) {
        return Some("a pure room has no clock and no random numbers of its own".into());
    }
    // The tests of a room may drive it through a runtime; what is shipped may not.
    let refused = !dependency.is_dev && room.forbidden.contains(&package);
    refused.then(|| "this room exists to be unable to reach it".into())
}

fn line_of(file: &File, key: &str) -> usize {
    let begins = |line: &str| {
        let line = line.trim().trim_matches('"');
        line.strip_prefix(key)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ', '=', '"', ']']))
            || line.trim_end_matches(']').ends_with(&format!("dependencies.{key}"))
    };
    file.lines().find(|(_, line)| begins(line)).map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    fn check(name: &str, sections: &str) -> Vec<Finding> {
        let manifest = format!("[package]\nname = \"{name}\"\n{sections}");
        let workspace = "[workspace.dependencies]\nfast = { package = \"tokio\", version = \"1\" }\n";
        let path = format!("crates/{name}/Cargo.toml");
        forbidden_edges(&Tree::of(&[("Cargo.toml", workspace), (&path, &manifest)]))
    }

    #[test]
    fn nothing_points_up() {
        let findings = check(
            "doorward-token",
            "[dependencies]\nserde.workspace = true\ndoorward-core.workspace = true\n",
        );
        assert_eq!(places(&findings), ["crates/doorward-token/Cargo.toml:5"]);
        assert!(check("doorward-core", "[dependencies]\ndoorward-token.workspace = true\n").is_empty());
    }

    #[test]
    fn a_pure_room_sees_no_runtime_under_any_name() {
        for sections in [
            "[dependencies]\ntokio.workspace = true\n",
            "[dependencies]\nfast.workspace = true\n",
            "[dependencies]\nquick = { package = \"tokio\", version = \"1\" }\n",
            "[dependencies.tokio]\nversion = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\ntokio = \"1\"\n",
            "[build-dependencies]\nreqwest = \"0.13\"\n",
            "[dependencies]\nrand = \"1\"\n",
        ] {
            assert_eq!(check("doorward-core", sections).len(), 1, "{sections}");
        }
        assert!(check("doorward-core", "[dev-dependencies]\nproptest.workspace = true\n").is_empty());
    }

    #[test]
    fn the_shell_sees_an_engine_in_its_tests_only() {
        assert_eq!(
            check("doorward-server", "[dependencies]\ndoorward-store-sqlite.workspace = true\n").len(),
            1
        );
        assert!(
            check("doorward-server", "[dev-dependencies]\ndoorward-store-sqlite.workspace = true\n")
                .is_empty()
        );
    }

    #[test]
    fn cryptography_has_one_room() {
        assert!(check("doorward-crypto", "[dependencies]\naws-lc-rs.workspace = true\n").is_empty());
        for name in ["doorward-guard", "doorward-server", "doorward"] {
            assert_eq!(check(name, "[dependencies]\naws-lc-rs.workspace = true\n").len(), 1, "{name}");
            assert_eq!(check(name, "[dev-dependencies]\nargon2.workspace = true\n").len(), 1, "{name}");
        }
        assert!(
            check("doorward", "[dependencies]\nrustls.workspace = true\nrcgen.workspace = true\n").is_empty()
        );
    }

    #[test]
    fn some_libraries_are_refused_everywhere() {
        assert_eq!(check("doorward", "[dependencies]\nopenssl = \"0.10\"\n").len(), 1);
    }

    #[test]
    fn an_unknown_crate_needs_a_row() {
        assert_eq!(check("doorward-common", "").len(), 1);
    }

    #[test]
    fn the_core_has_one_behaviour() {
        assert_eq!(
            places(&check("doorward-core", "[features]\nfast = []\n")),
            ["crates/doorward-core/Cargo.toml:3"]
        );
    }
}
