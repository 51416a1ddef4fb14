//! The signed revocation feed of a tenant, `GET /feed/{tenant}/revocations`: ready bytes while nothing changes.
//!
//! Owns the reading of the lines (at most once a second and tenant, whatever is asked), the signature, and the answer with
//! its `ETag`. Does not own what the lines say (`doorward_core::revocation`) nor who believes them (`doorward-guard`).
//!
//! The feed is public, like the key set: enforcers have no credential of ours, and a feed that can be refused is one more
//! way to keep an API from hearing of a revocation. It holds digests of ids only, so that a stranger learns how much was
//! revoked and when, not of whom or what; whoever holds a token can look that token up, and could ask any API as well.
//! It is signed, so that nobody on the way can add or change a line, and lives for a minute, so that nobody can hold it
//! back without being noticed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::change::Change;
use doorward_core::facts::Facts;
use doorward_core::model::{Client, Instant, Tenant, TenantId, TenantKey};
use doorward_core::needs::Need;
use doorward_core::port::Env;
use doorward_core::revocation::{FeedLines, feed, is_pairwise, names_people, needs};
use doorward_crypto::digest::sha256;
use doorward_store::StoreFault;
use doorward_token::ClaimSet;
use doorward_token::jose::base64url;
use doorward_token::revocation::{FEED_TYP, FeedClaims};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use serde_json::json;

use crate::app::{App, KeysFault};
use crate::fetchers::Fetched;
use crate::keyring::MintFault;
use crate::reply::{Visit, finish, json as answer};

/// Seconds for which a feed is believed.
const LIFE_SECS: i64 = 60;
/// A feed that is so old is signed anew although nothing changed: enforcers always have most of its life before them.
const RENEWED_AFTER_SECS: u64 = 10;

/// The feeds that were asked for.
pub(crate) struct Revocations {
    /// Counts commits of this node that wrote lines: their readers do not wait for the next second.
    committed: AtomicU64,
    feeds: RwLock<HashMap<TenantId, Arc<tokio::sync::Mutex<Option<Ready>>>>>,
    /// Sectors of pairwise subjects, with the age of the cache at which they were right.
    sectors: moka::sync::Cache<TenantId, (u64, Arc<[String]>)>,
}

impl Default for Revocations {
    fn default() -> Self {
        let (committed, feeds) = (AtomicU64::default(), RwLock::default());
        Self { committed, feeds, sectors: moka::sync::Cache::new(10_000) }
    }
}

/// A feed as ready bytes.
#[derive(Clone)]
struct Ready {
    bytes: Bytes,
    etag: HeaderValue,
    lines: FeedLines,
    kid: String,
    signed_at: Instant,
    checked_at: Instant,
    committed: u64,
}

impl Revocations {
    /// Notes that lines were written.
    pub(crate) fn committed(&self, changes: &[Change]) {
        if changes.iter().any(|change| matches!(change, Change::Revocation(_))) {
            self.committed.fetch_add(1, Ordering::AcqRel);
        }
    }

    fn of(&self, tenant: TenantId) -> Arc<tokio::sync::Mutex<Option<Ready>>> {
        let known = self.feeds.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned();
        known.unwrap_or_else(|| {
            let mut feeds = self.feeds.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(feeds.entry(tenant).or_default())
        })
    }
}

