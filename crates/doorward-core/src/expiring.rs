//! What ends soon and has to be seen to before: secrets of applications, certificates of keys, keys without a successor.
//!
//! Owns the rule alone; `doorward doctor` and the first lines of `serve` tell it. Pure: what there is and the moment are
//! arguments. What renews itself is not told.

use std::time::Duration;

use crate::directory::{Due, key_due};
use crate::model::{Client, Expiry, Instant, KeyPolicy, KeyState, SigningKeyRecord, Tenant};

/// How long before its end something is told.
pub const NOTICE: Duration = Duration::from_hours(30 * 24);

/// Something that ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The certificate of a signing key. Verifiers that look at `x5c` refuse its tokens afterwards.
    Certificate {
        /// Key id.
        kid: String,
    },
    /// The last good secret of an application: it cannot authenticate afterwards.
    LastSecret {
        /// The application.
        app: String,
        /// Public id of the secret.
        secret: String,
    },
    /// A signing key that is to be followed by another one, while the tenant does not rotate by itself.
    Rotation {
        /// Key id.
        kid: String,
    },
    /// A secret of an application that has another one.
    Secret {
        /// The application.
        app: String,
        /// Public id of the secret.
        secret: String,
    },
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Certificate { kid } => write!(f, "the certificate of key {kid}"),
            Self::LastSecret { app, secret } => write!(f, "the last secret of {app} ({secret})"),
            Self::Rotation { kid } => write!(f, "the year of key {kid}, which nothing follows"),
            Self::Secret { app, secret } => write!(f, "a secret of {app} ({secret})"),
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// In which tenant.
    pub tenant: String,
    /// What.
    pub what: Ending,
    /// When; it may have been.
    pub at: Instant,
    /// What to type.
    pub remedy: String,
}

impl Expiring {
    /// Whether it is over.
    pub fn has_passed(&self, now: Instant) -> bool {
        Expiry::at(self.at).has_passed(now)
    }
}

/// A key that nobody rotates for so long is told.
const OLD_KEY: Duration = Duration::from_hours(365 * 24);

/// What of a tenant ends within [`NOTICE`], or has ended and still matters; the soonest first.
pub fn expiring(
    tenant: &Tenant,
    (clients, keys): (&[Client], &[SigningKeyRecord]),
    now: Instant,
) -> Vec<Expiring> {
    let mut all: Vec<Expiring> = clients
        .iter()
        .filter(|client| !client.disabled)
        .flat_map(|client| secrets(tenant, client, now))
        .collect();
    all.extend(keys.iter().filter_map(|key| of_key(tenant, key, now)));
    all.retain(|line| line.at < now + NOTICE);
    all.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.remedy.cmp(&b.remedy)));
    all
}

fn secrets(tenant: &Tenant, client: &Client, now: Instant) -> Vec<Expiring> {
    let last = client.secrets.iter().map(|secret| secret.expiry.instant()).max();
    let name = &client.name;
    let lines = client.secrets.iter().filter_map(|secret| {
        let at = secret.expiry.instant();
        let is_last = Some(at) == last;
        // Of several, one that has ended already is replaced: it only lies there.
        if !is_last && secret.expiry.has_passed(now) {
            return None;
        }
        let (app, id) = (name.clone(), secret.id.to_string());
        let what =
            if is_last { Ending::LastSecret { app, secret: id } } else { Ending::Secret { app, secret: id } };
        let remedy = format!("doorward app secret add {} --tenant {}", shell(name), tenant.name);
        Some(Expiring { tenant: tenant.name.to_string(), what, at, remedy })
    });
    lines.collect()
}

fn of_key(tenant: &Tenant, key: &SigningKeyRecord, now: Instant) -> Option<Expiring> {
    let name = tenant.name.to_string();
    let kid = key.kid.to_string();
    let certificate = key.certificate_end();
    let is_old = key.state == KeyState::Active
        && tenant.keys.interval().is_none()
        && now.since(key.state_since) >= OLD_KEY;
    match key_due(key, tenant.keys) {
        // What goes or is followed before its certificate ends needs none.
        Due::Gone(at) | Due::Next(at) if at + KeyPolicy::RETIRING < certificate => None,
        _ if certificate < now + NOTICE => {
            let remedy = format!("doorward keys renew-certificate {kid} --tenant {name}");
            Some(Expiring { tenant: name, what: Ending::Certificate { kid }, at: certificate, remedy })
        }
        _ if is_old => {
            let at = key.state_since + OLD_KEY;
            let remedy =
                format!("doorward keys rotate --algorithm {} --tenant {name}", key.algorithm.as_str());
            Some(Expiring { tenant: name, what: Ending::Rotation { kid }, at, remedy })
        }
        _ => None,
    }
}

