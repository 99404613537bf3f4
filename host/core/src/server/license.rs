//! Trial licences: asked of the operator's licence service, kept until they expire or are removed.
//!
//! A licence opens features that the operator could open by a setting as well, so its signature,
//! which only Mattermost's own keys could check, is not looked at: the service is trusted because
//! the operator names it.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use wasmoat_model::{AppError, now_ms};

use crate::{
    Core,
    commands::read_answer,
    store::{Queries as _, args},
};

/// Longest text of a licence.
const LICENSE_BYTES: usize = 256 << 10;

/// Where the licence is kept in `systems`.
const NAME: &str = "ActiveLicense";

/// Who asks for a trial, and for how many.
#[derive(Clone, Debug, Default)]
pub struct TrialRequest {
    /// Whose name and address the service is told.
    pub requester_id: String,
    /// Accounts.
    pub users: i32,
    /// The requester has accepted the terms.
    pub terms_accepted: bool,
    /// The service may write mails.
    pub receive_emails_accepted: bool,
}

/// An installed licence: Mattermost's JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct License(Map<String, Value>);

impl License {
    /// Reads a licence: JSON, or base64 of JSON and a signature.
    fn read(text: &str) -> Option<Self> {
        let packed = STANDARD.decode(text.trim()).ok();
        let bytes = packed.as_deref().unwrap_or(text.as_bytes());
        // The first value is the licence; the signature after it is no JSON.
        let first = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().next()?.ok()?;
        match first {
            Value::Object(license) if license.get("id").is_some_and(Value::is_string) => Some(Self(license)),
            _ => None,
        }
    }

    /// Whether it opens a feature.
    #[must_use]
    pub fn has(&self, feature: &str) -> bool {
        self.0.get("features").and_then(|features| features.get(feature)).and_then(Value::as_bool).unwrap_or_default()
    }

    fn number(&self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_i64).unwrap_or_default()
    }

    fn is_live(&self) -> bool {
        let (now, end) = (now_ms(), self.number("expires_at"));
        self.number("starts_at") <= now && (end == 0 || end > now)
    }

    /// The licence as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// What clients see of it: texts; less for those who may not read licences.
    #[must_use]
    pub fn client(&self, whole: bool) -> Map<String, Value> {
        let text = |name: &str| self.0.get(name).and_then(Value::as_str).unwrap_or_default();
        let mut shown = Map::from_iter([
            ("IsLicensed".to_owned(), "true".into()),
            ("SkuName".to_owned(), text("sku_name").into()),
            ("SkuShortName".to_owned(), text("sku_short_name").into()),
            (
                "IsTrial".to_owned(),
                self.0.get("is_trial").and_then(Value::as_bool).unwrap_or_default().to_string().into(),
            ),
        ]);
        if whole {
            shown.insert("Id".to_owned(), text("id").into());
            for (key, name) in [("IssuedAt", "issued_at"), ("StartsAt", "starts_at"), ("ExpiresAt", "expires_at")] {
                shown.insert(key.to_owned(), self.number(name).to_string().into());
            }
            let customer = self.0.get("customer");
            for (key, name) in [("Name", "name"), ("Email", "email"), ("Company", "company")] {
                let value = customer.and_then(|customer| customer.get(name)).and_then(Value::as_str);
                shown.insert(key.to_owned(), value.unwrap_or_default().into());
            }
        }
        shown
    }
}

fn failed(id: &str, status: u16, message: &str) -> AppError {
    AppError::new("RequestTrialLicense", id, status, message)
}

fn no_license(reason: impl std::fmt::Display) -> AppError {
    failed("api.license.request_trial_license.app_error", 400, "The licence service gave no licence.").detail(reason)
}

impl Core {
    /// Mattermost's `GetLicense`: the licence that holds now.
    #[must_use]
    pub fn get_license(&self) -> Option<Arc<License>> {
        self.license.load_full().filter(|license| license.is_live())
    }

