//! The checks that need nothing but what the administration shows: keys, secrets, addresses. Pure.

use serde_json::Value;
use url::Url;

use super::finding::Finding;

const DAY: i64 = 24 * 3600;
/// A secret that ends within this time is told.
const SOON: i64 = 30 * DAY;
/// A signing key that has signed for longer than this is told.
const OLD_KEY: i64 = 90 * DAY;

/// The keys of a tenant: one that every client understands signs, and none signs for ever.
pub(super) fn keys(tenant: &str, keys: &[Value], now: i64) -> Vec<Finding> {
    let active =
        |algorithm: &str| keys.iter().any(|key| key["state"] == "active" && key["algorithm"] == algorithm);
    if !active("RS256") {
        return vec![Finding::failure(
            "keys",
            format!("{tenant} has no active RS256 key: most clients understand no other"),
            format!("doorward keys rotate --tenant {tenant} --algorithm RS256"),
        )];
    }
    let old: Vec<Finding> = keys
        .iter()
        .filter(|key| key["state"] == "active")
        .filter_map(|key| {
            let age = now - key["state_since"].as_i64()?;
            let (algorithm, kid) = (key["algorithm"].as_str()?, key["kid"].as_str()?);
            (age > OLD_KEY).then(|| {
                Finding::warning(
                    "keys",
                    format!("{tenant} has signed {algorithm} with {kid} for {} days", age / DAY),
                    format!("doorward keys rotate --tenant {tenant} --algorithm {algorithm}"),
                )
            })
        })
        .collect();
    if old.is_empty() {
        return vec![Finding::ok(
            "keys",
            format!("{tenant}: {} keys, one of them RS256 and active", keys.len()),
        )];
    }
    old
}

/// The secrets of an application.
pub(super) fn secrets(tenant: &str, app: &Value, now: i64) -> Vec<Finding> {
    let name = app["name"].as_str().unwrap_or("?");
    let renew =
        format!("doorward app secret add {} --tenant {tenant}", doorward_core::directory::Undo::new([name]));
    let mut found: Vec<Finding> = Vec::new();
    let secrets: Vec<&Value> = app["secrets"].as_array().into_iter().flatten().collect();
    let ends = |secret: &&Value| secret["expires_at"].as_i64().unwrap_or(i64::MAX);
    let live = secrets.iter().filter(|secret| ends(secret) > now).count();
    let needs_one = matches!(app["kind"].as_str(), Some("web" | "daemon")) && app["disabled"] != true;
    let uses_keys = !app["metadata"]["jwks"].is_null() || !app["metadata"]["jwks_uri"].is_null();
    if needs_one && live == 0 && !uses_keys {
        let why = if secrets.is_empty() { "has no secret" } else { "has only secrets that have ended" };
        found.push(
            Finding::failure("secrets", format!("app {name} of {tenant} {why}"), renew.clone())
                .coded("DW2002"),
        );
    }
    for secret in secrets.iter().filter(|secret| ends(secret) > now && ends(secret) - now < SOON) {
        let days = (ends(secret) - now) / DAY;
        let called = secret["name"].as_str().unwrap_or("?");
        let text = format!("secret \"{called}\" of app {name} ({tenant}) ends in {days} days");
        found.push(Finding::warning("secrets", text, renew.clone()).coded("DW2002"));
    }
    found
}

/// Where single-page code runs on another site than the server, a browser keeps the session from its silent frames.
pub(super) fn sites(tenant: &str, app: &Value, public_url: &Url) -> Vec<Finding> {
    let name = app["name"].as_str().unwrap_or("?");
    let uris = app["redirect_uris"].as_array().into_iter().flatten();
    let foreign: Vec<String> = uris
        .filter(|redirect| redirect["platform"] == "spa")
        .filter_map(|redirect| Url::parse(redirect["uri"].as_str()?).ok())
        .filter_map(|uri| uri.host_str().map(str::to_owned))
        .filter(|host| !is_loopback(host) && site(host) != site(public_url.host_str().unwrap_or_default()))
        .collect();
    foreign
        .first()
        .map(|host| {
            let text = format!(
                "single-page app {name} of {tenant} is on {host}, sign-in on {}: silent frames fail where third-party cookies are blocked",
                public_url.host_str().unwrap_or("?")
            );
            let remedy = format!(
                "serve sign-in under {}, or let the app use refresh tokens (scope offline_access), which need no frame",
                site(host)
            );
            Finding::warning("apps", text, remedy).coded("DW2103")
        })
        .into_iter()
        .collect()
}

/// Redirect URIs by which a code could travel in the clear.
pub(super) fn plain_redirects(tenant: &str, app: &Value) -> Vec<Finding> {
    let name = app["name"].as_str().unwrap_or("?");
    let uris = app["redirect_uris"].as_array().into_iter().flatten();
    uris.filter_map(|redirect| redirect["uri"].as_str())
        .filter(|uri| {
            Url::parse(uri)
                .is_ok_and(|url| url.scheme() == "http" && !url.host_str().is_some_and(is_loopback))
        })
        .map(|uri| {
            let words =
                doorward_core::directory::Undo::new(["app", "redirect", "rm", name, uri, "--tenant", tenant]);
            Finding::warning(
                "apps",
                format!("app {name} of {tenant} returns to {uri} in plain http"),
                format!("doorward {words}"),
            )
        })
        .collect()
}

/// The part of a host name that browsers call its site.
fn site(host: &str) -> String {
    psl::domain_str(host).unwrap_or(host).to_ascii_lowercase()
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::Level;
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn a_tenant_needs_an_rs256_key_and_a_young_one() {
        let key = |algorithm: &str, age: i64| json!({ "state": "active", "algorithm": algorithm, "kid": "k", "state_since": NOW - age });
        assert_eq!(keys("t", &[key("RS256", DAY)], NOW)[0].level, Level::Ok);
        assert_eq!(keys("t", &[key("ES256", DAY)], NOW)[0].level, Level::Failure);
        assert_eq!(keys("t", &[key("RS256", 91 * DAY)], NOW)[0].level, Level::Warning);
    }

    #[test]
    fn secrets_are_told_before_and_after_their_end() {
        let app = |ends: i64| json!({ "name": "web", "kind": "web", "secrets": [{ "name": "a", "expires_at": ends }] });
        assert_eq!(secrets("t", &app(NOW + 31 * DAY), NOW), []);
        assert_eq!(secrets("t", &app(NOW + 12 * DAY), NOW)[0].level, Level::Warning);
        assert_eq!(secrets("t", &app(NOW - 1), NOW)[0].level, Level::Failure);
        let keyed = json!({ "name": "web", "kind": "web", "secrets": [], "metadata": { "jwks": {} } });
        assert_eq!(secrets("t", &keyed, NOW), []);
    }

    #[test]
    fn another_site_is_told_and_another_host_of_the_site_is_not() {
        let app = |uri: &str| json!({ "name": "shop", "redirect_uris": [{ "uri": uri, "platform": "spa" }] });
        let url = Url::parse("https://id.example.co.uk").unwrap();
        assert_eq!(sites("t", &app("https://shop.example.co.uk/cb"), &url), []);
        assert_eq!(sites("t", &app("http://localhost:5173/cb"), &url), []);
        assert_eq!(sites("t", &app("https://shop.other.co.uk/cb"), &url)[0].code, Some("DW2103"));
        let web = json!({ "name": "w", "redirect_uris": [{ "uri": "http://shop.example.com/cb", "platform": "web" }] });
        assert_eq!(plain_redirects("t", &web).len(), 1);
    }
}
