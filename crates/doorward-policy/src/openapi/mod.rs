//! OpenAPI 3.0 and 3.1 (JSON or YAML) to a declaration: what the API exposes and what each operation requires.
//!
//! Owns the reading and every judgement about the document; the result is the plain [`ApiDeclaration`]. Read on our own
//! model, because the difference between an absent `security` (inherits), `[]` (public) and `[{}]` (public, and rarely
//! meant) decides who gets in, and common models lose it. All problems are reported at once, each with a JSON pointer.
//!
//! Extensions: `x-doorward-api` on the document; `x-doorward-any`, `x-doorward-roles`, `x-doorward-kind`, `x-doorward-acr`
//! and `x-doorward-max-age` on an
//! operation or, as a default for its operations, on a path. See [`extensions`] for their meaning.

mod api;
mod assemble;
mod document;
mod extensions;
mod finding;
mod paths;
mod reader;
mod schemes;
mod security;
mod servers;
mod suggest;

use serde_json::Value;

use crate::ApiDeclaration;
use reader::Reader;

pub use finding::{Caution, Finding, Pointer, Problem};

/// What the document cannot say about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where the routes begin.
    pub base_paths: BasePaths,
    /// The API's name, instead of `x-doorward-api.name` or the title.
    pub name: Option<String>,
}

/// What stands before every path on the wire, as the enforcing program sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BasePaths {
    /// These, each empty or `/…`: the service is mounted there.
    Fixed(Vec<String>),
    /// The paths of `servers[].url`, as clients see them.
    #[default]
    FromServers,
    /// Nothing: a proxy strips the base path, or the document repeats it in its paths.
    Root,
}

/// A document that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it declares.
    pub declaration: ApiDeclaration,
    /// What a person should look at.
    pub cautions: Vec<Finding<Caution>>,
}

/// A document that was refused, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", in_lines(problems))]
pub struct Refused {
    /// At least one.
    pub problems: Vec<Finding<Problem>>,
}

/// Reads the text of a document.
pub fn read(text: &str, options: &Options) -> Result<Reading, Refused> {
    match document::parse(text) {
        Ok(root) => read_value(&root, options),
        Err(what) => Err(Refused { problems: vec![Finding { pointer: Pointer::root(), what }] }),
    }
}

/// Reads a document that is JSON already. Prefer [`read`], which notices members that appear twice.
pub fn read_value(root: &Value, options: &Options) -> Result<Reading, Refused> {
    let mut reader = Reader::new(root);
    let declaration = assemble::declaration(&mut reader, options);
    let (problems, cautions) = reader.into_findings();
    match declaration {
        Some(declaration) if problems.is_empty() => Ok(Reading { declaration, cautions }),
        _ => Err(Refused { problems }),
    }
}

fn in_lines(problems: &[Finding<Problem>]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
