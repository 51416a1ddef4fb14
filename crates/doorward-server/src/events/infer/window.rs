//! The neighbours of a record: what happened around it, as far as it may have to do with it.

use doorward_core::model::Instant;

use crate::events::record::Record;

/// How far apart two requests may be and still explain each other.
pub(in crate::events) const REACH_MS: i64 = 10 * 60 * 1000;

/// Records around one, by time, the subject among them.
pub(in crate::events) struct Window<'a> {
    near: Vec<&'a Record>,
    now: Instant,
}

impl<'a> Window<'a> {
    /// Of everything that is known, what lies within reach of `subject`.
    pub(in crate::events) fn around(
        subject: &Record,
        known: impl Iterator<Item = &'a Record>,
        now: Instant,
    ) -> Self {
        let at = subject.at_ms();
        let mut near: Vec<&Record> =
            known.filter(|record| record.at_ms().abs_diff(at) <= REACH_MS.unsigned_abs()).collect();
        near.sort_by_key(|record| record.at_ms());
        Self { near, now }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Record> + '_ {
        self.near.iter().copied()
    }

    /// Those at most so many milliseconds before or after `subject`, itself apart.
    pub(super) fn within(&self, subject: &Record, ms: u64) -> impl Iterator<Item = &'a Record> + '_ {
        let (at, trace) = (subject.at_ms(), subject.trace().to_owned());
        self.all().filter(move |record| record.at_ms().abs_diff(at) <= ms && record.trace() != trace)
    }

    /// Seconds since the record, by the clock of the reader.
    pub(super) fn age_secs(&self, subject: &Record) -> u64 {
        self.now.since(subject.at).as_secs()
    }
}

impl Record {
    pub(super) fn is_at(&self, place: &str) -> bool {
        self.place == place
    }

    pub(super) fn succeeded(&self) -> bool {
        self.story.refusal.is_none() && self.story.status < 400
    }

    /// The link of that kind.
    pub(super) fn link(&self, kind: &str) -> Option<&str> {
        self.story.links.iter().map(String::as_str).find(|link| link.split(':').next() == Some(kind))
    }

    pub(super) fn has_link(&self, link: &str) -> bool {
        self.story.links.iter().any(|known| known == link)
    }

    /// It gave a code to the application: the authorization endpoint or a page of ours, but not the token endpoint.
    pub(super) fn gave_code(&self) -> Option<&str> {
        let asked = self.is_at("authorize") || self.place.starts_with("page/");
        (asked && self.succeeded()).then(|| self.link("code")).flatten()
    }

    pub(super) fn same_browser(&self, other: &Self) -> bool {
        self.browser.is_some() && self.browser == other.browser
    }

    pub(super) fn same_device(&self, other: &Self) -> bool {
        self.story.caller.device.is_some() && self.story.caller.device == other.story.caller.device
    }

    pub(super) fn same_app(&self, other: &Self) -> bool {
        self.app.is_some() && self.app == other.app
    }
}
