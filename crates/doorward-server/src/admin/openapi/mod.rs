//! This API as an OpenAPI 3.1 document, made from the table of routes, so that it tells what there is and nothing else.
//!
//! Owns the shape of the document. The schemas of what is sent and answered, and the parameters, are in
//! `components.json` beside this file; a test looks that each is used and each is there.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::call::{Call, Guard};
use super::reply::{Failure, Reply};
use super::table::{Answer, Operation, TABLE};

/// Schemas and parameters.
static COMPONENTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("components.json")).expect("a test reads the file"));

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    Ok(Reply::ok(document(&call.app.settings().base_url)))
}

/// The document of a server at that address.
pub(super) fn document(base_url: &str) -> Value {
    let mut paths = Map::new();
    for operation in TABLE.iter() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {
            "title": "Doorward administration",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Everything that the command line does. Every change is audited, and every refusal says what to do. An access token is got by: doorward login --server URL --tenant TENANT.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": format!("{base_url}/admin/v1") }],
        "security": [{ "administrator": [] }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": COMPONENTS["schemas"],
            "parameters": COMPONENTS["parameters"],
            "responses": responses(),
            "headers": headers(),
            "securitySchemes": {
                "administrator": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token with the audience api://doorward-admin, issued to the command line (RFC 8252, PKCE). It lives ten minutes; what it lets do depends on the roles of the person at the moment of the request.",
                },
            },
        },
    })
}

const TAGS: [(&str, &str); 9] = [
    ("installation", "The document itself, the first administrator, who asks, audit and traces"),
    ("tenants", "Isolated directories, each with its issuer and keys"),
    ("users", "Accounts, names, passwords, roles, locks, and what is held for them"),
    ("apps", "Applications: redirect URIs, secrets, permissions asked for"),
    ("apis", "APIs: scopes, app roles, shape of their tokens"),
    ("grants", "Permissions that were granted"),
    ("flows", "User flows: named ways in"),
    ("keys", "Signing keys"),
    ("audit", "What was changed, by whom"),
];

fn tags() -> Value {
    TAGS.iter().map(|(name, description)| json!({ "name": name, "description": description })).collect()
}

/// The first place at which a list stands where the schema wants members. The derived readers take a list for a structure,
/// member by member, and nobody means that.
pub(super) fn misshapen(schema: &str, value: &Value) -> Option<String> {
    misshapen_at(&COMPONENTS["schemas"][schema], value, "it")
}

fn misshapen_at(schema: &Value, value: &Value, place: &str) -> Option<String> {
    let schema = match schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        Some(name) => &COMPONENTS["schemas"][name],
        None => schema,
    };
    if let Some(either) = schema["oneOf"].as_array() {
        let of_members = either.iter().find(|either| either["type"] != "null")?;
        return misshapen_at(of_members, value, place);
    }
    match value {
        Value::Array(_) if schema["properties"].is_object() => Some(place.to_owned()),
        Value::Array(items) => items.iter().find_map(|item| misshapen_at(&schema["items"], item, place)),
        Value::Object(members) => {
            members.iter().find_map(|(name, value)| misshapen_at(&schema["properties"][name], value, name))
        }
        _ => None,
    }
}

/// The noun that an address is about.
fn tag(path: &str) -> &'static str {
    let noun = match path.strip_prefix("/tenants") {
        None if path.starts_with("/audit") => "audit",
        None => "installation",
        Some(rest) => match rest.split('/').nth(2).unwrap_or_default() {
            "users" => "users",
            "apps" => "apps",
            "apis" | "api-imports" => "apis",
            "grants" | "role-assignments" => "grants",
            "flows" => "flows",
            "keys" => "keys",
            "audit" => "audit",
            _ => "tenants",
        },
    };
    debug_assert!(TAGS.iter().any(|(name, _)| *name == noun));
    noun
}

fn described(operation: &Operation) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [tag(operation.path)],
        "parameters": parameters(operation),
        "responses": answers(operation),
    });
    described["description"] = match operation.guard {
        Guard::Open => json!("Nobody is asked who they are."),
        Guard::May(act) => {
            let roles: Vec<&str> = act.roles().map(doorward_core::model::DirectoryRole::word).collect();
            json!(format!("{}: allowed to {}.", act.name(), roles.join(", ")))
        }
    };
    if operation.guard == Guard::Open {
        described["security"] = json!([]);
    }
    if let Some(body) = operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": reference("schemas", body) } },
        });
    }
    described
}

