//! A person with a browser that has no scripts: keeps cookies, follows redirects among the demo's own origins, fills in forms.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method};
use url::Url;

use super::Stage;

/// More redirects than any journey has.
const MOST_HOPS: usize = 12;
/// No page of the demo is longer.
const MOST_BYTES: usize = 512 * 1024;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    /// Where it came from.
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// Where the browser would go now: an origin that the demo does not serve.
    pub(super) left_for: Option<Url>,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A parameter that was sent back to the app, in the query or the fragment.
    pub(super) fn answered(&self, name: &str) -> Option<String> {
        let url = self.left_for.as_ref()?;
        let mut all: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let fragment = url.fragment().unwrap_or_default();
        all.extend(url::form_urlencoded::parse(fragment.as_bytes()).into_owned());
        all.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether the page has a form with that id.
    pub(super) fn has_form(&self, id: &str) -> bool {
        form(&self.body, id).is_some()
    }
}

/// One person's browser.
pub(super) struct Visitor<'s> {
    stage: &'s Stage,
    /// Cookies by origin.
    jar: BTreeMap<String, BTreeMap<String, String>>,
}

impl<'s> Visitor<'s> {
    pub(super) fn new(stage: &'s Stage) -> Self {
        Self { stage, jar: BTreeMap::new() }
    }

    /// Opens an address.
    pub(super) async fn open(&mut self, url: &Url) -> anyhow::Result<Reply> {
        self.travel(Method::GET, url.clone(), &[]).await
    }

    /// Submits the form of a page with its hidden fields and these.
    pub(super) async fn submit(
        &mut self,
        page: &Reply,
        id: &str,
        typed: &[(&str, &str)],
    ) -> anyhow::Result<Reply> {
        let (action, hidden) = form(&page.body, id)
            .with_context(|| format!("there is no form {id} at {} ({})", page.url.path(), page.status))?;
        let mut fields = hidden;
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.travel(Method::POST, page.url.join(&action)?, &fields).await
    }

    /// Signs somebody in where the request leads to the sign-in page, and allows what is asked for.
    pub(super) async fn sign_in(&mut self, url: &Url, person: &str) -> anyhow::Result<Reply> {
        let mut page = self.open(url).await?;
        if page.has_form("signin") {
            let password = self.stage.password(person)?.to_owned();
            page = self.submit(&page, "signin", &[("username", person), ("password", &password)]).await?;
        }
        if page.has_form("consent") {
            page = self.submit(&page, "consent", &[("decision", "allow")]).await?;
        }
        Ok(page)
    }

    async fn travel(
        &mut self,
        method: Method,
        url: Url,
        fields: &[(String, String)],
    ) -> anyhow::Result<Reply> {
        let mut reply = self.send(method, url, fields).await?;
        for _ in 0..MOST_HOPS {
            let Some(next) = next(&reply)? else { return Ok(reply) };
            if !self.is_ours(&next) {
                reply.left_for = Some(next);
                return Ok(reply);
            }
            reply = self.send(Method::GET, next, &[]).await?;
        }
        bail!("a circle of redirects at {}", reply.url)
    }

    fn is_ours(&self, url: &Url) -> bool {
        let at = &self.stage.at;
        let origin = url.origin().ascii_serialization();
        [&at.base, &at.web_app, &at.api].contains(&&origin)
    }

    async fn send(&mut self, method: Method, url: Url, fields: &[(String, String)]) -> anyhow::Result<Reply> {
        let origin = url.origin().ascii_serialization();
        let cookies = self.jar.entry(origin.clone()).or_default();
        let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.stage.http.request(method.clone(), url.clone()).header("accept", "text/html");
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if method == Method::POST {
            request = request.header("origin", &origin).header("sec-fetch-site", "same-origin").form(fields);
        }
        let reply = read(request, url).await?;
        for line in reply.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap_or_default();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let jar = self.jar.entry(origin.clone()).or_default();
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(reply)
    }
}

/// Sends a request and reads the answer, whatever its status.
pub(super) async fn read(request: reqwest::RequestBuilder, url: Url) -> anyhow::Result<Reply> {
    let mut response = request.send().await.with_context(|| format!("asking {}", url.path()))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            bail!("the answer of {} is longer than {MOST_BYTES} bytes", url.path());
        }
    }
    Ok(Reply { url, status, headers, body: String::from_utf8_lossy(&body).into_owned(), left_for: None })
}

/// Where the browser goes by itself: a redirect, or our page that navigates on.
fn next(reply: &Reply) -> anyhow::Result<Option<Url>> {
    let location = reply.header(LOCATION.as_str());
    if (300..400).contains(&reply.status) && !location.is_empty() {
        return Ok(Some(reply.url.join(location)?));
    }
    let link = tag(&reply.body, "a", "continue-link").and_then(|(tag, _)| attribute(tag, "href"));
    Ok(link.map(|link| reply.url.join(&link)).transpose()?)
}

/// The action and the hidden fields of a form.
fn form(html: &str, id: &str) -> Option<(String, Vec<(String, String)>)> {
    let (open, rest) = tag(html, "form", id).or_else(|| around(html, id))?;
    let inner = rest.split("</form>").next()?;
    let hidden = inner
        .split("<input ")
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
        .collect();
    Some((attribute(open, "action")?, hidden))
}

/// The attributes of the tag with that id, and what follows it.
fn tag<'h>(html: &'h str, name: &str, id: &str) -> Option<(&'h str, &'h str)> {
    let open = format!("<{name} ");
    html.match_indices(&open).find_map(|(at, found)| {
        let (tag, rest) = html[at + found.len()..].split_once('>')?;
        (attribute(tag, "id").as_deref() == Some(id)).then_some((tag, rest))
    })
}

/// The form around the button with that id, for forms that have no id themselves.
fn around<'h>(html: &'h str, id: &str) -> Option<(&'h str, &'h str)> {
    let button = html.find(&format!("<button id=\"{id}\""))?;
    let start = html[..button].rfind("<form ")? + "<form ".len();
    html[start..].split_once('>')
}

/// The value of an attribute.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let padded = format!(" {tag}");
    let (_, rest) = padded.split_once(&format!(" {name}=\""))?;
    Some(unescape(rest.split('"').next()?))
}

/// The text of the element with that id, up to the next tag.
pub(super) fn text_of(html: &str, id: &str) -> Option<String> {
    let (_, rest) = html.split_once(&format!("id=\"{id}\""))?;
    let (_, text) = rest.split_once('>')?;
    Some(unescape(text.split('<').next()?))
}

fn unescape(text: &str) -> String {
    const ENTITIES: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_found_by_their_id_or_their_button() {
        let html = r#"<form id="a" method="post" action="/x?y=1&amp;z=2"><input type="hidden" name="f" value="&lt;1&gt;"></form>
            <form method="post" action="/call"><input type="hidden" name="t" value="2"><button id="notes">Go</button></form>"#;
        assert_eq!(
            form(html, "a"),
            Some(("/x?y=1&z=2".to_owned(), vec![("f".to_owned(), "<1>".to_owned())]))
        );
        assert_eq!(form(html, "notes"), Some(("/call".to_owned(), vec![("t".to_owned(), "2".to_owned())])));
        assert_eq!(form(html, "b"), None);
        assert_eq!(text_of("<code id=\"error-code\">DW1101</code>", "error-code").as_deref(), Some("DW1101"));
    }
}
