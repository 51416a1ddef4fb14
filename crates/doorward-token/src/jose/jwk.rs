//! Public keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::base64url;

/// A public key. A private or symmetric one cannot be held by this type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Jwk {
    /// The key's name; unique within its issuer.
    pub kid: Option<String>,
    /// The public numbers.
    pub key: KeyMaterial,
    /// The one algorithm the key's owner allows; `None` where the owner did not say.
    pub alg: Option<Algorithm>,
    /// The certificate chain, base64 (not base64url) DER, the key's own first.
    pub x5c: Vec<String>,
    /// SHA-1 of the certificate, base64url.
    pub x5t: Option<String>,
    /// SHA-256 of the certificate, base64url.
    pub x5t_s256: Option<String>,
}

/// The numbers of a public key, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyMaterial {
    /// A point on a curve; each coordinate has the curve's full length.
    Ec {
        /// The curve.
        crv: EcCurve,
        /// The x coordinate, big-endian.
        x: Vec<u8>,
        /// The y coordinate, big-endian.
        y: Vec<u8>,
    },
    /// An Edwards-curve key of 32 bytes.
    Okp {
        /// The curve.
        crv: OkpCurve,
        /// The public key.
        x: Vec<u8>,
    },
    /// 2048 to 8192 bits.
    Rsa {
        /// The modulus, big-endian.
        n: Vec<u8>,
        /// The exponent, big-endian.
        e: Vec<u8>,
    },
}

/// The curves of `kty` `EC` that are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EcCurve {
    /// Goes with ES256.
    P256,
    /// Goes with ES384.
    P384,
}

/// The curves of `kty` `OKP` that are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OkpCurve {
    /// Goes with EdDSA.
    Ed25519,
}

/// Why a JSON object is not a key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkRefusal {
    /// `alg` does not go with `kty` and `crv`.
    #[error("`alg` {0} does not go with this kind of key")]
    AlgorithmMismatch(Algorithm),
    /// A member is not what its name promises.
    #[error("`{0}` is malformed")]
    Malformed(&'static str),
    /// A required member is absent.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Meant for encryption, or for an operation other than verifying.
    #[error("the key is not for signatures")]
    NotForSignatures,
    /// The private half was given away.
    #[error("`{0}` is part of a private key")]
    Private(&'static str),
    /// `kty` is `oct`.
    #[error("the key is symmetric")]
    Symmetric,
    /// An `alg` outside [`Algorithm`].
    #[error("`alg` {0} is not supported")]
    UnknownAlgorithm(String),
    /// A curve outside the supported ones.
    #[error("`crv` {0} is not supported")]
    UnknownCurve(String),
    /// A `kty` outside RSA, EC and OKP.
    #[error("`kty` {0} is not supported")]
    UnknownKeyType(String),
    /// An RSA modulus below 2048 or above 8192 bits.
    #[error("the RSA key has {0} bits; 2048 to 8192 are accepted")]
    WrongRsaSize(usize),
}

impl JwkRefusal {
    /// Whether the key gives a secret away: then the set it came in is not trusted either. Any other unusable key is
    /// passed over (RFC 7517 §5).
    pub fn gives_a_secret_away(&self) -> bool {
        matches!(self, Self::Private(_) | Self::Symmetric)
    }
}

impl Jwk {
    /// A bare key without name, algorithm or certificate.
    pub fn new(key: KeyMaterial) -> Self {
        Self { kid: None, key, alg: None, x5c: Vec::new(), x5t: None, x5t_s256: None }
    }

    /// Reads one member of a key set, or a key that was registered on its own.
    pub fn from_map(map: &Map<String, Value>) -> Result<Self, JwkRefusal> {
        let kty = text(map, "kty")?.ok_or(JwkRefusal::Missing("kty"))?;
        if kty == "oct" || map.contains_key("k") {
            return Err(JwkRefusal::Symmetric);
        }
        if let Some(name) = PRIVATE_MEMBERS.iter().find(|name| map.contains_key(**name)) {
            return Err(JwkRefusal::Private(name));
        }
        check_purpose(map)?;
        let key = match kty {
            "RSA" => read_rsa(map)?,
            "EC" => read_ec(map)?,
            "OKP" => read_okp(map)?,
            other => return Err(JwkRefusal::UnknownKeyType(shorten(other))),
        };
        let alg = match text(map, "alg")? {
            None => None,
            Some(name) => {
                let alg =
                    Algorithm::from_name(name).ok_or_else(|| JwkRefusal::UnknownAlgorithm(shorten(name)))?;
                if !key.algorithms().contains(&alg) {
                    return Err(JwkRefusal::AlgorithmMismatch(alg));
                }
                Some(alg)
            }
        };
        Ok(Self {
            kid: text(map, "kid")?.map(str::to_owned),
            key,
            alg,
            x5c: read_x5c(map)?,
            x5t: text(map, "x5t")?.map(str::to_owned),
            x5t_s256: text(map, "x5t#S256")?.map(str::to_owned),
        })
    }

    /// The algorithms a signature by this key may have: the declared one, else all that fit its numbers.
    pub fn algorithms(&self) -> &[Algorithm] {
        match &self.alg {
            Some(alg) => std::slice::from_ref(alg),
            None => self.key.algorithms(),
        }
    }

    /// The text whose SHA-256 is the key's thumbprint (RFC 7638 §3).
    pub fn thumbprint_input(&self) -> String {
        match &self.key {
            KeyMaterial::Ec { crv, x, y } => format!(
                r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
                crv.name(),
                base64url::encode(x),
                base64url::encode(y)
            ),
            KeyMaterial::Okp { crv, x } => {
                format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, crv.name(), base64url::encode(x))
            }
            KeyMaterial::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url::encode(e), base64url::encode(n))
            }
        }
    }
}

