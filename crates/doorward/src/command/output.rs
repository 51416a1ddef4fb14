//! Printing: JSON on one line, or aligned text for people; never colour, so that pipes, logs and `NO_COLOR` are content.

use std::io::{self, Write};

use serde_json::Value;

/// How answers are printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// A remark beside the answer.
    pub(super) fn note(self, text: &str) {
        if !self.json {
            write(&mut io::stderr().lock(), &format!("{text}\n"));
        }
    }

    /// A problem, on standard error.
    pub(super) fn problem(self, problem: &Value) {
        let text = if self.json { format!("{problem}\n") } else { problem_text(problem) };
        write(&mut io::stderr().lock(), &text);
    }
}

/// One JSON object on a line of its own, on standard output.
pub(super) fn object(value: &Value) {
    write(&mut io::stdout().lock(), &format!("{value}\n"));
}

/// Lines of text on standard output.
pub(super) fn print(text: &str) {
    write(&mut io::stdout().lock(), text);
}

/// What cannot be written cannot be complained about: a closed pipe is the reader's wish.
fn write(to: &mut impl Write, text: &str) {
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

fn problem_text(problem: &Value) -> String {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let said = text(problem, "detail");
    let said = if said.is_empty() {
        "the server gave an answer that this program does not know".to_owned()
    } else {
        said
    };
    let code = text(problem, "code");
    let gap = if code.is_empty() { "" } else { " " };
    let mut lines = vec![format!("doorward: {code}{gap}{said}")];
    for item in problem["problems"].as_array().into_iter().flatten() {
        lines.push(format!("  {}  {}", text(item, "pointer"), text(item, "problem")));
    }
    for (label, name) in [("do this", "remedy"), ("docs", "docs"), ("trace", "trace")] {
        let said = text(problem, name);
        if !said.is_empty() {
            lines.push(format!("  {label:<8} {said}"));
        }
    }
    lines.join("\n") + "\n"
}

/// The least width of labels, so that the blocks of one answer stand in line.
const LABEL: usize = 11;

/// Labels and values, aligned; a label without a value is left out.
pub(super) fn facts(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0).max(LABEL);
    let lines = rows.iter().filter(|(_, value)| !value.is_empty());
    lines.flat_map(|(label, value)| [format!("{label:<width$}"), format!("  {value}\n")]).collect()
}

/// Columns, aligned; a line with `nothing` where there is no row.
pub(super) fn table(headings: &[&str], rows: &[Vec<String>], nothing: &str) -> String {
    if rows.is_empty() {
        return format!("{nothing}\n");
    }
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let text = padded.collect::<Vec<_>>().join("  ");
        format!("{}\n", text.trim_end())
    };
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    std::iter::once(line(&headings)).chain(rows.iter().map(|row| line(row))).collect()
}

/// A moment as a date and time of day in UTC.
pub(super) fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |moment| moment.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// A moment as a date in UTC.
pub(crate) fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |moment| moment.strftime("%Y-%m-%d").to_string())
}

/// `yes` or nothing.
pub(super) fn tick(is: bool) -> String {
    if is { "yes".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["a".to_owned(), "x".to_owned()], vec!["äöü".to_owned(), String::new()]];
        assert_eq!(table(&["N", "KIND"], &rows, ""), "N    KIND\na    x\näöü\n");
        assert_eq!(table(&["N"], &[], "no apps"), "no apps\n");
    }

    #[test]
    fn a_problem_says_what_to_do() {
        let problem =
            json!({ "code": "DW1070", "detail": "there is no app x", "remedy": "See: doorward app list" });
        assert_eq!(
            problem_text(&problem),
            "doorward: DW1070 there is no app x\n  do this  See: doorward app list\n"
        );
    }

    #[test]
    fn moments_are_utc_and_odd_ones_do_not_panic() {
        assert_eq!(moment(0), "1970-01-01 00:00:00Z");
        assert_eq!(date(1_800_000_000), "2027-01-15");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }
}
