//! The installation's root secret, and what is derived from it.
//!
//! The root is 32 random bytes, stored sealed under the master key, so that the master key can change without
//! changing a single token. Implements the core's [`Vault`] port on the crypto crate.

use doorward_core::model::{Digest, TenantId};
use doorward_core::port::Vault;
use doorward_crypto::{MasterKey, OpenRefusal, Sealer, SecretKey, digest, random, wrap};
use doorward_store::{Store, StoreFault};

const RECORD: &str = "root_secret";
const PLACE: &[u8] = b"installation/records/root_secret";

/// Everything that is derived from the root secret.
pub struct Root {
    secret: SecretKey,
    /// Seals values at rest, under the master key.
    pub(crate) at_rest: Sealer,
    /// Seals what travels through the browser.
    pub(crate) in_flight: Sealer,
}

/// Why the root secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum RootFault {
    /// The master key is another than the one that sealed it.
    #[error("the master key does not open this installation: {0}")]
    WrongMasterKey(#[from] OpenRefusal),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl Root {
    /// Opens the root secret, or makes it on the first start; of several nodes the first wins.
    pub async fn open(store: &dyn Store, master: &MasterKey) -> Result<Self, RootFault> {
        let at_rest = Sealer::new(master);
        let sealed = match store.record(RECORD).await? {
            Some(sealed) => sealed,
            None => store.put_record_once(RECORD, at_rest.seal(&random::<32>(), PLACE)).await?,
        };
        let root = at_rest.open(&sealed, PLACE)?;
        let secret = SecretKey::from_material(&root, "doorward root");
        let in_flight = Sealer::from_key(&secret.derive("in flight"));
        Ok(Self { secret, at_rest, in_flight })
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root(***)")
    }
}

impl Vault for Root {
    fn digest(&self, bytes: &[u8]) -> Digest {
        Digest::new(digest::sha256(bytes))
    }

    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32] {
        let key = self.secret.derive(&format!("tenant {tenant} {label}"));
        digest::hmac_sha256(key.as_bytes(), bytes)
    }

    fn seal(&self, secret: &[u8], nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
        wrap::wrap(&SecretKey::from_material(secret, "refresh successor"), nonce, plain)
    }

    fn open(&self, secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        wrap::unwrap(&SecretKey::from_material(secret, "refresh successor"), sealed)
    }
}
