//! What the web app's pages show: plain values, made of a session and the daemon's last run.

use doorward_token::ClaimSet;
use doorward_token::jose::base64url;
use serde::Serialize;
use serde_json::Value;

use super::calls::Told;
use super::client::SignedIn;
use super::session::Session;
use crate::demo::cast;
use crate::demo::daemon::Report;
use crate::demo::print::moment;

/// The one page of the app.
#[derive(Serialize)]
pub(super) struct Home {
    pub(super) form_token: String,
    pub(super) person: Option<PersonView>,
    pub(super) told: Option<Told>,
    pub(super) daemon: Option<DaemonView>,
    /// Ways to sign in: name, explanation, authority.
    pub(super) ways: Vec<Way>,
    /// The app's name in its registration.
    pub(super) app: &'static str,
    pub(super) server: String,
    pub(super) api: String,
}

/// A way to sign in.
#[derive(Clone, Serialize)]
pub(super) struct Way {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) authority: String,
}

/// Who is signed in.
#[derive(Serialize)]
pub(super) struct PersonView {
    name: String,
    username: String,
    way: String,
    scopes: String,
    /// Scopes asked for and not granted, and the first of them as an administrator would grant it.
    lacking: String,
    to_grant: String,
    expires_at: String,
    renewals: u32,
    can_renew: bool,
    access_token: Vec<Row>,
    id_token: Vec<Row>,
}

/// A claim.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    name: String,
    value: String,
}

/// The daemon's last run.
#[derive(Serialize)]
pub(super) struct DaemonView {
    at: String,
    good: bool,
    sentence: String,
}

/// A page that says what went wrong.
#[derive(Serialize)]
pub(super) struct Trouble {
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) code: Option<String>,
    pub(super) link: Option<String>,
}

impl PersonView {
    pub(super) fn new(person: &SignedIn) -> Self {
        let text = |name: &str| person.id_claims.text(name).unwrap_or_default().to_owned();
        let access = payload(&person.access_token);
        let granted = access.words("scp");
        let names = person.asked.iter().filter_map(|scope| scope.rsplit('/').next());
        let lacking: Vec<&str> = names.filter(|name| !granted.contains(name)).collect();
        let to_grant = lacking.first().map(|name| cast::permission(name).to_string());
        let username = text("preferred_username");
        let name = text("name");
        Self {
            name: if name.is_empty() { username.clone() } else { name },
            username,
            way: person.way.clone(),
            scopes: granted.join(" "),
            lacking: lacking.join(" "),
            to_grant: to_grant.unwrap_or_default(),
            expires_at: moment(person.expires_at),
            renewals: person.renewals,
            can_renew: person.refresh_token.is_some(),
            access_token: rows(&access),
            id_token: rows(&person.id_claims),
        }
    }
}

impl DaemonView {
    pub(super) fn new(report: &Report) -> Self {
        let sentence = match (report.status, report.notes, report.people) {
            (Some(200), Some(notes), Some(people)) => {
                format!("read {notes} notes of {people} people with its own token (role Notes.Read.All)")
            }
            (status, ..) => {
                let detail = report.detail.as_deref().unwrap_or("the answer was not understood");
                let code = report.code.as_deref().unwrap_or_default();
                match status {
                    Some(status) => format!("was answered {status} {code}: {detail}"),
                    None => format!("did not reach the API: {detail}"),
                }
            }
        };
        Self { at: moment(report.at), good: report.status == Some(200), sentence }
    }
}

impl Home {
    pub(super) fn new(session: &Session, daemon: Option<&Report>, ways: Vec<Way>) -> Self {
        Self {
            form_token: session.form_token.clone(),
            person: session.person.as_ref().map(PersonView::new),
            told: session.told.clone(),
            daemon: daemon.map(DaemonView::new),
            ways,
            app: cast::NOTES_WEB,
            server: String::new(),
            api: String::new(),
        }
    }
}

/// The claims of a token that somebody else verifies: here they are only shown.
fn payload(token: &str) -> ClaimSet {
    let claims = token
        .split('.')
        .nth(1)
        .and_then(base64url::decode)
        .and_then(|bytes| serde_json::from_slice::<serde_json::Map<String, Value>>(&bytes).ok());
    ClaimSet::from_map(claims.unwrap_or_default())
}

