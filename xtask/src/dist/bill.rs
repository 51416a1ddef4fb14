//! The software bill of materials: every crate that is linked into the binary, as CycloneDX 1.5.
//!
//! Read from `cargo metadata` for the one target and the features that are built, without what only tests use.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use serde_json::{Value, json};

use super::{Release, text};

/// Writes `doorward-VERSION.cdx.json`.
pub(super) fn write(release: &Release) -> anyhow::Result<PathBuf> {
    let host = text(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let metadata = text(
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", &host])
            .current_dir(&release.root),
    )?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let linked = linked(&metadata).context("cargo metadata does not know the binary")?;
    let components: Vec<Value> = packages(&metadata)
        .filter(|package| linked.contains(package["id"].as_str().unwrap_or_default()))
        .filter(|package| package["name"] != "doorward")
        .map(component)
        .collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "doorward",
                "version": release.version,
                "purl": format!("pkg:generic/doorward@{}", release.version),
            }
        },
        "components": components,
    });
    let file = release.out.join(format!("doorward-{}.cdx.json", release.version));
    std::fs::write(&file, format!("{document:#}\n"))
        .with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// The ids of what the binary reaches by ordinary and build dependencies.
fn linked(metadata: &Value) -> Option<BTreeSet<String>> {
    let nodes = metadata["resolve"]["nodes"].as_array()?;
    let root = packages(metadata).find(|package| package["name"] == "doorward")?["id"].as_str()?;
    let mut found = BTreeSet::from([root.to_owned()]);
    let mut open = vec![root.to_owned()];
    while let Some(id) = open.pop() {
        let Some(node) = nodes.iter().find(|node| node["id"] == id.as_str()) else { continue };
        for dependency in node["deps"].as_array().into_iter().flatten() {
            let kinds = dependency["dep_kinds"].as_array().into_iter().flatten();
            let ships = kinds.into_iter().any(|kind| kind["kind"] != "dev");
            if let (true, Some(id)) = (ships, dependency["pkg"].as_str())
                && found.insert(id.to_owned())
            {
                open.push(id.to_owned());
            }
        }
    }
    Some(found)
}

fn component(package: &Value) -> Value {
    let (name, version) = (&package["name"], &package["version"]);
    let purl = format!("pkg:cargo/{}@{}", name.as_str().unwrap_or("?"), version.as_str().unwrap_or("?"));
    let mut component =
        json!({ "type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl });
    if let Some(licence) = package["license"].as_str() {
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_tests_use_is_not_on_the_bill() {
        let metadata = json!({
            "packages": [{ "id": "a", "name": "doorward" }, { "id": "b", "name": "b" }, { "id": "c", "name": "c" }],
            "resolve": { "nodes": [
                { "id": "a", "deps": [
                    { "pkg": "b", "dep_kinds": [{ "kind": null }] },
                    { "pkg": "c", "dep_kinds": [{ "kind": "dev" }] },
                ] },
                { "id": "b", "deps": [] },
            ] },
        });
        assert_eq!(linked(&metadata).unwrap(), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    }
}
