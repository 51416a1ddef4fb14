//! Addresses below `/admin/v1`, every segment and value encoded.

/// A path of the administration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    segments: String,
    query: Vec<(String, String)>,
}

impl Path {
    /// From segments as they are named.
    pub(super) fn of(segments: &[&str]) -> Self {
        let segments = segments.iter().flat_map(|segment| ["/".to_owned(), encode(segment)]).collect();
        Self { segments, query: Vec::new() }
    }

    /// With a parameter.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a parameter where there is a value.
    pub(super) fn with_some(self, name: &str, value: Option<&String>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The request target.
    pub(super) fn target(&self) -> String {
        let mut target = format!("/admin/v1{}", self.segments);
        if !self.query.is_empty() {
            let query =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.query).finish();
            target.push('?');
            target.push_str(&query);
        }
        target
    }
}

/// Everything but unreserved characters is encoded (RFC 3986 §2.3), and a segment of dots alone, which some programs
/// resolve.
fn encode(segment: &str) -> String {
    let dots_only = segment.bytes().all(|b| b == b'.');
    segment
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(b).to_string(),
            b'.' if !dots_only => ".".to_owned(),
            _ => format!("%{b:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_in_paths_and_queries() {
        let path =
            Path::of(&["tenants", "meadow", "apis", "api://no tes"]).with("uri", "https://a.test/?x=1&y");
        assert_eq!(
            path.target(),
            "/admin/v1/tenants/meadow/apis/api%3A%2F%2Fno%20tes?uri=https%3A%2F%2Fa.test%2F%3Fx%3D1%26y"
        );
        assert_eq!(Path::of(&["..", "a.b"]).target(), "/admin/v1/%2E%2E/a.b");
    }
}