/// Claims in the order of their names; moments in words besides.
fn rows(claims: &ClaimSet) -> Vec<Row> {
    let mut rows: Vec<Row> = claims
        .as_map()
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let is_moment = matches!(name.as_str(), "exp" | "iat" | "nbf" | "auth_time");
            let value = match value.as_i64().filter(|_| is_moment) {
                Some(seconds) => format!("{text} ({})", moment(seconds)),
                None => text,
            };
            Row { name: name.clone(), value }
        })
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::demo::look::Look;
    use crate::demo::web_app::calls::Why;

    #[test]
    fn claims_are_shown_by_name_with_moments_in_words() {
        let claims =
            ClaimSet::from_map(serde_json::from_str(r#"{"scp":"a b","exp":0,"amr":["pwd"]}"#).unwrap());
        let shown: Vec<_> =
            rows(&claims).into_iter().map(|row| format!("{} = {}", row.name, row.value)).collect();
        assert_eq!(shown, ["amr = [\"pwd\"]", "exp = 0 (1970-01-01T00:00:00Z)", "scp = a b"]);
    }

    fn claims(json: &str) -> ClaimSet {
        ClaimSet::from_map(serde_json::from_str(json).unwrap())
    }

    fn signed_in() -> SignedIn {
        let payload = base64url::encode(r#"{"scp":"notes.read","name":"<b>"}"#);
        SignedIn {
            way: "flow".to_owned(),
            asked: vec!["api://notes/notes.read".to_owned(), "api://notes/notes.write".to_owned()],
            access_token: format!("x.{payload}.y"),
            expires_at: 0,
            refresh_token: Some("r".to_owned()),
            id_token: "x.y.z".to_owned(),
            id_claims: claims(r#"{"name":"Ben","preferred_username":"ben.fern"}"#),
            renewals: 2,
        }
    }

    #[test]
    fn everything_that_can_be_on_the_page_is_rendered_and_escaped() {
        let why = Why {
            code: "DW3202".to_owned(),
            title: "insufficient-scope".to_owned(),
            detail: "needs <i>notes.write</i>".to_owned(),
            needed: Some("all of: notes.write".to_owned()),
            present: Some("notes.read".to_owned()),
            remedy: Some("ask for it".to_owned()),
            link: Some("https://localhost:7443/docs/errors/DW3202".to_owned()),
            trace: Some("0af7".to_owned()),
        };
        let told = Told {
            method: "DELETE".to_owned(),
            path: "/notes/1".to_owned(),
            status: 403,
            sent_token: true,
            good: false,
            challenge: Some("Bearer realm=\"notes\"".to_owned()),
            body: "{}".to_owned(),
            why: Some(why),
        };
        let session = Session { person: Some(signed_in()), told: Some(told), ..Session::default() };
        let report = Report { at: 0, status: None, notes: None, people: None, code: None, detail: None };
        let html = Look::new().render("home.html", &Home::new(&session, Some(&report), Vec::new()));
        for words in
            ["ben.fern", "renewed 2 times", "needs &lt;i&gt;notes.write", "DW3202", "0af7", "Bearer realm"]
        {
            assert!(html.contains(words), "{words} is not in {html}");
        }
        assert!(html.contains("grant add notes-web notes:notes.write --all"), "{html}");
        assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
    }

    #[test]
    fn the_daemons_run_is_a_sentence() {
        let mut report =
            Report { at: 0, status: Some(200), notes: Some(10), people: Some(2), code: None, detail: None };
        assert!(DaemonView::new(&report).sentence.starts_with("read 10 notes of 2 people"));
        report.status = Some(403);
        report.code = Some("DW3203".to_owned());
        report.detail = Some("a role is missing".to_owned());
        assert_eq!(DaemonView::new(&report).sentence, "was answered 403 DW3203: a role is missing");
    }

    proptest! {
        #[test]
        fn no_token_makes_it_panic(token in "[ -~]{0,80}") {
            let _ = rows(&payload(&token));
        }
    }
}
