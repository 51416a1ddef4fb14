//! A browser without scripts: a cookie jar, redirects on our own origin, forms by their id. It stops where the
//! application takes over, and knows all three ways in which an answer gets there.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use doorward_server::App;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Request, StatusCode};
use tower::ServiceExt as _;

use super::answer::{Answer, form};
use super::cast::BASE;
use super::html::{self, Form};
use super::witness;

/// One person's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    jar: BTreeMap<String, Cookie>,
    /// Every `Set-Cookie` so far.
    pub(crate) set: Vec<String>,
    /// The headers and the body of the last answer.
    pub(crate) last: Option<Answer>,
    /// Whose traces tell what a page keeps to itself.
    app: Option<App>,
}

#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    for_frames: bool,
}

/// Where the browser ended.
#[derive(Debug)]
pub(crate) enum Landed {
    Page(Page),
    Client(Arrival),
}

/// A page of ours.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) html: String,
}

/// How an answer reached the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// A redirect.
    Redirect,
    /// Our page that navigates on.
    Continue,
    /// A form that posts itself.
    FormPost,
}

/// An answer at the application.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) by: By,
    /// The redirect URI without what was added.
    pub(crate) to: String,
    /// Whether the parameters came in the fragment.
    pub(crate) in_fragment: bool,
    pub(crate) params: BTreeMap<String, String>,
}

impl Landed {
    #[track_caller]
    pub(crate) fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Client(arrival) => panic!("no page: {arrival:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn client(self) -> Arrival {
        match self {
            Self::Client(arrival) => arrival,
            Self::Page(page) => {
                panic!("no answer to the client but {} at {}:\n{}", page.status, page.path, page.html)
            }
        }
    }
}

impl Page {
    pub(crate) fn has(&self, text: &str) -> bool {
        self.html.contains(text)
    }

    #[track_caller]
    pub(crate) fn form(&self, id: &str) -> Form {
        Form::find(&self.html, id).unwrap_or_else(|| panic!("no form {id} at {}:\n{}", self.path, self.html))
    }

    pub(crate) fn has_form(&self, id: &str) -> bool {
        Form::find(&self.html, id).is_some()
    }

    #[track_caller]
    pub(crate) fn link(&self, id: &str) -> String {
        html::link(&self.html, id).unwrap_or_else(|| panic!("no link {id} at {}:\n{}", self.path, self.html))
    }

    /// The house's code on an error page.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        html::text_of(&self.html, "code", "error-code")
            .unwrap_or_else(|| panic!("no error page but {} at {}:\n{}", self.status, self.path, self.html))
    }

    /// The problems in the summary of a form; empty where there are none.
    pub(crate) fn problems(&self) -> String {
        html::text_of(&self.html, "div", "problems").unwrap_or_default()
    }
}

