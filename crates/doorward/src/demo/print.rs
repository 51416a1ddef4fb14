//! What the demo prints: a page for people, or one JSON object per line. Only what exists.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use doorward_core::model::ClientKind;
use serde::Serialize;
use serde_json::json;

use super::cast;
use super::daemon::Report;
use super::ready::{Ready, UserLine};
use super::secrets::SECRETS_FILE;
use super::trial::{BREAKS, Break, Told};

/// For whom the demo prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// A page.
    People,
    /// One object per line.
    Programs,
}

/// What a start was like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub(super) is_new: bool,
    pub(super) took: Duration,
}

impl Audience {
    /// Says that everything is up.
    pub(super) fn ready(self, ready: &Ready, start: Start) {
        match self {
            Self::People => write(&page(ready, start)),
            Self::Programs => line(ready),
        }
    }

    /// Tells a run of the daemon. People find it on the web app's page.
    pub(super) fn daemon(self, report: &Report) {
        if self == Self::Programs {
            #[derive(Serialize)]
            struct Event<'r> {
                event: &'static str,
                #[serde(flatten)]
                report: &'r Report,
            }
            line(&Event { event: "daemon", report });
        }
    }

    /// Tells the verdict on a journey or a break.
    pub(super) fn trial(self, trial: &Trial<'_>) {
        match self {
            Self::People => write(&trial.row()),
            Self::Programs => line(&trial.json()),
        }
    }

    /// Tells the sum of a check.
    pub(super) fn checked(self, sum: &serde_json::Value) {
        match self {
            Self::People => write(&format!("\n{} passed, {} failed\n", sum["passed"], sum["failed"])),
            Self::Programs => line(sum),
        }
    }

    /// Tells what was broken and how that is explained.
    pub(super) fn broken(self, one: &Break, told: &Told) {
        match self {
            Self::People => write(&explanation(one, told)),
            Self::Programs => {
                line(
                    &json!({ "event": "broken", "name": one.name, "title": one.title, "at": one.at, "told": told }),
                );
            }
        }
    }

    /// Tells what can be broken.
    pub(super) fn breaks(self) {
        match self {
            Self::People => write(&menu()),
            Self::Programs => BREAKS.iter().for_each(|one| {
                line(&json!({ "event": "break", "name": one.name, "code": one.code, "title": one.title, "at": one.at }));
            }),
        }
    }

    /// Shows a key that was pressed.
    pub(super) fn echoes(self, key: char) {
        if self != Self::People {
            return;
        }
        write(&if key == '\u{8}' { "\u{8} \u{8}".to_owned() } else { key.to_string() });
    }

    /// A line for people alone.
    pub(super) fn says(self, text: &str) {
        if self == Self::People {
            write(&format!("{text}\n"));
        }
    }

    /// Says that the demo ends.
    pub(super) fn stopping(self) {
        match self {
            Self::People => write("\nstopping\n"),
            Self::Programs => line(&json!({ "event": "stopping" })),
        }
    }
}

/// A journey or a break, and how it went.
pub(super) struct Trial<'t> {
    /// `journey` or `break`.
    pub(super) kind: &'t str,
    pub(super) name: &'t str,
    pub(super) title: &'t str,
    /// What a break was refused with.
    pub(super) told: Option<Told>,
    /// Why it counts as failed.
    pub(super) failure: Option<String>,
}

impl Trial<'_> {
    fn row(&self) -> String {
        let code = self.told.as_ref().map_or("", |told| told.code.as_str());
        let verdict = if self.failure.is_none() { "ok" } else { "FAIL" };
        let mut row =
            format!("  {:<8} {:<16} {code:<7} {:<72} {verdict}\n", self.kind, self.name, self.title);
        if let Some(failure) = &self.failure {
            let _ = writeln!(row, "           {failure}");
        }
        row
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "event": "trial", "kind": self.kind, "name": self.name, "title": self.title, "told": self.told,
            "ok": self.failure.is_none(), "failure": self.failure,
        })
    }
}

fn menu() -> String {
    let mut text = String::from("\nBreak something: each of these fails for real and says why\n");
    let mut at = "";
    for (number, one) in BREAKS.iter().enumerate() {
        if one.at != at {
            at = one.at;
            let _ = writeln!(text, "\n  {at}");
        }
        let _ = writeln!(text, "  {:>3}  {:<16} {}", number + 1, one.name, one.title);
    }
    text + "\n"
}

