//! Who is the client, and did it prove it (RFC 6749 §2.3, RFC 9700 §2.5).
//!
//! Owns the order of the checks. Secrets are compared as digests; a digest is computed once per presented secret and
//! compared in constant time with every live one. Signed assertions have a room of their own ([`assertion`]).

mod assertion;
mod presented;

use std::sync::Arc;

use doorward_token::jose::JwkSet;
use doorward_token::{Evidence, Trail};
use subtle::ConstantTimeEq as _;

pub use assertion::JWT_BEARER;
pub use presented::{BasicCredentials, PresentedAssertion, PresentedClient};

use crate::change::{Change, GuessChange};
use crate::facts::Facts;
use crate::model::{AuthMethod, Authority, Client, ClientId, ClientKind, Secret, SecretId, TenantId};
use crate::needs::Need;
use crate::outbound::{Heard, Outbound};
use crate::port::Env;
use crate::refusal::{AssertionFault, ClientAuthRefusal, Refusal};

/// How a client proved itself; ends up in `azpacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A signed assertion.
    Assertion,
    /// A public client proves nothing.
    None,
    /// A shared secret.
    Secret,
}

/// A client that is who it says.
#[derive(Clone, Debug)]
pub struct Proven<'f> {
    /// The client.
    pub client: &'f Client,
    /// How it proved that.
    pub proof: Proof,
    /// The mark of an assertion that is used up by this request, whatever becomes of it.
    pub spends: Option<GuessChange>,
}

impl Proven<'_> {
    /// Adds the mark of the assertion to what a refusal makes true: one assertion, one request.
    pub fn spend_with(&self, mut refusal: Refusal) -> Refusal {
        refusal.changes.extend(self.spends.clone().map(Change::from));
        refusal
    }

    /// The mark of the assertion as a change.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.spends.clone().map(Change::from).into_iter()
    }
}

/// What must be known.
pub fn needs(tenant: TenantId, presented: &PresentedClient, env: &Env<'_>) -> Vec<Need> {
    let mut needs: Vec<Need> = candidates(presented).into_iter().map(|id| Need::Client(tenant, id)).collect();
    let read = presented.assertion.as_ref().and_then(|assertion| assertion::read(assertion).ok());
    needs.extend(read.and_then(|read| read.mark(tenant, env.vault)).map(Need::Spent));
    needs
}

/// What must be heard from outside: the keys of a client whose assertion is good but for its signature.
pub fn asks(
    authority: &Authority,
    presented: &PresentedClient,
    facts: &Facts,
    env: &Env<'_>,
) -> Option<Outbound> {
    let read = assertion::read(presented.assertion.as_ref()?).ok()?;
    let client = known(authority.tenant.id, presented, facts).filter(|client| !client.disabled)?;
    let uri = client.metadata.jwks_uri.clone()?;
    read.claims_fit(client, &audiences(authority, presented), env.now).ok()?;
    let mark = read.mark(authority.tenant.id, env.vault)?;
    (!facts.spent(mark)).then(|| Outbound::KeySet { uri, kid: read.kid().map(str::to_owned) })
}

/// The audiences that an assertion may have, all of them ours.
fn audiences<'a>(authority: &'a Authority, presented: &'a PresentedClient) -> Vec<&'a str> {
    std::iter::once(authority.issuer.as_str()).chain(presented.token_endpoint.as_deref()).collect()
}

fn known<'f>(tenant: TenantId, presented: &PresentedClient, facts: &'f Facts) -> Option<&'f Client> {
    candidates(presented).iter().find_map(|id| facts.client(tenant, id))
}

/// Identifies and authenticates the client.
pub fn authenticate<'f>(
    authority: &Authority,
    presented: &PresentedClient,
    facts: &'f Facts,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<Proven<'f>, ClientAuthRefusal> {
    one_method(presented, trail)?;
    let Some(client) = known(authority.tenant.id, presented, facts) else {
        let sent = crate::refusal::quote(&claimed(presented), 60);
        trail.fail("client.known", "RFC 6749 §2.2", Evidence::sent(&sent));
        let tenant = authority.tenant.name.to_string();
        return Err(ClientAuthRefusal::UnknownClient { client_id: sent, tenant });
    };
    trail.pass("client.known", "RFC 6749 §2.2");
    if client.disabled {
        trail.fail("client.enabled", "", Evidence::sent(client.client_id.as_str()));
        return Err(ClientAuthRefusal::ClientDisabled { client: client.client_id.to_string() });
    }
    trail.pass("client.enabled", "");
    let spec = if presented.assertion.is_some() { "RFC 7523 §3" } else { "RFC 6749 §2.3" };
    let proven = prove_either(authority, client, presented, facts, env).inspect_err(|reason| {
        trail.fail("client.authenticated", spec, Evidence::sent(reason.to_string()));
    })?;
    trail.pass("client.authenticated", spec);
    Ok(proven)
}

