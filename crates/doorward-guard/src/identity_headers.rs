//! Headers by which a proxy tells a service who calls: a caller must not be able to send them itself.

use http::HeaderMap;
use http::header::HeaderName;

/// Removes them, in every spelling: some programs read `X_Forwarded_User` as `X-Forwarded-User`. Method overrides go
/// too, since the route was judged by the real method.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let foreign: Vec<HeaderName> =
        headers.keys().filter(|name| claims_identity(name.as_str())).cloned().collect();
    for name in foreign {
        headers.remove(&name);
    }
}

fn claims_identity(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || NAMES.contains(&name.as_str())
}

const PREFIXES: &[&str] = &[
    "doorward-",
    "x-amzn-oidc-",
    "x-auth-request-",
    "x-authenticated-",
    "x-goog-authenticated-user-",
    "x-ms-client-principal",
    "x-remote-",
];

const NAMES: &[&str] = &[
    "remote-email",
    "remote-groups",
    "remote-name",
    "remote-user",
    "x-forwarded-access-token",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-user",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-user",
    "x-webauth-user",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_stripped_in_every_spelling_and_the_rest_stays() {
        let mut headers = HeaderMap::new();
        for name in [
            "Doorward-Decision",
            "x_forwarded_user",
            "X-Forwarded-For",
            "authorization",
            "x-ms-client-principal-id",
            "accept",
        ] {
            headers.insert(
                HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap(),
                "x".parse().unwrap(),
            );
        }
        strip(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "authorization", "x-forwarded-for"]);
    }
}
