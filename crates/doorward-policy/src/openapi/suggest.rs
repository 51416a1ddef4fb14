//! "Did you mean": the nearest known name.

/// The candidate with the fewest edits, if it is near enough to be a slip: one edit in four characters, at most three.
pub(super) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let allowed = (text.chars().count().min(MOST_COMPARED) / 4).clamp(1, 3);
    let lower = text.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (edits(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}

/// Levenshtein's distance of the first characters of both.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) =
        (a.chars().take(MOST_COMPARED).collect(), b.chars().take(MOST_COMPARED).collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

const MOST_COMPARED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        assert_eq!(nearest("notes.raed", ["notes.write", "notes.read"]), Some("notes.read".to_owned()));
        assert_eq!(nearest("Notes.Read", ["notes.read"]), Some("notes.read".to_owned()));
        assert_eq!(nearest("calendar", ["notes.read"]), None);
        assert_eq!(nearest("", ["notes.read"]), None);
    }
}
