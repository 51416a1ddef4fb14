//! What the known lines mean for one verified token.

use std::fmt;

use doorward_crypto::digest::sha256;
use doorward_token::ClaimSet;
use doorward_token::revocation::{Absent, Concerned, Ended, written};
use serde_json::{Value, json};

use super::Known;

/// Which part of a token was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokedPart {
    /// The API was switched off or removed.
    Api,
    /// The application was switched off, removed, or its grants ended.
    Client,
    /// The grant was revoked.
    Grant,
    /// The key that signed the token was withdrawn.
    Key,
    /// The tenant was switched off.
    Tenant,
    /// The token itself.
    Token,
    /// The account was switched off or removed, or everything issued for it so far was ended.
    User,
}

impl fmt::Display for RevokedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "its API was switched off or removed",
            Self::Client => "what was issued to its application before then was ended",
            Self::Grant => "its grant was ended",
            Self::Key => "the key that signed it was withdrawn",
            Self::Tenant => "its tenant was switched off",
            Self::Token => "it was taken back itself",
            Self::User => "what was issued for its account before then was ended",
        })
    }
}

/// The verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// No line concerns it.
    Good,
    /// Some of its permissions count as absent.
    Reduced {
        /// The claims without them.
        claims: ClaimSet,
        /// Which.
        withdrawn: Vec<String>,
    },
    /// It counts for nothing.
    Revoked(RevokedPart),
}

/// Judges a verified token for an API of these audiences.
pub(crate) fn judge(known: &Known, claims: &ClaimSet, kid: Option<&str>, audiences: &[String]) -> Judged {
    if known.is_empty() {
        return Judged::Good;
    }
    let of = Concerned::of(claims);
    if let Some(part) = revoked(known, &of, kid, audiences) {
        return Judged::Revoked(part);
    }
    let is_absent = |name: &Absent<'_>| known.concerns(&name.name(), of.issued_at);
    let holder = of.user.or(of.client);
    let scope_is_absent = |scope: &str| {
        audiences.iter().any(|api| {
            let at_client = of.client.is_some_and(|client| {
                let consent = |user, scope| is_absent(&Absent::Scope { client, api, user, scope });
                let users = [None, of.user];
                let whose = if of.user.is_some() { &users[..] } else { &users[..1] };
                whose.iter().any(|user| consent(*user, Some(scope)) || consent(*user, None))
            });
            at_client || is_absent(&Absent::ApiScope { api, scope })
        })
    };
    let role_is_absent = |role: &str| {
        audiences.iter().any(|api| {
            holder.is_some_and(|holder| is_absent(&Absent::Role { holder, api, role }))
                || is_absent(&Absent::ApiRole { api, role })
        })
    };
    let mut withdrawn = Vec::new();
    let mut reduced = claims.clone();
    for name in ["scp", "scope"].into_iter().filter(|name| claims.text(name).is_some()) {
        let (gone, left): (Vec<&str>, Vec<&str>) =
            claims.words(name).into_iter().partition(|scope| scope_is_absent(scope));
        if !gone.is_empty() {
            reduced.insert(name, left.join(" "));
            note(&mut withdrawn, gone);
        }
    }
    if let Some(roles) = claims.value("roles").and_then(Value::as_array) {
        let (gone, left): (Vec<&Value>, Vec<&Value>) =
            roles.iter().partition(|role| role.as_str().is_some_and(role_is_absent));
        if !gone.is_empty() {
            reduced.insert("roles", json!(left));
            note(&mut withdrawn, gone.into_iter().filter_map(Value::as_str).collect());
        }
    }
    if withdrawn.is_empty() { Judged::Good } else { Judged::Reduced { claims: reduced, withdrawn } }
}

fn note(withdrawn: &mut Vec<String>, gone: Vec<&str>) {
    for name in gone {
        if !withdrawn.iter().any(|known| known == name) {
            withdrawn.push(name.to_owned());
        }
    }
}

fn revoked(
    known: &Known,
    of: &Concerned<'_>,
    kid: Option<&str>,
    audiences: &[String],
) -> Option<RevokedPart> {
    let has_ended = |ended: Option<Ended<'_>>| ended.is_some_and(|ended| known.has_ended(&ended.name()));
    let concerns =
        |ended: Option<Ended<'_>>| ended.is_some_and(|ended| known.concerns(&ended.name(), of.issued_at));
    if has_ended(kid.map(Ended::Key)) {
        return Some(RevokedPart::Key);
    }
    if has_ended(of.token.map(Ended::Token)) {
        return Some(RevokedPart::Token);
    }
    if has_ended(of.grant.map(Ended::Grant)) {
        return Some(RevokedPart::Grant);
    }
    if concerns(of.user.map(Ended::User)) {
        return Some(RevokedPart::User);
    }
    if concerns(of.client.map(Ended::Client)) {
        return Some(RevokedPart::Client);
    }
    if concerns(Some(Ended::Tenant)) {
        return Some(RevokedPart::Tenant);
    }
    audiences.iter().any(|audience| concerns(Some(Ended::Api(audience)))).then_some(RevokedPart::Api)
}

impl Known {
    fn has_ended(&self, name: &str) -> bool {
        !self.ended.is_empty() && self.ended.contains_key(&name_of(name))
    }

    fn concerns(&self, name: &str, issued_at: i64) -> bool {
        !self.before.is_empty() && self.before.get(&name_of(name)).is_some_and(|at| issued_at <= *at)
    }
}

/// A name as it stands in the feed.
pub(super) fn name_of(name: &str) -> String {
    written(&sha256(name.as_bytes()))
}
