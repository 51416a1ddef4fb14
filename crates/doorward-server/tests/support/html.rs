//! As much HTML as a browser without scripts needs: forms with their hidden fields, and links by id.

/// A form of a page.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Where it posts to.
    pub(crate) action: String,
    /// Its hidden fields.
    pub(crate) hidden: Vec<(String, String)>,
    /// Its text between the tags.
    pub(crate) inner: String,
}

impl Form {
    /// The form with that id.
    pub(crate) fn find(html: &str, id: &str) -> Option<Self> {
        let (tag, rest) = element(html, "form", id)?;
        let inner = &rest[..rest.find("</form>")?];
        let hidden = tags(inner, "input")
            .filter(|tag| attribute(tag, "type").as_deref() == Some("hidden"))
            .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
            .collect();
        Some(Self { action: attribute(tag, "action")?, hidden, inner: inner.to_owned() })
    }

    /// The value of a hidden field.
    #[track_caller]
    pub(crate) fn value(&self, name: &str) -> &str {
        let field = self.hidden.iter().find(|(known, _)| known == name);
        &field.unwrap_or_else(|| panic!("no hidden field {name}")).1
    }
}

/// The address of the link with that id.
pub(crate) fn link(html: &str, id: &str) -> Option<String> {
    attribute(element(html, "a", id)?.0, "href")
}

/// The text of the element with that id, tags left out.
pub(crate) fn text_of(html: &str, name: &str, id: &str) -> Option<String> {
    let (_, rest) = element(html, name, id)?;
    let inner = &rest[..rest.find(&format!("</{name}>"))?];
    let mut text = String::new();
    let mut inside = true;
    for c in inner.chars() {
        match c {
            '<' => inside = false,
            '>' => inside = true,
            c if inside => text.push(c),
            _ => {}
        }
    }
    Some(unescape(&text))
}

/// The attributes of every tag of that name.
pub(crate) fn tags<'h>(html: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    let open = format!("<{name} ");
    html.match_indices(&open)
        .map(|(at, found)| &html[at + found.len()..])
        .filter_map(|rest| rest.find('>').map(|end| &rest[..end]))
        .collect::<Vec<_>>()
        .into_iter()
}

/// The attributes of the tag with that id, and what follows it.
fn element<'h>(html: &'h str, name: &str, id: &str) -> Option<(&'h str, &'h str)> {
    let tag = tags(html, name).find(|tag| attribute(tag, "id").as_deref() == Some(id))?;
    let end = tag.as_ptr() as usize - html.as_ptr() as usize + tag.len();
    Some((tag, &html[end + 1..]))
}

/// The value of an attribute.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let padded = format!(" {tag}");
    let open = format!(" {name}=\"");
    let at = padded.find(&open)? + open.len();
    let rest = &padded[at..];
    Some(unescape(&rest[..rest.find('"')?]))
}

fn unescape(text: &str) -> String {
    let mut out = text.to_owned();
    for (entity, c) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&#x2f;", "/")]
    {
        out = out.replace(entity, c);
    }
    out.replace("&amp;", "&")
}
