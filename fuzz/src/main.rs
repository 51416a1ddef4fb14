//! Feeds every parser of untrusted input with broken input, for a bounded time and with a seed that can be given again.
//!
//! Owns the engine that makes inputs ([`engine`]), the watch over growth ([`growth`]) and the list of targets
//! ([`targets`]). A target fails when it panics, when one small input costs more than a second of CPU, or when its cost grows
//! faster than its input. Inputs that failed are written below `target/fuzz/` and can be replayed.
//! Does not own any expectation about what is accepted: that is said by the tests beside each parser. Why this is no
//! libFuzzer: `docs/decisions/`.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its terminal")]

mod clock;
mod engine;
mod growth;
mod random;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use engine::{Failure, Outcome};
use targets::Target;

const USAGE: &str = "\
usage: cargo run -p doorward-fuzz -- [--seconds N] [--seed S] [--target NAME] [--replay FILE]

  --seconds N    how long each target is fed [default: 5]
  --seed S       where the random inputs begin [default: 1]
  --target NAME  one target alone; --target list names them
  --replay FILE  one input for one target";

/// What was typed.
struct Asked {
    seconds: u64,
    seed: u64,
    target: Option<String>,
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match read(&arguments).and_then(|asked| run(&asked)) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("doorward-fuzz: {fault}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn read(arguments: &[String]) -> Result<Asked, String> {
    let mut asked = Asked { seconds: 5, seed: 1, target: None, replay: None };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        let number = |text: &String| text.parse().map_err(|_| format!("{text} is not a number"));
        match word.as_str() {
            "--seconds" => asked.seconds = number(value()?)?,
            "--seed" => asked.seed = number(value()?)?,
            "--target" => asked.target = Some(value()?.clone()),
            "--replay" => asked.replay = Some(value()?.into()),
            other => return Err(format!("{other} is not an option")),
        }
    }
    Ok(asked)
}

fn run(asked: &Asked) -> Result<ExitCode, String> {
    let mut targets = targets::all();
    if let Some(name) = asked.target.as_deref() {
        if name == "list" {
            for target in &targets {
                println!("{}", target.name);
            }
            return Ok(ExitCode::SUCCESS);
        }
        targets.retain(|target| target.name == name);
        if targets.is_empty() {
            return Err(format!("{name} is not a target"));
        }
    }
    engine::be_quiet_about_panics();
    if let Some(file) = &asked.replay {
        let input = std::fs::read(file).map_err(|fault| format!("{}: {fault}", file.display()))?;
        let target = targets.first().filter(|_| targets.len() == 1).ok_or("--replay wants --target NAME")?;
        println!("{}", told(target, &engine::once(target, &input)));
        return Ok(ExitCode::SUCCESS);
    }
    let mut failed = 0;
    let all = targets.len();
    for target in &targets {
        let outcome = engine::feed(target, asked.seed, Duration::from_secs(asked.seconds));
        let outcome = match (outcome, growth::watch(target)) {
            (Outcome { failure: None, runs, shapes }, Some(failure)) => {
                Outcome { failure: Some(failure), runs, shapes }
            }
            (outcome, _) => outcome,
        };
        failed += usize::from(outcome.failure.is_some());
        println!("{}", told(target, &outcome));
        if let Some(failure) = &outcome.failure {
            keep(target, failure)?;
        }
    }
    println!("{} passed, {failed} failed", all - failed);
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(target: &Target, outcome: &Outcome) -> String {
    let Outcome { runs, shapes, failure } = outcome;
    let verdict = failure.as_ref().map_or("ok".to_owned(), |failure| format!("FAILED: {}", failure.why));
    format!("{:<16} {runs:>9} inputs, {shapes:>4} kinds of answer  {verdict}", target.name)
}

/// Writes an input that failed to a file, so that it can be fed again.
fn keep(target: &Target, failure: &Failure) -> Result<(), String> {
    let folder = PathBuf::from("target").join("fuzz");
    let file = folder.join(format!("{}-{:016x}.input", target.name, random::hash(&failure.input)));
    std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(&file, &failure.input))
        .map_err(|fault| format!("{}: {fault}", file.display()))?;
    println!("  again: cargo run -p doorward-fuzz -- --target {} --replay {}", target.name, file.display());
    Ok(())
}
