//! The policy of one API: its routes, compiled; everything else is denied.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::requirement::RequirementFault;
use crate::template::{Segment, shape_of};
use crate::trie::{Entry, Leaf, Trie};
use crate::{Ambiguity, Denial, Method, PermissionName, RequestPath, Route, Template, TemplateFault};

/// Routes of an API and what each requires. Holding one is the proof that ids are unique, that no two routes answer one
/// request, and that every requirement can be met by somebody.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Policy {
    api: String,
    base_paths: Vec<String>,
    resource: Option<String>,
    routes: Vec<Route>,
    trie: Trie,
}

impl Policy {
    /// Compiles `routes` of the API named `api`, reachable below the root.
    pub fn new(api: impl Into<String>, routes: Vec<Route>) -> Result<Self, PolicyFault> {
        Self::assemble(Document {
            api: api.into(),
            base_paths: vec![String::new()],
            default: DefaultRule::Deny,
            resource: None,
            routes,
            version: VERSION,
        })
    }

    /// Puts `base_paths` in front of every template: each empty, or `/…` without a slash at the end. An empty list
    /// means the root.
    pub fn with_base_paths(self, base_paths: Vec<String>) -> Result<Self, PolicyFault> {
        Self::assemble(Document { base_paths, ..self.into() })
    }

    /// Names the identifier URI that stands before a scope when a client asks for it: `api://notes` in
    /// `api://notes/notes.read`. Used in remedies only.
    pub fn with_resource(mut self, resource: Option<String>) -> Self {
        self.resource = resource;
        self
    }

    /// The API's name.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The identifier URI, see [`Policy::with_resource`].
    pub fn resource(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    /// What stands before every template; one empty text is the root.
    pub fn base_paths(&self) -> &[String] {
        &self.base_paths
    }

    /// The routes, ordered by template and method.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The route of a request by its raw path (origin form, no query).
    pub fn route(&self, method: &str, path: &str) -> Result<&Route, Denial> {
        let read = RequestPath::parse(path).map_err(|why| Denial::ambiguous(path, why))?;
        let leaf = self.trie.find(&read.decoded());
        if read.is_encoded() {
            let undecoded = self.trie.find(&read.raw());
            if let (Some(a), Some(b)) = (leaf, undecoded)
                && a.shape != b.shape
            {
                return Err(Denial::ambiguous(path, Ambiguity::EncodedLiteral));
            }
        }
        self.pick(leaf, method, path)
    }

    /// The route of a request by the template that the framework's own router matched, whatever its parameters are
    /// called. The raw path has to be judged by [`RequestPath::parse`] as well.
    pub fn route_by_template(&self, method: &str, template: &str) -> Result<&Route, Denial> {
        self.pick(self.trie.by_shape(&shape_of(template)), method, template)
    }

    /// The one text of this policy: sorted members, no white space. Equal policies have equal texts.
    pub fn canonical_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a policy holds only texts and lists");
        let mut text = String::new();
        write_canonical(&value, &mut text);
        text
    }

    fn pick(&self, leaf: Option<&Leaf>, method: &str, path: &str) -> Result<&Route, Denial> {
        let leaf = leaf.ok_or_else(|| Denial::undeclared(method, path))?;
        match leaf.methods.iter().find(|(declared, _)| declared.as_str() == method) {
            Some((_, index)) => Ok(&self.routes[*index]),
            None => Err(Denial::MethodNotDeclared {
                method: method.chars().take(20).collect(),
                template: leaf
                    .methods
                    .values()
                    .next()
                    .map_or(String::new(), |i| self.routes[*i].template.to_string()),
                declared: leaf.methods.keys().cloned().collect(),
            }),
        }
    }

    fn assemble(document: Document) -> Result<Self, PolicyFault> {
        let Document { api, mut base_paths, default: DefaultRule::Deny, resource, mut routes, version } =
            document;
        if version != VERSION {
            return Err(PolicyFault::Version { version });
        }
        if base_paths.is_empty() {
            base_paths.push(String::new());
        }
        base_paths.sort();
        base_paths.dedup();
        routes.sort_by(|a, b| (a.template.as_str(), &a.method).cmp(&(b.template.as_str(), &b.method)));
        check_routes(&routes)?;
        let trie = compile(&base_paths, &routes)?;
        Ok(Self { api, base_paths, resource, routes, trie })
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        (&self.api, &self.base_paths, &self.resource, &self.routes)
            == (&other.api, &other.base_paths, &other.resource, &other.routes)
    }
}

impl Eq for Policy {}

