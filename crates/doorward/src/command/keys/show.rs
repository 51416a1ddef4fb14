//! Keys and their verifiers, for people.

use doorward_core::directory::KeyView;
use doorward_core::model::KeyState;
use serde_json::Value;

use super::super::output::{date, facts, moment, table};
use super::{moment_of, rows, view};

/// The timeline.
pub(super) fn table_of(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let key: KeyView = view(row)?;
        let state = match key.state {
            KeyState::Active => "active",
            KeyState::Retiring => "retiring",
            KeyState::Upcoming => "upcoming",
        };
        Some(vec![
            key.kid.to_string(),
            key.algorithm.as_str().to_owned(),
            state.to_owned(),
            moment(key.state_since.seconds()),
            next(&key),
            date(key.certificate_until.seconds()),
            row["tenant"].as_str().unwrap_or_default().to_owned(),
        ])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(&["KID", "ALGORITHM", "STATE", "SINCE", "NEXT", "CERTIFICATE", "TENANT"], &rows, "no keys")
}

fn next(key: &KeyView) -> String {
    match (key.state, key.signs_from, key.next_from, key.gone_from) {
        (KeyState::Upcoming, Some(at), _, _) => format!("signs from {}", moment(at.seconds())),
        (KeyState::Active, _, Some(at), _) => format!("next key from {}", moment(at.seconds())),
        (KeyState::Active, _, None, _) => "no next key by itself".to_owned(),
        (KeyState::Retiring, _, _, Some(at)) => format!("gone from {}", moment(at.seconds())),
        _ => String::new(),
    }
}

/// What a rotation did, and which API may not know yet.
pub(super) fn rotated(answer: &Value, algorithm: &str) -> String {
    let keys: Vec<KeyView> = rows(answer).iter().filter_map(view).collect();
    let of = |state| keys.iter().find(|key| key.algorithm.as_str() == algorithm && key.state == state);
    let mut lines = Vec::new();
    if let Some(key) = of(KeyState::Upcoming) {
        let from = key.signs_from.map(|at| moment(at.seconds())).unwrap_or_default();
        lines.push(("publish", format!("key {}  (in the key set now, signs from {from})", key.kid)));
    }
    if let Some(key) = of(KeyState::Active) {
        lines.push(("signs", format!("key {}", key.kid)));
    }
    let retiring =
        keys.iter().filter(|key| key.algorithm.as_str() == algorithm && key.state == KeyState::Retiring);
    for key in retiring {
        let gone = key.gone_from.map(|at| moment(at.seconds())).unwrap_or_default();
        lines.push(("retire", format!("key {}  (in the key set until {gone})", key.kid)));
    }
    facts(&lines) + &fetches(answer)
}

/// Which API fetched the key set when, as far as the server knows.
pub(super) fn fetches(answer: &Value) -> String {
    let Some(all) = answer["fetches"].as_array().filter(|all| !all.is_empty()) else { return String::new() };
    let since = moment_of(&answer["looking_since"]).unwrap_or_default();
    let line = |row: &Value| {
        let api = row["api"].as_str().unwrap_or_default();
        match moment_of(&row["keys_fetched_at"]) {
            Some(at) => ("API", format!("{api} fetched the keys at {at}")),
            None => {
                ("API", format!("{api} has not fetched the keys since the server looks ({since}) (DW5101)"))
            }
        }
    };
    facts(&all.iter().map(line).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rotation_says_what_signs_when_and_who_may_not_know() {
        let key = |kid: &str, state: &str, name: &str| {
            let mut key = json!({
                "kid": kid, "algorithm": "RS256", "state": state, "created_at": 0, "state_since": 0, "certificate_until": 0
            });
            if !name.is_empty() {
                key[name] = json!(86_400);
            }
            key
        };
        let answer = json!({
            "items": [key("n", "upcoming", "signs_from"), key("a", "active", ""), key("o", "retiring", "gone_from")],
            "fetches": [
                { "api": "notes", "keys_fetched_at": 60 }, { "api": "orders", "keys_fetched_at": null }
            ],
            "looking_since": 0,
        });
        assert_eq!(
            rotated(&answer, "RS256"),
            "publish      key n  (in the key set now, signs from 1970-01-02 00:00:00Z)\n\
             signs        key a\n\
             retire       key o  (in the key set until 1970-01-02 00:00:00Z)\n\
             API          notes fetched the keys at 1970-01-01 00:01:00Z\n\
             API          orders has not fetched the keys since the server looks (1970-01-01 00:00:00Z) (DW5101)\n"
        );
        assert!(table_of(rows(&answer)).contains("signs from 1970-01-02"));
        assert_eq!(fetches(&json!({})), "");
    }
}
