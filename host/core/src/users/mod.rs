//! Accounts.

mod api;
mod auth;
mod create;
pub(crate) use self::create::domain_is_accepted;
pub(crate) mod password;
mod picture;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod update;

use std::{collections::HashSet, sync::Arc};

use wasmoat_model::{AppError, Privacy, User, UserGetOptions, UserSearch};

pub use self::{
    store::{Scope, Sort, UserFilter},
    update::Change,
};
use crate::{
    Core, pages,
    store::{Queries as _, args},
};

/// Values of one `IN (…)`.
const CHUNK: usize = 500;

/// Ids that a plugin may ask for at once.
const IDS_AT_ONCE: usize = 1000;

/// The system role of an admin.
pub const SYSTEM_ADMIN: &str = "system_admin";
/// The system role of an ordinary account.
pub const SYSTEM_USER: &str = "system_user";

pub(crate) fn missing_account(at: &str, what: &str) -> AppError {
    AppError::new(at, "app.user.missing_account.const", 404, "There is no such user.").detail(what)
}

impl Core {
    /// Mattermost's `GetUser`: one account, deactivated or not.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_user(&self, user_id: &str) -> Result<User, AppError> {
        let load = async {
            let user: Option<User> = self.store.read().await?.one("WHERE users.id = $1", args![user_id]).await?;
            Ok::<_, AppError>(user.map(Arc::new))
        };
        let user = self.people.users.get(user_id, load).await?;
        user.map(Arc::unwrap_or_clone).ok_or_else(|| missing_account("GetUser", user_id))
    }

    /// Mattermost's `GetUserByEmail`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_user_by_email(&self, email: &str) -> Result<User, AppError> {
        let user = self.store.read().await?.one("WHERE users.email = $1", args![email.to_lowercase()]).await?;
        user.ok_or_else(|| missing_account("GetUserByEmail", email))
    }

    /// Mattermost's `GetUserByUsername`.
    ///
    /// # Errors
    ///
    /// 404 when unknown.
    pub async fn get_user_by_username(&self, name: &str) -> Result<User, AppError> {
        let user = self.store.read().await?.one("WHERE users.username = $1", args![name.to_lowercase()]).await?;
        user.ok_or_else(|| missing_account("GetUserByUsername", name))
    }

    /// Mattermost's `GetUsersByIds`: the users there are of these, by username.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_users_by_ids(&self, user_ids: &[String]) -> Result<Vec<User>, AppError> {
        self.users_by("id", user_ids).await
    }

    /// Mattermost's `GetUsersByUsernames`: the users there are of these, by username.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_users_by_usernames(&self, usernames: &[String]) -> Result<Vec<User>, AppError> {
        let names: Vec<String> = usernames.iter().map(|name| name.to_lowercase()).collect();
        self.users_by("username", &names).await
    }

    async fn users_by(&self, column: &str, values: &[String]) -> Result<Vec<User>, AppError> {
        let mut seen = HashSet::new();
        let values: Vec<String> = values.iter().filter(|value| seen.insert(value.as_str())).cloned().collect();
        let mut connection = self.store.read().await?;
        let mut users = Vec::new();
        for chunk in values.chunks(CHUNK) {
            users.extend(store::by(&mut connection, column, chunk).await?);
        }
        if values.len() > CHUNK {
            users.sort_by(|one, other| one.username.cmp(&other.username));
        }
        Ok(users)
    }

    /// A page of users, of whatever scope.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list_users(&self, filter: &UserFilter) -> Result<Vec<User>, AppError> {
        Ok(store::list(&mut *self.store.read().await?, filter).await?)
    }

    /// How many users a filter holds, whatever its page.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn count_users(&self, filter: &UserFilter) -> Result<i64, AppError> {
        Ok(store::count(&mut *self.store.read().await?, filter).await?)
    }

    /// Mattermost's `GetUsers`: a page of users by username.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_users(&self, options: &UserGetOptions) -> Result<Vec<User>, AppError> {
        let mut roles = options.roles.clone();
        if !options.role.is_empty() {
            roles.push(options.role.clone());
        }
        let filter = UserFilter {
            active: match (options.active, options.inactive) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            },
            roles,
            updated_after: options.updated_after,
            sort: if options.sort == "update_at_asc" { Sort::UpdateAt } else { Sort::Username },
            ..page(options.page, options.per_page)
        };
        self.list_users(&filter).await
    }

    /// Mattermost's `GetUsersInTeam`: a page of a team's members by username.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_users_in_team(&self, team_id: &str, number: i32, per_page: i32) -> Result<Vec<User>, AppError> {
        self.list_users(&UserFilter { scope: Scope::Team(team_id.to_owned()), ..page(number, per_page) }).await
    }

    /// Mattermost's `GetUsersInChannel`: a page of a channel's members, by `username` or `status`.
    ///
    /// # Errors
    ///
    /// 400 for another order.
    pub async fn get_users_in_channel(
        &self,
        channel_id: &str,
        sort_by: &str,
        number: i32,
        per_page: i32,
    ) -> Result<Vec<User>, AppError> {
        let sort = match sort_by {
            "username" => Sort::Username,
            "status" => Sort::Status,
            _ => {
                let message = format!("Users can be sorted by `username` or `status`, not by `{sort_by}`.");
                return Err(AppError::new("GetUsersInChannel", "plugin.api.get_users_in_channel", 400, message));
            }
        };
        let scope = Scope::Channel(channel_id.to_owned());
        self.list_users(&UserFilter { scope, sort, ..page(number, per_page) }).await
    }

    /// Mattermost's `SearchUsers`, as an administrator: exactly one scope is used, the first that
    /// is set of without-team, in-channel, not-in-channel, not-in-team, team.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn search_users(&self, search: &UserSearch, privacy: Privacy) -> Result<Vec<User>, AppError> {
        let scope = if search.without_team {
            Scope::WithoutTeam
        } else if !search.in_channel_id.is_empty() {
            Scope::Channel(search.in_channel_id.clone())
        } else if !search.not_in_channel_id.is_empty() {
            Scope::NotInChannel { team: search.team_id.clone(), channel: search.not_in_channel_id.clone() }
        } else if !search.not_in_team_id.is_empty() {
            Scope::NotInTeam(search.not_in_team_id.clone())
        } else if !search.team_id.is_empty() {
            Scope::Team(search.team_id.clone())
        } else {
            Scope::Everywhere
        };
        let filter = UserFilter {
            scope,
            active: (!search.allow_inactive).then_some(true),
            term: search.term.trim().to_owned(),
            match_email: privacy.email,
            match_full_name: privacy.full_name,
            limit: search.limit.into(),
            ..UserFilter::default()
        };
        self.list_users(&filter).await
    }

    /// Mattermost's `GetKnownUsers`: ids of everybody who shares a channel with the user.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_known_users(&self, user_id: &str) -> Result<Vec<String>, AppError> {
        Ok(store::known(&mut *self.store.read().await?, user_id).await?)
    }

    /// Whether two users share a channel.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn shares_channel(&self, one: &str, other: &str) -> Result<bool, AppError> {
        Ok(store::share_channel(&mut *self.store.read().await?, one, other).await?)
    }

    /// What readers of an account see of it. Admins see more.
    #[must_use]
    pub fn privacy(&self, as_admin: bool) -> Privacy {
        if as_admin {
            return Privacy::ADMIN;
        }
        let config = self.config.get();
        Privacy {
            email: config.flag("PrivacySettings.ShowEmailAddress"),
            full_name: config.flag("PrivacySettings.ShowFullName"),
            auth_service: false,
        }
    }
}

fn page(number: i32, per_page: i32) -> UserFilter {
    let (limit, offset) = pages::window(number, per_page);
    UserFilter { offset, limit, ..UserFilter::default() }
}
