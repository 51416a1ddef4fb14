//! `servers`: the base paths below which the API is reached.

use serde_json::{Map, Value};

use super::finding::{Caution, Pointer, Problem};
use super::reader::{Reader, short};

/// The base paths of all servers, the root where there are none.
pub(super) fn base_paths(reader: &mut Reader<'_>) -> Vec<String> {
    let at = Pointer::root().at("servers");
    let mut base_paths = Vec::new();
    let Some(servers) = reader.root().get("servers") else { return base_paths };
    for (index, server) in reader.array(servers, &at).into_iter().flatten().enumerate() {
        let at = at.at(index);
        let Some(server) = reader.object(server, &at) else { continue };
        let Some(url) = reader.text_member(server, "url", &at) else {
            reader.problem(&at, Problem::ServerUrl { url: String::new() });
            continue;
        };
        let base_path = substituted(reader, url, server, &at).as_deref().and_then(path_of);
        match base_path {
            Some(base_path) => base_paths.push(base_path),
            None => reader.problem(&at.at("url"), Problem::ServerUrl { url: short(url) }),
        }
    }
    base_paths
}

/// The path of `https://host/path`, `//host/path` or `/path`, without a slash at its end.
fn path_of(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let after_scheme = url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//"));
    let path = match after_scheme {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => url,
    };
    let path = path.trim_end_matches('/');
    (path.is_empty() || path.starts_with('/')).then(|| path.to_owned())
}

fn substituted<'d>(
    reader: &mut Reader<'d>,
    url: &str,
    server: &'d Map<String, Value>,
    at: &Pointer,
) -> Option<String> {
    let mut out = String::new();
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let (variable, behind) = after.split_once('}')?;
        out.push_str(before);
        let declared = server.get("variables").and_then(|variables| variables.get(variable))?;
        let value = declared.get("default").and_then(Value::as_str)?;
        let choices = declared.get("enum").and_then(Value::as_array).map_or(0, Vec::len);
        // Of a variable in the host only the path behind it matters.
        let in_path = out.split_once("://").map_or(out.starts_with('/'), |(_, host)| host.contains('/'));
        if in_path && choices != 1 {
            let (variable, value) = (short(variable), short(value));
            reader.caution(&at.at("url"), Caution::ServerVariable { variable, value });
        }
        out.push_str(value);
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_server_url_is_the_base_path() {
        for (url, path) in [
            ("https://api.example.org/v1", Some("/v1")),
            ("https://api.example.org/v1/", Some("/v1")),
            ("https://api.example.org", Some("")),
            ("https://api.example.org/", Some("")),
            ("/v2/x?y#z", Some("/v2/x")),
            ("/", Some("")),
            ("//host/a", Some("/a")),
            ("v1", None),
            ("./v1", None),
        ] {
            assert_eq!(path_of(url).as_deref(), path, "{url}");
        }
    }
}
