//! One conversation with the administration: requests, the tenant that is meant, and answers printed.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::{Method, Request, header};
use doorward_core::directory::Undo;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::door::Door;
use super::ending::Ending;
use super::output::{Output, facts, object, print};
use super::path::Path;
use crate::cli::Global;

/// Tenants that are looked through for a thing whose tenant is not said.
const MOST_TENANTS: usize = 100;

/// One conversation.
pub(crate) struct Session {
    door: Door,
    pub(super) output: Output,
    /// The words that lead to this server, for commands that are printed.
    place: Vec<String>,
}

/// A thing that tells which tenant is meant.
#[derive(Clone, Copy)]
pub(super) enum Probe<'a> {
    Api(&'a str),
    App(&'a str),
    Nothing,
    User(&'a str),
}

impl Session {
    pub(super) async fn open(global: &Global, output: Output) -> Result<Self, Ending> {
        let door = Door::open(global).await?;
        let word = |path: &PathBuf| path.to_string_lossy().into_owned();
        let place = match (&global.config, &global.data) {
            (Some(file), _) => vec!["--config".to_owned(), word(file)],
            (None, Some(data)) => vec!["--data".to_owned(), word(data)],
            (None, None) => Vec::new(),
        };
        let place = match &global.server {
            Some(server) => vec!["--server".to_owned(), server.clone()],
            None => place,
        };
        Ok(Self { door, output, place })
    }

    /// Asks, and reads the answer.
    pub(super) async fn get(&self, path: &Path) -> Result<Value, Ending> {
        self.send(Method::GET, path, None).await
    }

    /// Sends a request; a problem is an ending.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &Path,
        body: Option<Value>,
    ) -> Result<Value, Ending> {
        let request = Request::builder().method(method).uri(path.target()).header(header::HOST, "doorward");
        let request = match body {
            Some(body) => {
                request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
            }
            None => request.body(Body::empty()),
        };
        let request = request.map_err(|fault| {
            Ending::usage(format!("a name cannot be sent: {fault}"), "Name it by its id instead")
        })?;
        let (status, bytes) = self.door.send(request).await?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| {
            Ending::unreachable(
                format!("the server answered {status} with something else than JSON"),
                "Compare the versions: doorward --version here and on the server",
            )
        })?;
        if status < 400 { Ok(value) } else { Err(Ending::Refused(value)) }
    }

    /// The tenant that is meant: the one named, the only one, or the only one that has the thing.
    pub(super) async fn tenant(&self, named: Option<&String>, probe: Probe<'_>) -> Result<String, Ending> {
        if let Some(name) = named {
            return Ok(name.clone());
        }
        let all = self.all_tenants().await?;
        if let [only] = all.as_slice() {
            return Ok(only.clone());
        }
        let (noun, kind, word) = match probe {
            Probe::Api(word) => ("apis", "API", word),
            Probe::App(word) => ("apps", "app", word),
            Probe::User(word) => ("users", "user", word),
            Probe::Nothing => {
                let fault = format!("there are several tenants: {}", all.join(", "));
                return Err(Ending::usage(fault, "Say which one is meant: --tenant NAME"));
            }
        };
        let mut having = Vec::new();
        let mut nearest = None;
        for tenant in &all {
            match self.get(&Path::of(&["tenants", tenant, noun, word])).await {
                Ok(_) => having.push(tenant.clone()),
                Err(Ending::Refused(problem)) if problem["status"] == 404 => {
                    nearest = nearest.or_else(|| problem["expected"].as_str().map(str::to_owned));
                }
                Err(other) => return Err(other),
            }
        }
        match having.as_slice() {
            [only] => Ok(only.clone()),
            [] => {
                let hint = nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
                let detail = format!("no tenant ({}) has the {kind} {word}{hint}", all.join(", "));
                let list = noun.trim_end_matches('s');
                Err(Ending::coded("DW1070", detail, format!("See what there is: doorward {list} list")))
            }
            several => {
                let fault = format!("several tenants have the {kind} {word}: {}", several.join(", "));
                Err(Ending::usage(fault, "Say which one is meant: --tenant NAME"))
            }
        }
    }

    /// The tenants that a listing goes through: the one named, or all.
    pub(super) async fn tenants(&self, named: Option<&String>) -> Result<Vec<String>, Ending> {
        match named {
            Some(name) => Ok(vec![name.clone()]),
            None => self.all_tenants().await,
        }
    }

    async fn all_tenants(&self) -> Result<Vec<String>, Ending> {
        let limit = (MOST_TENANTS + 1).to_string();
        let page = self.get(&Path::of(&["tenants"]).with("limit", limit)).await?;
        let names: Vec<String> = page["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|tenant| tenant["name"].as_str().map(str::to_owned))
            .collect();
        if names.is_empty() {
            return Err(Ending::finding("there is no tenant yet", "Make one: doorward tenant create NAME"));
        }
        if names.len() > MOST_TENANTS {
            let fault = format!("there are more than {MOST_TENANTS} tenants");
            return Err(Ending::usage(fault, "Say which one is meant: --tenant NAME"));
        }
        Ok(names)
    }

    /// Up to `most` rows of a listing, page after page; the second value says whether there are more.
    pub(super) async fn rows(&self, path: &Path, most: usize) -> Result<(Vec<Value>, bool), Ending> {
        let mut rows: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let left = (most - rows.len()).clamp(1, 1000);
            let page = path.clone().with("limit", left.to_string()).with_some("cursor", cursor.as_ref());
            let mut answer = self.get(&page).await?;
            if let Value::Array(items) = answer["items"].take() {
                rows.extend(items);
            }
            cursor = answer["next"].as_str().map(str::to_owned);
            if cursor.is_none() || rows.len() >= most {
                return Ok((rows, cursor.is_some()));
            }
        }
    }

    /// Rows of every tenant meant; each row gets its `tenant`.
    pub(super) async fn listing(
        &self,
        named: Option<&String>,
        most: usize,
        path: impl Fn(&str) -> Path,
    ) -> Result<Listing, Ending> {
        let mut rows = Vec::new();
        let mut is_cut = false;
        for tenant in self.tenants(named).await? {
            if rows.len() >= most {
                is_cut = true;
                break;
            }
            let (mut page, more) = self.rows(&path(&tenant), most - rows.len()).await?;
            for row in &mut page {
                if let Value::Object(members) = row {
                    members.insert("tenant".to_owned(), json!(tenant));
                }
            }
            rows.extend(page);
            is_cut |= more;
        }
        Ok(Listing { rows, is_cut })
    }

    /// One listing that spans tenants, or belongs to one already named.
    pub(super) async fn page_of(&self, path: &Path, most: usize) -> Result<Listing, Ending> {
        let (rows, is_cut) = self.rows(path, most).await?;
        Ok(Listing { rows, is_cut })
    }

    /// Sends a request and hands the answer on as it comes; a problem is an ending.
    pub(super) async fn copy(
        &self,
        request: Request<Body>,
        write: &mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send),
    ) -> Result<(), Ending> {
        use http_body_util::BodyExt as _;

        let response = self.door.ask(request).await?;
        let status = response.status();
        let mut body = response.into_body();
        let broken = |why: String| {
            Ending::unreachable(
                format!("the answer broke off: {why}"),
                "What was written is not all: repeat the command",
            )
        };
        let mut refused = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|fault| broken(fault.to_string()))?;
            let Some(chunk) = frame.data_ref() else { continue };
            if status.is_success() {
                write(chunk).map_err(|fault| {
                    Ending::usage(format!("the output cannot be written: {fault}"), "Write elsewhere")
                })?;
            } else if refused.len() < 64 * 1024 {
                refused.extend_from_slice(chunk);
            }
        }
        if status.is_success() {
            return Ok(());
        }
        match serde_json::from_slice(&refused) {
            Ok(problem) => Err(Ending::Refused(problem)),
            Err(_) => Err(broken(format!("the server answered {status}"))),
        }
    }

    /// Prints what a change answered, with its undo.
    pub(super) fn changed(&self, mut answer: Value, people: impl FnOnce(&Value) -> String) {
        let undo =
            serde_json::from_value::<Undo>(answer["undo"].clone()).ok().map(|undo| self.command(&undo));
        if self.output.is_json() {
            answer["undo"] = json!(undo);
            object(&answer);
            return;
        }
        let mut text = people(&answer);
        let is_dry = answer["dry_run"] == true;
        text.push_str(&match undo {
            _ if answer["changed"] == false => facts(&[("same", "nothing had to be changed".to_owned())]),
            _ if is_dry => facts(&[("dry", "nothing was changed; leave --dry-run out to do it".to_owned())]),
            Some(undo) => facts(&[("undo", undo)]),
            None => facts(&[("undo", "there is none".to_owned())]),
        });
        print(&text);
    }

    /// Prints what was asked for.
    pub(super) fn shown(&self, answer: &Value, people: impl FnOnce(&Value) -> String) {
        if self.output.is_json() { object(answer) } else { print(&people(answer)) }
    }

    /// Prints a listing.
    pub(super) fn listed(&self, listing: &Listing, people: impl FnOnce(&[Value]) -> String) {
        if self.output.is_json() {
            object(&json!({ "items": listing.rows, "more": listing.is_cut }));
            return;
        }
        print(&people(&listing.rows));
        if listing.is_cut {
            self.output.note("there are more: use --limit, or --search where there is one");
        }
    }

    /// A command as it is typed for this very server.
    pub(super) fn command(&self, undo: &Undo) -> String {
        let words = self.place.iter().chain(undo.words()).map(String::as_str);
        format!("doorward {}", Undo::new(words))
    }
}

/// Rows, and whether there are more.
pub(super) struct Listing {
    pub(super) rows: Vec<Value>,
    pub(super) is_cut: bool,
}

/// The answer as the type it is; the server and this program are one version, so a mismatch is told as such.
pub(super) fn view<T: DeserializeOwned>(answer: &Value) -> Option<T> {
    serde_json::from_value(answer.clone()).ok()
}
