//! The userinfo endpoint (OpenID Connect Core §5.3).

use doorward_token::{ClaimSet, Code, Evidence, Explain, Trail};

use crate::bearer;
use crate::claims::{self, ClaimsReply, TokenPlan};
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::model::{Client, ScopeSet, SigningAlgorithm};
use crate::needs::Need;
use crate::port::Env;

/// Why a verified token gets no userinfo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserinfoRefusal {
    /// The token was revoked, or its account or application ended.
    #[error("the access token was revoked")]
    Revoked,
    /// The token is for another API.
    #[error("the access token is for {audience}, userinfo needs one that was asked for without an API")]
    OtherAudience {
        /// `aud`.
        audience: String,
    },
    /// The token has no `openid` scope, or speaks for an application.
    #[error("userinfo needs the scope openid, the token has {present}")]
    NoOpenId {
        /// Its scopes.
        present: String,
    },
}

impl UserinfoRefusal {
    /// 401 or 403 (RFC 6750 §3.1).
    pub fn status(&self) -> u16 {
        match self {
            Self::NoOpenId { .. } => 403,
            Self::OtherAudience { .. } | Self::Revoked => 401,
        }
    }
}

impl Explain for UserinfoRefusal {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::NoOpenId { .. } => "DW3202",
            Self::OtherAudience { .. } => "DW3105",
            Self::Revoked => "DW3156",
        })
    }

    fn diagnosis(&self) -> String {
        self.to_string()
    }

    fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::NoOpenId { present } => Some(Evidence::differ(present, "openid")),
            Self::OtherAudience { audience } => Some(Evidence::sent(audience)),
            Self::Revoked => None,
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::NoOpenId { .. } => "Ask for the scope openid".to_owned(),
            Self::OtherAudience { .. } => {
                "Ask for openid alone, or read the claims from the ID token".to_owned()
            }
            Self::Revoked => "Send the person through the authorization endpoint again".to_owned(),
        }
    }
}

/// What must be known.
pub fn needs(at: &At<'_>, verified: &ClaimSet, facts: &Facts) -> Vec<Need> {
    bearer::needs(at.authority.tenant.id, verified, facts)
}

/// Decides, for a token of this tenant that verified.
pub fn decide(
    at: &At<'_>,
    verified: &ClaimSet,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Decision<ClaimsReply>, (UserinfoRefusal, Trail)> {
    let tenant = at.authority.tenant.id;
    let mut trail = Trail::new();
    let audience = verified.text("aud").unwrap_or_default();
    if audience != at.authority.issuer {
        trail.fail("token.audience", "RFC 6750 §3.1", Evidence::differ(audience, &at.authority.issuer));
        return Err((UserinfoRefusal::OtherAudience { audience: audience.to_owned() }, trail));
    }
    trail.pass("token.audience", "RFC 6750 §3.1");
    let scopes = ScopeSet::parse(verified.text("scope").unwrap_or_default()).unwrap_or_default();
    let user = match bearer::alive(tenant, verified, facts) {
        Ok(Some(user)) if scopes.contains("openid") => user,
        Ok(_) => {
            trail.fail(
                "token.openid",
                "OpenID Connect Core §5.3",
                Evidence::differ(scopes.to_string(), "openid"),
            );
            return Err((UserinfoRefusal::NoOpenId { present: scopes.to_string() }, trail));
        }
        Err(dead) => {
            trail.fail("token.alive", "RFC 6750 §3.1", Evidence::sent(format!("{dead:?}")));
            return Err((UserinfoRefusal::Revoked, trail));
        }
    };
    trail.pass("token.alive", "RFC 6750 §3.1");
    let client = bearer::client_of(verified)
        .and_then(|client| facts.client(tenant, &client))
        .expect("a token that lives has a client that is known");
    // The `sub` of the ID token: for the client, at this door.
    let sub = claims::subject_for(at, client, user.id, env.vault);
    let told = claims::userinfo(at, sub, user, &scopes);
    let Some(algorithm) = client.metadata.userinfo_signed_response_alg else {
        return Ok(Decision::plain(ClaimsReply::Json(told), Vec::new(), trail));
    };
    let mint = vec![signed(at, client, (told, algorithm), env)];
    let reply = ClaimsReply::Jwt { token: 0, media_type: "jwt" };
    Ok(Decision { changes: Vec::new(), mint, reply, trail })
}

/// Userinfo as a token for the client (OpenID Connect Core §5.3.2).
fn signed(
    at: &At<'_>,
    client: &Client,
    (mut claims, algorithm): (ClaimSet, SigningAlgorithm),
    env: &Env<'_>,
) -> TokenPlan {
    claims
        .insert("iss", at.authority.issuer.as_str())
        .insert("aud", client.client_id.as_str())
        .insert("iat", env.now.seconds());
    TokenPlan { tenant: at.authority.tenant.id, algorithm, typ: "JWT".to_owned(), claims, at_hash_of: None }
}

#[cfg(test)]
mod tests;
