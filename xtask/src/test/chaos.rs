//! The short form of `cargo xtask chaos`: the server is killed under load, and the checker must find nothing; then the log is
//! thrown away after each kill, and the checker must find that.

use super::ledger::Ledger;
use crate::environment::Environment;
use crate::process::Job;

/// Runs both.
pub(super) fn run(ledger: &mut Ledger, environment: &Environment) {
    let run = |arguments: &[&str]| {
        let words = [&["run", "-q", "-p", "xtask", "--", "chaos"], arguments].concat();
        Job::new(&environment.cargo, &words)
    };
    let _ = ledger.step("chaos", &run(&["--cycles", "25"]));
    let sabotage = ["--cycles", "4", "--sabotage", "lose-log", "--folder", "target/chaos-sabotage"];
    let _ = ledger.step("chaos notices a loss", &run(&sabotage));
}