/// A name as a word of a command.
fn shell(name: &str) -> String {
    crate::directory::Undo::new([name]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{KeyId, SecretId, SigningAlgorithm};
    use crate::test_world::{WEB, World, with};

    const DAY: u64 = 86_400;

    fn key(world: &World, state: KeyState, certificate_days: u64) -> SigningKeyRecord {
        SigningKeyRecord {
            tenant: world.tenant.id,
            kid: KeyId::new("k"),
            algorithm: SigningAlgorithm::Rs256,
            state,
            public_jwk: serde_json::json!({}),
            sealed_private: String::new(),
            created_at: world.now,
            state_since: world.now,
            certificate_until: Some(world.now + Duration::from_secs(certificate_days * DAY)),
        }
    }

    fn told(world: &World, client: &Client, keys: &[SigningKeyRecord]) -> Vec<(Ending, u64)> {
        let lines = expiring(&world.tenant, (std::slice::from_ref(client), keys), world.now);
        lines.into_iter().map(|line| (line.what, line.at.since(world.now).as_secs() / DAY)).collect()
    }

    #[test]
    fn a_secret_is_told_a_month_before_and_the_last_one_also_after_its_end() {
        let mut world = World::new();
        let at = |days: i64| Instant::from_seconds(world.now.seconds() + days * 86_400);
        let mut client = world.clone().client(WEB).clone();
        let mut secret = client.secrets[0].clone();
        secret.expiry = Expiry::at(at(29));
        client.secrets = vec![secret.clone()];
        let (app, id) = (client.name.clone(), secret.id.to_string());
        let last = Ending::LastSecret { app: app.clone(), secret: id.clone() };
        assert_eq!(told(&world, &client, &[]), [(last.clone(), 29)]);
        let newer = with(secret.clone(), |secret| {
            secret.id = SecretId::random([9; 16]);
            secret.expiry = Expiry::at(at(300));
        });
        client.secrets.push(newer);
        assert_eq!(told(&world, &client, &[]), [(Ending::Secret { app, secret: id }, 29)]);
        world.now = at(30);
        assert_eq!(told(&world, &client, &[]), [], "it is over, and another one is good");
        client.secrets.pop();
        assert_eq!(told(&world, &client, &[]), [(last, 0)]);
        client.disabled = true;
        assert_eq!(told(&world, &client, &[]), []);
    }

    #[test]
    fn a_certificate_is_told_only_where_its_key_outlives_it() {
        let world = World::new();
        let client = with(world.clone().client(WEB).clone(), |client| client.secrets.clear());
        let certificate = [(Ending::Certificate { kid: "k".to_owned() }, 20)];
        assert_eq!(told(&world, &client, &[key(&world, KeyState::Active, 20)]), certificate);
        assert_eq!(told(&world, &client, &[key(&world, KeyState::Active, 200)]), []);
        assert_eq!(told(&world, &client, &[key(&world, KeyState::Retiring, 20)]), []);
    }

    #[test]
    fn a_key_that_nobody_follows_is_told_after_a_year() {
        let mut world = World::new();
        world.tenant.keys.rotate_days = 0;
        let client = with(world.clone().client(WEB).clone(), |client| client.secrets.clear());
        let mut old = key(&world, KeyState::Active, 3000);
        assert_eq!(told(&world, &client, &[old.clone()]), []);
        old.state_since = world.now - Duration::from_secs(366 * DAY);
        assert_eq!(told(&world, &client, &[old.clone()]), [(Ending::Rotation { kid: "k".to_owned() }, 0)]);
        world.tenant.keys.rotate_days = 90;
        assert_eq!(told(&world, &client, &[old]), [], "the job rotates it");
    }
}