/// Who the caller says it is, for the refusal of somebody unknown.
fn claimed(presented: &PresentedClient) -> String {
    let by_assertion = || {
        let read = assertion::read(presented.assertion.as_ref()?).ok()?;
        read.subject().map(str::to_owned)
    };
    let basic = presented.basic.as_ref().map(|basic| basic.client_id.clone());
    basic.or_else(|| presented.client_id.clone()).or_else(by_assertion).unwrap_or_default()
}

fn one_method(presented: &PresentedClient, trail: &mut Trail) -> Result<(), ClientAuthRefusal> {
    let header = presented.basic.as_ref().filter(|basic| !basic.raw_secret.is_empty());
    let form = presented.form_secret.as_ref().filter(|secret| !secret.is_empty());
    let used = [
        (header.is_some(), "client_secret_basic"),
        (form.is_some(), "client_secret_post"),
        (presented.assertion.is_some(), "private_key_jwt"),
    ];
    let mut used = used.into_iter().filter(|(is_used, _)| *is_used).map(|(_, name)| name);
    if let (Some(first), Some(second)) = (used.next(), used.next()) {
        trail.fail("client.one_method", "RFC 6749 §2.3", Evidence::sent(format!("{first} and {second}")));
        return Err(ClientAuthRefusal::TwoMethods { first, second });
    }
    if let (Some(basic), Some(form)) = (&presented.basic, &presented.client_id)
        && *form != basic.client_id
        && *form != basic.raw_client_id
    {
        trail.fail("client.one_method", "RFC 6749 §2.3", Evidence::differ(form, &basic.client_id));
        return Err(ClientAuthRefusal::TwoMethods {
            first: "client_id of the header",
            second: "client_id of the form",
        });
    }
    trail.pass("client.one_method", "RFC 6749 §2.3");
    Ok(())
}

fn prove_either<'f>(
    authority: &Authority,
    client: &'f Client,
    presented: &PresentedClient,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Proven<'f>, ClientAuthRefusal> {
    let method = method_of(presented);
    // A confidential client that sent nothing hears that, not which method it might have used.
    if let (Some(registered), Some(used)) = (client.metadata.token_endpoint_auth_method, method)
        && registered != used
    {
        return Err(ClientAuthRefusal::OtherMethod {
            used: used.as_str(),
            registered: registered.as_str(),
            client: client.client_id.to_string(),
        });
    }
    match &presented.assertion {
        Some(sent) => prove_by_assertion((authority, sent), client, presented, facts, env),
        None => Ok(Proven { client, proof: prove(client, presented, env)?, spends: None }),
    }
}

/// The method that was tried.
fn method_of(presented: &PresentedClient) -> Option<AuthMethod> {
    let in_header = presented.basic.as_ref().is_some_and(|basic| !basic.raw_secret.is_empty());
    let in_form = presented.form_secret.as_ref().is_some_and(|secret| !secret.is_empty());
    match (presented.assertion.is_some(), in_header, in_form) {
        (true, _, _) => Some(AuthMethod::PrivateKeyJwt),
        (_, true, _) => Some(AuthMethod::ClientSecretBasic),
        (_, _, true) => Some(AuthMethod::ClientSecretPost),
        (false, false, false) => None,
    }
}