fn parameters(operation: &Operation) -> Value {
    let in_path = names_in(operation.path).map(|name| reference("parameters", &format!("path.{name}")));
    let in_query = operation.query.iter().map(|name| {
        let is_list = *name == "permission" && operation.path.ends_with("/requires");
        let component = if is_list { "query.permissions".to_owned() } else { format!("query.{name}") };
        if operation.required.contains(name) {
            // A reference cannot be told to be required here and optional there.
            let mut parameter = COMPONENTS["parameters"][&component].clone();
            parameter["required"] = json!(true);
            parameter
        } else {
            reference("parameters", &component)
        }
    });
    let mut all: Vec<Value> = in_path.chain(in_query).collect();
    if operation.conditional {
        all.push(reference("parameters", "header.if_match"));
    }
    all.into()
}

/// The names in braces.
fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn answers(operation: &Operation) -> Value {
    let mut all = Map::new();
    all.insert(operation.status.to_string(), done(operation));
    for status in refusals(operation) {
        all.insert(status.to_string(), reference("responses", &format!("refused.{status}")));
    }
    all.into()
}

fn done(operation: &Operation) -> Value {
    let mut headers = json!({ "Doorward-Trace": reference("headers", "trace") });
    let schema = match operation.answer {
        Answer::Object(name) => reference("schemas", name),
        Answer::Changed(name) => {
            json!({ "allOf": [reference("schemas", name), reference("schemas", "Change")] })
        }
        Answer::Page(name) => page(name),
        Answer::Rows(name) => {
            let line = reference("schemas", name);
            return json!({
                "description": "The rows, latest first: one JSON object per line, or CSV with a header.",
                "headers": headers,
                "content": {
                    "application/jsonl": { "schema": { "type": "string", "description": "Lines of AuditLine", "contentMediaType": "application/json", "contentSchema": line } },
                    "text/csv": { "schema": { "type": "string" } },
                },
            });
        }
    };
    if matches!(operation.answer, Answer::Object(name) | Answer::Changed(name) if is_tagged(name)) {
        headers["ETag"] = reference("headers", "etag");
    }
    let mut done = json!({
        "description": if operation.status == 201 { "Made." } else { "Done." },
        "headers": headers,
        "content": { "application/json": { "schema": schema } },
    });
    if let Some(links) = links(operation) {
        done["links"] = links;
    }
    done
}

/// What can be shown again, and so has an entity tag.
fn is_tagged(name: &str) -> bool {
    matches!(name, "Api" | "App" | "Flow" | "Tenant" | "User")
}

fn page(name: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": reference("schemas", name) },
            "next": { "type": ["string", "null"], "description": "The cursor of the page that follows" },
        },
        "required": ["items"],
    })
}

/// Where what was made is found, shown, and removed.
fn links(operation: &Operation) -> Option<Value> {
    let (parameter, value, followers) = match operation.id {
        "createTenant" => ("tenant", "$response.body#/name", ["showTenant", "updateTenant", "deleteTenant"]),
        "addUser" => ("user", "$response.body#/id", ["showUser", "updateUser", "removeUser"]),
        "addApp" => ("app", "$response.body#/client_id", ["showApp", "updateApp", "removeApp"]),
        "declareApi" => ("api", "$response.body#/name", ["showApi", "updateApi", "removeApi"]),
        "putFlow" => ("flow", "$response.body#/name", ["showFlow", "putFlow", "removeFlow"]),
        _ => return None,
    };
    let mut links = Map::new();
    for follower in followers {
        let mut parameters = Map::from_iter([(parameter.to_owned(), json!(value))]);
        if parameter != "tenant" {
            parameters.insert("tenant".to_owned(), json!("$request.path.tenant"));
        }
        links.insert(follower.to_owned(), json!({ "operationId": follower, "parameters": parameters }));
    }
    Some(links.into())
}

/// The statuses of refusals, in order.
fn refusals(operation: &Operation) -> Vec<u16> {
    let is_change = matches!(operation.answer, Answer::Changed(_));
    let names_something = operation.path.contains('{') || operation.query.contains(&"app");
    let all = [
        (400, true),
        (401, operation.guard != Guard::Open),
        (403, operation.guard != Guard::Open || operation.body.is_some()),
        (404, names_something),
        (409, is_change),
        (412, operation.conditional),
        (413, true),
        (415, operation.body.is_some()),
        (422, is_change || operation.query.contains(&"cursor")),
        (503, true),
    ];
    all.into_iter().filter(|(_, applies)| *applies).map(|(status, _)| status).collect()
}

