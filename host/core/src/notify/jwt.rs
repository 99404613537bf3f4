//! The signature of a push: a JWT (ES256) over its acknowledgement id and its device.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::json;
use wasmoat_model::AppError;

fn failed(reason: impl std::fmt::Display) -> AppError {
    AppError::new("SignPush", "app.push_notification.sign.app_error", 500, "A push could not be signed.").detail(reason)
}

/// A new key, as PKCS#8.
pub(crate) fn new_push_key() -> Result<Vec<u8>, AppError> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).map_err(failed)?;
    Ok(key.as_ref().to_vec())
}

/// Signs what a device checks.
pub(super) fn sign(key: &[u8], ack_id: &str, device_id: &str) -> Result<String, AppError> {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &random).map_err(failed)?;
    let head = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES256", "typ": "JWT" }).to_string());
    let claims = URL_SAFE_NO_PAD.encode(json!({ "ack_id": ack_id, "device_id": device_id }).to_string());
    let signed = format!("{head}.{claims}");
    let signature = key.sign(&random, signed.as_bytes()).map_err(failed)?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_device_can_check_the_signature() {
        let key = new_push_key().unwrap();
        let jwt = sign(&key, "ack", "device").unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key, &SystemRandom::new()).unwrap();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec());
        public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }
}
