//! Counting tests in what test runners print: Rust's libtest and Node's two reporters.

use std::ops::AddAssign;

/// Tests that passed and tests that did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u32,
    pub(super) failed: u32,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Tally {
    /// One step that counts as one test.
    pub(super) fn of_step(passed: bool) -> Self {
        if passed { Self { passed: 1, failed: 0 } } else { Self { passed: 0, failed: 1 } }
    }
}

/// Adds up `test result: ok. 3 passed; 1 failed; …` over all test binaries of one run. A binary that broke before it
/// could say so (it did not link, it was killed) is named by cargo alone and counts as one failure.
pub(super) fn libtest(lines: &[String]) -> Tally {
    let mut tally = Tally::default();
    let (mut named, mut told) = (0_u32, 0_u32);
    for line in lines {
        let line = plain(line);
        named += u32::from(line.starts_with("error: ") && line.contains("failed, to rerun pass"));
        told += u32::from(line.starts_with("test result: FAILED"));
        let Some((_, counts)) = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            continue;
        };
        for part in counts.split("; ") {
            match part.split_once(' ') {
                Some((number, "passed")) => tally.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => tally.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    tally.failed += named.saturating_sub(told);
    tally
}

/// Adds up the closing lines of Node's test runner: `# pass 3` (TAP) or `ℹ pass 3` (spec). A test that was
/// cancelled, skipped or only planned did not pass.
pub(super) fn node(lines: &[String]) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        let line = plain(line);
        let Some(count) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) else { continue };
        let Some((word, Ok(number))) =
            count.split_once(' ').map(|(word, number)| (word, number.parse::<u32>()))
        else {
            continue;
        };
        match word {
            "pass" => tally.passed += number,
            "fail" | "cancelled" | "skipped" | "todo" => tally.failed += number,
            _ => {}
        }
    }
    tally
}

/// Reads the last line of the fuzzer, `20 passed, 0 failed`.
pub(super) fn fuzz(lines: &[String]) -> Tally {
    let sum = |line: &String| {
        let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
        Some(Tally { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
    };
    lines.iter().rev().find_map(sum).unwrap_or_default()
}

/// Reads the last line of `demo --check --json`.
pub(super) fn trial(lines: &[String]) -> Tally {
    let sum = lines.iter().rev().find_map(|line| {
        let sum: serde_json::Value = serde_json::from_str(line).ok()?;
        (sum["event"] == "checked").then_some(sum)
    });
    let number = |name: &str| {
        let number = sum.as_ref().and_then(|sum| sum[name].as_u64()).unwrap_or(0);
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    Tally { passed: number("passed"), failed: number("failed") }
}

/// The line without colour codes.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, tail)| tail);
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_test_binary_counts() {
        let text = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test a ... FAILED\n\
            test result: \u{1b}[31mFAILED\u{1b}[m. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(libtest(&lines(text)), Tally { passed: 7, failed: 1 });
    }

    #[test]
    fn a_test_binary_that_breaks_counts_as_one_failure() {
        let text = "test result: FAILED. 5 passed; 2 failed; 0 ignored\n\
            error: test failed, to rerun pass `-p a --lib`\n\
            error: doctest failed, to rerun pass `-p b --doc`\n\
            error: 2 targets failed:\n";
        assert_eq!(libtest(&lines(text)), Tally { passed: 5, failed: 3 });
    }

    #[test]
    fn both_reporters_of_node_count() {
        let tap = "TAP version 13\n# Subtest: signs in\nok 1 - signs in\n1..1\n# tests 3\n# suites 0\n# pass 2\n# fail 1\n\
            # cancelled 0\n# skipped 0\n# todo 0\n# duration_ms 12.5\n";
        assert_eq!(node(&lines(tap)), Tally { passed: 2, failed: 1 });
        let spec =
            "✔ signs in (3ms)\n\u{1b}[34mℹ tests 4\u{1b}[39m\n\u{1b}[34mℹ pass 4\u{1b}[39m\nℹ fail 0\n";
        assert_eq!(node(&lines(spec)), Tally { passed: 4, failed: 0 });
    }

    #[test]
    fn a_test_that_did_not_run_did_not_pass() {
        let text = "# pass 1\n# fail 0\n# cancelled 1\n# skipped 2\n# todo 1\n";
        assert_eq!(node(&lines(text)), Tally { passed: 1, failed: 4 });
    }

    #[test]
    fn the_fuzzer_is_counted_by_its_sum() {
        let text = "jws   100 inputs,   3 kinds of answer  ok\n19 passed, 1 failed\n";
        assert_eq!(fuzz(&lines(text)), Tally { passed: 19, failed: 1 });
        assert_eq!(fuzz(&lines("passed, failed\n")), Tally::default());
    }

    #[test]
    fn a_trial_is_counted_by_its_sum() {
        let text = "{\"event\":\"trial\",\"ok\":true}\n{\"event\":\"checked\",\"passed\":48,\"failed\":1}\n";
        assert_eq!(trial(&lines(text)), Tally { passed: 48, failed: 1 });
        assert_eq!(trial(&lines("{\"passed\":3}\nnonsense\n")), Tally::default());
    }

    #[test]
    fn other_lines_count_nothing() {
        let text = "# pass the salt\n# pass\npass 3\ntest result: strange\n5 passed; 0 failed\n";
        assert_eq!(node(&lines(text)), Tally::default());
        assert_eq!(libtest(&lines(text)), Tally::default());
    }
}
