//! Writing signed tokens.

use doorward_token::ClaimSet;
use doorward_token::jose::{Header, base64url};

use crate::signing::{KeyFault, SigningKey};

/// Writes and signs a compact JWS (RFC 7515 §7.1). The header's `alg` must be the key's.
pub fn sign_jwt(key: &SigningKey, header: &Header, claims: &ClaimSet) -> Result<String, KeyFault> {
    if header.alg != key.algorithm().name() {
        return Err(KeyFault::AlgorithmMismatch { header: header.alg.clone(), key: key.algorithm() });
    }
    let json = "strings, numbers and maps with text keys always serialise";
    let header = serde_json::to_vec(header).expect(json);
    let claims = serde_json::to_vec(claims).expect(json);
    let mut token = String::with_capacity((header.len() + claims.len() + RSA_2048_BYTES) * 4 / 3 + 8);
    base64url::encode_onto(&header, &mut token);
    token.push('.');
    base64url::encode_onto(&claims, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    base64url::encode_onto(&signature, &mut token);
    Ok(token)
}

const RSA_2048_BYTES: usize = 256;

#[cfg(test)]
mod tests;
