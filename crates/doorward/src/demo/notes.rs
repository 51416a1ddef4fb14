//! Notes, in memory: one list per person, bounded, gone when the demo ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Notes per person.
const MOST_NOTES: usize = 200;
/// People with a list.
const MOST_PEOPLE: usize = 1000;
/// Characters per note.
pub(super) const LONGEST: usize = 2000;

/// What a new list begins with, so that there is something to read and to delete.
const FIRST: [&str; 5] = [
    "Water the ferns",
    "Return the library books",
    "Buy oat milk",
    "Ask the plumber about the kitchen tap",
    "Book the train to the coast",
];

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Note {
    /// Number in its owner's list.
    pub(super) id: u64,
    pub(super) text: String,
    /// Shown to everybody.
    pub(super) shared: bool,
}

/// A note of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct OwnedNote {
    /// Whose: the name in the token where there is one, else the id.
    pub(super) owner: String,
    #[serde(flatten)]
    pub(super) note: Note,
}

/// Why a note was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoteFault {
    #[error("a note has 1 to {LONGEST} characters")]
    Length,
    #[error("a list holds at most {MOST_NOTES} notes: delete one first")]
    Full,
    #[error("this demo keeps the notes of {MOST_PEOPLE} people")]
    Crowded,
}

/// Who calls: the stable id, and a name for people.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
}

#[derive(Debug)]
struct List {
    name: String,
    next: u64,
    notes: Vec<Note>,
}

impl List {
    fn new(name: &str) -> Self {
        let notes: Vec<Note> =
            (1..).zip(FIRST).map(|(id, text)| Note { id, text: text.to_owned(), shared: false }).collect();
        Self { name: name.to_owned(), next: notes.len() as u64 + 1, notes }
    }
}

/// Everybody's notes.
#[derive(Debug, Default)]
pub(super) struct Notes(Mutex<BTreeMap<String, List>>);

impl Notes {
    /// Gives people their list before they come, so that there is something to read from the start.
    pub(super) fn begin<'o>(&self, owners: impl IntoIterator<Item = Owner<'o>>) {
        for owner in owners {
            // With more people than fit the others begin when they come, or are told.
            let _ = self.of(owner);
        }
    }

    /// The owner's notes.
    pub(super) fn of(&self, owner: Owner<'_>) -> Result<Vec<Note>, NoteFault> {
        self.with(owner, |list| list.notes.clone())
    }

    /// What other people share.
    pub(super) fn shared_with(&self, owner: Owner<'_>) -> Vec<OwnedNote> {
        self.select(|id, note| id != owner.id && note.shared)
    }

    /// Everybody's, and how many people there are.
    pub(super) fn all(&self) -> (Vec<OwnedNote>, usize) {
        let notes = self.select(|_, _| true);
        let people = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        (notes, people)
    }

    /// One note of the owner's.
    pub(super) fn find(&self, owner: Owner<'_>, id: u64) -> Option<Note> {
        self.with(owner, |list| list.notes.iter().find(|note| note.id == id).cloned()).ok().flatten()
    }

    /// Adds a note.
    pub(super) fn add(&self, owner: Owner<'_>, text: &str) -> Result<Note, NoteFault> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(NoteFault::Length);
        }
        self.with(owner, |list| {
            if list.notes.len() >= MOST_NOTES {
                return Err(NoteFault::Full);
            }
            let note = Note { id: list.next, text: text.to_owned(), shared: false };
            list.next += 1;
            list.notes.push(note.clone());
            Ok(note)
        })?
    }

    /// Deletes a note; whether it was there.
    pub(super) fn delete(&self, owner: Owner<'_>, id: u64) -> Option<()> {
        let removed = self.with(owner, |list| {
            let before = list.notes.len();
            list.notes.retain(|note| note.id != id);
            list.notes.len() < before
        });
        removed.unwrap_or(false).then_some(())
    }

    /// Shows a note to everybody.
    pub(super) fn share(&self, owner: Owner<'_>, id: u64) -> Option<Note> {
        let shared = self.with(owner, |list| {
            let note = list.notes.iter_mut().find(|note| note.id == id)?;
            note.shared = true;
            Some(note.clone())
        });
        shared.ok().flatten()
    }

    fn with<T>(&self, owner: Owner<'_>, act: impl FnOnce(&mut List) -> T) -> Result<T, NoteFault> {
        let mut people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !people.contains_key(owner.id) && people.len() >= MOST_PEOPLE {
            return Err(NoteFault::Crowded);
        }
        Ok(act(people.entry(owner.id.to_owned()).or_insert_with(|| List::new(owner.name))))
    }

    fn select(&self, wanted: impl Fn(&str, &Note) -> bool) -> Vec<OwnedNote> {
        let people = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for (id, list) in people.iter() {
            for note in list.notes.iter().filter(|note| wanted(id, note)) {
                found.push(OwnedNote { owner: list.name.clone(), note: note.clone() });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Owner<'static> = Owner { id: "1", name: "ada" };
    const BEN: Owner<'static> = Owner { id: "2", name: "ben" };

    #[test]
    fn everybody_has_a_list_of_their_own() {
        let notes = Notes::default();
        let added = notes.add(ADA, "  Prune the hedge ").unwrap();
        assert_eq!((added.id, added.text.as_str()), (6, "Prune the hedge"));
        assert_eq!(notes.of(BEN).unwrap().len(), 5);
        assert_eq!(notes.delete(BEN, 6), None);
        assert_eq!(notes.delete(ADA, 6), Some(()));
        assert_eq!(notes.find(ADA, 6), None);
        assert_eq!(notes.add(ADA, "x").unwrap().id, 7, "a number is not given twice");
        assert_eq!(notes.all(), (notes.select(|_, _| true), 2));
    }

    #[test]
    fn a_shared_note_is_seen_by_others() {
        let notes = Notes::default();
        assert!(notes.share(ADA, 2).unwrap().shared);
        assert_eq!(notes.share(ADA, 99), None);
        assert_eq!(notes.shared_with(BEN).iter().map(|n| n.owner.as_str()).collect::<Vec<_>>(), ["ada"]);
        assert!(notes.shared_with(ADA).is_empty());
    }

    #[test]
    fn lists_are_bounded() {
        let notes = Notes::default();
        assert_eq!(notes.add(ADA, " "), Err(NoteFault::Length));
        assert_eq!(notes.add(ADA, &"x".repeat(LONGEST + 1)), Err(NoteFault::Length));
        let full = (0..=MOST_NOTES).find_map(|_| notes.add(ADA, "x").err());
        assert_eq!(full, Some(NoteFault::Full));
        for id in 0..MOST_PEOPLE {
            let _ = notes.of(Owner { id: &format!("p{id}"), name: "p" });
        }
        assert_eq!(notes.of(Owner { id: "late", name: "late" }), Err(NoteFault::Crowded));
    }
}