fn prove_by_assertion<'f>(
    (authority, sent): (&Authority, &PresentedAssertion),
    client: &'f Client,
    presented: &PresentedClient,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Proven<'f>, ClientAuthRefusal> {
    if sent.kind != JWT_BEARER {
        let method = crate::refusal::quote(&sent.kind, 80);
        return Err(ClientAuthRefusal::UnsupportedMethod {
            method: if method.is_empty() { "an assertion without its type".to_owned() } else { method },
        });
    }
    let refused =
        |fault: AssertionFault| ClientAuthRefusal::Assertion { fault, client: client.client_id.to_string() };
    if !client.metadata.has_keys() {
        return Err(ClientAuthRefusal::NoKeys { client: client.client_id.to_string() });
    }
    let read = assertion::read(sent).map_err(refused)?;
    let algorithm = read.claims_fit(client, &audiences(authority, presented), env.now).map_err(refused)?;
    let mark = read.mark(authority.tenant.id, env.vault).expect("an assertion that fits has an id");
    if facts.spent(mark) {
        return Err(ClientAuthRefusal::AssertionReplayed { client: client.client_id.to_string() });
    }
    let (inline, published);
    let keys: &JwkSet = match (&client.metadata.jwks, &client.metadata.jwks_uri) {
        (Some(document), _) => {
            inline = JwkSet::parse(document.to_string().as_bytes()).unwrap_or_default();
            &inline
        }
        (None, uri) => {
            let uri = uri.clone().unwrap_or_default();
            let asked = Outbound::KeySet { uri: uri.clone(), kid: read.kid().map(str::to_owned) };
            published = match facts.heard(&asked) {
                Some(Heard::KeySet(keys)) => Arc::clone(keys),
                Some(Heard::Nothing { why }) => {
                    return Err(ClientAuthRefusal::KeysUnavailable { uri, why: why.clone() });
                }
                Some(Heard::RedirectUris(_)) | None => {
                    return Err(ClientAuthRefusal::KeysUnavailable { uri, why: "nobody asked".to_owned() });
                }
            };
            &published
        }
    };
    read.signed_by(keys, algorithm, env).map_err(refused)?;
    Ok(Proven { client, proof: Proof::Assertion, spends: Some(read.spend(mark)) })
}

fn prove(client: &Client, presented: &PresentedClient, env: &Env<'_>) -> Result<Proof, ClientAuthRefusal> {
    let secrets: Vec<&Secret> = presented
        .basic
        .iter()
        .flat_map(|basic| [&basic.secret, &basic.raw_secret])
        .chain(presented.form_secret.iter())
        .filter(|secret| !secret.is_empty())
        .collect();
    if !client.kind.is_confidential() {
        return if secrets.is_empty() {
            Ok(Proof::None)
        } else {
            Err(ClientAuthRefusal::PublicClientSentSecret { client: client.client_id.to_string() })
        };
    }
    if secrets.is_empty() {
        return Err(ClientAuthRefusal::CredentialMissing);
    }
    let mut ended = None;
    for secret in &secrets {
        let digest = env.vault.digest(secret.expose().as_bytes());
        for known in &client.secrets {
            if bool::from(known.digest.as_bytes().ct_eq(digest.as_bytes())) {
                if !known.expiry.has_passed(env.now) {
                    return Ok(Proof::Secret);
                }
                ended = Some(env.now.since(known.expiry.instant()).as_secs() / 86_400);
            }
        }
    }
    Err(match ended {
        Some(days) => ClientAuthRefusal::SecretExpired { days },
        None => ClientAuthRefusal::SecretWrong {
            looks_like_id: secrets.iter().any(|secret| SecretId::parse(secret.expose()).is_ok()),
            client: client.client_id.to_string(),
        },
    })
}

/// The client ids under which the caller may be known: decoded first, then raw, then as its assertion says.
fn candidates(presented: &PresentedClient) -> Vec<ClientId> {
    let read = presented.assertion.as_ref().and_then(|assertion| assertion::read(assertion).ok());
    let texts = presented
        .basic
        .iter()
        .flat_map(|basic| [basic.client_id.as_str(), basic.raw_client_id.as_str()])
        .chain(presented.client_id.as_deref())
        .chain(read.as_ref().and_then(assertion::Read::subject));
    let mut ids: Vec<ClientId> = Vec::new();
    for id in texts.filter_map(|text| ClientId::parse(text).ok()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The name of a kind in messages.
pub fn kind_name(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Daemon => "daemon",
        ClientKind::Native => "native",
        ClientKind::Spa => "spa",
        ClientKind::Web => "web",
    }
}

#[cfg(test)]
mod tests;
