//! House rules as a test, the one test command, and the generator of the documents' pictures.
//!
//! Owns what keeps the repository honest: [`tidy`] reads the tree and refuses what the style guide refuses, [`test`]
//! runs every suite and counts, [`coverage`] compares the failure catalogue with what tests raised, [`screenshots`]
//! makes the pictures. Knows no crate of the product: it reads their
//! manifests and sources as text and drives the built binary from outside.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its terminal")]

mod bench;
mod chaos;
mod coverage;
mod dist;
mod environment;
mod process;
mod screenshots;
mod test;
mod tidy;
mod tree;

use std::process::ExitCode;

use anyhow::{Context, bail};

const USAGE: &str = "\
usage: cargo xtask <command>

  chaos [--cycles N] [--seed S] [--folder DIR] [--sabotage lose-log]
                              kill the server under load, again and again, and count what was lost
  bench [--pairs N] [--only A,B] [--no-peer]
                              measure CPU per operation beside floors and a peer
  dist [--binary FILE] [--try]
                              make tarball, Debian package, bill and checksums, and try them
  tidy                        check the house rules of CONTRIBUTING.md
  coverage                    say which codes of the catalogue the latest tests did not raise
  test [--only unit|e2e|lint] run every suite (or one kind) and count
  screenshots                 make the pictures of the documents from the running demo";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let root = tree::root();
    std::env::set_current_dir(&root).with_context(|| format!("cannot enter {}", root.display()))?;
    match arguments {
        ["coverage"] => coverage::command(&root),
        ["chaos", rest @ ..] => chaos::command(&root, rest),
        ["bench", arguments @ ..] => bench::command(&root, arguments),
        ["dist", arguments @ ..] => dist::command(&root, arguments),
        ["tidy"] => tidy::command(&root),
        ["test"] => test::command(&root, test::Selection::All),
        ["test", "--only", kind] => test::command(&root, test::Selection::parse(kind)?),
        ["screenshots"] => screenshots::command(&root),
        [] | ["--help" | "-h" | "help"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("`{}` is not a command of xtask\n{USAGE}", other.join(" ")),
    }
}
