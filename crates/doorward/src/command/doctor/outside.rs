//! The server as others see it: through its public address, whatever stands in front of it.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::finding::Finding;

/// A metadata document is smaller than that.
const MOST_BYTES: usize = 256 * 1024;
/// Tokens are refused where clocks differ by more than the leeway of common clients.
const MOST_SKEW: u64 = 30;

/// Asks the public address for a tenant's metadata and judges the answer. `tenant` is any that exists.
pub(super) async fn look(public_url: &str, tenant: &str, now: i64) -> Vec<Finding> {
    let address = format!("{public_url}/{tenant}/.well-known/openid-configuration");
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .user_agent(concat!("doorward-doctor/", env!("CARGO_PKG_VERSION")))
        .build();
    let sent = match client {
        Ok(client) => client.get(&address).send().await,
        Err(fault) => Err(fault),
    };
    let mut response = match sent {
        Ok(response) => response,
        Err(fault) => {
            let why = causes(&fault);
            let remedy = "start the server, and check name, route and certificate of public_url from where applications run";
            return vec![Finding::failure("public", format!("{address} does not answer: {why}"), remedy)];
        }
    };
    let header =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (status, date) = (response.status().as_u16(), header("date"));
    let (is_ours, location, transport) =
        (header("doorward-trace").is_some(), header("location"), header("strict-transport-security"));
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            break;
        }
    }
    let mut findings = vec![judge((public_url, tenant, &address), status, is_ours, (location, &body))];
    if transport.is_none() {
        let remedy = "let the proxy pass Strict-Transport-Security on";
        findings.push(Finding::warning("public", "Strict-Transport-Security does not arrive", remedy));
    }
    findings.push(clock(date.as_deref(), now));
    findings
}

fn judge(
    (public_url, tenant, address): (&str, &str, &str),
    status: u16,
    is_ours: bool,
    (location, body): (Option<String>, &[u8]),
) -> Finding {
    if !is_ours {
        let remedy = "let the proxy pass every path on to this server, and nothing else answer at public_url";
        let to = location.map(|to| format!(" and leads to {to}")).unwrap_or_default();
        return Finding::failure(
            "public",
            format!("{address} is answered by something else (status {status}{to})"),
            remedy,
        );
    }
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let expected = format!("{public_url}/{tenant}");
    match document["issuer"].as_str() {
        Some(issuer) if issuer == expected => {
            Finding::ok("public", format!("{address} says issuer {issuer}"))
        }
        Some(issuer) => {
            let remedy =
                format!("set public_url to the address that applications use; the issuer must be {expected}");
            Finding::failure("public", format!("{address} says issuer {issuer}"), remedy).coded("DW1005")
        }
        None => {
            let remedy = "let the proxy pass bodies on as they are; doorward explain DW1005 tells what clients do with it";
            Finding::failure("public", format!("{address} answers {status} without an issuer"), remedy)
                .coded("DW1005")
        }
    }
}

/// This machine's clock beside the one that the answer names.
fn clock(date: Option<&str>, now: i64) -> Finding {
    let there = date.and_then(|text| httpdate::parse_http_date(text).ok());
    let there = there.and_then(|there| there.duration_since(UNIX_EPOCH).ok());
    let Some(there) = there.and_then(|since| i64::try_from(since.as_secs()).ok()) else {
        return Finding::skipped("clocks", "the answer names no time");
    };
    let skew = now.abs_diff(there);
    if skew > MOST_SKEW {
        let text = format!("the answer's clock and this machine's differ by {skew} s");
        return Finding::failure("clocks", text, "synchronise both by NTP").coded("DW5102");
    }
    Finding::ok("clocks", format!("within {skew} s"))
}

fn causes(fault: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source = std::error::Error::source(fault);
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    if text.is_empty() { "it cannot be asked".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    const AT: (&str, &str, &str) =
        ("https://id.test", "meadow", "https://id.test/meadow/.well-known/openid-configuration");

    #[test]
    fn the_issuer_must_be_what_the_address_says() {
        let judged = |body: &str| judge(AT, 200, true, (None, body.as_bytes()));
        assert_eq!(judged(r#"{"issuer":"https://id.test/meadow"}"#).level, Level::Ok);
        assert_eq!(judged(r#"{"issuer":"http://id.test/meadow"}"#).code, Some("DW1005"));
        assert_eq!(judged("<html>").level, Level::Failure);
        let foreign = judge(AT, 302, false, (Some("https://elsewhere.test".to_owned()), b""));
        assert!(foreign.found.contains("leads to https://elsewhere.test"), "{}", foreign.found);
    }

    #[test]
    fn clocks_may_differ_a_little() {
        let at = 784_111_777;
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(clock(Some(date), at + 29).level, Level::Ok);
        assert_eq!(clock(Some(date), at - 31).code, Some("DW5102"));
        assert_eq!(clock(None, at).level, Level::Skipped);
    }
}