/// Why there is no feed.
#[derive(Debug, thiserror::Error)]
enum FeedFault {
    #[error(transparent)]
    Keys(#[from] KeysFault),
    #[error(transparent)]
    Mint(#[from] MintFault),
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// `GET /feed/{tenant}/revocations`.
pub(crate) async fn published(
    State(app): State<App>,
    Path(tenant): Path<String>,
    request: Request<Body>,
) -> Response {
    let parts = request.into_parts().0;
    let visit = Visit::of(&app, &parts);
    let response = match ready(&app, &TenantKey::new(&tenant), visit.now).await {
        Ok(Some((tenant, ready))) => {
            app.ports().fetchers.note(tenant, &parts.headers, (Fetched::Feed, visit.now));
            document(&ready, &parts.headers)
        }
        Ok(None) => {
            let description = "DW1070 no such tenant";
            let body = json!({ "error": "not_found", "code": "DW1070", "error_description": description });
            answer(StatusCode::NOT_FOUND, &body)
        }
        Err(fault) => {
            tracing::error!(%fault, "the revocation feed cannot be written");
            let body = json!({ "error": "temporarily_unavailable", "code": "DW5150" });
            answer(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
    };
    finish(response, &visit)
}

fn document(ready: &Ready, asked: &HeaderMap) -> Response {
    let knows = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text == "*" || text.split(',').any(|tag| tag.trim().as_bytes() == ready.etag.as_bytes())
    };
    let is_known = asked.get_all(IF_NONE_MATCH).iter().any(knows);
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(ready.bytes.clone()) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    }
    response.headers_mut().insert(ETAG, ready.etag.clone());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=1"));
    response
}

const MEDIA_TYPE: &str = "application/doorward-revocations+jwt";

/// The feed as of this second. A tenant that is switched off still has one: it says so.
async fn ready(app: &App, key: &TenantKey, now: Instant) -> Result<Option<(TenantId, Ready)>, FeedFault> {
    let facts = app.load(now, |_, _| vec![Need::Tenant(key.clone())]).await?;
    let Some(tenant) = facts.tenant(key) else { return Ok(None) };
    let cell = app.ports().revocations.of(tenant.id);
    // Held while the lines are read: of many who ask in one second, one reads.
    let mut held = cell.lock().await;
    let committed = app.ports().revocations.committed.load(Ordering::Acquire);
    if let Some(ready) = held.as_ref().filter(|it| it.checked_at == now && it.committed == committed) {
        return Ok(Some((tenant.id, ready.clone())));
    }
    let lines = read(app, tenant.id, now).await?;
    let kid = app.keys(tenant.id, now).await?.kid(tenant.id)?.to_owned();
    let still_good = |ready: &Ready| {
        let age = now.since(ready.signed_at).as_secs();
        ready.lines == lines && ready.kid == kid && now >= ready.signed_at && age < RENEWED_AFTER_SECS
    };
    let next = match held.take().filter(still_good) {
        Some(ready) => Ready { checked_at: now, committed, ..ready },
        None => signed(app, tenant, (lines, committed), now).await?,
    };
    *held = Some(next.clone());
    Ok(Some((tenant.id, next)))
}

async fn read(app: &App, tenant: TenantId, now: Instant) -> Result<FeedLines, StoreFault> {
    let facts = app.load(now, |facts: &Facts, _: &Env<'_>| needs(tenant, facts)).await?;
    let sectors =
        if names_people(tenant, &facts) { sectors(app, tenant, now).await? } else { Arc::default() };
    Ok(feed(tenant, &facts, &sectors, (app.vault(), now)))
}

/// The sectors of the applications that are registered for pairwise subjects; looked up again when the configuration
/// changed.
async fn sectors(app: &App, tenant: TenantId, now: Instant) -> Result<Arc<[String]>, StoreFault> {
    let age = app.ports().cache.age(now);
    let known = &app.ports().revocations.sectors;
    if let Some((_, sectors)) = known.get(&tenant).filter(|(made, _)| age == Some(*made)) {
        return Ok(sectors);
    }
    let clients = app.all_clients(tenant).await?;
    let mut sectors: Vec<String> = clients.iter().filter(|it| is_pairwise(it)).map(Client::sector).collect();
    sectors.sort_unstable();
    sectors.dedup();
    let sectors: Arc<[String]> = sectors.into();
    if let Some(age) = age {
        known.insert(tenant, (age, Arc::clone(&sectors)));
    }
    Ok(sectors)
}

async fn signed(
    app: &App,
    tenant: &Tenant,
    (lines, committed): (FeedLines, u64),
    now: Instant,
) -> Result<Ready, FeedFault> {
    let keys = app.keys(tenant.id, now).await?;
    let iat = now.seconds();
    let claims = FeedClaims {
        iss: issuer(&app.settings().base_url, tenant),
        iat,
        exp: iat + LIFE_SECS,
        before: lines.before.clone(),
        ended: lines.ended.clone(),
    };
    let claims = match serde_json::to_value(&claims) {
        Ok(serde_json::Value::Object(map)) => ClaimSet::from_map(map),
        _ => unreachable!("numbers and maps with text keys serialise to an object"),
    };
    let (kid, text) = keys.sign(tenant.id, FEED_TYP, &claims)?;
    let tag = base64url::encode(&sha256(text.as_bytes())[..16]);
    let etag = HeaderValue::from_str(&format!("\"{tag}\"")).expect("base64url is visible ASCII");
    let (kid, bytes) = (kid.to_owned(), Bytes::from(text));
    Ok(Ready { bytes, etag, lines, kid, signed_at: now, checked_at: now, committed })
}

/// The tenant's plain authority speaks for the tenant.
pub(crate) fn issuer(base: &str, tenant: &Tenant) -> String {
    format!("{base}/{}", tenant.name)
}
