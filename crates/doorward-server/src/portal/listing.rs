//! The log as a list: filters from the address, pages by cursor, and chips that set a filter with one click.

use std::sync::Arc;

use doorward_core::model::{AppId, TenantId, UserId};
use doorward_dialect::Params;
use doorward_store::{Cursor, DirectoryQuery, Entry, Paging};
use doorward_token::Code;

use super::{is_trace, paint};
use crate::app::App;
use crate::events::{Clearance, Query, Record};
use crate::pages::{Chip, Href, LogFilter, LogKind, LogPage};
use crate::reply::Visit;
use crate::shell::Fault;

/// Rows of a page.
const ROWS: usize = 60;
/// Rows that are looked at for a page, where a filter leaves most of them out.
const MOST_LOOKED_AT: usize = 3000;
const STEP: u32 = 200;
/// Chips of one kind.
const MOST_CHIPS: usize = 8;
/// Longest text of a filter.
const LONGEST: usize = 128;

/// A list that was asked for.
pub(super) struct Listing {
    kind: LogKind,
    filter: LogFilter,
    cursor: Option<String>,
}

impl Listing {
    /// Reads the query of the address. What cannot be read filters nothing.
    pub(super) fn read(kind: LogKind, query: &str) -> Self {
        let params = Params::form(query.as_bytes()).unwrap_or_default();
        let of = |name: &str| -> String {
            params.value(name).unwrap_or_default().trim().chars().take(LONGEST).collect()
        };
        let code = Code::parse(&of("code")).map_or_else(|| of("code"), |code| code.to_string());
        let cursor = Some(of("cursor")).filter(|cursor| !cursor.is_empty());
        Self { kind, filter: LogFilter { code, app: of("app"), user: of("user") }, cursor }
    }

    /// Somebody typed a trace id where a code belongs.
    pub(super) fn names_trace(&self) -> Option<String> {
        [&self.filter.code, &self.filter.app, &self.filter.user]
            .into_iter()
            .find(|text| is_trace(text))
            .map(|text| text.to_ascii_lowercase())
    }

    /// The page.
    pub(super) async fn page(self, app: &App, visit: &Visit, clearance: Clearance) -> Result<LogPage, Fault> {
        let (records, next) = match self.kind {
            LogKind::Live => (self.latest(app, clearance), None),
            LogKind::Kept => self.kept(app, clearance).await?,
        };
        let near: Vec<Arc<Record>> =
            app.ports().recorder.after(app, 0).into_iter().map(|(_, record)| record).collect();
        let rows = records.iter().map(|record| {
            let guess = app.guess(record, &near).first().map(|guess| guess.cause.to_owned());
            paint::row(record, self.kind, guess.unwrap_or_default())
        });
        Ok(LogPage {
            frame: visit.frame(app, None),
            rows: rows.collect(),
            codes: self.chips(&records, "code", |record| record.code().map(str::to_owned)),
            apps: self.chips(&records, "app", |record| record.app_name().map(str::to_owned)),
            action: href(paint::home(self.kind)),
            earlier: next.map(|cursor| self.address(&[("cursor", cursor.as_str())])),
            latest: self.cursor.is_some().then(|| self.address(&[])),
            is_filtered: self.filter != LogFilter::default(),
            kind: self.kind,
            filter: self.filter,
        })
    }

    fn fits(&self, record: &Record) -> bool {
        let filter = &self.filter;
        let same = |wanted: &str, found: Option<&str>| {
            wanted.is_empty() || found.is_some_and(|found| found.eq_ignore_ascii_case(wanted))
        };
        same(&filter.code, record.code())
            && (same(&filter.app, record.app_name()) || same(&filter.app, record.client_id()))
            && same(&filter.user, record.user_name())
    }

    /// What this node remembers.
    fn latest(&self, app: &App, clearance: Clearance) -> Vec<Arc<Record>> {
        let all = app.ports().recorder.after(app, 0);
        let fit = all.into_iter().rev().map(|(_, record)| record);
        fit.filter(|record| clearance.covers(record) && self.fits(record)).take(ROWS).collect()
    }

