//! Trigger ids: a proof that a user did something just now, with which an integration may open a
//! dialog for that user.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq as _;
use wasmoat_model::{AppError, new_id, now_ms};

use crate::Core;

/// The key that trigger ids are signed with.
struct TriggerKey<'a>(&'a [u8; 32]);

impl TriggerKey<'_> {
    fn sign(&self, client_id: &str, user_id: &str, time: i64) -> String {
        let text = format!("{client_id}:{user_id}:{time}");
        STANDARD.encode(blake3::keyed_hash(self.0, text.as_bytes()).as_bytes())
    }

    /// What the client keeps, and what the integration gets.
    fn generate(&self, user_id: &str) -> (String, String) {
        let client_id = new_id();
        let time = now_ms();
        let signature = self.sign(&client_id, user_id, time);
        let trigger_id = STANDARD.encode(format!("{client_id}:{user_id}:{time}:{signature}"));
        (client_id, trigger_id)
    }

    /// The client's id and the user of a trigger id that is no older than `life`.
    fn read(&self, trigger_id: &str, life: Duration) -> Option<(String, String)> {
        let text = String::from_utf8(STANDARD.decode(trigger_id).ok()?).ok()?;
        let mut parts = text.splitn(4, ':');
        let (client_id, user_id, time, signature) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let time: i64 = time.parse().ok()?;
        let own = self.sign(client_id, user_id, time);
        let age = u128::try_from(now_ms().checked_sub(time)?).ok()?;
        let good = bool::from(own.as_bytes().ct_eq(signature.as_bytes())) && age <= life.as_millis();
        good.then(|| (client_id.to_owned(), user_id.to_owned()))
    }
}

impl Core {
    /// A trigger id for what a user did just now: what the client keeps, and what the integration
    /// gets.
    #[must_use]
    pub fn generate_trigger_id(&self, user_id: &str) -> (String, String) {
        TriggerKey(self.identity.signing_key()).generate(user_id)
    }

    /// Mattermost's `DecodeAndVerifyTriggerId`: the client's id and the user.
    ///
    /// # Errors
    ///
    /// 400 for one that was not made here, or has expired.
    pub fn verify_trigger_id(&self, trigger_id: &str) -> Result<(String, String), AppError> {
        let seconds = self.config.get().number("ServiceSettings.OutgoingIntegrationRequestsTimeout");
        let life = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
        TriggerKey(self.identity.signing_key()).read(trigger_id, life).ok_or_else(|| {
            let id = "interactive_message.decode_trigger_id.app_error";
            AppError::new("DecodeAndVerifyTriggerId", id, 400, "The trigger id is not valid, or has expired.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_id_names_its_user_for_a_while() {
        let key = TriggerKey(&[1; 32]);
        let (client_id, trigger_id) = key.generate("ann");
        let minute = Duration::from_secs(60);
        assert_eq!(key.read(&trigger_id, minute), Some((client_id, "ann".to_owned())));
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(key.read(&trigger_id, Duration::from_millis(1)), None, "too old");
        assert_eq!(TriggerKey(&[2; 32]).read(&trigger_id, minute), None, "of another server");
        let forged = STANDARD.encode(format!("x:bob:{}:signature", now_ms()));
        assert_eq!(key.read(&forged, minute), None);
        assert_eq!(key.read("no base64", minute), None);
    }
}
