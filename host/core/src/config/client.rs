//! The configuration as clients without administration rights see it: `GET /api/v4/config/client`.
//! A flat object of texts, in Mattermost's old format, which every client reads.

use serde_json::{Map, Value};

use super::Config;
use crate::server::{BUILD_NUMBER, SERVER_VERSION};

/// Settings that everybody sees: the client's name for them and their path.
const EVERYBODY: &[(&str, &str)] = &[
    ("AboutLink", "SupportSettings.AboutLink"),
    ("AllowDownloadLogs", "SupportSettings.AllowDownloadLogs"),
    ("AndroidAppDownloadLink", "NativeAppSettings.AndroidAppDownloadLink"),
    ("AndroidLatestVersion", "ClientRequirements.AndroidLatestVersion"),
    ("AndroidMinVersion", "ClientRequirements.AndroidMinVersion"),
    ("AppDownloadLink", "NativeAppSettings.AppDownloadLink"),
    ("AvailableLocales", "LocalizationSettings.AvailableLocales"),
    ("CustomBrandText", "TeamSettings.CustomBrandText"),
    ("CustomDescriptionText", "TeamSettings.CustomDescriptionText"),
    ("DefaultClientLocale", "LocalizationSettings.DefaultClientLocale"),
    ("EnableBotAccountCreation", "ServiceSettings.EnableBotAccountCreation"),
    ("EnableClientMetrics", "MetricsSettings.EnableClientMetrics"),
    ("EnableCustomBrand", "TeamSettings.EnableCustomBrand"),
    ("EnableCustomEmoji", "ServiceSettings.EnableCustomEmoji"),
    ("EnableDesktopLandingPage", "ServiceSettings.EnableDesktopLandingPage"),
    ("EnableDiagnostics", "LogSettings.EnableDiagnostics"),
    ("EnableFile", "LogSettings.EnableFile"),
    ("EnableForgotLink", "PasswordSettings.EnableForgotLink"),
    ("EnableGuestAccounts", "GuestAccountsSettings.Enable"),
    ("EnableLdap", "LdapSettings.Enable"),
    ("EnableMultifactorAuthentication", "ServiceSettings.EnableMultifactorAuthentication"),
    ("EnableOpenServer", "TeamSettings.EnableOpenServer"),
    ("EnableSaml", "SamlSettings.Enable"),
    ("EnableSignInWithEmail", "EmailSettings.EnableSignInWithEmail"),
    ("EnableSignInWithUsername", "EmailSettings.EnableSignInWithUsername"),
    ("EnableSignUpWithEmail", "EmailSettings.EnableSignUpWithEmail"),
    ("EnableSignUpWithGitLab", "GitLabSettings.Enable"),
    ("EnableSignUpWithGoogle", "GoogleSettings.Enable"),
    ("EnableSignUpWithOffice365", "Office365Settings.Enable"),
    ("EnableSignUpWithOpenId", "OpenIdSettings.Enable"),
    ("EnableUserCreation", "TeamSettings.EnableUserCreation"),
    ("EnableUserStatuses", "ServiceSettings.EnableUserStatuses"),
    ("EnforceMultifactorAuthentication", "ServiceSettings.EnforceMultifactorAuthentication"),
    ("ExperimentalEnableAuthenticationTransfer", "ServiceSettings.ExperimentalEnableAuthenticationTransfer"),
    ("ForgotPasswordLink", "SupportSettings.ForgotPasswordLink"),
    ("GuestAccountsEnforceMultifactorAuthentication", "GuestAccountsSettings.EnforceMultifactorAuthentication"),
    ("HasImageProxy", "ImageProxySettings.Enable"),
    ("HelpLink", "SupportSettings.HelpLink"),
    ("IosAppDownloadLink", "NativeAppSettings.IosAppDownloadLink"),
    ("IosLatestVersion", "ClientRequirements.IosLatestVersion"),
    ("IosMinVersion", "ClientRequirements.IosMinVersion"),
    ("MobileExternalBrowser", "NativeAppSettings.MobileExternalBrowser"),
    ("PasswordMinimumLength", "PasswordSettings.MinimumLength"),
    ("PasswordRequireLowercase", "PasswordSettings.Lowercase"),
    ("PasswordRequireNumber", "PasswordSettings.Number"),
    ("PasswordRequireSymbol", "PasswordSettings.Symbol"),
    ("PasswordRequireUppercase", "PasswordSettings.Uppercase"),
    ("PluginsEnabled", "PluginSettings.Enable"),
    ("PrivacyPolicyLink", "SupportSettings.PrivacyPolicyLink"),
    ("ReportAProblemLink", "SupportSettings.ReportAProblemLink"),
    ("ReportAProblemMail", "SupportSettings.ReportAProblemMail"),
    ("ReportAProblemType", "SupportSettings.ReportAProblemType"),
    ("SiteName", "TeamSettings.SiteName"),
    ("SiteURL", "ServiceSettings.SiteURL"),
    ("SupportEmail", "SupportSettings.SupportEmail"),
    ("TermsOfServiceLink", "SupportSettings.TermsOfServiceLink"),
    ("WebsocketPort", "ServiceSettings.WebsocketPort"),
    ("WebsocketSecurePort", "ServiceSettings.WebsocketSecurePort"),
    ("WebsocketURL", "ServiceSettings.WebsocketURL"),
];

