//! A second factor, where the configuration demands one.

use wasmoat_model::{AppError, Session};

use crate::Core;

/// Kinds of accounts whose login is the server's own business; of others it is their provider's.
const OWN_LOGIN: [&str; 3] = ["", "email", "ldap"];

impl Core {
    /// Mattermost's `MFARequired`: whether the session's user must have set up a second factor and
    /// has not. Bots and OAuth sessions need none; guests only where the configuration says so.
    ///
    /// # Errors
    ///
    /// Where the user cannot be read.
    pub async fn lacks_second_factor(&self, session: &Session) -> Result<bool, AppError> {
        let config = self.config.get();
        let demanded = config.flag("ServiceSettings.EnableMultifactorAuthentication")
            && config.flag("ServiceSettings.EnforceMultifactorAuthentication");
        if !demanded || session.is_oauth {
            return Ok(false);
        }
        let user = self.get_user(&session.user_id).await?;
        let exempt = user.is_bot
            || !OWN_LOGIN.contains(&user.auth_service.as_str())
            || (user.has_role("system_guest")
                && !config.flag("GuestAccountsSettings.EnforceMultifactorAuthentication"));
        Ok(!exempt && !user.mfa_active)
    }
}
