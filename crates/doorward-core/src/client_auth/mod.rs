//! Who is the client, and did it prove it (RFC 6749 §2.3, RFC 9700 §2.5).
//!
//! Owns the order of the checks. Secrets are compared as digests; a digest is computed once per presented secret and
//! compared in constant time with every live one.

mod presented;

use doorward_token::{Evidence, Trail};
use subtle::ConstantTimeEq as _;

pub use presented::{BasicCredentials, PresentedClient};

use crate::facts::Facts;
use crate::model::{Client, ClientId, ClientKind, Secret, SecretId, TenantId};
use crate::needs::Need;
use crate::port::Env;
use crate::refusal::ClientAuthRefusal;

/// How a client proved itself; ends up in `azpacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A public client proves nothing.
    None,
    /// A shared secret.
    Secret,
}

/// What must be known.
pub fn needs(tenant: TenantId, presented: &PresentedClient) -> Vec<Need> {
    candidates(presented).into_iter().map(|id| Need::Client(tenant, id)).collect()
}

/// Identifies and authenticates the client.
pub fn authenticate<'f>(
    tenant: (TenantId, &str),
    presented: &PresentedClient,
    facts: &'f Facts,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<(&'f Client, Proof), ClientAuthRefusal> {
    one_method(presented, trail)?;
    let (tenant, tenant_name) = tenant;
    let ids = candidates(presented);
    let sent = presented
        .basic
        .as_ref()
        .map(|basic| basic.client_id.clone())
        .or_else(|| presented.client_id.clone())
        .unwrap_or_default();
    let Some(client) = ids.iter().find_map(|id| facts.client(tenant, id)) else {
        trail.fail("client.known", "RFC 6749 §2.2", Evidence::sent(crate::refusal::quote(&sent, 60)));
        return Err(ClientAuthRefusal::UnknownClient {
            client_id: crate::refusal::quote(&sent, 60),
            tenant: tenant_name.to_owned(),
        });
    };
    trail.pass("client.known", "RFC 6749 §2.2");
    if client.disabled {
        trail.fail("client.enabled", "", Evidence::sent(client.client_id.as_str()));
        return Err(ClientAuthRefusal::ClientDisabled { client: client.client_id.to_string() });
    }
    trail.pass("client.enabled", "");
    let proof = prove(client, presented, env).inspect_err(|reason| {
        trail.fail("client.authenticated", "RFC 6749 §2.3", Evidence::sent(reason.to_string()));
    })?;
    trail.pass("client.authenticated", "RFC 6749 §2.3");
    Ok((client, proof))
}

fn one_method(presented: &PresentedClient, trail: &mut Trail) -> Result<(), ClientAuthRefusal> {
    if let Some(kind) = &presented.assertion_type {
        trail.fail("client.method", "RFC 7521 §4.2", Evidence::sent(crate::refusal::quote(kind, 80)));
        return Err(ClientAuthRefusal::UnsupportedMethod { method: "client_assertion".to_owned() });
    }
    if let (Some(basic), Some(_)) = (&presented.basic, &presented.form_secret)
        && !basic.secret.is_empty()
    {
        trail.fail("client.one_method", "RFC 6749 §2.3", Evidence::sent("Basic and client_secret"));
        return Err(ClientAuthRefusal::TwoMethods {
            first: "client_secret_basic",
            second: "client_secret_post",
        });
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

/// The client ids under which the caller may be known: decoded first, then raw.
fn candidates(presented: &PresentedClient) -> Vec<ClientId> {
    let texts = presented
        .basic
        .iter()
        .flat_map(|basic| [&basic.client_id, &basic.raw_client_id])
        .chain(presented.client_id.iter());
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