/// Settings that a logged-in user sees too.
const LOGGED_IN: &[(&str, &str)] = &[
    ("AllowBannerDismissal", "AnnouncementSettings.AllowBannerDismissal"),
    ("AllowCustomThemes", "ThemeSettings.AllowCustomThemes"),
    ("AllowPersistentNotifications", "ServiceSettings.AllowPersistentNotifications"),
    ("AllowPersistentNotificationsForGuests", "ServiceSettings.AllowPersistentNotificationsForGuests"),
    ("AllowSyncedDrafts", "ServiceSettings.AllowSyncedDrafts"),
    ("AllowedThemes", "ThemeSettings.AllowedThemes"),
    ("BannerColor", "AnnouncementSettings.BannerColor"),
    ("BannerText", "AnnouncementSettings.BannerText"),
    ("BannerTextColor", "AnnouncementSettings.BannerTextColor"),
    ("CollapsedThreads", "ServiceSettings.CollapsedThreads"),
    ("CustomURLSchemes", "DisplaySettings.CustomURLSchemes"),
    ("DefaultTheme", "ThemeSettings.DefaultTheme"),
    ("DelayChannelAutocomplete", "ExperimentalSettings.DelayChannelAutocomplete"),
    ("DisableAppBar", "ExperimentalSettings.DisableAppBar"),
    ("DisableRefetchingOnBrowserFocus", "ExperimentalSettings.DisableRefetchingOnBrowserFocus"),
    ("DisableWakeUpReconnectHandler", "ExperimentalSettings.DisableWakeUpReconnectHandler"),
    ("EmailNotificationContentsType", "EmailSettings.EmailNotificationContentsType"),
    ("EnableAskCommunityLink", "SupportSettings.EnableAskCommunityLink"),
    ("EnableBanner", "AnnouncementSettings.EnableBanner"),
    ("EnableChannelViewedMessages", "ServiceSettings.EnableChannelViewedMessages"),
    ("EnableCommands", "ServiceSettings.EnableCommands"),
    ("EnableConfirmNotificationsToChannel", "TeamSettings.EnableConfirmNotificationsToChannel"),
    ("EnableCrossTeamSearch", "ServiceSettings.EnableCrossTeamSearch"),
    ("EnableCustomGroups", "ServiceSettings.EnableCustomGroups"),
    ("EnableCustomUserStatuses", "TeamSettings.EnableCustomUserStatuses"),
    ("EnableDeveloper", "ServiceSettings.EnableDeveloper"),
    ("EnableEmailBatching", "EmailSettings.EnableEmailBatching"),
    ("EnableEmailInvitations", "ServiceSettings.EnableEmailInvitations"),
    ("EnableEmojiPicker", "ServiceSettings.EnableEmojiPicker"),
    ("EnableFileAttachments", "FileSettings.EnableFileAttachments"),
    ("EnableFileSearch", "ServiceSettings.EnableFileSearch"),
    ("EnableGifPicker", "ServiceSettings.EnableGifPicker"),
    ("EnableIncomingWebhooks", "ServiceSettings.EnableIncomingWebhooks"),
    ("EnableInlineLatex", "ServiceSettings.EnableInlineLatex"),
    ("EnableJoinLeaveMessageByDefault", "TeamSettings.EnableJoinLeaveMessageByDefault"),
    ("EnableLastActiveTime", "TeamSettings.EnableLastActiveTime"),
    ("EnableLatex", "ServiceSettings.EnableLatex"),
    ("EnableLinkPreviews", "ServiceSettings.EnableLinkPreviews"),
    ("EnableMarketplace", "PluginSettings.EnableMarketplace"),
    ("EnableMobileFileDownload", "FileSettings.EnableMobileDownload"),
    ("EnableMobileFileUpload", "FileSettings.EnableMobileUpload"),
    ("EnableOAuthServiceProvider", "ServiceSettings.EnableOAuthServiceProvider"),
    ("EnableOnboardingFlow", "ServiceSettings.EnableOnboardingFlow"),
    ("EnableOutgoingOAuthConnections", "ServiceSettings.EnableOutgoingOAuthConnections"),
    ("EnableOutgoingWebhooks", "ServiceSettings.EnableOutgoingWebhooks"),
    ("EnablePermalinkPreviews", "ServiceSettings.EnablePermalinkPreviews"),
    ("EnablePostIconOverride", "ServiceSettings.EnablePostIconOverride"),
    ("EnablePostSearch", "ServiceSettings.EnablePostSearch"),
    ("EnablePostUsernameOverride", "ServiceSettings.EnablePostUsernameOverride"),
    ("EnablePreviewFeatures", "ServiceSettings.EnablePreviewFeatures"),
    ("EnablePreviewModeBanner", "EmailSettings.EnablePreviewModeBanner"),
    ("EnablePublicLink", "FileSettings.EnablePublicLink"),
    ("EnableSVGs", "ServiceSettings.EnableSVGs"),
    ("EnableTesting", "ServiceSettings.EnableTesting"),
    ("EnableThemeSelection", "ThemeSettings.EnableThemeSelection"),
    ("EnableTutorial", "ServiceSettings.EnableTutorial"),
    ("EnableUserAccessTokens", "ServiceSettings.EnableUserAccessTokens"),
    ("EnableUserDeactivation", "TeamSettings.EnableUserDeactivation"),
    ("EnableUserTypingMessages", "ServiceSettings.EnableUserTypingMessages"),
    ("ExperimentalEnableAutomaticReplies", "TeamSettings.ExperimentalEnableAutomaticReplies"),
    (
        "ExperimentalEnableDefaultChannelLeaveJoinMessages",
        "ServiceSettings.ExperimentalEnableDefaultChannelLeaveJoinMessages",
    ),
    ("ExperimentalGroupUnreadChannels", "ServiceSettings.ExperimentalGroupUnreadChannels"),
    ("ExperimentalPrimaryTeam", "TeamSettings.ExperimentalPrimaryTeam"),
    ("ExperimentalViewArchivedChannels", "TeamSettings.ExperimentalViewArchivedChannels"),
    ("ExtendSessionLengthWithActivity", "ServiceSettings.ExtendSessionLengthWithActivity"),
    ("GiphySdkKey", "ServiceSettings.GiphySdkKey"),
    ("LockTeammateNameDisplay", "TeamSettings.LockTeammateNameDisplay"),
    ("ManagedResourcePaths", "ServiceSettings.ManagedResourcePaths"),
    ("MaxFileSize", "FileSettings.MaxFileSize"),
    ("MaxMarkdownNodes", "DisplaySettings.MaxMarkdownNodes"),
    ("MaxNotificationsPerChannel", "TeamSettings.MaxNotificationsPerChannel"),
    ("MinimumHashtagLength", "ServiceSettings.MinimumHashtagLength"),
    ("PersistentNotificationIntervalMinutes", "ServiceSettings.PersistentNotificationIntervalMinutes"),
    ("PersistentNotificationMaxCount", "ServiceSettings.PersistentNotificationMaxCount"),
    ("PersistentNotificationMaxRecipients", "ServiceSettings.PersistentNotificationMaxRecipients"),
    ("PostEditTimeLimit", "ServiceSettings.PostEditTimeLimit"),
    ("PostPriority", "ServiceSettings.PostPriority"),
    ("RequireEmailVerification", "EmailSettings.RequireEmailVerification"),
    ("RestrictDirectMessage", "TeamSettings.RestrictDirectMessage"),
    ("ScheduledPosts", "ServiceSettings.ScheduledPosts"),
    ("SendEmailNotifications", "EmailSettings.SendEmailNotifications"),
    ("SendPushNotifications", "EmailSettings.SendPushNotifications"),
    ("TeammateNameDisplay", "TeamSettings.TeammateNameDisplay"),
    ("ThreadAutoFollow", "ServiceSettings.ThreadAutoFollow"),
    ("TimeBetweenUserTypingUpdatesMilliseconds", "ServiceSettings.TimeBetweenUserTypingUpdatesMilliseconds"),
    ("UniqueEmojiReactionLimitPerPost", "ServiceSettings.UniqueEmojiReactionLimitPerPost"),
    (
        "UsersStatusAndProfileFetchingPollIntervalMilliseconds",
        "ExperimentalSettings.UsersStatusAndProfileFetchingPollIntervalMilliseconds",
    ),
];

