//! Documents and paths: an API's declaration, its templates, and the requests that are matched against them.

use doorward_policy::openapi::{self, Options};
use doorward_policy::{PermissionName, Policy, RequestPath, Template};

use super::{Target, said};

pub(super) fn all() -> Vec<Target> {
    vec![openapi_document(), request_path(), template(), matched_call()]
}

/// The document of the demo's API.
const NOTES: &str = include_str!("../../../examples/notes.yaml");

fn openapi_document() -> Target {
    let small = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a:\n    get: {security: []}\n";
    let json = r#"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/a/{id}":{"get":{"security":[{"o":["a.b"]}]}}},
        "components":{"securitySchemes":{"o":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://x","scopes":{"a.b":"A"}}}}}}}"#;
    Target::of_text("openapi-document", |text| match openapi::read(text, &Options::default()) {
        Ok(reading) => format!("{} routes", reading.declaration.policy.routes().len()),
        Err(refused) => {
            assert!(!refused.problems.is_empty(), "refused without a reason");
            refused
                .problems
                .iter()
                .take(2)
                .map(|problem| problem.what.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        }
    })
    .examples([NOTES, small, json])
    .words(&[
        "\n",
        "  ",
        ": ",
        "- ",
        "&a ",
        "*a",
        "<<: *a",
        "!!binary ",
        "|",
        ">",
        "{",
        "}",
        "[",
        "]",
        "paths:",
        "security:",
        "$ref: ",
        "'#/components/x'",
        "x-doorward-any:",
        "x-doorward-roles: [",
        "/{id}",
        "openapi: 3.1.0\n",
        "? ",
        "\t",
    ])
    .starts(&["openapi: 3.1.0\npaths:\n", "{\"openapi\":\"3.1.0\",\"paths\":", "a: "])
}

const SEGMENTS: &[&str] = &[
    "/", "//", "/.", "/..", "%2f", "%2F", "%2e", "%25", "%", "%40", ";", "\\", "{", "}", "{id}", "/notes",
    "*",
];

fn request_path() -> Target {
    Target::of_text("request-path", |text| said(RequestPath::parse(text)))
        .examples(["/notes/7", "/notes/a%40b", "/", "/a/b/c"])
        .words(SEGMENTS)
        .starts(&["/notes/"])
}

fn template() -> Target {
    Target::of_text("template", |text| {
        format!("{} {}", said(Template::parse(text)), said(PermissionName::parse(text)))
    })
    .examples(["/notes/{id}", "/a/{b}/c.{d}", "/"])
    .words(SEGMENTS)
    .starts(&["/notes/"])
}

/// The first word is the method.
fn matched_call() -> Target {
    let policy: Policy =
        openapi::read(NOTES, &Options::default()).expect("a test reads this document").declaration.policy;
    Target::of_text("matched-call", move |text| {
        let (method, path) = text.split_once(' ').unwrap_or(("GET", text));
        match policy.route(method, path) {
            Ok(route) => route.label(),
            Err(denial) => format!("{denial:?}"),
        }
    })
    .examples(["GET /notes", "DELETE /notes/7", "POST /notes/7/share", "GET /health"])
    .words(SEGMENTS)
    .words(&["GET ", "DELETE ", "HEAD "])
    .starts(&["GET /notes/"])
}