impl KeyMaterial {
    /// The algorithms that fit the numbers.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::Ec { crv: EcCurve::P256, .. } => &[Algorithm::ES256],
            Self::Ec { crv: EcCurve::P384, .. } => &[Algorithm::ES384],
            Self::Okp { crv: OkpCurve::Ed25519, .. } => &[Algorithm::EdDSA],
            Self::Rsa { .. } => &[Algorithm::RS256, Algorithm::PS256],
        }
    }
}

impl EcCurve {
    /// The name in `crv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The length of one coordinate in bytes.
    pub const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl OkpCurve {
    /// The name in `crv`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let kty = match &self.key {
            KeyMaterial::Ec { .. } => "EC",
            KeyMaterial::Okp { .. } => "OKP",
            KeyMaterial::Rsa { .. } => "RSA",
        };
        map.serialize_entry("kty", kty)?;
        map.serialize_entry("use", "sig")?;
        if let Some(alg) = &self.alg {
            map.serialize_entry("alg", alg)?;
        }
        if let Some(kid) = &self.kid {
            map.serialize_entry("kid", kid)?;
        }
        match &self.key {
            KeyMaterial::Ec { crv, x, y } => {
                map.serialize_entry("crv", crv.name())?;
                map.serialize_entry("x", &base64url::encode(x))?;
                map.serialize_entry("y", &base64url::encode(y))?;
            }
            KeyMaterial::Okp { crv, x } => {
                map.serialize_entry("crv", crv.name())?;
                map.serialize_entry("x", &base64url::encode(x))?;
            }
            KeyMaterial::Rsa { n, e } => {
                map.serialize_entry("n", &base64url::encode(n))?;
                map.serialize_entry("e", &base64url::encode(e))?;
            }
        }
        if !self.x5c.is_empty() {
            map.serialize_entry("x5c", &self.x5c)?;
        }
        if let Some(x5t) = &self.x5t {
            map.serialize_entry("x5t", x5t)?;
        }
        if let Some(x5t_s256) = &self.x5t_s256 {
            map.serialize_entry("x5t#S256", x5t_s256)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = Map::deserialize(deserializer)?;
        Self::from_map(&map).map_err(serde::de::Error::custom)
    }
}

