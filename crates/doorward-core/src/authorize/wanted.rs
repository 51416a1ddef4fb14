//! Whom the request wants an answer about: `claims.id_token.sub` and `claims.userinfo.sub` (OpenID Connect Core §5.5.1).
//!
//! Unlike a hint this is a condition. Nobody else's account answers the request, whoever signs in on the way.

use serde_json::{Map, Value};

/// The subjects that fit, one list for each of the two places; no list means that anybody does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WantedSubject(Vec<Vec<String>>);

impl WantedSubject {
    /// Reads the members of the `claims` parameter. The error says what was expected.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, &'static str> {
        const EXPECTED: &str = "sub as null or {essential, value, values} with texts as values";
        let mut lists = Vec::new();
        for place in ["id_token", "userinfo"] {
            let Some(sub) = claims.get(place).and_then(|members| members.get("sub")) else { continue };
            let sub = match sub {
                Value::Null => continue,
                Value::Object(sub) => sub,
                _ => return Err(EXPECTED),
            };
            let listed = match sub.get("values") {
                None => [].as_slice(),
                Some(values) => values.as_array().ok_or(EXPECTED)?.as_slice(),
            };
            let values = sub.get("value").into_iter().chain(listed);
            let texts: Option<Vec<String>> = values.map(|value| value.as_str().map(str::to_owned)).collect();
            let texts = texts.ok_or(EXPECTED)?;
            if !texts.is_empty() {
                lists.push(texts);
            }
        }
        Ok(Self(lists))
    }

    pub(super) fn is_anybody(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn fits(&self, subject: &str) -> bool {
        self.0.iter().all(|list| list.iter().any(|wanted| wanted == subject))
    }
}

#[cfg(test)]
mod tests {
    use super::WantedSubject;
    use serde_json::{Map, Value, json};

    fn members(claims: Value) -> Map<String, Value> {
        serde_json::from_value(claims).expect("an object")
    }

    #[test]
    fn a_subject_must_fit_in_both_places() {
        for (claims, fits) in [
            (json!({}), true),
            (json!({"id_token": null, "userinfo": {"name": null}}), true),
            (json!({"id_token": {"sub": null}, "userinfo": {"sub": {"essential": true}}}), true),
            (json!({"id_token": {"sub": {"value": "ben"}}}), true),
            (json!({"userinfo": {"sub": {"values": ["ada", "ben"]}}}), true),
            (json!({"userinfo": {"sub": {"value": "ada"}}}), false),
            (json!({"id_token": {"sub": {"value": "ben"}}, "userinfo": {"sub": {"value": "ada"}}}), false),
        ] {
            let wanted = WantedSubject::read(&members(claims.clone())).expect("understood");
            assert_eq!(wanted.fits("ben"), fits, "{claims}");
        }
    }

    #[test]
    fn a_subject_that_is_no_text_is_not_understood() {
        for sub in
            [json!("ben"), json!(7), json!({"value": 7}), json!({"values": "ben"}), json!({"values": [null]})]
        {
            let claims = json!({"id_token": {"sub": sub}});
            assert!(WantedSubject::read(&members(claims.clone())).is_err(), "{claims}");
        }
    }
}