fn responses() -> Value {
    let mut all = Map::new();
    for (status, description) in [
        (400, "The request cannot be read: a parameter, the query or the body."),
        (401, "There is no access token, or it is not good any more."),
        (403, "The caller's roles do not allow it; the body names those that would."),
        (404, "There is no such thing; the body names the one that was probably meant."),
        (409, "It cannot be as things stand: a name is taken, something is in use, somebody was faster."),
        (412, "The object is not as If-Match says."),
        (413, "The body is larger than 1 MiB."),
        (415, "The body is not JSON."),
        (422, "A value cannot be; the body says which and why."),
        (503, "The store does not answer; nothing was changed."),
    ] {
        let mut headers = json!({ "Doorward-Trace": reference("headers", "trace") });
        if status == 401 {
            headers["WWW-Authenticate"] = reference("headers", "challenge");
        }
        all.insert(
            format!("refused.{status}"),
            json!({
                "description": description,
                "headers": headers,
                "content": { "application/problem+json": { "schema": reference("schemas", "Problem") } },
            }),
        );
    }
    all.into()
}

fn headers() -> Value {
    json!({
        "trace": {
            "description": "Id under which the checks of this request can be looked up",
            "required": true,
            "schema": { "type": "string", "pattern": "^[0-9a-f]{32}$" },
        },
        "etag": {
            "description": "Strong entity tag of the object, for If-Match (RFC 9110 §8.8.3)",
            "required": true,
            "schema": { "type": "string", "pattern": "^\"[A-Za-z0-9_-]{22}\"$" },
        },
        "challenge": {
            "description": "How to prove who you are (RFC 6750 §3)",
            "required": true,
            "schema": { "type": "string" },
        },
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every `$ref` below a value.
    fn references(value: &Value, all: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    all.insert(target.clone());
                }
                members.values().for_each(|value| references(value, all));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, all)),
            _ => {}
        }
    }

    #[test]
    fn every_route_is_documented_once_under_its_own_name() {
        let document = document("https://id.test");
        let mut ids = BTreeSet::new();
        for operation in TABLE.iter() {
            let method = operation.method.as_str().to_lowercase();
            let described = &document["paths"][operation.path][&method];
            assert_eq!(described["operationId"], operation.id, "{method} {}", operation.path);
            assert!(ids.insert(operation.id), "{} stands twice", operation.id);
        }
        let documented: usize =
            document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(documented, TABLE.len());
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_component_is_used() {
        let document = document("https://id.test");
        let mut used = BTreeSet::new();
        references(&document, &mut used);
        for target in &used {
            let pointer = target.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{target} leads nowhere");
        }
        for kind in ["schemas", "responses", "headers"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                let target = format!("#/components/{kind}/{name}");
                assert!(used.contains(&target), "nothing uses {target}");
            }
        }
        // Required parameters are written out where they are used.
        let text = document["paths"].to_string();
        for (name, parameter) in document["components"]["parameters"].as_object().unwrap() {
            let is_written_out = text.contains(&format!("\"description\":{}", parameter["description"]));
            let is_used = used.contains(&format!("#/components/parameters/{name}"));
            assert!(is_used || is_written_out, "nothing uses {name}");
        }
    }

    #[test]
    fn a_list_is_no_structure() {
        let misshapen = |schema: &str, value: Value| super::misshapen(schema, &value);
        assert_eq!(misshapen("KeyPolicy", json!([null, null])), Some("it".to_owned()));
        assert_eq!(misshapen("NewApi", json!({ "name": "x", "settings": [] })), Some("settings".to_owned()));
        assert_eq!(misshapen("NewApi", json!({ "scopes": [["a", "b"]] })), Some("scopes".to_owned()));
        assert_eq!(misshapen("NewApp", json!({ "secret": ["ci", 7] })), Some("secret".to_owned()));
        assert_eq!(misshapen("NewApp", json!({ "secret": null, "requires": ["a:b"] })), None);
    }

    #[test]
    fn what_takes_a_body_has_an_example_of_it() {
        for operation in TABLE.iter() {
            let Some(name) = operation.body else { continue };
            let schema = &COMPONENTS["schemas"][name];
            let members = schema["properties"].as_object().unwrap();
            let has_example = schema["examples"].is_array()
                || members
                    .values()
                    .all(|member| member.get("examples").is_some() || member["type"].is_array());
            assert!(has_example, "{name} has no example");
            assert_eq!(schema["additionalProperties"], false, "{name} takes anything");
        }
    }
}
