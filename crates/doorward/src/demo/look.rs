//! How the demo's own pages look, and the headers under which they are answered: no script, no frame, no cache.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

/// The address of the style sheet on every origin that has pages.
pub(super) const STYLE_PATH: &str = "/style.css";

const STYLE: &str = include_str!("look/style.css");
const TEMPLATES: [(&str, &str); 4] = [
    ("layout.html", include_str!("look/layout.html")),
    ("api.html", include_str!("look/api.html")),
    ("home.html", include_str!("look/home.html")),
    ("trouble.html", include_str!("look/trouble.html")),
];
/// Far more than a page needs.
const FUEL: u64 = 1_000_000;

/// The templates, compiled once. Every value is escaped, an undefined one is refused.
#[derive(Debug)]
pub(super) struct Look(Environment<'static>);

impl Look {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_fuel(Some(FUEL));
        for (name, source) in TEMPLATES {
            environment.add_template(name, source).expect("the tests render every embedded template");
        }
        Self(environment)
    }

    /// A page as HTML. A template that does not go with its values is a bug: the visitor sees a sentence, the log the rest.
    pub(super) fn render(&self, template: &str, page: &impl Serialize) -> String {
        let rendered = self
            .0
            .get_template(template)
            .and_then(|template| template.render(context! { page => Serde(page) }));
        rendered.unwrap_or_else(|fault| {
            tracing::error!(template, %fault, "a page of the demo cannot be rendered");
            "<!doctype html><title>A bug</title><p>This page cannot be shown: the log says why.</p>"
                .to_owned()
        })
    }
}

/// The answer with a page. Its forms may lead to `form_targets` besides its own origin.
pub(super) fn page(html: String, form_targets: &[&str]) -> Response {
    let mut targets = "'self'".to_owned();
    for target in form_targets {
        targets.push(' ');
        targets.push_str(target);
    }
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action {targets}; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    let fixed = HeaderValue::from_static;
    let headers: [(HeaderName, HeaderValue); 6] = [
        (CACHE_CONTROL, fixed("no-store")),
        (CONTENT_SECURITY_POLICY, HeaderValue::try_from(policy).expect("origins are visible ASCII")),
        (X_FRAME_OPTIONS, fixed("DENY")),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (REFERRER_POLICY, fixed("no-referrer")),
        (HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin")),
    ];
    (headers, Html(html)).into_response()
}

/// The style sheet.
pub(super) async fn style() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, STYLE).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_value_is_text() {
        #[derive(Serialize)]
        struct Page {
            title: &'static str,
            detail: &'static str,
            code: Option<&'static str>,
            link: Option<&'static str>,
        }
        let page = Page { title: "<script>", detail: "a & b", code: None, link: None };
        let html = Look::new().render("trouble.html", &page);
        assert!(
            html.contains("&lt;script&gt;") && html.contains("a &amp; b") && !html.contains("<script"),
            "{html}"
        );
    }

    #[test]
    fn forms_lead_home_and_to_named_origins_only() {
        let response = page(String::new(), &["https://localhost:7443"]);
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://localhost:7443;"), "{policy}");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("script-src"), "{policy}");
    }
}
