//! What holds for every stored account, and what of it others may see.

use crate::{AppError, CustomStatus, PROP_CUSTOM_STATUS, StringMap, User, is_valid_id, json};

/// Longest password in bytes: what the usual hash functions read.
pub const PASSWORD_MAX_BYTES: usize = 72;
/// Longest username in bytes.
pub const USERNAME_MAX_BYTES: usize = 64;
/// Longest e-mail address in bytes.
pub const EMAIL_MAX_BYTES: usize = 128;

const NAME_MAX_RUNES: usize = 64;
const POSITION_MAX_RUNES: usize = 128;
const AUTH_DATA_MAX_BYTES: usize = 128;
const ROLES_MAX_BYTES: usize = 256;
const LOCALE_MAX_BYTES: usize = 5;
const TIMEZONE_MAX_RUNES: usize = 256;
const RESERVED_USERNAMES: [&str; 4] = ["all", "channel", "matterbot", "system"];

/// Mattermost's `IsValidUsername`.
#[must_use]
pub fn is_valid_username(name: &str) -> bool {
    (1..=USERNAME_MAX_BYTES).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
        && !RESERVED_USERNAMES.contains(&name)
}

/// Whether the text is one lower-case address `local@domain` without a display name.
#[must_use]
pub fn is_valid_email(email: &str) -> bool {
    if email.len() > EMAIL_MAX_BYTES || email.chars().any(|c| c.is_uppercase() || c.is_control() || c.is_whitespace()) {
        return false;
    }
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let atom =
        |text: &str| !text.is_empty() && !text.contains(['(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ',', '"']);
    local.split('.').all(atom) && domain.split('.').all(atom)
}

impl User {
    /// Fills what a new account needs: times, default notification settings, normal forms.
    pub fn pre_save(&mut self, id: String, now: i64) {
        self.id = id;
        self.create_at = now;
        self.last_password_update = now;
        self.mfa_active = false;
        if self.username.is_empty() {
            self.username = crate::new_id();
        }
        self.pre_update(now);
    }

    /// Brings the fields that clients write into their normal form.
    pub fn pre_update(&mut self, now: i64) {
        self.update_at = now;
        self.username = self.username.trim().to_lowercase();
        self.email = self.email.trim().to_lowercase();
        self.auth_data = self.auth_data.take().filter(|data| !data.is_empty());
        if self.locale.is_empty() {
            "en".clone_into(&mut self.locale);
        }
        if self.timezone.is_empty() {
            self.timezone = default_timezone();
        }
        if self.notify_props.is_empty() {
            self.notify_props = default_notify_props();
        } else if let Some(keys) = json::get(&self.notify_props, "mention_keys") {
            let keys: Vec<String> =
                keys.split(',').map(|key| key.trim().to_lowercase()).filter(|key| !key.is_empty()).collect();
            json::set(&mut self.notify_props, "mention_keys", keys.join(","));
        }
    }

    /// Checks what is stored.
    ///
    /// # Errors
    ///
    /// `model.user.is_valid.…` (400) naming the field.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let auth_data = self.auth_data.as_deref().unwrap_or_default();
        let long = |text: &str, runes: usize| text.chars().count() > runes;
        let remote = self.remote_id.is_some();
        let field = if !is_valid_id(&self.id) {
            "id"
        } else if self.create_at == 0 {
            "create_at"
        } else if self.update_at == 0 {
            "update_at"
        } else if !(is_valid_username(&self.username) || remote && self.username.contains(':')) {
            "username"
        } else if self.email.is_empty()
            || self.email.len() > EMAIL_MAX_BYTES
            || !(remote || is_valid_email(&self.email))
        {
            "email"
        } else if long(&self.nickname, NAME_MAX_RUNES) {
            "nickname"
        } else if long(&self.position, POSITION_MAX_RUNES) {
            "position"
        } else if long(&self.first_name, NAME_MAX_RUNES) {
            "first_name"
        } else if long(&self.last_name, NAME_MAX_RUNES) {
            "last_name"
        } else if auth_data.len() > AUTH_DATA_MAX_BYTES {
            "auth_data"
        } else if !auth_data.is_empty() && self.auth_service.is_empty() {
            "auth_data_type"
        } else if !auth_data.is_empty() && !self.password.is_empty() {
            "auth_data_pwd"
        } else if self.password.len() > PASSWORD_MAX_BYTES {
            "password_limit"
        } else if !is_valid_locale(&self.locale) {
            "locale"
        } else if json_runes(&self.timezone) > TIMEZONE_MAX_RUNES {
            "timezone_limit"
        } else if self.roles.len() > ROLES_MAX_BYTES {
            "roles_limit"
        } else if !has_valid_custom_status(&self.props) {
            "invalidProperty"
        } else {
            return Ok(());
        };
        let id = format!("model.user.is_valid.{field}.app_error");
        Err(AppError::new("User.IsValid", &id, 400, format!("The user's `{field}` is not valid."))
            .detail(format_args!("user_id={}", self.id)))
    }

    /// What the account's owner sees: everything but secrets.
    #[must_use]
    pub fn for_self(mut self) -> Self {
        self.password.clear();
        self.auth_data = Some(String::new());
        self.last_login = 0;
        self
    }

    /// What others see. An admin sees addresses and names whatever the privacy settings say.
    #[must_use]
    pub fn for_others(mut self, privacy: Privacy) -> Self {
        self = self.for_self();
        self.email_verified = false;
        self.allow_marketing = false;
        self.notify_props.clear();
        self.last_password_update = 0;
        self.failed_attempts = 0;
        if !privacy.email {
            self.email.clear();
        }
        if !privacy.full_name {
            self.first_name.clear();
            self.last_name.clear();
        }
        if !privacy.auth_service {
            self.auth_service.clear();
        }
        self
    }

    /// Drops what a client may not say about an account.
    pub fn sanitize_input(&mut self, admin: bool) {
        if !admin {
            self.auth_data = None;
            self.auth_service.clear();
            self.email_verified = false;
        }
        self.remote_id = None;
        self.create_at = 0;
        self.update_at = 0;
        self.delete_at = 0;
        self.last_password_update = 0;
        self.last_picture_update = 0;
        self.failed_attempts = 0;
        self.mfa_active = false;
        self.last_activity_at = 0;
        self.last_login = 0;
        self.is_bot = false;
        self.bot_description.clear();
        self.bot_last_icon_update = 0;
        self.terms_of_service_id.clear();
        self.terms_of_service_create_at = 0;
    }

    /// Whether the account has this system role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.split_whitespace().any(|name| name == role)
    }

    /// The first and last name, or what there is of them.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

fn has_valid_custom_status(props: &StringMap) -> bool {
    let text = json::get(props, PROP_CUSTOM_STATUS).unwrap_or_default();
    text.is_empty() || serde_json::from_str::<CustomStatus>(text).is_ok()
}

/// What of an account its readers may see.
#[derive(Clone, Copy, Debug)]
pub struct Privacy {
    /// The e-mail address.
    pub email: bool,
    /// First and last name.
    pub full_name: bool,
    /// The login provider.
    pub auth_service: bool,
}

impl Privacy {
    /// What admins see.
    pub const ADMIN: Self = Self { email: true, full_name: true, auth_service: true };
}

/// Mattermost's defaults of a new account.
#[must_use]
pub fn default_notify_props() -> StringMap {
    [
        ("email", "true"),
        ("push", "mention"),
        ("desktop", "mention"),
        ("desktop_sound", "true"),
        ("mention_keys", ""),
        ("channel", "true"),
        ("push_status", "online"),
        ("comments", "never"),
        ("desktop_threads", "all"),
        ("push_threads", "all"),
        ("email_threads", "all"),
        ("first_name", "false"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

fn default_timezone() -> StringMap {
    [("useAutomaticTimezone", "true"), ("automaticTimezone", ""), ("manualTimezone", "")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

fn is_valid_locale(locale: &str) -> bool {
    locale.is_empty()
        || (locale.len() <= LOCALE_MAX_BYTES
            && locale.split(['-', '_']).enumerate().all(|(place, part)| {
                let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
                if place == 0 { letters && (2..=3).contains(&part.len()) } else { letters && part.len() == 2 }
            }))
}

fn json_runes(map: &StringMap) -> usize {
    // Braces, and quotes, colon and comma of each pair.
    2 + map.iter().map(|(key, value)| key.chars().count() + value.chars().count() + 6).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        let mut user = User { username: "Ada".into(), email: "Ada@Example.org".into(), ..User::default() };
        user.pre_save(crate::new_id(), 1);
        user
    }

    #[test]
    fn names_and_addresses_are_kept_in_lower_case() {
        let user = user();
        assert_eq!((user.username.as_str(), user.email.as_str()), ("ada", "ada@example.org"));
        user.is_valid().unwrap();
    }

    #[test]
    fn each_broken_rule_names_its_field() {
        type Break = fn(&mut User);
        let cases: [(&str, Break); 8] = [
            ("username", |user| user.username = "system".into()),
            ("username", |user| user.username = "a b".into()),
            ("email", |user| user.email = "nobody".into()),
            ("nickname", |user| user.nickname = "n".repeat(65)),
            ("position", |user| user.position = "n".repeat(129)),
            ("auth_data_type", |user| user.auth_data = Some("x".into())),
            ("password_limit", |user| user.password = "x".repeat(73)),
            ("locale", |user| user.locale = "x".into()),
        ];
        for (field, spoil) in cases {
            let mut user = user();
            spoil(&mut user);
            assert_eq!(user.is_valid().unwrap_err().id, format!("model.user.is_valid.{field}.app_error"));
        }
    }

    #[test]
    fn limits_are_reached_but_not_passed() {
        let mut user = user();
        user.nickname = "ü".repeat(64);
        user.username = "a".repeat(64);
        user.is_valid().unwrap();
        user.username = "a".repeat(65);
        assert!(user.is_valid().is_err());
    }

    #[test]
    fn others_see_no_settings_and_only_what_privacy_allows() {
        let hidden = user().for_others(Privacy { email: false, full_name: false, auth_service: false });
        assert!(hidden.email.is_empty() && hidden.notify_props.is_empty());
        assert_eq!(user().for_others(Privacy::ADMIN).email, "ada@example.org");
    }

    #[test]
    fn addresses() {
        for good in ["a@b", "a.b+c@example.org", "x@localhost"] {
            assert!(is_valid_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "A@b", "a b@c", "a@b..c", "a <a@b>", "a@b\n"] {
            assert!(!is_valid_email(bad), "{bad}");
        }
    }
}
