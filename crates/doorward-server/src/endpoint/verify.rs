//! Verifying tokens of our own: hints, and access tokens shown to introspection, revocation and userinfo.

use doorward_core::claims::{flow_issuer, profile_issuer};
use doorward_core::model::{Authority, Door, Instant, MsVersion, Secret, Tenant, TokenProfile, UserFlow};
use doorward_core::needs::Need;
use doorward_dialect::issuer;
use doorward_token::ClaimSet;
use doorward_token::verify::{Expectation, IssuerTrust, Report, TokenKind};

use crate::app::App;
use crate::shell::Fault;

/// The claims of an `id_token_hint` of this authority; expired ones count, anything else is `None`.
pub(crate) async fn id_token_hint(
    app: &App,
    authority: &Authority,
    hint: Option<&str>,
    now: Instant,
) -> Result<Option<ClaimSet>, Fault> {
    let Some(hint) = hint else { return Ok(None) };
    let keys = app.keys(authority.tenant.id, now).await?;
    let expectation = Expectation::of(TokenKind::Id)
        .from_issuer(authority.issuer.as_str(), IssuerTrust::Ours)
        .for_any_audience()
        .accept_expired();
    let report = app.ports().verifier.check(hint, &expectation, &keys.public, now.seconds());
    Ok(report.claims)
}

/// The report on an access token of this tenant, whichever of its issuers it names. The audience is the caller's to judge.
pub(super) async fn access_token(
    app: &App,
    tenant: &Tenant,
    token: &Secret,
    now: Instant,
) -> Result<Report, Fault> {
    report(app, tenant, (TokenKind::Access, token), now).await
}

async fn report(
    app: &App,
    tenant: &Tenant,
    (kind, token): (TokenKind, &Secret),
    now: Instant,
) -> Result<Report, Fault> {
    let facts = app.load(now, |_, _| vec![Need::Flows(tenant.id)]).await?;
    let keys = app.keys(tenant.id, now).await?;
    let base = &app.settings().base_url;
    let mut expectation = Expectation::of(kind).for_any_audience();
    for known in issuers(base, tenant, facts.flows(tenant.id)) {
        expectation = expectation.from_issuer(known, IssuerTrust::Ours);
    }
    Ok(app.ports().verifier.check(token.expose(), &expectation, &keys.public, now.seconds()))
}

/// The claims of a presented token, if it is an access token of this tenant that verifies.
pub(super) async fn claims_of(
    app: &App,
    tenant: &Tenant,
    token: Option<&Secret>,
    now: Instant,
) -> Result<Option<ClaimSet>, Fault> {
    match token {
        Some(token) => Ok(access_token(app, tenant, token, now).await?.claims),
        None => Ok(None),
    }
}

/// What of ours a presented text is.
pub(super) enum Presented {
    /// An access token, with its claims.
    Access(ClaimSet),
    /// An ID token.
    Id,
    /// Nothing that we signed, or not so that it verifies.
    Other,
}

/// Tells access tokens and ID tokens of this tenant from everything else. Without a dot it can be neither.
pub(super) async fn presented(
    app: &App,
    tenant: &Tenant,
    token: Option<&Secret>,
    now: Instant,
) -> Result<Presented, Fault> {
    let Some(token) = token.filter(|token| token.expose().contains('.')) else { return Ok(Presented::Other) };
    if let Some(claims) = access_token(app, tenant, token, now).await?.claims {
        return Ok(Presented::Access(claims));
    }
    let report = report(app, tenant, (TokenKind::Id, token), now).await?;
    Ok(if report.claims.is_some() { Presented::Id } else { Presented::Other })
}

/// Every issuer under which this tenant signs.
fn issuers(base: &str, tenant: &Tenant, flows: &[UserFlow]) -> Vec<String> {
    let mut all = vec![
        issuer(base, tenant, &Door::Plain),
        issuer(base, tenant, &Door::Directory),
        profile_issuer(base, tenant, TokenProfile::Ms(MsVersion::V1)),
    ];
    all.extend(flows.iter().map(|flow| flow_issuer(base, tenant, flow)));
    all
}
