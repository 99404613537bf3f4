//! What holds for every stored team, and what of it outsiders may see.

use serde::{Deserialize, Serialize};

use crate::{AppError, Team, TeamMember, is_valid_email, is_valid_id, new_id};

const RESERVED_NAMES: [&str; 17] = [
    "admin",
    "api",
    "channel",
    "claim",
    "error",
    "files",
    "help",
    "landing",
    "login",
    "mfa",
    "oauth",
    "plug",
    "plugins",
    "post",
    "signup",
    "boards",
    "playbooks",
];

/// Anybody with the invitation may join.
pub const TEAM_OPEN: &str = "O";
/// Only whom a member adds may join.
pub const TEAM_INVITE: &str = "I";

/// Mattermost's `IsReservedTeamName`: names that are paths of the web app.
#[must_use]
pub fn is_reserved_team_name(name: &str) -> bool {
    RESERVED_NAMES.iter().any(|reserved| name.to_lowercase().starts_with(reserved))
}

/// Mattermost's `IsValidTeamName`: `^[a-z0-9]+([a-z\-0-9]+|(__)?)[a-z0-9]+$`, at least two bytes.
#[must_use]
pub fn is_valid_team_name(name: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    if bytes.len() < 2 || !word(*first) || !word(*last) {
        return false;
    }
    let dashes = bytes.iter().all(|byte| word(*byte) || *byte == b'-');
    let underscores = name.matches("__").count() == 1 && name.replacen("__", "", 1).bytes().all(word);
    dashes || underscores
}

impl Team {
    /// Fills what a new team needs.
    pub fn pre_save(&mut self, now: i64) {
        self.id = new_id();
        self.create_at = now;
        self.invite_id = new_id();
        self.delete_at = 0;
        if self.r#type.is_empty() {
            TEAM_OPEN.clone_into(&mut self.r#type);
        }
        self.pre_update(now);
    }

    /// Brings the fields that clients write into their normal form.
    pub fn pre_update(&mut self, now: i64) {
        self.update_at = now;
        for text in [&mut self.name, &mut self.display_name, &mut self.description, &mut self.company_name] {
            *text = text.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        }
    }

    /// Checks what is stored.
    ///
    /// # Errors
    ///
    /// `model.team.is_valid.…` (400) naming the field.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let display_name = self.display_name.chars().count();
        let field = if !is_valid_id(&self.id) {
            "id"
        } else if self.create_at == 0 {
            "create_at"
        } else if self.update_at == 0 {
            "update_at"
        } else if self.email.len() > 128 || !(self.email.is_empty() || is_valid_email(&self.email)) {
            "email"
        } else if display_name == 0 || display_name > 64 {
            "name"
        } else if self.name.len() > 64 {
            "url"
        } else if self.description.len() > 255 {
            "description"
        } else if self.invite_id.is_empty() {
            "invite_id"
        } else if is_reserved_team_name(&self.name) {
            "reserved"
        } else if !is_valid_team_name(&self.name) {
            "characters"
        } else if self.r#type != TEAM_OPEN && self.r#type != TEAM_INVITE {
            "type"
        } else if self.company_name.len() > 64 {
            "company"
        } else if self.allowed_domains.len() > 500 {
            "domains"
        } else {
            return Ok(());
        };
        let id = format!("model.team.is_valid.{field}.app_error");
        Err(AppError::new("Team.IsValid", &id, 400, format!("The team's `{field}` is not valid."))
            .detail(format_args!("id={}", self.id)))
    }

    /// What somebody sees who may neither manage the team nor invite to it.
    #[must_use]
    pub fn sanitized(mut self) -> Self {
        self.email.clear();
        self.invite_id.clear();
        self
    }
}

/// A change of a team, as clients send it; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamPatch {
    /// New display name.
    pub display_name: Option<String>,
    /// New description.
    pub description: Option<String>,
    /// New company.
    pub company_name: Option<String>,
    /// New mail domains that may join.
    pub allowed_domains: Option<String>,
    /// Whether anyone on the server may join.
    pub allow_open_invite: Option<bool>,
    /// Whether membership follows linked groups only.
    pub group_constrained: Option<bool>,
}

impl Team {
    /// Applies a patch.
    pub fn patch(&mut self, patch: TeamPatch) {
        self.display_name = patch.display_name.unwrap_or_else(|| std::mem::take(&mut self.display_name));
        self.description = patch.description.unwrap_or_else(|| std::mem::take(&mut self.description));
        self.company_name = patch.company_name.unwrap_or_else(|| std::mem::take(&mut self.company_name));
        self.allowed_domains = patch.allowed_domains.unwrap_or_else(|| std::mem::take(&mut self.allowed_domains));
        self.allow_open_invite = patch.allow_open_invite.unwrap_or(self.allow_open_invite);
        self.group_constrained = patch.group_constrained.or(self.group_constrained);
    }
}

impl TeamMember {
    /// Names of the roles that the flags stand for.
    #[must_use]
    pub fn scheme_roles(&self) -> Vec<&'static str> {
        [(self.scheme_guest, "team_guest"), (self.scheme_user, "team_user"), (self.scheme_admin, "team_admin")]
            .into_iter()
            .filter_map(|(set, role)| set.then_some(role))
            .collect()
    }

    /// Fills `roles` from the explicit roles and the flags.
    #[must_use]
    pub fn with_roles(mut self) -> Self {
        let mut roles: Vec<&str> = self.explicit_roles.split_whitespace().collect();
        for role in self.scheme_roles() {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        self.roles = roles.join(" ");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_teams() {
        for good in ["ab", "a-b", "a--b", "team1", "a__b"] {
            assert!(is_valid_team_name(good), "{good}");
        }
        for bad in ["", "a", "-ab", "ab-", "a_b", "A1", "a b", "a__b-c", "__"] {
            assert!(!is_valid_team_name(bad), "{bad}");
        }
        assert!(is_reserved_team_name("admin") && is_reserved_team_name("apiary") && !is_reserved_team_name("dev"));
    }

    #[test]
    fn each_broken_rule_names_its_field() {
        let mut team = Team { name: "dev".into(), display_name: "Dev".into(), ..Team::default() };
        team.pre_save(1);
        team.is_valid().unwrap();
        let id = |team: &Team| team.is_valid().unwrap_err().id;
        team.display_name = String::new();
        assert_eq!(id(&team), "model.team.is_valid.name.app_error");
        team.display_name = "D".into();
        team.name = "login".into();
        assert_eq!(id(&team), "model.team.is_valid.reserved.app_error");
        team.name = "Dev".into();
        assert_eq!(id(&team), "model.team.is_valid.characters.app_error");
        team.name = "dev".into();
        team.r#type = "X".into();
        assert_eq!(id(&team), "model.team.is_valid.type.app_error");
    }

    #[test]
    fn flags_become_roles() {
        let member = TeamMember {
            scheme_user: true,
            scheme_admin: true,
            explicit_roles: "extra".into(),
            ..TeamMember::default()
        };
        assert_eq!(member.with_roles().roles, "extra team_user team_admin");
    }
}