    pub(crate) async fn load_license(&self) -> Result<(), AppError> {
        let select = "SELECT value FROM systems WHERE name = $1";
        let stored: Option<String> = self.store.read().await?.value(select, args![NAME]).await?;
        self.license.store(stored.and_then(|text| License::read(&text)).map(Arc::new));
        Ok(())
    }

    /// Mattermost's `RequestTrialLicense`: asks the licence service (`CloudSettings.CWSURL`) for a
    /// trial and installs it.
    ///
    /// # Errors
    ///
    /// 403 for a restricted admin; 400 without accepted terms or users, or where the service gives
    /// none; 404 for an unknown requester; 451 where the service may not give one.
    pub async fn request_trial_license(&self, request: &TrialRequest) -> Result<(), AppError> {
        if self.config.flag("ExperimentalSettings.RestrictSystemAdmin") {
            return Err(failed("api.restricted_system_admin", 403, "This action is forbidden to a restricted admin."));
        }
        if !request.terms_accepted {
            let id = "api.license.request-trial.bad-request.terms-not-accepted";
            return Err(failed(id, 400, "You must accept the terms to request a trial licence."));
        }
        if request.users <= 0 {
            let message = "The trial must be for at least one user.";
            return Err(failed("api.license.request-trial.bad-request", 400, message));
        }
        let requester = self.get_user(&request.requester_id).await?;
        let service = self.config.text("CloudSettings.CWSURL");
        if service.is_empty() {
            return Err(no_license("no licence service is set (CloudSettings.CWSURL)"));
        }
        let body = json!({
            "id": self.get_diagnostic_id(),
            "server_id": self.get_diagnostic_id(),
            "email": requester.email,
            "name": format!("{} {}", requester.first_name, requester.last_name).trim(),
            "site_url": self.config.text("ServiceSettings.SiteURL"),
            "site_name": self.config.text("TeamSettings.SiteName"),
            "users": request.users,
            "terms_accepted": request.terms_accepted,
            "receive_emails_accepted": request.receive_emails_accepted,
        });
        let text = self.ask_license_service(&format!("{}/api/v1/trials", service.trim_end_matches('/')), &body).await?;
        self.save_license(&text).await
    }

    async fn ask_license_service(&self, url: &str, body: &Value) -> Result<String, AppError> {
        let url = reqwest::Url::parse(url).map_err(no_license)?;
        let client = self.service_client().map_err(no_license)?;
        let request = client.post(url).header("Content-Type", "application/json").body(body.to_string());
        let answer = request.send().await.map_err(|error| no_license(error.without_url()))?;
        if answer.status() == 451 {
            let message = "The licence service may not give a trial to where this server is.";
            return Err(failed("api.license.request_trial_license.embargoed", 451, message));
        }
        let answer = read_answer(answer).await.map_err(no_license)?;
        let answer: Value = serde_json::from_str(&answer).map_err(no_license)?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        text("license").map(str::to_owned).ok_or_else(|| no_license(text("message").unwrap_or("it says nothing")))
    }

    async fn save_license(&self, text: &str) -> Result<(), AppError> {
        let license = License::read(text).filter(|_| text.len() <= LICENSE_BYTES);
        let license = license.ok_or_else(|| no_license("what it gave is no licence"))?;
        if !license.is_live() {
            return Err(no_license("the licence has expired or has not begun"));
        }
        let upsert = "INSERT INTO systems (name, value) VALUES ($1, $2)
                      ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.store.read().await?.run(upsert, args![NAME, license.json()]).await?;
        tracing::info!(expires_at = license.number("expires_at"), "a trial licence is installed");
        self.license.store(Some(Arc::new(license)));
        Ok(())
    }

    /// Mattermost's `RemoveLicense`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn remove_license(&self) -> Result<(), AppError> {
        self.store.read().await?.run("DELETE FROM systems WHERE name = $1", args![NAME]).await?;
        self.license.store(None);
        Ok(())
    }
}
