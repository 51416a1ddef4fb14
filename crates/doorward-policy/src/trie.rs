//! The compiled form of all templates: one walk per request, literal before parameter.
//!
//! Each node is visited at most once for a path, so a lookup is bounded by the policy, never by the request.

use std::collections::{BTreeMap, HashMap};

use crate::route::Method;
use crate::template::{Mixed, Segment};

/// Templates by segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trie {
    root: Node,
    shapes: HashMap<String, Leaf>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    leaf: Option<Leaf>,
    literals: HashMap<String, Node>,
    mixed: Vec<(Mixed, Node)>,
    parameter: Option<Box<Node>>,
}

/// The operations of one template: method to index of the route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) methods: BTreeMap<Method, usize>,
    /// Distinguishes templates; equal for the same template below several base paths.
    pub(crate) shape: String,
}

/// A full template: base path and declared template in one.
pub(crate) struct Entry<'a> {
    /// Segments from the root.
    pub(crate) segments: &'a [Segment],
    /// The full shape, as a framework's router would show it.
    pub(crate) full_shape: String,
    /// The declared template's shape.
    pub(crate) shape: String,
}

impl Trie {
    /// Adds one operation. `false` where the same template has the method already.
    pub(crate) fn insert(&mut self, entry: Entry<'_>, method: &Method, route: usize) -> bool {
        let node = entry.segments.iter().fold(&mut self.root, |node, segment| node.child(segment));
        let leaf =
            node.leaf.get_or_insert_with(|| Leaf { methods: BTreeMap::new(), shape: entry.shape.clone() });
        let fresh = leaf.methods.insert(method.clone(), route).is_none();
        self.shapes.insert(entry.full_shape, leaf.clone());
        fresh
    }

    /// The template that a path belongs to.
    pub(crate) fn find(&self, segments: &[&str]) -> Option<&Leaf> {
        self.root.find(segments)
    }

    /// The template with this shape (nameless braces).
    pub(crate) fn by_shape(&self, shape: &str) -> Option<&Leaf> {
        self.shapes.get(shape)
    }
}

impl Node {
    fn child(&mut self, segment: &Segment) -> &mut Self {
        match segment {
            Segment::Literal(text) => self.literals.entry(text.clone()).or_default(),
            Segment::Mixed(mixed) => {
                let at = self.mixed.iter().position(|(known, _)| known == mixed).unwrap_or_else(|| {
                    self.mixed.push((mixed.clone(), Self::default()));
                    self.mixed.len() - 1
                });
                &mut self.mixed[at].1
            }
            Segment::Parameter => self.parameter.get_or_insert_default(),
        }
    }

    fn find(&self, segments: &[&str]) -> Option<&Leaf> {
        let Some((first, rest)) = segments.split_first() else { return self.leaf.as_ref() };
        let literal = self.literals.get(*first).and_then(|node| node.find(rest));
        let mixed = || {
            self.mixed.iter().filter(|(mixed, _)| mixed.matches(first)).find_map(|(_, node)| node.find(rest))
        };
        let parameter =
            || self.parameter.as_ref().filter(|_| !first.is_empty()).and_then(|node| node.find(rest));
        literal.or_else(mixed).or_else(parameter)
    }
}
