//! Who administers: the holder of the data directory, through the socket; over the network a person with a role, by an
//! access token that the tenant's own authority issued to the command line.
//!
//! The token is verified as every endpoint of ours does it (signature, issuer, kind, time, audience, liveness of grant,
//! account and application), and the roles are read from the store, not from the token: a role that was taken away is
//! gone at once. Cookies are not read, and a request that a browser sent for a page is refused, whatever it carries.

use doorward_core::bearer;
use doorward_core::claims::profile_issuer;
use doorward_core::directory::{ADMIN_AUDIENCE, ADMIN_SCOPE, CLI_CLIENT_ID, Caller};
use doorward_core::model::{Instant, Tenant, TenantKey, TokenProfile};
use doorward_core::refusal::{DirectoryRefusal, quote};
use doorward_core::userinfo::UserinfoRefusal;
use doorward_token::jose::JwkSet;
use doorward_token::verify::{Expectation, IssuerTrust, Report, TokenKind};
use http::HeaderMap;
use http::header::{AUTHORIZATION, ORIGIN};

use super::lookup;
use super::reply::Failure;
use crate::app::App;

/// Where requests come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Over the network: an administrator's access token is asked for.
    Network,
    /// Through the socket in the data directory, or in the process that opened it: the caller is the operator.
    Socket,
}

impl Access {
    /// Who asks.
    pub(super) async fn caller(self, app: &App, headers: &HeaderMap) -> Result<Caller, Failure> {
        if self == Self::Socket {
            return Ok(Caller::operator());
        }
        if let Some(origin) = headers.get(ORIGIN) {
            let origin = quote(&String::from_utf8_lossy(origin.as_bytes()), 80);
            return Err(DirectoryRefusal::BrowserCaller { origin }.into());
        }
        let token = bearer_token(headers)?;
        administrator(app, token, app.now()).await
    }
}

/// The token of the one `Authorization: Bearer` header (RFC 6750 §2.1).
fn bearer_token(headers: &HeaderMap) -> Result<&str, DirectoryRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(DirectoryRefusal::CredentialsMissing);
    };
    let text = value.to_str().map_err(|_| DirectoryRefusal::CredentialsMissing)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => {
            Ok(token.trim())
        }
        _ => Err(DirectoryRefusal::CredentialsMissing),
    }
}

async fn administrator(app: &App, token: &str, now: Instant) -> Result<Caller, Failure> {
    let tenant = match tenant_named_in(app, token) {
        Some(key) => lookup::tenant(app, &key).await?.filter(|tenant| !tenant.disabled),
        None => None,
    };
    let report = judge(app, tenant.as_ref(), token, now).await?;
    let (claims, tenant) = match (report.verified(), &tenant) {
        (Ok(claims), Some(tenant)) => (claims, tenant),
        (Err(why), _) => return Err(Failure::token(why.clone(), report.trail.clone())),
        (Ok(_), None) => return Err(DirectoryRefusal::CredentialsMissing.into()),
    };
    let facts = app.load(now, |facts, _| bearer::needs(tenant.id, claims, facts)).await?;
    let user = match bearer::alive(tenant.id, claims, &facts) {
        Ok(Some(user)) => user,
        Ok(None) => return Err(not_the_command_line(claims.text("client_id")).into()),
        Err(_) => return Err(Failure::token(UserinfoRefusal::Revoked, report.trail.clone())),
    };
    let client = bearer::client_of(claims);
    let scopes = claims.text("scope").unwrap_or_default();
    if client.as_ref().is_none_or(|client| client.as_str() != CLI_CLIENT_ID)
        || !scopes.split(' ').any(|scope| scope == ADMIN_SCOPE)
    {
        return Err(not_the_command_line(claims.text("client_id")).into());
    }
    let credential = format!("token {} of {CLI_CLIENT_ID}", claims.text("jti").unwrap_or_default());
    Ok(Caller::person(user, credential))
}

fn not_the_command_line(client: Option<&str>) -> DirectoryRefusal {
    DirectoryRefusal::OtherClient { client: quote(client.unwrap_or("nobody"), 80) }
}

/// The tenant whose authority the token says it is from; a claim until the signature is proven.
fn tenant_named_in(app: &App, token: &str) -> Option<TenantKey> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[derive(serde::Deserialize)]
    struct Named {
        iss: String,
    }

    // The verifier's own cap comes later; nobody makes this decode a megabyte.
    let payload = token.split('.').nth(1).filter(|part| part.len() <= 16 * 1024)?;
    let named: Named = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let name = named.iss.strip_prefix(app.settings().base_url.as_str())?.strip_prefix('/')?;
    (!name.is_empty() && !name.contains('/')).then(|| TenantKey::new(name))
}

async fn judge(app: &App, tenant: Option<&Tenant>, token: &str, now: Instant) -> Result<Report, Failure> {
    let expectation = Expectation::of(TokenKind::Access).for_audience(ADMIN_AUDIENCE);
    let verifier = &app.ports().verifier;
    let Some(tenant) = tenant else {
        let base = format!("{}/TENANT", app.settings().base_url);
        let expectation = expectation.from_issuer(base, IssuerTrust::Ours);
        return Ok(verifier.check(token, &expectation, &JwkSet::default(), now.seconds()));
    };
    let issuer = profile_issuer(&app.settings().base_url, tenant, TokenProfile::Rfc9068);
    let expectation = expectation.from_issuer(issuer, IssuerTrust::Ours);
    let keys = app.keys(tenant.id, now).await.map_err(Failure::unreadable_keys)?;
    Ok(verifier.check(token, &expectation, &keys.public, now.seconds()))
}
