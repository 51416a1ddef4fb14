//! What can be typed after `chaos`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// How a run goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How often the server is killed.
    pub(crate) cycles: u32,
    /// Where the random choices begin; the same seed makes the same choices, though not the same timing.
    pub(crate) seed: u64,
    /// The folder to work in; one below the target folder where none is named.
    pub(crate) folder: Option<PathBuf>,
    /// Whether the checker itself is tested.
    pub(crate) sabotage: Sabotage,
}

/// What is done to the data between a kill and the next start, so that the checker has something to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Nothing: the run is about the server.
    Nothing,
    /// The write-ahead log is thrown away: the run is about the checker, and must find losses.
    LoseLog,
}

const USAGE: &str = "usage: cargo xtask chaos [--cycles N] [--seed S] [--folder DIR] [--sabotage lose-log]";

impl Plan {
    /// A plan of so many cycles, everything else as usual.
    pub(crate) fn of(cycles: u32) -> Self {
        Self { cycles, seed: 1, folder: None, sabotage: Sabotage::Nothing }
    }

    /// The folder to work in.
    pub(crate) fn folder(&self, root: &Path) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| root.join("target").join("chaos"))
    }

    /// Reads the arguments.
    pub(crate) fn parse(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut plan = Self::of(100);
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let value = rest.next().with_context(|| format!("{name} wants a value\n{USAGE}"))?;
            match *name {
                "--cycles" => plan.cycles = value.parse().with_context(|| format!("--cycles {value}"))?,
                "--seed" => plan.seed = value.parse().with_context(|| format!("--seed {value}"))?,
                "--folder" => plan.folder = Some(PathBuf::from(value)),
                "--sabotage" if *value == "lose-log" => plan.sabotage = Sabotage::LoseLog,
                _ => bail!("`{name} {value}` means nothing here\n{USAGE}"),
            }
        }
        if plan.cycles == 0 {
            bail!("--cycles 0 proves nothing");
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_nonsense_refused() {
        let plan = Plan::parse(&["--cycles", "7", "--seed", "3", "--sabotage", "lose-log"]).unwrap();
        assert_eq!((plan.cycles, plan.seed, plan.sabotage), (7, 3, Sabotage::LoseLog));
        assert_eq!(Plan::parse(&[]).unwrap(), Plan::of(100));
        for wrong in [&["--cycles"][..], &["--cycles", "x"], &["--cycles", "0"], &["--sabotage", "more"]] {
            assert!(Plan::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