fn explanation(one: &Break, told: &Told) -> String {
    let slug = doorward_dialect::slug(&told.code);
    let mut text = format!("\n{}: {}\n", one.name, one.title);
    let trace = if told.kept { format!("doorward explain {}", told.trace) } else { told.trace.clone() };
    for (label, said) in [
        ("answer", format!("{} from {}", told.status, one.at)),
        ("code", format!("{} {slug}", told.code)),
        ("because", told.diagnosis.clone()),
        ("do this", told.remedy.clone()),
        ("page", told.page.clone()),
        ("trace", trace),
    ] {
        let _ = writeln!(text, "  {label:<8} {said}");
    }
    text
}

/// A moment in UTC, `2027-01-15T08:00:00Z`.
pub(super) fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |moment| moment.to_string())
}

fn line(value: &impl Serialize) {
    let mut text = serde_json::to_string(value).expect("texts and numbers serialise");
    text.push('\n');
    write(&text);
}

/// Whoever read the output may be gone; the demo goes on without.
fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn page(ready: &Ready, start: Start) -> String {
    let mut page = String::new();
    let seconds = start.took.as_secs_f64();
    let age = if start.is_new { "new" } else { "as it was" };
    let mut put = |text: std::fmt::Arguments<'_>| {
        page.write_fmt(text).and_then(|()| page.write_char('\n')).expect("a String takes everything");
    };
    put(format_args!(
        "doorward {}  profile development  data {} ({age})  up in {seconds:.1} s",
        ready.version, ready.data
    ));
    put(format_args!(""));
    put(format_args!("  Server      {}", ready.base_url));
    put(format_args!("  Web app     {}    sign in, call the API, read why it says no", ready.web_app));
    put(format_args!("  Mailbox     {}    mails that would have been sent", ready.mailbox));
    for api in &ready.apis {
        put(format_args!("  Notes API   {}/docs    enforced from its OpenAPI document", api.url));
    }
    put(format_args!(
        "  Daemon      reads all notes every 30 s with its own token; its last run is on the web app's page"
    ));
    put(format_args!(""));
    put(format_args!("  Sign in as"));
    let width = |of: fn(&UserLine) -> &str| ready.users.iter().map(|user| of(user).len()).max().unwrap_or(0);
    let (names, emails, tenants) = (width(|u| &u.username), width(|u| &u.email), width(|u| &u.tenant));
    for user in &ready.users {
        let text = format!(
            "    {:names$}  or {:emails$}  at {:tenants$}  /  {}  {}",
            user.username,
            user.email,
            user.tenant,
            user.password,
            if user.note.is_empty() { String::new() } else { format!("({})", user.note) }
        );
        put(format_args!("{}", text.trim_end()));
    }
    put(format_args!(""));
    put(format_args!(
        "  Authorities (MSAL: knownAuthorities [\"{}\"])",
        ready.base_url.trim_start_matches("https://")
    ));
    for tenant in &ready.tenants {
        put(format_args!("    {}", tenant.authorities[0]));
        for flow in &tenant.flows {
            put(format_args!(
                "    {}    user flow {}: no consent page, administrators grant",
                flow.authority, flow.name
            ));
        }
    }
    put(format_args!(""));
    put(format_args!("  Your own app, ready to use: {} ({})", cast::WEB_SHOP, app_uris(ready)));
    for app in ready.apps.iter().filter(|app| app.name == cast::WEB_SHOP) {
        put(format_args!("    client id      {}", app.client_id));
        put(format_args!("    client secret  {}", app.client_secret.as_deref().unwrap_or("-")));
    }
    put(format_args!(
        "    more of them: doorward app list --tenant {}; secrets are in {SECRETS_FILE}",
        cast::MEADOW
    ));
    put(format_args!(""));
    put(format_args!("  Trust the demo's certificate authority (it can vouch for localhost alone)"));
    put(format_args!("    Node      NODE_EXTRA_CA_CERTS={}", ready.ca_file));
    put(format_args!("    curl      curl --cacert {} {}/healthz", ready.ca_file, ready.base_url));
    put(format_args!(
        "    browser   go on past the warning, or import the file as an authority for web sites"
    ));
    put(format_args!(""));
    put(format_args!("  Ctrl-C stops it. The next start finds everything as it was; --reset begins anew."));
    page
}

fn app_uris(ready: &Ready) -> String {
    let app = ready.apps.iter().find(|app| app.name == cast::WEB_SHOP && app.kind == ClientKind::Web);
    app.and_then(|app| app.redirect_uris.first()).cloned().unwrap_or_else(|| "no redirect URI".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_in_utc_to_the_second() {
        assert_eq!(moment(1_800_000_000), "2027-01-15T08:00:00Z");
        assert_eq!(moment(i64::MAX), i64::MAX.to_string());
    }
}
