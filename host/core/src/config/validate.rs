//! What a configuration must hold to be saved.

use wasmoat_model::AppError;

use super::Config;

fn invalid(id: &str, message: impl Into<String>) -> AppError {
    AppError::new("Config.IsValid", &format!("model.config.is_valid.{id}.app_error"), 400, message)
}

/// Numbers with bounds: path, least, most, the name in the error's id.
const BOUNDS: &[(&str, i64, i64, &str)] = &[
    ("TeamSettings.MaxUsersPerTeam", 1, i64::MAX, "max_users"),
    ("TeamSettings.MaxChannelsPerTeam", 1, i64::MAX, "max_channels"),
    ("TeamSettings.MaxNotificationsPerChannel", 1, i64::MAX, "max_notify_per_channel"),
    ("TeamSettings.UserStatusAwayTimeout", 1, i64::MAX, "user_status_away_timeout"),
    ("PasswordSettings.MinimumLength", 5, 72, "password_length"),
    ("FileSettings.MaxFileSize", 1, i64::MAX, "max_file_size"),
    ("ServiceSettings.MaximumLoginAttempts", 1, i64::MAX, "login_attempts"),
    ("ServiceSettings.OutgoingIntegrationRequestsTimeout", 1, i64::MAX, "outgoing_integrations_request_timeout"),
    ("ServiceSettings.MaximumPayloadSizeBytes", 1_000, i64::MAX, "max_payload_size"),
    ("ServiceSettings.MaximumURLLength", 256, i64::MAX, "max_url_length"),
    ("ServiceSettings.SessionLengthWebInHours", 1, 24 * 3_650, "session_length"),
    ("ServiceSettings.SessionLengthMobileInHours", 1, 24 * 3_650, "session_length"),
    ("ServiceSettings.SessionLengthSSOInHours", 1, 24 * 3_650, "session_length"),
    ("PluginSettings.Wasmoat.RequestBytes", 1_024, 256 << 20, "wasmoat_request_bytes"),
    ("EmailSettings.PushNotificationBuffer", 1, 100_000, "email_push_notification_buffer"),
    ("EmailSettings.SMTPServerTimeout", 1, 300, "email_smtp_timeout"),
    ("ExperimentalAuditSettings.FileMaxQueueSize", 1, 100_000, "file_max_queue_size"),
    ("ExperimentalAuditSettings.FileMaxSizeMB", 0, 1_000_000, "file_max_size"),
    ("PluginSettings.Wasmoat.DownloadMilliseconds", 1, 600_000, "wasmoat_download_milliseconds"),
    ("RateLimitSettings.PerSec", 1, i64::MAX, "rate_sec"),
    ("RateLimitSettings.MaxBurst", 1, i64::MAX, "max_burst"),
];

/// Settings with a few possible values.
const CHOICES: &[(&str, &[&str], &str)] = &[
    ("TeamSettings.RestrictDirectMessage", &["any", "team"], "restrict_direct_message"),
    ("TeamSettings.TeammateNameDisplay", &["username", "nickname_full_name", "full_name"], "teammate_name_display"),
    ("FileSettings.DriverName", &["local", "amazons3"], "file_driver"),
    ("SqlSettings.DriverName", &["sqlite"], "sql_driver"),
    ("PluginSettings.Wasmoat.Database.DriverName", &["sqlite", "postgres"], "wasmoat_database_driver"),
    ("EmailSettings.ConnectionSecurity", &["", "TLS", "STARTTLS"], "email_security"),
    (
        "EmailSettings.PushNotificationContents",
        &["full", "generic", "generic_no_channel", "id_loaded"],
        "push_notification_contents",
    ),
    ("EmailSettings.EmailNotificationContentsType", &["full", "generic"], "email_notification_contents_type"),
    ("ServiceSettings.WebserverMode", &["gzip", "uncompressed", "disabled"], "webserver_mode"),
];

/// Mattermost's `Config.IsValid`, for the settings that this server reads.
pub(super) fn check(config: &Config) -> Result<(), AppError> {
    if let Some((path, is, should)) = config.mistyped() {
        return Err(invalid("type", format!("The setting `{path}` is {is}; it must be {should}.")));
    }
    for (path, least, most, id) in BOUNDS {
        let number = config.number(path);
        if !(least..=most).contains(&&number) {
            let most = if *most == i64::MAX { String::new() } else { format!(" and at most {most}") };
            return Err(invalid(id, format!("The setting `{path}` is {number}; it must be at least {least}{most}.")));
        }
    }
    for (path, choices, id) in CHOICES {
        let text = config.text(path);
        if !choices.contains(&text) {
            return Err(invalid(
                id,
                format!("The setting `{path}` is `{text}`; it must be one of `{}`.", choices.join("`, `")),
            ));
        }
    }
    let site = config.text("ServiceSettings.SiteURL");
    if !site.is_empty() && !["http://", "https://"].iter().any(|scheme| site.starts_with(scheme)) {
        return Err(invalid(
            "site_url",
            format!("The setting `ServiceSettings.SiteURL` is `{site}`; it must begin with http:// or https://."),
        ));
    }
    crate::filestore::check(config)?;
    crate::plugins::settings::check(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_defaults_are_valid() {
        check(&Config::default()).unwrap();
    }

    #[test]
    fn a_setting_out_of_bounds_is_refused_by_name() {
        for (path, value, id) in [
            ("PasswordSettings.MinimumLength", json!(4), "model.config.is_valid.password_length.app_error"),
            ("ServiceSettings.SiteURL", json!("ftp://x"), "model.config.is_valid.site_url.app_error"),
            ("FileSettings.DriverName", json!("floppy"), "model.config.is_valid.file_driver.app_error"),
            ("TeamSettings.SiteName", json!(1), "model.config.is_valid.type.app_error"),
            (
                "PluginSettings.Wasmoat.Defaults",
                json!({"feul_per_call": 1}),
                "model.config.is_valid.wasmoat_limits.app_error",
            ),
        ] {
            let mut config = Config::default();
            config.set(path, value);
            let error = check(&config).unwrap_err();
            assert_eq!((error.id.as_str(), error.status_code), (id, 400));
            assert!(error.message.contains(path.rsplit('.').next().unwrap()), "{}", error.message);
        }
    }
}
