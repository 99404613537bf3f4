//! Logging in with the word of a SAML identity provider.
//!
//! Whoever calls this has received the provider's response, checked its signature and parsed its
//! assertion. What follows is the same however it came: whose account it is, whether plugins agree,
//! and the session.

use std::sync::Arc;

use serde_json::Value;
use wasmoat_model::{AppError, Session, User, UserAuth};
use wasmoat_runtime::{CallContext, OnSAMLLogin, Refusal, Rejection};

use super::login;
use crate::{
    Core,
    config::Config,
    rejection::rejected,
    store::{Queries as _, args},
};

/// The login provider of such accounts.
const SERVICE: &str = "saml";

fn refused(id: &str, status: u16, message: &str) -> AppError {
    AppError::new("completeSaml", id, status, message)
}

/// What an assertion says of a user, by the attributes that `SamlSettings` name.
struct Claims {
    auth_data: String,
    email: String,
    username: String,
    first_name: Option<String>,
    last_name: Option<String>,
    nickname: Option<String>,
    position: Option<String>,
    locale: Option<String>,
}

impl Claims {
    fn of(config: &Config, assertion: &Value) -> Result<Self, AppError> {
        let claim = |setting: &str| {
            let name = config.text(&format!("SamlSettings.{setting}Attribute"));
            let value = assertion.get("Values")?.get(name)?.get("Values")?.get(0)?.get("Value")?.as_str()?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let needed = |setting: &str| {
            claim(setting).ok_or_else(|| {
                let message = format!("The assertion has no attribute for `SamlSettings.{setting}Attribute`.");
                refused("ent.saml.attribute.app_error", 400, &message)
            })
        };
        let email = needed("Email")?.to_lowercase();
        Ok(Self {
            auth_data: claim("Id").unwrap_or_else(|| email.clone()),
            email,
            username: needed("Username")?,
            first_name: claim("FirstName"),
            last_name: claim("LastName"),
            nickname: claim("Nickname"),
            position: claim("Position"),
            locale: claim("Locale"),
        })
    }

    fn auth(&self) -> UserAuth {
        UserAuth { auth_data: Some(self.auth_data.clone()), auth_service: SERVICE.to_owned() }
    }

    /// The profile with what the provider says of it; what it does not name stays.
    fn apply(&self, profile: &mut User) {
        profile.email.clone_from(&self.email);
        let told = [
            (&mut profile.first_name, &self.first_name),
            (&mut profile.last_name, &self.last_name),
            (&mut profile.nickname, &self.nickname),
            (&mut profile.position, &self.position),
            (&mut profile.locale, &self.locale),
        ];
        for (field, claim) in told {
            if let Some(value) = claim {
                field.clone_from(value);
            }
        }
    }
}

impl Core {
    /// Logs in the user of an assertion that an identity provider made, as JSON: `NameID`, and under
    /// `Values` each attribute by its name. The account is made at the first login and follows the
    /// provider's profile at every later one. Plugins may refuse.
    ///
    /// # Errors
    ///
    /// 501 where SAML is switched off; 400 for an assertion without address or name, an address
    /// that an account of another kind has, or where a plugin refuses any login; 401 for a
    /// deactivated account or one of another server; 403 where no account may be made; 500 where a
    /// plugin refuses this one.
    pub async fn login_by_saml(&self, cx: &CallContext, assertion: &Value) -> Result<(User, Session), AppError> {
        let config = self.config.get();
        if !config.flag("SamlSettings.Enable") {
            let message = "SAML is switched off (setting `SamlSettings.Enable`).";
            return Err(refused("api.user.saml.not_available.app_error", 501, message));
        }
        let claims = Claims::of(&config, assertion)?;
        let user = match self.user_of_claims(&claims).await? {
            Some(user) => self.follow_claims(user, &claims).await?,
            None => self.user_from_claims(cx, &claims).await?,
        };
        self.ask_about_assertion(cx, &user, assertion).await?;
        let props = [("isSaml", "true"), ("isOAuthUser", "false")];
        let props = props.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        self.do_login(cx, user, Session { props, ..Session::default() }).await
    }

    async fn user_of_claims(&self, claims: &Claims) -> Result<Option<User>, AppError> {
        let mut connection = self.store.read().await?;
        let rest = "WHERE users.auth_service = $1 AND users.auth_data = $2";
        let user = connection.one(rest, args![SERVICE, claims.auth_data]).await?;
        if user.is_some() {
            return Ok(user);
        }
        let user: Option<User> = connection.one("WHERE users.email = $1", args![claims.email]).await?;
        if user.as_ref().is_some_and(|user| user.auth_service != SERVICE) {
            let message = "An account with that address exists and logs in in another way.";
            return Err(refused("api.user.create_oauth_user.already_attached.app_error", 400, message));
        }
        Ok(user)
    }

    async fn follow_claims(&self, user: User, claims: &Claims) -> Result<User, AppError> {
        if user.remote_id.is_some() {
            return Err(login::remote());
        }
        if user.delete_at > 0 {
            return Err(login::inactive());
        }
        // The provider may have come to name the account in another way.
        if user.auth_data.as_ref() != Some(&claims.auth_data) {
            self.update_user_auth(&user.id, claims.auth()).await?;
        }
        let mut told = user.clone();
        claims.apply(&mut told);
        if told == user {
            return self.get_user(&user.id).await;
        }
        let apply = |stored: &mut User| {
            claims.apply(stored);
            Ok(())
        };
        let user = self.change_user(&user.id, apply).await?.after;
        self.send_user_updated(&user);
        Ok(user)
    }

    async fn user_from_claims(&self, cx: &CallContext, claims: &Claims) -> Result<User, AppError> {
        if !self.config.get().flag("TeamSettings.EnableUserCreation") {
            let id = "api.user.create_user.disabled.app_error";
            return Err(refused(id, 403, "New accounts are switched off on this server."));
        }
        let mut user = User {
            username: claims.username.clone(),
            auth_service: SERVICE.to_owned(),
            auth_data: Some(claims.auth_data.clone()),
            email_verified: true,
            ..User::default()
        };
        claims.apply(&mut user);
        self.create_user(cx, user).await
    }

    async fn ask_about_assertion(&self, cx: &CallContext, user: &User, assertion: &Value) -> Result<(), AppError> {
        let (asked, text) = (Arc::new(user.clone()), Arc::<str>::from(assertion.to_string()));
        self.runtime.ask::<OnSAMLLogin>(cx, |context| (context, asked, text)).await.map_err(|rejection| {
            let id = "api.user.authorize_oauth_user.saml_hook_error.app_error";
            match rejection {
                // The reason is the plugin's to its operator, not to whoever tries to log in.
                Rejection::Refused { plugin, refusal: Refusal::Reason(reason) } => {
                    refused(id, 500, "A plugin refused the login.").detail(format_args!("plugin_id={plugin}, {reason}"))
                }
                rejection => rejected("completeSaml", id, "", rejection),
            }
        })
    }
}