/// Why a set of routes is no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// A base path that is neither empty nor `/…`, or that holds parameters.
    #[error("base path `{base_path}` is not a plain path without a slash at its end")]
    BasePath {
        /// The text.
        base_path: String,
    },
    /// Two routes with one id.
    #[error("two routes are called `{id}`")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// Two routes for one method and template.
    #[error("`{first}` and `{second}` answer the same requests")]
    DuplicateRoute {
        /// Label of the one.
        first: String,
        /// Label of the other.
        second: String,
    },
    /// A requirement that no token meets.
    #[error("nobody can meet the requirement of `{route}`: {fault}")]
    Requirement {
        /// Label of the route.
        route: String,
        /// What contradicts what.
        fault: RequirementFault,
    },
    /// Two templates that match a common path, none more literal, with different requirements.
    #[error(
        "`{first}` and `{second}` match common paths, are equally specific, and require different things"
    )]
    Rivals {
        /// Label of the one.
        first: String,
        /// Label of the other.
        second: String,
    },
    /// More than [`MAX_ROUTES`] routes.
    #[error("{count} routes are more than the {MAX_ROUTES} a policy may have")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// A document of another version of this form.
    #[error("policy version {version} is not the version {VERSION} that this program reads")]
    Version {
        /// The version in the document.
        version: u32,
    },
}

/// The form in which a policy is stored and sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    api: String,
    base_paths: Vec<String>,
    default: DefaultRule,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    routes: Vec<Route>,
    version: u32,
}

/// What happens to a request that no route declares. There is one answer; it is written down so that no other program
/// may assume another.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DefaultRule {
    Deny,
}

impl From<Policy> for Document {
    fn from(policy: Policy) -> Self {
        let Policy { api, base_paths, resource, routes, trie: _ } = policy;
        Self { api, base_paths, default: DefaultRule::Deny, resource, routes, version: VERSION }
    }
}

impl TryFrom<Document> for Policy {
    type Error = PolicyFault;

    fn try_from(document: Document) -> Result<Self, PolicyFault> {
        Self::assemble(document)
    }
}

fn check_routes(routes: &[Route]) -> Result<(), PolicyFault> {
    if routes.len() > MAX_ROUTES {
        return Err(PolicyFault::TooMany { count: routes.len() });
    }
    let mut ids = HashSet::new();
    for route in routes {
        if !ids.insert(route.id.as_str()) {
            return Err(PolicyFault::DuplicateId { id: route.id.clone() });
        }
        route
            .requirement
            .check_satisfiable()
            .map_err(|fault| PolicyFault::Requirement { route: route.label(), fault })?;
    }
    match rivals(routes).into_iter().next() {
        Some((a, b)) => Err(PolicyFault::Rivals { first: routes[a].label(), second: routes[b].label() }),
        None => Ok(()),
    }
}

/// Pairs of routes whose requests overlap and whose requirements differ.
pub(crate) fn rivals(routes: &[Route]) -> Vec<(usize, usize)> {
    let mut alike: BTreeMap<(&Method, usize), Vec<usize>> = BTreeMap::new();
    for (index, route) in routes.iter().enumerate() {
        alike.entry((&route.method, route.template.segments().len())).or_default().push(index);
    }
    let mut found = Vec::new();
    for group in alike.values() {
        for (at, first) in group.iter().enumerate() {
            for second in &group[at + 1..] {
                let (a, b) = (&routes[*first], &routes[*second]);
                if a.requirement != b.requirement && a.template.rivals(&b.template) {
                    found.push((*first, *second));
                }
            }
        }
    }
    found
}

fn compile(base_paths: &[String], routes: &[Route]) -> Result<Trie, PolicyFault> {
    let mut trie = Trie::default();
    for base_path in base_paths {
        let base = base_segments(base_path)?;
        for (index, route) in routes.iter().enumerate() {
            let segments: Vec<Segment> = base.iter().chain(route.template.segments()).cloned().collect();
            let shape = route.template.shape();
            let entry = Entry { segments: &segments, full_shape: format!("{base_path}{shape}"), shape };
            if !trie.insert(entry, &route.method, index) {
                let second = routes.iter().rev().find(|other| {
                    other.id != route.id
                        && other.method == route.method
                        && other.template.rivals(&route.template)
                });
                let second = second.map_or_else(|| route.label(), Route::label);
                return Err(PolicyFault::DuplicateRoute { first: route.label(), second });
            }
        }
    }
    Ok(trie)
}

fn base_segments(base_path: &str) -> Result<Vec<Segment>, PolicyFault> {
    let fault = || PolicyFault::BasePath { base_path: base_path.to_owned() };
    if base_path.is_empty() {
        return Ok(Vec::new());
    }
    let template = Template::parse(base_path).map_err(|_: TemplateFault| fault())?;
    let plain = template.segments().iter().all(|s| matches!(s, Segment::Literal(text) if !text.is_empty()));
    if plain { Ok(template.segments().to_vec()) } else { Err(fault()) }
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members.iter().collect();
            out.push('{');
            for (index, (name, member)) in sorted.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                write_canonical(member, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

/// A scope that a client has to ask for, spelled with the resource in front where it is known.
pub(crate) fn asked_for(resource: Option<&str>, scope: &PermissionName) -> String {
    match resource {
        Some(resource) => format!("{}/{scope}", resource.trim_end_matches('/')),
        None => scope.to_string(),
    }
}

/// The version of the stored form.
const VERSION: u32 = 1;

/// Pairs of templates are compared, so the number is bounded.
const MAX_ROUTES: usize = 5_000;

#[cfg(test)]
mod tests;