fn check_purpose(map: &Map<String, Value>) -> Result<(), JwkRefusal> {
    if text(map, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(JwkRefusal::NotForSignatures);
    }
    match map.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(ops)) if ops.iter().any(|op| op == "verify") => Ok(()),
        Some(Value::Array(_)) => Err(JwkRefusal::NotForSignatures),
        Some(_) => Err(JwkRefusal::Malformed("key_ops")),
    }
}

fn read_rsa(map: &Map<String, Value>) -> Result<KeyMaterial, JwkRefusal> {
    // RFC 7518 §2 forbids leading zero octets; some producers write one, and the number is the same.
    let strip = |bytes: Vec<u8>| bytes.iter().position(|b| *b != 0).map(|at| bytes[at..].to_vec());
    let n = strip(bytes(map, "n")?).ok_or(JwkRefusal::Malformed("n"))?;
    let e = strip(bytes(map, "e")?).ok_or(JwkRefusal::Malformed("e"))?;
    let bits = n.len() * 8 - n[0].leading_zeros() as usize;
    if !(2048..=8192).contains(&bits) {
        return Err(JwkRefusal::WrongRsaSize(bits));
    }
    let is_odd = |number: &[u8]| number.last().is_some_and(|b| b & 1 == 1);
    if e.len() > 4 || e == [1] || !is_odd(&e) {
        return Err(JwkRefusal::Malformed("e"));
    }
    if !is_odd(&n) {
        return Err(JwkRefusal::Malformed("n"));
    }
    Ok(KeyMaterial::Rsa { n, e })
}

fn read_ec(map: &Map<String, Value>) -> Result<KeyMaterial, JwkRefusal> {
    let crv = match text(map, "crv")?.ok_or(JwkRefusal::Missing("crv"))? {
        "P-256" => EcCurve::P256,
        "P-384" => EcCurve::P384,
        other => return Err(JwkRefusal::UnknownCurve(shorten(other))),
    };
    let (x, y) = (bytes(map, "x")?, bytes(map, "y")?);
    if x.len() != crv.coordinate_bytes() {
        return Err(JwkRefusal::Malformed("x"));
    }
    if y.len() != crv.coordinate_bytes() {
        return Err(JwkRefusal::Malformed("y"));
    }
    Ok(KeyMaterial::Ec { crv, x, y })
}

fn read_okp(map: &Map<String, Value>) -> Result<KeyMaterial, JwkRefusal> {
    match text(map, "crv")?.ok_or(JwkRefusal::Missing("crv"))? {
        "Ed25519" => {}
        other => return Err(JwkRefusal::UnknownCurve(shorten(other))),
    }
    let x = bytes(map, "x")?;
    if x.len() != 32 {
        return Err(JwkRefusal::Malformed("x"));
    }
    Ok(KeyMaterial::Okp { crv: OkpCurve::Ed25519, x })
}

fn read_x5c(map: &Map<String, Value>) -> Result<Vec<String>, JwkRefusal> {
    match map.get("x5c") {
        None => Ok(Vec::new()),
        Some(Value::Array(chain)) => chain
            .iter()
            .map(|der| der.as_str().map(str::to_owned).ok_or(JwkRefusal::Malformed("x5c")))
            .collect(),
        Some(_) => Err(JwkRefusal::Malformed("x5c")),
    }
}

fn text<'m>(map: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, JwkRefusal> {
    match map.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JwkRefusal::Malformed(name)),
    }
}

fn bytes(map: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, JwkRefusal> {
    let text = text(map, name)?.ok_or(JwkRefusal::Missing(name))?;
    base64url::decode(text).ok_or(JwkRefusal::Malformed(name))
}

/// Foreign text in an error message is cut: it may be anything.
fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

/// The members of RFC 7518 §6.2.2 and §6.3.2 and RFC 8037 §2 that are secret.
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

#[cfg(test)]
mod tests;
