//! The words of the pages: one catalogue per language, read at compile time, looked up by key.
//!
//! A message is plain text with `{name}` places. Where a key has the variants `key.one` and `key.other`, the
//! argument `n` chooses. A further language is a file in `locales/` and a row in [`Locale::ALL`].

use std::collections::BTreeMap;

use serde::Serialize;

/// The direction of a script, as the `dir` attribute spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

/// A language in which every page exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Locale {
    /// The `lang` attribute (BCP 47).
    pub tag: &'static str,
    /// The `dir` attribute.
    pub dir: Direction,
}

impl Locale {
    /// English, the language of last resort.
    pub const ENGLISH: Self = Self { tag: "en", dir: Direction::Ltr };

    /// Every language on offer.
    pub const ALL: &'static [Self] = &[Self::ENGLISH];

    /// The first language on offer among `ui_locales` (OpenID Connect Core §3.1.2.1, separated by spaces), then
    /// `Accept-Language` (RFC 9110 §12.5.4, by weight), then English.
    pub fn negotiate(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        let asked = ui_locales.unwrap_or_default().split_ascii_whitespace().map(|tag| (tag, 1.0_f32));
        let mut accepted: Vec<(&str, f32)> =
            accept_language.unwrap_or_default().split(',').filter_map(weighted).collect();
        accepted.sort_by(|a, b| b.1.total_cmp(&a.1));
        asked.chain(accepted).find_map(|(tag, _)| Self::offered(tag)).unwrap_or(Self::ENGLISH)
    }

    fn offered(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let matches = |wanted: &str| Self::ALL.iter().find(|locale| locale.tag.eq_ignore_ascii_case(wanted));
        matches(tag).or_else(|| matches(primary)).copied()
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self::ENGLISH
    }
}

fn weighted(part: &str) -> Option<(&str, f32)> {
    let mut pieces = part.split(';');
    let tag = pieces.next()?.trim();
    let weight = pieces.find_map(|piece| piece.trim().strip_prefix("q=")).map_or(Ok(1.0), str::parse);
    weight.ok().filter(|q| *q > 0.0 && !tag.is_empty()).map(|q: f32| (tag, q))
}

/// The messages of one language.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue(BTreeMap<String, String>);

impl Catalogue {
    /// The English catalogue.
    pub(super) fn english() -> Self {
        Self::of(ENGLISH)
    }

    /// A catalogue of ours, compiled in.
    pub(crate) fn of(json: &str) -> Self {
        Self(serde_json::from_str(json).expect("our catalogues are flat objects of strings, tests read them"))
    }

    /// The message for `key`; with `n`, the plural variant that fits it.
    pub(crate) fn message(&self, key: &str, n: Option<i64>) -> Option<&str> {
        if let Some(text) = self.0.get(key) {
            return Some(text);
        }
        // English and most languages of Europe; a language with more categories brings its own rule.
        let category = if n? == 1 { "one" } else { "other" };
        self.0.get(&format!("{key}.{category}")).map(String::as_str)
    }

    /// The first of the keys that has a message.
    pub(super) fn first<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        keys.into_iter().find_map(|key| self.message(key, None))
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Mirrored pseudo-language: every message stands in brackets, so that words which bypass the catalogue and
    /// layouts that assume left-to-right are seen by the tests.
    #[cfg(test)]
    pub(super) fn pseudo(&self) -> Self {
        Self(self.0.iter().map(|(key, text)| (key.clone(), format!("⟦{text} ~~~~⟧"))).collect())
    }
}

/// One piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Words of the catalogue.
    Words(&'a str),
    /// A `{name}` place.
    Place(&'a str),
}

/// Splits a message at its places. A brace without a partner is a word.
pub(crate) fn pieces(message: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = message;
    while let Some((words, tail)) = rest.split_once('{') {
        let Some((name, after)) = tail.split_once('}') else { break };
        if !words.is_empty() {
            found.push(Piece::Words(words));
        }
        found.push(Piece::Place(name));
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece::Words(rest));
    }
    found
}

const ENGLISH: &str = include_str!("../../locales/en.json");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_plural_follows_the_number() {
        let catalogue = Catalogue(BTreeMap::from([
            ("day.one".to_owned(), "{n} day".to_owned()),
            ("day.other".to_owned(), "{n} days".to_owned()),
        ]));
        assert_eq!(catalogue.message("day", Some(1)), Some("{n} day"));
        assert_eq!(catalogue.message("day", Some(0)), Some("{n} days"));
        assert_eq!(catalogue.message("day", None), None);
    }

    #[test]
    fn a_message_splits_at_its_places() {
        assert_eq!(pieces("Hi {name}!"), [Piece::Words("Hi "), Piece::Place("name"), Piece::Words("!")]);
        assert_eq!(pieces("{a}{b}"), [Piece::Place("a"), Piece::Place("b")]);
        assert_eq!(pieces("a { b"), [Piece::Words("a { b")]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn an_unknown_language_is_answered_in_english() {
        assert_eq!(Locale::negotiate(Some("xx fr"), Some("de;q=0.8, *;q=0.1")), Locale::ENGLISH);
        assert_eq!(Locale::negotiate(None, Some("EN-gb")), Locale::ENGLISH);
        assert_eq!(Locale::negotiate(None, None), Locale::ENGLISH);
    }

    proptest! {
        #[test]
        fn any_language_header_is_survived(ui in "\\PC{0,40}", accept in "\\PC{0,60}|([a-z]{2}(;q=[0-9.]{0,4})?,?){0,5}") {
            prop_assert!(Locale::ALL.contains(&Locale::negotiate(Some(&ui), Some(&accept))));
        }

        #[test]
        fn the_pieces_make_up_the_message(text in "[a-z{} ]{0,30}") {
            let again: String = pieces(&text).iter().map(|piece| match piece {
                Piece::Words(words) => (*words).to_owned(),
                Piece::Place(name) => format!("{{{name}}}"),
            }).collect();
            prop_assert_eq!(again, text);
        }
    }
}
