//! What every rule of the administration has before it, and the decision it hands back.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Caller, Outcome};
use crate::change::{Actor, AuditEntry, Change};
use crate::facts::Facts;
use crate::model::{Instant, Tenant, UserId};
use crate::port::Env;

/// Tenant, facts, environment and caller of one command.
pub(super) struct Desk<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) facts: &'a Facts,
    pub(super) env: Env<'a>,
    pub(super) caller: &'a Caller,
}

impl Desk<'_> {
    /// One line for the audit log. `detail` holds no secret.
    pub(super) fn audit(&self, action: &str, target: &str, detail: Value) -> Change {
        Change::Audit(AuditEntry {
            tenant: Some(self.tenant.id),
            at: self.env.now,
            actor: self.caller.actor.clone(),
            credential: self.caller.credential.clone(),
            action: action.to_owned(),
            target: target.to_owned(),
            detail,
        })
    }

    /// The command that takes the change back, in this tenant.
    pub(super) fn undo(&self, words: &[&str]) -> Undo {
        Undo::new(words.iter().copied().chain(["--tenant", self.tenant.name.as_str()]))
    }

    /// The epoch that kills everything issued up to this second. Instants are whole seconds, so the boundary is the next
    /// one: what is issued in the rest of this second dies too, what was issued in its beginning does not survive.
    pub(super) fn epoch_after(&self, old: Instant) -> Instant {
        old.max(self.env.now + std::time::Duration::from_secs(1))
    }

    /// The person who gave the command, where one did.
    pub(super) fn person(&self) -> Option<UserId> {
        match &self.caller.actor {
            Actor::User(_, user) => Some(*user),
            Actor::App(_) | Actor::Operator | Actor::System => None,
        }
    }

    /// Random ids for the parts of one object, however many: all from one draw, apart by their label.
    pub(super) fn ids(&self) -> Ids<'_> {
        Ids { seed: self.env.entropy.draw(), env: self.env }
    }
}

/// Ids derived from one random seed.
pub(super) struct Ids<'a> {
    seed: [u8; 32],
    env: Env<'a>,
}

impl Ids<'_> {
    /// 16 random bytes for the part with that label; the same label gives the same bytes.
    pub(super) fn of(&self, label: &str) -> [u8; 16] {
        let mut input = self.seed.to_vec();
        input.extend_from_slice(label.as_bytes());
        let digest = self.env.vault.digest(&input);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        bytes
    }
}

/// A command that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes true, with the audit line.
    pub changes: Vec<Change>,
    /// The answer.
    pub outcome: Outcome,
    /// How to take it back; `None` where it cannot be or nothing changed.
    pub undo: Option<Undo>,
}

impl Decision {
    /// An answer that changes nothing.
    pub(super) fn of(outcome: Outcome) -> Self {
        Self { changes: Vec::new(), outcome, undo: None }
    }

    /// Adds an effect.
    pub(super) fn change(mut self, change: impl Into<Change>) -> Self {
        self.changes.push(change.into());
        self
    }

    /// Says how to take it back.
    pub(super) fn undone_by(mut self, undo: Undo) -> Self {
        self.undo = Some(undo);
        self
    }
}

/// Writes into the audit line how the object was and is: the members that differ, of the view that administrators see, in
/// which no secret is. What was made has no `before`, what is gone no `after`.
pub(super) fn told(mut decision: Decision, before: Option<Outcome>) -> Decision {
    let is_same_kind =
        |before: &Outcome| std::mem::discriminant(before) == std::mem::discriminant(&decision.outcome);
    let (before, after) = match (before, &decision.outcome) {
        (Some(before), Outcome::Removed(_)) => (members(&before), Map::new()),
        (Some(before), after) if is_same_kind(&before) => (members(&before), members(after)),
        (None, Outcome::AppAdded(added)) => (Map::new(), members(&Outcome::App(Box::new(added.app.clone())))),
        (None, after @ (Outcome::Api(_) | Outcome::Tenant(_) | Outcome::User(_))) => {
            (Map::new(), members(after))
        }
        _ => return decision,
    };
    let differing = |of: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        of.iter()
            .filter(|(name, value)| other.get(*name) != Some(value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let pair = [("before", differing(&before, &after)), ("after", differing(&after, &before))];
    for change in &mut decision.changes {
        if let Change::Audit(AuditEntry { detail: Value::Object(detail), .. }) = change {
            for (name, members) in pair.iter().filter(|(_, members)| !members.is_empty()) {
                detail.insert((*name).to_owned(), members.clone().into());
            }
        }
    }
    decision
}

fn members(outcome: &Outcome) -> Map<String, Value> {
    match serde_json::to_value(outcome) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The words of a command that takes a change back, without the program's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Undo(Vec<String>);

impl Undo {
    /// From words.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Self {
        Self(words.into_iter().map(str::to_owned).collect())
    }

    /// The words.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// As it is typed into a POSIX shell; words with other characters stand in single quotes.
impl std::fmt::Display for Undo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            let plain = !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(&b));
            if plain { f.write_str(word)? } else { write!(f, "'{}'", word.replace('\'', r"'\''"))? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undo_can_be_pasted_into_a_shell() {
        let undo = Undo::new(["app", "rm", "web shop", "it's", "", "--tenant", "meadow"]);
        assert_eq!(undo.to_string(), r"app rm 'web shop' 'it'\''s' '' --tenant meadow");
    }
}
