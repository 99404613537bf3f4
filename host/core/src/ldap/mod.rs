//! The directory that accounts may come from: reading entries of people over LDAP.

#[cfg(test)]
mod tests;

use std::time::Duration;

use ldap3::{LdapConnAsync, LdapConnSettings, Scope, SearchEntry, SearchOptions, ldap_escape};
use wasmoat_model::{AppError, StringMap};

use crate::{Core, config::Config, server::Feature};

/// Attributes that may be asked for at once.
const ATTRIBUTES_AT_ONCE: usize = 100;

/// The longest wait that a configuration can ask for.
const MAX_TIMEOUT_SECONDS: i64 = 60;

fn failed(step: &str, error: impl std::fmt::Display) -> AppError {
    let id = format!("ent.ldap.do_login.{step}.app_error");
    AppError::new("GetUserAttributes", &id, 500, "The directory could not be asked.").detail(error)
}

/// What `LdapSettings` say of the directory.
struct Directory {
    url: String,
    start_tls: bool,
    verify: bool,
    timeout: Duration,
    bind: (String, String),
    base: String,
    user_filter: String,
    id_attribute: String,
}

impl Directory {
    fn of(config: &Config) -> Self {
        let text = |name: &str| config.text(&format!("LdapSettings.{name}")).to_owned();
        let security = text("ConnectionSecurity");
        let scheme = if security == "TLS" { "ldaps" } else { "ldap" };
        let seconds = config.number("LdapSettings.QueryTimeout").clamp(1, MAX_TIMEOUT_SECONDS);
        Self {
            url: format!("{scheme}://{}:{}", text("LdapServer"), config.number("LdapSettings.LdapPort")),
            start_tls: security == "STARTTLS",
            verify: !config.flag("LdapSettings.SkipCertificateVerification"),
            timeout: Duration::from_secs(seconds.unsigned_abs()),
            bind: (text("BindUsername"), text("BindPassword")),
            base: text("BaseDN"),
            user_filter: text("UserFilter"),
            id_attribute: text("IdAttribute"),
        }
    }

    /// The filter that one person's entry passes.
    fn filter(&self, auth_data: &str) -> String {
        let own = format!("({}={})", self.id_attribute, ldap_escape(auth_data));
        if self.user_filter.is_empty() { own } else { format!("(&{own}{})", self.user_filter) }
    }

    async fn attributes(&self, auth_data: &str, names: Vec<String>) -> Result<StringMap, AppError> {
        let settings = LdapConnSettings::new()
            .set_conn_timeout(self.timeout)
            .set_starttls(self.start_tls)
            .set_no_tls_verify(!self.verify);
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.url)
            .await
            .map_err(|error| failed("unable_to_connect", error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.drive().await {
                tracing::warn!(%error, "directory: the connection broke");
            }
        });
        let (user, password) = &self.bind;
        let bound = ldap.with_timeout(self.timeout).simple_bind(user, password).await;
        bound.and_then(ldap3::LdapResult::success).map_err(|error| failed("bind_admin_user", error))?;
        let options = SearchOptions::new().sizelimit(1);
        let found = ldap
            .with_search_options(options)
            .with_timeout(self.timeout)
            .search(&self.base, Scope::Subtree, &self.filter(auth_data), &names)
            .await
            .and_then(ldap3::SearchResult::success);
        let (entries, _) = found.map_err(|error| failed("search_ldap_server", error))?;
        // The answer is there; a directory that does not hear the farewell is no trouble.
        let _ = ldap.unbind().await;
        let Some(entry) = entries.into_iter().next() else {
            let message = "The directory has no entry of that user.";
            let id = "ent.ldap.do_login.user_not_registered.app_error";
            return Err(AppError::new("GetUserAttributes", id, 404, message));
        };
        Ok(pick(&SearchEntry::construct(entry), names))
    }
}

/// The first value of each attribute that was asked for. Directories do not mind the case of names.
fn pick(entry: &SearchEntry, names: Vec<String>) -> StringMap {
    let value = |name: &str| {
        let (_, values) = entry.attrs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        values.first().cloned()
    };
    names.into_iter().filter_map(|name| value(&name).map(|value| (name, value))).collect()
}

impl Core {
    /// Whether accounts may come from a directory.
    fn check_ldap(&self, at: &str) -> Result<(), AppError> {
        let id = "ent.ldap.disabled.app_error";
        if !self.config.get().flag("LdapSettings.Enable") {
            return Err(AppError::new(at, id, 501, "LDAP is switched off (setting `LdapSettings.Enable`)."));
        }
        self.check_feature(Feature::Ldap, at, id, 501)
    }

    /// Mattermost's `GetLDAPUserAttributes`: attributes of a user's directory entry. Empty for an
    /// account that does not come from the directory.
    ///
    /// # Errors
    ///
    /// 501 where LDAP is not available, 404 for an unknown user, 400 for more than 100 names, 500
    /// where the directory does not answer.
    pub async fn get_ldap_user_attributes(&self, user_id: &str, names: &[String]) -> Result<StringMap, AppError> {
        let at = "GetLDAPUserAttributes";
        self.check_ldap(at)?;
        let user = self.get_user(user_id).await?;
        if names.len() > ATTRIBUTES_AT_ONCE {
            let message = format!("{} names were given; {ATTRIBUTES_AT_ONCE} are allowed at once.", names.len());
            return Err(AppError::new(at, "plugin.api.get_ldap_user_attributes.too_many", 400, message));
        }
        let config = self.config.get();
        let known = match user.auth_service.as_str() {
            "ldap" => true,
            "saml" => config.flag("SamlSettings.EnableSyncWithLdap"),
            _ => false,
        };
        let Some(auth_data) = user.auth_data.filter(|_| known && !names.is_empty()) else {
            return Ok(StringMap::new());
        };
        let (directory, names) = (Directory::of(&config), names.to_vec());
        // On a task of its own: the library panics on an entry that is no entry.
        let asked = tokio::spawn(async move { directory.attributes(&auth_data, names).await });
        asked.await.map_err(|error| failed("search_ldap_server", error))?
    }
}
