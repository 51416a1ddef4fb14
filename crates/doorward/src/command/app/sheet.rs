//! Applications as people read them.

use doorward_core::directory::{AppView, PermissionRow};
use doorward_core::model::ClientKind;
use serde_json::Value;

use crate::command::output::{date, facts, table, tick};
use crate::command::session::view;

fn kind(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Daemon => "daemon",
        ClientKind::Native => "native (PKCE required)",
        ClientKind::Spa => "spa (PKCE required)",
        ClientKind::Web => "web",
    }
}

/// An application.
pub(super) fn of(answer: &Value) -> String {
    let Some(app) = view::<AppView>(answer) else { return format!("{answer:#}\n") };
    let mut rows = vec![
        ("app", app.name.clone()),
        ("client_id", app.client_id.to_string()),
        ("kind", kind(app.kind).to_owned()),
    ];
    let platform =
        |index: usize| answer["redirect_uris"][index]["platform"].as_str().unwrap_or_default().to_owned();
    for (index, redirect) in app.redirect_uris.iter().enumerate() {
        rows.push(("redirect", format!("{}  ({})", redirect.uri, platform(index))));
    }
    rows.extend(app.post_logout_redirect_uris.iter().map(|uri| ("logout", uri.clone())));
    rows.extend(
        app.requires.iter().map(|asked| ("asks for", format!("{}  ({})", asked.permission, asked.kind))),
    );
    for secret in &app.secrets {
        let ends = date(secret.expires_at.seconds());
        rows.push(("secret", format!("{}  dws_{}…  ends {ends}", secret.name, secret.hint)));
    }
    if let Ok(Value::Object(members)) = serde_json::to_value(&app.metadata) {
        rows.extend(members.iter().map(|(name, value)| ("metadata", format!("{name}: {}", short(value)))));
    }
    rows.extend(app.mfa.map(|rule| ("second factor", rule.word().to_owned())));
    rows.push(("first party", tick(app.first_party)));
    rows.push(("off", tick(app.disabled)));
    facts(&rows)
}

/// A member in one line.
fn short(value: &Value) -> String {
    let keys = value["keys"].as_array().map(|keys| format!("{} keys", keys.len()));
    keys.unwrap_or_else(|| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Applications.
pub(super) fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let app: AppView = view(row)?;
        let ends = app.secrets.iter().map(|secret| secret.expires_at.seconds()).min();
        Some(vec![
            app.name.clone(),
            app.client_id.to_string(),
            row["kind"].as_str().unwrap_or_default().to_owned(),
            row["tenant"].as_str().unwrap_or_default().to_owned(),
            ends.map(date).unwrap_or_default(),
            tick(app.disabled),
        ])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(&["APP", "CLIENT_ID", "KIND", "TENANT", "FIRST SECRET ENDS", "OFF"], &rows, "no apps")
}

/// What an application asks for and was granted.
pub(super) fn permissions(answer: &Value) -> String {
    let cells = |row: &Value| {
        let row: PermissionRow = view(row)?;
        let granted =
            if row.granted_for.is_empty() { "nobody".to_owned() } else { row.granted_for.join(", ") };
        let admin = tick(row.admin_consent_required);
        Some(vec![row.api, row.name, row.kind.to_string(), admin, tick(row.requested), granted])
    };
    let rows: Vec<_> = answer["permissions"].as_array().into_iter().flatten().filter_map(cells).collect();
    let headings = ["API", "NAME", "KIND", "ADMIN CONSENT", "REQUESTED", "GRANTED FOR"];
    table(&headings, &rows, "the app asks for nothing and was granted nothing")
}

/// The secrets of an application, without the secrets.
pub(super) fn secrets(rows: &[Value]) -> String {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let when = |row: &Value, name: &str| row[name].as_i64().map(date).unwrap_or_default();
    let cells = |row: &Value| {
        let hint = format!("dws_{}…", text(row, "hint"));
        vec![text(row, "name"), hint, when(row, "created_at"), when(row, "expires_at"), text(row, "id")]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&["NAME", "SECRET", "MADE", "ENDS", "ID"], &rows, "no secrets")
}
