//! Making inputs: from good examples and words of the format, changed at random, keeping what gets a new kind of answer.
//!
//! A target answers with a text that says what became of the input. Two texts that differ in more than numbers and quoted
//! parts are two kinds of answer; an input with a new kind is changed further. That is less than coverage guidance and
//! leads past the first checks of a parser all the same, without a nightly compiler.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock;
use crate::random::{Random, hash};
use crate::targets::Target;

/// The longest input that is made by changes.
const MOST_BYTES: usize = 8 * 1024;
/// One such input may not cost more.
const MOST_CPU: Duration = Duration::from_secs(1);
/// Inputs that are kept for further changes.
const MOST_KEPT: usize = 2_000;

/// How a target fared.
pub(crate) struct Outcome {
    pub(crate) runs: u64,
    /// Kinds of answer.
    pub(crate) shapes: usize,
    pub(crate) failure: Option<Failure>,
}

/// An input that should not have done this.
pub(crate) struct Failure {
    pub(crate) input: Vec<u8>,
    pub(crate) why: String,
}

/// Where the last panic happened.
static PANICKED: Mutex<String> = Mutex::new(String::new());

/// Keeps the place of a panic instead of printing it.
pub(crate) fn be_quiet_about_panics() {
    std::panic::set_hook(Box::new(|panic| {
        *PANICKED.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string().replace('\n', " ");
    }));
}

/// Feeds a target until its time is over or it fails.
pub(crate) fn feed(target: &Target, seed: u64, time: Duration) -> Outcome {
    let mut random = Random::new(seed ^ hash(target.name.as_bytes()));
    let mut kept = target.examples.clone();
    kept.push(Vec::new());
    let mut shapes = BTreeSet::new();
    let mut runs = 0;
    for input in kept.clone() {
        runs += 1;
        match run(target, &input) {
            Ok(shape) => shapes.insert(shape),
            Err(why) => return Outcome { runs, shapes: shapes.len(), failure: Some(Failure { input, why }) },
        };
    }
    let end = clock::of_day() + time;
    while clock::of_day() < end {
        for _ in 0..64 {
            let input = changed(&mut random, &kept, &target.words);
            runs += 1;
            match run(target, &input) {
                Ok(shape) => {
                    if shapes.insert(shape) && kept.len() < MOST_KEPT {
                        kept.push(input);
                    }
                }
                Err(why) => {
                    return Outcome { runs, shapes: shapes.len(), failure: Some(Failure { input, why }) };
                }
            }
        }
    }
    Outcome { runs, shapes: shapes.len(), failure: None }
}

/// One input.
pub(crate) fn once(target: &Target, input: &[u8]) -> Outcome {
    let failure = run(target, input).err().map(|why| Failure { input: input.to_vec(), why });
    Outcome { runs: 1, shapes: 1, failure }
}

fn run(target: &Target, input: &[u8]) -> Result<u64, String> {
    let before = clock::used();
    let answer = catch_unwind(AssertUnwindSafe(|| (target.run)(input)))
        .map_err(|_| PANICKED.lock().unwrap_or_else(PoisonError::into_inner).clone())?;
    let cost = clock::used().saturating_sub(before);
    if cost > MOST_CPU {
        return Err(format!("{} bytes cost {} ms", input.len(), cost.as_millis()));
    }
    Ok(shape(&answer))
}

/// The kind of an answer: letters outside of quotation marks, the first forty of them.
fn shape(answer: &str) -> u64 {
    let mut is_quoted = false;
    let answer = answer.replace("\\\"", "");
    let letters = answer.chars().filter(|c| {
        is_quoted ^= matches!(c, '"' | '`');
        !is_quoted && c.is_ascii_alphabetic()
    });
    hash(letters.take(40).collect::<String>().as_bytes())
}

fn changed(random: &mut Random, kept: &[Vec<u8>], words: &[&'static str]) -> Vec<u8> {
    let mut input = random.pick(kept).cloned().unwrap_or_default();
    for _ in 0..=random.below(4) {
        change(random, &mut input, kept, words);
    }
    input.truncate(MOST_BYTES);
    input
}

fn change(random: &mut Random, input: &mut Vec<u8>, kept: &[Vec<u8>], words: &[&'static str]) {
    let at = random.below(input.len() + 1);
    match random.below(10) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 => input.truncate(at),
        3 => {
            let end = (at + random.below(16)).min(input.len());
            input.drain(at..end);
        }
        4 => {
            let end = (at + random.below(64)).min(input.len());
            let part: Vec<u8> = input[at..end].to_vec();
            let times = 1 + random.below(8);
            insert(input, at, &part.repeat(times));
        }
        5 => {
            let other = random.pick(kept).cloned().unwrap_or_default();
            let from = random.below(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        6 => {
            let odd = random.pick(ODD).copied().unwrap_or_default();
            insert(input, at, odd.as_bytes());
        }
        _ => {
            let word = random.pick(words).copied().unwrap_or_default();
            insert(input, at, word.as_bytes());
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, part: &[u8]) {
    input.splice(at..at, part.iter().copied());
}

/// What breaks parsers of any format.
const ODD: &[&str] = &[
    "\0",
    "\r\n",
    "\t",
    " ",
    "%",
    "%00",
    "%zz",
    "%25",
    "\"",
    "'",
    "\\",
    "\u{202e}",
    "\u{feff}",
    "\u{e9}",
    "\u{1f600}",
    "0",
    "-1",
    "9223372036854775808",
    "1e999",
    "NaN",
    "null",
    "true",
    "{}",
    "[]",
    "..",
    "//",
    "://",
    "@",
    "#",
    "?",
    "=",
    "&",
    ";",
    ",",
    ":",
    "+",
    "~",
    "*",
    "<",
    ">",
    "\u{0}\u{0}\u{0}\u{0}",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth;

    #[test]
    fn a_panic_behind_three_checks_is_found() {
        be_quiet_about_panics();
        let target = Target::of_text("fragile", |text| {
            let Some(rest) = text.strip_prefix("key=") else { return "no key".to_owned() };
            let Some((value, _)) = rest.split_once(';') else { return "no end".to_owned() };
            assert!(!value.contains("%zz"), "broken");
            "read".to_owned()
        });
        let target = Target { words: vec!["key=", ";"], ..target };
        let outcome = feed(&target, 1, Duration::from_secs(20));
        let failure = outcome.failure.expect("it is found");
        assert!(failure.why.contains("broken") && failure.input.starts_with(b"key="), "{}", failure.why);
        assert!(once(&target, &failure.input).failure.is_some(), "the same input fails again");
        assert!(once(&target, b"key=x;").failure.is_none());
    }

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let inputs = |seed| {
            let mut random = Random::new(seed);
            (0..50).map(|_| changed(&mut random, &[b"a=b&c".to_vec()], &["&", "="])).collect::<Vec<_>>()
        };
        assert_eq!(inputs(7), inputs(7));
        assert_ne!(inputs(7), inputs(8));
    }

    #[test]
    fn a_cost_that_grows_with_the_square_is_found_and_a_straight_one_is_not() {
        let straight = Target::of_text("straight", |text| {
            (text.bytes().map(usize::from).sum::<usize>() > 0).to_string()
        });
        assert!(growth::watch(&straight).is_none());
        let square = Target::of_text("square", |text| {
            let bytes = text.as_bytes();
            let count = |a: &u8| bytes.iter().step_by(8).filter(|b| *b == a).count();
            (bytes.iter().step_by(8).map(count).sum::<usize>() > 0).to_string()
        });
        assert!(growth::watch(&square).is_some());
    }
}
