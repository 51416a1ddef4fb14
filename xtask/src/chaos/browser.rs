//! A person's browser without scripts: cookies, redirects on our own origin, forms by their id.

use std::collections::BTreeMap;
use std::io;

use super::http::{Answer, HOST, Http, Request, decode, form};

const HTML: &str = "text/html,application/xhtml+xml";
const FORM: &str = "application/x-www-form-urlencoded";

/// Where a walk ended.
pub(crate) enum Landed {
    /// At the application, with these parameters.
    Client(BTreeMap<String, String>),
    /// On a page of ours.
    Page(Answer),
}

/// One person's cookies, and the address that the server believes them to have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    jar: BTreeMap<String, String>,
    address: String,
}

impl Browser {
    /// A new browser at that network address.
    pub(crate) fn at(address: String) -> Self {
        Self { jar: BTreeMap::new(), address }
    }

    /// Opens an address from the application.
    pub(crate) fn visit(&mut self, http: &mut Http, path: &str) -> io::Result<Landed> {
        let answer = self.exchange(http, ("GET", path), &[("Sec-Fetch-Site", "cross-site")], "")?;
        self.follow(http, answer)
    }

    /// Submits a form of a page; `None` where the page has no such form.
    pub(crate) fn submit(
        &mut self,
        http: &mut Http,
        page: &Answer,
        (id, typed): (&str, &[(&str, &str)]),
    ) -> io::Result<Option<Landed>> {
        let Some((action, mut fields)) = form_of(&page.body, id) else { return Ok(None) };
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let origin = format!("https://{HOST}");
        let headers = [("Content-Type", FORM), ("Origin", &origin), ("Sec-Fetch-Site", "same-origin")];
        let answer = self.exchange(http, ("POST", &action), &headers, &form(&pairs))?;
        self.follow(http, answer).map(Some)
    }

    fn follow(&mut self, http: &mut Http, mut answer: Answer) -> io::Result<Landed> {
        for _ in 0..10 {
            let location = answer.header("location").unwrap_or_default().to_owned();
            if location.is_empty() {
                let next = link(&answer.body, "continue-link").filter(|link| own_path(link).is_none());
                return Ok(next.map_or(Landed::Page(answer), |link| Landed::Client(parameters(&link))));
            }
            let Some(path) = own_path(&location) else { return Ok(Landed::Client(parameters(&location))) };
            answer = self.exchange(http, ("GET", &path), &[("Sec-Fetch-Site", "same-origin")], "")?;
        }
        Err(io::Error::other("a circle of redirects"))
    }

    fn exchange(
        &mut self,
        http: &mut Http,
        (method, path): (&str, &str),
        more: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        let cookies: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![
            ("Accept", HTML),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
            ("X-Forwarded-For", self.address.as_str()),
        ];
        if !cookies.is_empty() {
            headers.push(("Cookie", &cookies));
        }
        headers.extend(more);
        let answer = http.ask(&Request { method, path, headers: &headers, body })?;
        for line in answer.all("set-cookie") {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if attributes.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }
}

fn own_path(location: &str) -> Option<String> {
    let path = location.strip_prefix("https://").and_then(|rest| rest.strip_prefix(HOST)).unwrap_or(location);
    path.starts_with('/').then(|| path.to_owned())
}

/// The parameters that an address carries, in its query or its fragment.
fn parameters(address: &str) -> BTreeMap<String, String> {
    let added = address.split_once(['?', '#']).map_or("", |(_, added)| added);
    let pairs = added.split(['&', '#']).filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Where the form with that id posts to, and its hidden fields.
fn form_of(html: &str, id: &str) -> Option<(String, Vec<(String, String)>)> {
    let tag = tags(html, "form").find(|tag| attribute(tag, "id").as_deref() == Some(id))?;
    let start = html.find(tag)?;
    let inner = &html[start..start + html[start..].find("</form>")?];
    let hidden = tags(inner, "input").filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"));
    let fields = hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)));
    Some((attribute(tag, "action")?, fields.collect()))
}

/// The address of the link with that id.
fn link(html: &str, id: &str) -> Option<String> {
    attribute(tags(html, "a").find(|tag| attribute(tag, "id").as_deref() == Some(id))?, "href")
}

fn tags<'h>(html: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    html.split('<').filter_map(move |part| part.strip_prefix(name)?.strip_prefix(' ')?.split('>').next())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let padded = format!(" {tag}");
    let (_, rest) = padded.split_once(&format!(" {name}=\""))?;
    let mut text = rest.split('"').next()?.to_owned();
    for (entity, plain) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
    {
        text = text.replace(entity, plain);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form id="a" action="/x"><input type="hidden" name="n" value="1"></form>
        <form id="b" action="/y?p=1&amp;q=2"><input type="hidden" name="m" value="&lt;"><input name="t"></form>
        <a id="continue-link" href="https://app.test/cb?code=c%20d&amp;state=s">on</a>"#;

    #[test]
    fn a_form_is_found_with_its_own_fields() {
        let (action, fields) = form_of(PAGE, "b").unwrap();
        assert_eq!((action.as_str(), fields), ("/y?p=1&q=2", vec![("m".to_owned(), "<".to_owned())]));
        assert!(form_of(PAGE, "c").is_none());
    }

    #[test]
    fn an_answer_at_the_client_is_read() {
        let address = link(PAGE, "continue-link").unwrap();
        assert_eq!(parameters(&address)["code"], "c d");
        assert_eq!(own_path(&address), None);
        assert_eq!(own_path("https://id.example.org/flow/x").as_deref(), Some("/flow/x"));
    }
}
