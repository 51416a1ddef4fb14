//! Walking the document: typed access that records what is wrong and goes on.

use serde_json::{Map, Value};

use super::finding::{Caution, Finding, Pointer, Problem};
use super::suggest::nearest;

/// The document and what has been found in it so far.
pub(super) struct Reader<'d> {
    root: &'d Value,
    problems: Vec<Finding<Problem>>,
    cautions: Vec<Finding<Caution>>,
}

impl<'d> Reader<'d> {
    pub(super) fn new(root: &'d Value) -> Self {
        Self { root, problems: Vec::new(), cautions: Vec::new() }
    }

    pub(super) fn root(&self) -> &'d Value {
        self.root
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    pub(super) fn into_findings(self) -> (Vec<Finding<Problem>>, Vec<Finding<Caution>>) {
        (self.problems, self.cautions)
    }

    /// Records a problem; beyond a few hundred nobody reads on.
    pub(super) fn problem(&mut self, pointer: &Pointer, what: Problem) {
        let finding = Finding { pointer: pointer.clone(), what };
        if self.problems.len() < MOST_FINDINGS && !self.problems.contains(&finding) {
            self.problems.push(finding);
        }
    }

    pub(super) fn caution(&mut self, pointer: &Pointer, what: Caution) {
        let finding = Finding { pointer: pointer.clone(), what };
        if self.cautions.len() < MOST_FINDINGS && !self.cautions.contains(&finding) {
            self.cautions.push(finding);
        }
    }

    pub(super) fn object(&mut self, value: &'d Value, at: &Pointer) -> Option<&'d Map<String, Value>> {
        self.typed(value.as_object(), "an object", value, at)
    }

    pub(super) fn array(&mut self, value: &'d Value, at: &Pointer) -> Option<&'d Vec<Value>> {
        self.typed(value.as_array(), "a list", value, at)
    }

    pub(super) fn text(&mut self, value: &'d Value, at: &Pointer) -> Option<&'d str> {
        self.typed(value.as_str(), "a text", value, at)
    }

    /// A member that is a text, where it is there.
    pub(super) fn text_member(
        &mut self,
        of: &'d Map<String, Value>,
        name: &str,
        at: &Pointer,
    ) -> Option<&'d str> {
        of.get(name).and_then(|value| self.text(value, &at.at(name)))
    }

    /// Refuses members that are slips of known ones, and every `x-doorward-…` that has no meaning here: an extension
    /// that is silently ignored is a requirement that is silently dropped.
    pub(super) fn members(&mut self, of: &Map<String, Value>, known: &[&str], at: &Pointer) {
        for member in of.keys().filter(|member| !known.contains(&member.as_str())) {
            let ours = member.to_ascii_lowercase().starts_with("x-doorward");
            let foreign_extension = !ours && member.to_ascii_lowercase().starts_with("x-");
            let suggestion = nearest(member, known.iter().copied());
            if ours || (!foreign_extension && suggestion.is_some()) {
                self.problem(&at.at(member), Problem::UnknownMember { member: short(member), suggestion });
            }
        }
    }

    /// Follows local references from `value`; returns where it ends.
    pub(super) fn follow(&mut self, value: &'d Value, at: Pointer) -> Option<(&'d Value, Pointer)> {
        let (mut value, mut place) = (value, at.clone());
        for _ in 0..MOST_HOPS {
            let Some(reference) = value.get("$ref") else { return Some((value, place)) };
            let target = self.text(reference, &place.at("$ref"))?;
            let Some(fragment) = target.strip_prefix('#') else {
                self.problem(&place.at("$ref"), Problem::RefElsewhere { target: short(target) });
                return None;
            };
            let fragment = percent_decoded(fragment);
            let Some(found) = self.root.pointer(&fragment) else {
                let suggestion = self.sibling(&fragment);
                self.problem(&place.at("$ref"), Problem::RefUnresolved { target: short(target), suggestion });
                return None;
            };
            value = found;
            place = fragment
                .split('/')
                .skip(1)
                .fold(Pointer::root(), |p, t| p.at(t.replace("~1", "/").replace("~0", "~")));
        }
        self.problem(&at.at("$ref"), Problem::RefUnresolved { target: place.to_string(), suggestion: None });
        None
    }

    /// The name beside an unresolved pointer's last token that is nearest to it.
    fn sibling(&self, fragment: &str) -> Option<String> {
        let (parent, last) = fragment.rsplit_once('/')?;
        let parent = self.root.pointer(parent)?.as_object()?;
        nearest(last, parent.keys().map(String::as_str))
    }

    fn typed<T>(&mut self, got: Option<T>, expected: &'static str, value: &Value, at: &Pointer) -> Option<T> {
        if got.is_none() {
            let found = match value {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Number(_) => "a number",
                Value::String(_) => "a text",
                Value::Array(_) => "a list",
                Value::Object(_) => "an object",
            };
            self.problem(at, Problem::WrongType { expected, found });
        }
        got
    }
}

/// The beginning of a text from the document.
pub(super) fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let decoded = digits.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const MOST_FINDINGS: usize = 300;
const MOST_HOPS: usize = 16;
