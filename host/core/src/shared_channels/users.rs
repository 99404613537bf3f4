//! Users of a remote, as accounts here.
//!
//! Such an account belongs to the remote, has no password, and a name and an address that say where
//! it is from; what they are there is kept in its props.

use std::sync::Arc;

use wasmoat_model::{
    AppError, Channel, RemoteCluster, StringMap, USERNAME_MAX_BYTES, User, is_valid_username, json, new_id, now_ms,
};
use wasmoat_runtime::{CallContext, UserHasBeenCreated};

use super::{error, invitations::has_comings, sync_store};
use crate::{Core, channel_members::Added, websocket::Event};

/// Props that keep name and address at the remote.
const REMOTE_USERNAME: &str = "RemoteUsername";
const REMOTE_EMAIL: &str = "RemoteEmail";

/// Names that are tried for a new account.
const TRIES: usize = 25;

fn foreign(user_id: &str) -> AppError {
    error("user.not_remote", 403, "The user does not belong to the remote.").detail(format_args!("user_id={user_id}"))
}

impl Core {
    /// An account, if it belongs to the remote.
    pub(super) async fn remote_user(&self, remote: &RemoteCluster, user_id: &str) -> Result<User, AppError> {
        let user = self.get_user(user_id).await?;
        if belongs(&user, remote) { Ok(user) } else { Err(foreign(user_id)) }
    }

    /// Makes or changes the account of a user of the remote; in a channel it becomes a member.
    pub(super) async fn receive_user(
        &self,
        cx: &CallContext,
        remote: &RemoteCluster,
        channel: Option<&Channel>,
        user: &User,
    ) -> Result<(), AppError> {
        let account = match self.get_user(&user.id).await {
            Ok(old) if belongs(&old, remote) => self.change_remote_user(cx, remote, &old, user).await?,
            Ok(_) => return Err(foreign(&user.id)),
            Err(missing) if missing.status_code == 404 => self.add_remote_user(cx, remote, user).await?,
            Err(error) => return Err(error),
        };
        match channel {
            Some(channel) if account.delete_at == 0 => self.join_remote_user(cx, remote, channel, &account).await,
            _ => Ok(()),
        }
    }

    async fn add_remote_user(&self, cx: &CallContext, remote: &RemoteCluster, user: &User) -> Result<User, AppError> {
        if self.is_first_user_account().await? {
            // The first account is the admin's.
            return Err(error("user.first", 400, "A remote cannot bring the first account of a server."));
        }
        let base = name_there(user)?;
        let mut account = User {
            email: format!("{}@{}", new_id(), remote.name.to_lowercase()),
            remote_id: Some(remote.remote_id.clone()),
            delete_at: user.delete_at,
            email_verified: true,
            disable_welcome_email: true,
            ..User::default()
        };
        copy_profile(&mut account, user);
        keep_origin(&mut account.props, user, &base);
        account.pre_save(user.id.clone(), now_ms());
        for number in 1..=TRIES {
            account.username = name_here(&base, number, &remote.name);
            account.is_valid()?;
            match self.insert_user(account.clone(), "", None).await {
                Ok(account) => {
                    self.publish(Event::new("new_user").data("user_id", account.id.clone()).to_everyone());
                    let told = Arc::new(account.clone());
                    self.runtime.observe::<UserHasBeenCreated>(cx, |context| (context, told));
                    return Ok(account);
                }
                Err(taken) if taken.id == "app.user.save.username_exists.app_error" => {}
                Err(error) => return Err(error),
            }
        }
        Err(error("user.name", 400, "No name is free for the user of the remote."))
    }

    async fn change_remote_user(
        &self,
        cx: &CallContext,
        remote: &RemoteCluster,
        old: &User,
        user: &User,
    ) -> Result<User, AppError> {
        let base = name_there(user)?;
        let renamed = json::get(&old.props, REMOTE_USERNAME) != Some(base.as_str());
        let name = renamed.then(|| name_here(&base, 1, &remote.name));
        let taken = match &name {
            Some(name) => self.get_user_by_username(name).await.is_ok(),
            None => false,
        };
        let change = self
            .change_user(&old.id, |account| {
                copy_profile(account, user);
                keep_origin(&mut account.props, user, &base);
                // Where the new name is taken, the old one stays.
                if let Some(name) = name.filter(|_| !taken) {
                    account.username = name;
                }
                Ok(())
            })
            .await?;
        let gone = user.delete_at > 0;
        if gone == (old.delete_at > 0) {
            self.send_user_updated(&change.after);
            return Ok(change.after);
        }
        self.update_user_active(cx, &old.id, !gone).await
    }

    /// Makes a user of the remote a member of the channel and of its team.
    pub(super) async fn join_remote_user(
        &self,
        cx: &CallContext,
        remote: &RemoteCluster,
        channel: &Channel,
        user: &User,
    ) -> Result<(), AppError> {
        if !has_comings(channel.r#type) {
            return Ok(());
        }
        let team = self.get_team(&channel.team_id).await?;
        self.join_user_to_team(cx, &team, user, None).await?;
        self.add_channel_member(cx, &user.id, channel, Added::default()).await?;
        let mut connection = self.store.read().await?;
        sync_store::knows_membership(&mut connection, &channel.id, &remote.remote_id, &user.id, true).await?;
        Ok(())
    }
}

fn belongs(user: &User, remote: &RemoteCluster) -> bool {
    user.remote_id.as_deref() == Some(remote.remote_id.as_str())
}

/// The user's name at the remote.
fn name_there(user: &User) -> Result<String, AppError> {
    let name = user.username.split(':').next().unwrap_or_default().to_lowercase();
    if is_valid_username(&name) {
        return Ok(name);
    }
    Err(error("user.name", 400, "The user's name at the remote is not valid."))
}

/// `name:remote`, cut so that it fits.
fn name_here(base: &str, number: usize, remote: &str) -> String {
    let suffix = if number == 1 { format!(":{remote}") } else { format!("-{number}:{remote}") };
    let room = USERNAME_MAX_BYTES.saturating_sub(suffix.len()).max(1);
    let base: String = base.chars().take(room).collect();
    format!("{base}{suffix}").to_lowercase().chars().take(USERNAME_MAX_BYTES).collect()
}

fn copy_profile(account: &mut User, user: &User) {
    account.nickname.clone_from(&user.nickname);
    account.first_name.clone_from(&user.first_name);
    account.last_name.clone_from(&user.last_name);
    account.position.clone_from(&user.position);
    account.locale.clone_from(&user.locale);
    account.timezone.clone_from(&user.timezone);
}

fn keep_origin(props: &mut StringMap, user: &User, base: &str) {
    json::set(props, REMOTE_USERNAME, base.to_owned());
    json::set(props, REMOTE_EMAIL, user.email.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_where_its_user_is_from_and_fits() {
        assert_eq!(name_here("ann", 1, "east"), "ann:east");
        assert_eq!(name_here("ann", 2, "East"), "ann-2:east");
        let long = name_here(&"a".repeat(64), 1, &"b".repeat(64));
        assert_eq!(long.len(), USERNAME_MAX_BYTES);
        assert!(name_there(&User { username: "Ann:west".into(), ..User::default() }).is_ok_and(|name| name == "ann"));
        assert!(name_there(&User { username: "no spaces".into(), ..User::default() }).is_err());
    }
}