/// The flat object. Without a login it holds what a login page needs.
#[must_use]
pub fn client_config(config: &Config, server_id: &str, install_date: i64, logged_in: bool) -> Map<String, Value> {
    let mut client = Map::new();
    for (name, text) in [
        ("AsymmetricSigningPublicKey", ""),
        ("BuildDate", ""),
        ("BuildEnterpriseReady", "false"),
        ("BuildHash", ""),
        ("BuildHashEnterprise", ""),
        ("BuildNumber", BUILD_NUMBER),
        ("DiagnosticId", server_id),
        ("DiagnosticsEnabled", "false"),
        ("NoAccounts", "false"),
        ("TelemetryId", server_id),
        ("Version", SERVER_VERSION),
    ] {
        client.insert(name.to_owned(), Value::from(text));
    }
    client.insert("InstallationDate".to_owned(), Value::from(install_date.to_string()));
    let more = if logged_in { LOGGED_IN } else { &[] };
    for (name, path) in EVERYBODY.iter().chain(more) {
        if let Some(value) = config.value(path) {
            client.insert((*name).to_owned(), Value::from(text(value)));
        }
    }
    if logged_in {
        for (flag, value) in config.map("FeatureFlags").into_iter().flatten() {
            client.insert(format!("FeatureFlag{flag}"), Value::from(text(value)));
        }
    }
    client
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_setting_and_every_value_is_text() {
        let client = client_config(&Config::default(), "id", 1, true);
        for (name, path) in EVERYBODY.iter().chain(LOGGED_IN) {
            assert!(client.contains_key(*name), "`{path}` has no default");
        }
        assert!(client.values().all(Value::is_string));
        assert_eq!(client.get("EnableCommands"), Some(&Value::from("true")));
    }

    #[test]
    fn a_stranger_sees_what_a_login_page_needs() {
        let client = client_config(&Config::default(), "id", 1, false);
        assert!(client.contains_key("SiteName") && !client.contains_key("MaxFileSize"));
    }
}
