//! Whether the cost of a parser grows faster than its input.
//!
//! A word of the format, repeated: a quarter of the length against the whole. Four times the input may cost four times as
//! much, with room for what a machine does besides; the square would cost sixteen times as much. CPU time is compared, three
//! times over, and only where there is enough of it to compare.

use std::time::Duration;

use crate::clock;
use crate::engine::Failure;
use crate::targets::Target;

/// The whole length in bytes. Longer requests are refused unread at every door.
const WHOLE: usize = 64 * 1024;
/// Less than this is noise.
const LEAST: Duration = Duration::from_millis(20);
/// Below this, a quarter counts as this much: costs that do not depend on the length do not help anybody.
const FLOOR: Duration = Duration::from_millis(1);
/// More than linear, less than the square.
const MOST_FACTOR: u32 = 10;
const ROUNDS: usize = 3;

/// Repeats every word of a target, and what surrounds it in the examples.
pub(crate) fn watch(target: &Target) -> Option<Failure> {
    let general = ["a", "%41", "[", "{\"a\":", "a=b&", "/..", ". ", "\"", "- a\n", "\u{e9}"];
    target.words.iter().copied().chain(general).find_map(|word| {
        target.starts.iter().find_map(|start| {
            let input = |length: usize| {
                let mut input = start.as_bytes().to_vec();
                while input.len() < length {
                    input.extend_from_slice(word.as_bytes());
                    if word.is_empty() {
                        break;
                    }
                }
                input
            };
            let (quarter, whole) = (input(WHOLE / 4), input(WHOLE));
            let grows = || {
                let (less, more) = (cost(target, &quarter), cost(target, &whole));
                (more > LEAST && more > less.max(FLOOR) * MOST_FACTOR).then_some((less, more))
            };
            let (less, more) = (0..ROUNDS).map(|_| grows()).collect::<Option<Vec<_>>>()?.pop()?;
            let why = format!(
                "{word:?} repeated: {} bytes cost {} us, {} bytes cost {} us",
                quarter.len(),
                less.as_micros(),
                whole.len(),
                more.as_micros()
            );
            Some(Failure { input: whole, why })
        })
    })
}

fn cost(target: &Target, input: &[u8]) -> Duration {
    let before = clock::used();
    // A panic was told by the engine already.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (target.run)(input)));
    clock::used().saturating_sub(before)
}