impl Arrival {
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        self.params.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.params))
    }

    #[track_caller]
    pub(crate) fn code(&self) -> String {
        self.get("code").to_owned()
    }

    pub(crate) fn error(&self) -> &str {
        self.params.get("error").map_or("", String::as_str)
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, jar: BTreeMap::new(), set: Vec::new(), last: None, app: None }
    }

    /// A browser whose refused forms are looked up in the traces of the server: a page says in words what the trace says
    /// with a code.
    pub(crate) fn traced_by(mut self, app: App) -> Self {
        self.app = Some(app);
        self
    }

    /// Navigates from the application to a path of ours.
    pub(crate) async fn visit(&mut self, path: &str) -> Landed {
        let request = navigation(path, "cross-site").body(Body::empty()).unwrap();
        let answer = self.exchange(request, Cookies::All).await;
        self.follow(path, answer).await
    }

    /// Opens a path in a hidden frame of another site: the stricter cookies stay at home.
    pub(crate) async fn frame(&mut self, path: &str) -> Landed {
        let request = navigation(path, "cross-site").header("sec-fetch-dest", "iframe").body(Body::empty());
        let answer = self.exchange(request.unwrap(), Cookies::ForFrames).await;
        self.follow(path, answer).await
    }

    /// Submits a form of a page with its hidden fields and these.
    #[track_caller]
    pub(crate) fn submit<'b>(
        &'b mut self,
        page: &Page,
        id: &str,
        typed: &[(&str, &str)],
    ) -> impl Future<Output = Landed> + use<'b> {
        let form = page.form(id);
        let mut fields = form.hidden.clone();
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        async move {
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            self.post(&form.action, &pairs).await
        }
    }

    /// Posts a form from a page of ours.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Landed {
        self.post_from(path, fields, &[("origin", BASE), ("sec-fetch-site", "same-origin")]).await
    }

    /// Posts a form with these headers about where it comes from.
    pub(crate) async fn post_from(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        from: &[(&str, &str)],
    ) -> Landed {
        let mut request = Request::post(path)
            .header(ACCEPT, HTML)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        for (name, value) in from {
            request = request.header(*name, *value);
        }
        let answer = self.exchange(request.body(Body::from(form(fields))).unwrap(), Cookies::All).await;
        self.follow(path, answer).await
    }

    /// Types a name and a password.
    #[track_caller]
    pub(crate) fn sign_in<'b>(
        &'b mut self,
        page: &Page,
        (name, password): (&str, &str),
    ) -> impl Future<Output = Landed> + use<'b> {
        self.submit(page, "signin", &[("username", name), ("password", password)])
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(|cookie| cookie.value.as_str())
    }

    pub(crate) fn plant(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), Cookie { value: value.to_owned(), for_frames: false });
    }

    async fn follow(&mut self, path: &str, mut answer: Answer) -> Landed {
        let mut path = path.to_owned();
        for _ in 0..10 {
            let location = answer.header(LOCATION.as_str()).to_owned();
            if location.is_empty() {
                return Self::land(path, answer);
            }
            assert_eq!(
                answer.status,
                StatusCode::SEE_OTHER,
                "a redirect after which nothing is posted again"
            );
            let Some(own) = own_path(&location) else {
                return Landed::Client(arrival(By::Redirect, &location));
            };
            path = own;
            let request = navigation(&path, "same-origin").body(Body::empty()).unwrap();
            answer = self.exchange(request, Cookies::All).await;
        }
        panic!("a circle of redirects at {path}");
    }

    fn land(path: String, answer: Answer) -> Landed {
        let html = answer.text();
        if let Some(target) = html::link(&html, "continue-link")
            && own_path(&target).is_none()
        {
            return Landed::Client(arrival(By::Continue, &target));
        }
        if let Some(post) = Form::find(&html, "form-post") {
            let params = post.hidden.into_iter().collect();
            return Landed::Client(Arrival { by: By::FormPost, to: post.action, in_fragment: false, params });
        }
        Landed::Page(Page { path, status: answer.status, headers: answer.headers, html })
    }

    async fn exchange(&mut self, mut request: Request<Body>, which: Cookies) -> Answer {
        let cookies: Vec<String> = self
            .jar
            .iter()
            .filter(|(_, cookie)| which == Cookies::All || cookie.for_frames)
            .map(|(name, cookie)| format!("{name}={}", cookie.value))
            .collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.expect("the router does not fail");
        let answer = Answer::read(response).await;
        let trace = self.app.as_ref().and_then(|app| app.trace(answer.header("doorward-trace")));
        if let Some(code) = trace.and_then(|trace| trace.code) {
            witness::saw(&code);
        }
        for line in answer.headers.get_all(SET_COOKIE) {
            self.keep(line.to_str().unwrap());
        }
        self.last = Some(answer.clone());
        answer
    }

    fn keep(&mut self, line: &str) {
        self.set.push(line.to_owned());
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.jar.remove(name);
            return;
        }
        let cookie = Cookie { value: value.to_owned(), for_frames: attributes.contains("SameSite=None") };
        self.jar.insert(name.to_owned(), cookie);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cookies {
    All,
    ForFrames,
}

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn navigation(path: &str, site: &str) -> http::request::Builder {
    Request::get(path)
        .header(ACCEPT, HTML)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("sec-fetch-site", site)
        .header("upgrade-insecure-requests", "1")
}

/// The path of an address on our origin.
fn own_path(location: &str) -> Option<String> {
    if location.starts_with('/') {
        return Some(location.to_owned());
    }
    location.strip_prefix(BASE).filter(|rest| rest.starts_with('/')).map(str::to_owned)
}

fn arrival(by: By, location: &str) -> Arrival {
    let (to, added, in_fragment) = match (location.split_once('#'), location.split_once('?')) {
        (Some((to, fragment)), _) => (to, fragment, true),
        (None, Some((to, query))) => (to, query, false),
        (None, None) => (location, "", false),
    };
    let params = url::form_urlencoded::parse(added.as_bytes()).into_owned().collect();
    Arrival { by, to: to.to_owned(), in_fragment, params }
}