    /// What the store has; a filter by code looks through several of its pages.
    async fn kept(
        &self,
        app: &App,
        clearance: Clearance,
    ) -> Result<(Vec<Arc<Record>>, Option<Cursor>), Fault> {
        let query = self.query(app, clearance).await?;
        let mut found = Vec::new();
        let mut cursor = self.cursor.clone().map(Cursor::new);
        let mut looked_at = 0;
        loop {
            let rest = if self.filter.code.is_empty() { u32::try_from(ROWS).unwrap_or(STEP) } else { STEP };
            let paging = Paging::new(rest, cursor.take()).expect("the constants are within bounds");
            let page = match app.log_page(&query, paging).await {
                // A cursor that somebody typed: the page begins anew.
                Err(doorward_store::StoreFault::InvalidCursor) if looked_at == 0 => {
                    app.log_page(&query, Paging::new(rest, None).expect("as above")).await?
                }
                other => other?,
            };
            looked_at += page.0.len();
            let fit = |record: &Record| clearance.covers(record) && self.fits(record);
            found.extend(page.0.into_iter().filter(fit).map(Arc::new));
            cursor = page.1;
            if cursor.is_none() || found.len() >= ROWS || looked_at >= MOST_LOOKED_AT {
                return Ok((found, cursor));
            }
        }
    }

    /// The store filters by application or user, where the names are known in the reader's tenant.
    async fn query(&self, app: &App, clearance: Clearance) -> Result<Query, Fault> {
        let Some(tenant) = clearance.tenant() else { return Ok(Query::default()) };
        let app_id =
            if self.filter.app.is_empty() { None } else { named_app(app, tenant, &self.filter.app).await? };
        let user_id = match app_id {
            None if !self.filter.user.is_empty() => named_user(app, tenant, &self.filter.user).await?,
            _ => None,
        };
        Ok(Query { tenant: Some(tenant), app: app_id, user: user_id })
    }

    /// This list with other parameters; the filter stays.
    fn address(&self, more: &[(&str, &str)]) -> Href {
        address(self.kind, &self.filter, more)
    }

    fn chips(
        &self,
        records: &[Arc<Record>],
        name: &str,
        of: impl Fn(&Record) -> Option<String>,
    ) -> Vec<Chip> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for value in records.iter().filter_map(|record| of(record)) {
            match counts.iter_mut().find(|(known, _)| *known == value) {
                Some((_, count)) => *count += 1,
                None => counts.push((value, 1)),
            }
        }
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate(MOST_CHIPS);
        let set = if name == "code" { &self.filter.code } else { &self.filter.app };
        if !set.is_empty() && !counts.iter().any(|(value, _)| value == set) {
            counts.insert(0, (set.clone(), 0));
        }
        let chip = |(label, count): (String, usize)| {
            let is_set = label == *set;
            let mut filter = self.filter.clone();
            let field = if name == "code" { &mut filter.code } else { &mut filter.app };
            *field = if is_set { String::new() } else { label.clone() };
            Chip { href: address(self.kind, &filter, &[]), label, count, is_set }
        };
        counts.into_iter().map(chip).collect()
    }
}

fn address(kind: LogKind, filter: &LogFilter, more: &[(&str, &str)]) -> Href {
    let set = [("code", filter.code.as_str()), ("app", &filter.app), ("user", &filter.user)];
    let pairs = set.into_iter().chain(more.iter().copied()).filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let home = paint::home(kind);
    href(if query.is_empty() { home.to_owned() } else { format!("{home}?{query}") })
}

fn href(text: impl Into<String>) -> Href {
    Href::parse(text).expect("our own paths with an encoded query are plain")
}

async fn named_app(app: &App, tenant: TenantId, name: &str) -> Result<Option<AppId>, Fault> {
    let page = app.store().list(&DirectoryQuery::Clients { tenant, page: Paging::first() }).await?;
    Ok(page.entries.iter().find_map(|entry| match entry {
        Entry::Client(client) => (client.name.eq_ignore_ascii_case(name)
            || client.client_id.as_str().eq_ignore_ascii_case(name))
        .then_some(client.app_id),
        _ => None,
    }))
}

async fn named_user(app: &App, tenant: TenantId, name: &str) -> Result<Option<UserId>, Fault> {
    let search = Some(name.to_owned());
    let query = DirectoryQuery::Users { tenant, pool: None, search, page: Paging::first() };
    let page = app.store().list(&query).await?;
    Ok(page.entries.iter().find_map(|entry| match entry {
        Entry::User(user) => user.sign_in_name().eq_ignore_ascii_case(name).then_some(user.id),
        _ => None,
    }))
}
