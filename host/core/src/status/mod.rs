//! Presence: who is there.
//!
//! A status that the user chose (`manual`) is not changed by activity. Clients are told of their
//! own user's status alone and ask for those of others.

mod api;
mod custom;
mod expiry;
#[cfg(test)]
mod tests;

use wasmoat_model::{
    AppError, STATUS_AWAY, STATUS_DND, STATUS_OFFLINE, STATUS_ONLINE, STATUS_OUT_OF_OFFICE, Status, now_ms,
};

use crate::{
    Core,
    store::{Queries as _, args, placeholders, record},
    websocket::Event,
};

/// Activity of somebody who is online already is noted no more often than this.
const UPDATE_INTERVAL_MS: i64 = 2 * 60 * 1000;

/// Ids that a plugin may ask for at once.
const IDS_AT_ONCE: usize = 1000;

/// What a user can choose.
fn can_be_chosen(status: &str) -> bool {
    [STATUS_ONLINE, STATUS_AWAY, STATUS_DND, STATUS_OFFLINE].contains(&status)
}

fn status_event(user_id: &str, status: &str) -> Event {
    Event::new("status_change").data("status", status).data("user_id", user_id).to_user(user_id)
}

record!(Status, "statuses", key[user_id], [status, manual, last_activity_at, dnd_end_time, prev_status]);

fn offline(user_id: &str) -> Status {
    Status { user_id: user_id.to_owned(), status: STATUS_OFFLINE.to_owned(), ..Status::default() }
}

/// A timed `dnd` that is over.
fn after_dnd(status: Status) -> Status {
    if status.status == STATUS_DND && status.dnd_end_time > 0 && status.dnd_end_time * 1000 <= now_ms() {
        let before = if status.prev_status.is_empty() { STATUS_ONLINE.to_owned() } else { status.prev_status };
        return Status { status: before, manual: false, dnd_end_time: 0, prev_status: String::new(), ..status };
    }
    status
}

impl Core {
    /// Mattermost's `GetStatus`: the presence of a user, offline where nothing is known.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn user_status(&self, user_id: &str) -> Result<Status, AppError> {
        Ok(self.stored_status(user_id).await?.unwrap_or_else(|| offline(user_id)))
    }

    /// Mattermost's `GetStatus`, for who must know whether there is one. Empty where statuses are
    /// switched off.
    ///
    /// # Errors
    ///
    /// 404 where nothing is known of the user's presence.
    pub async fn get_user_status(&self, user_id: &str) -> Result<Status, AppError> {
        if !self.config.get().flag("ServiceSettings.EnableUserStatuses") {
            return Ok(Status::default());
        }
        self.stored_status(user_id).await?.ok_or_else(|| {
            let message = "Nothing is known of the user's presence.";
            AppError::new("GetUserStatus", "app.status.get.missing.app_error", 404, message).detail(user_id)
        })
    }

    async fn stored_status(&self, user_id: &str) -> Result<Option<Status>, AppError> {
        let load = async {
            Ok::<_, AppError>(self.store.read().await?.one("WHERE statuses.user_id = $1", args![user_id]).await?)
        };
        Ok(self.people.statuses.get(user_id, load).await?.map(after_dnd))
    }

    /// Mattermost's `GetUserStatusesByIds`: one entry for each id, unknown ones offline.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_user_statuses_by_ids(&self, user_ids: &[String]) -> Result<Vec<Status>, AppError> {
        if !self.config.get().flag("ServiceSettings.EnableUserStatuses") {
            return Ok(Vec::new());
        }
        let mut statuses = Vec::with_capacity(user_ids.len());
        for user_id in user_ids {
            statuses.push(self.user_status(user_id).await?);
        }
        Ok(statuses)
    }

    /// Mattermost's `GetAllStatuses`: everybody who is not offline.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn get_all_statuses(&self) -> Result<Vec<Status>, AppError> {
        let rest = format!("WHERE statuses.status <> {}", placeholders(0, 1));
        let statuses: Vec<Status> = self.store.read().await?.all(&rest, args![STATUS_OFFLINE]).await?;
        Ok(statuses.into_iter().map(after_dnd).collect())
    }

    /// Notes that a user is active, by a post, a connection or the like. A status that the user
    /// chose stays.
    pub async fn set_status_online(&self, user_id: &str) {
        self.act(user_id, STATUS_ONLINE, false).await;
    }

    /// Notes that the last connection of a user is gone. A status that the user chose stays.
    pub async fn set_status_offline(&self, user_id: &str) {
        self.act(user_id, STATUS_OFFLINE, false).await;
    }

    /// Notes that a client is idle, or that its user said so (`manual`).
    pub async fn set_status_away_if_needed(&self, user_id: &str, manual: bool) {
        if !manual && !self.is_user_away(user_id).await {
            return;
        }
        self.act(user_id, STATUS_AWAY, manual).await;
    }

    /// Notes that a client is in use, or that its user said so (`manual`).
    pub async fn set_status_active(&self, user_id: &str, manual: bool) {
        self.act(user_id, STATUS_ONLINE, manual).await;
    }

    async fn is_user_away(&self, user_id: &str) -> bool {
        let timeout = self.config.get().number("TeamSettings.UserStatusAwayTimeout") * 1000;
        self.user_status(user_id).await.is_ok_and(|status| now_ms() - status.last_activity_at >= timeout)
    }

    /// Presence is a help, not a promise: a store that fails is logged, and the act goes on.
    async fn act(&self, user_id: &str, wanted: &str, manual: bool) {
        if !self.config.get().flag("ServiceSettings.EnableUserStatuses") {
            return;
        }
        if let Err(error) = self.change_by_activity(user_id, wanted, manual).await {
            tracing::warn!(user_id, %error, "status was not noted");
        }
    }

    async fn change_by_activity(&self, user_id: &str, wanted: &str, manual: bool) -> Result<(), AppError> {
        let now = now_ms();
        let old = self.stored_status(user_id).await?;
        let mut status = old.clone().unwrap_or_else(|| offline(user_id));
        if status.manual && !manual {
            return Ok(());
        }
        let changed = status.status != wanted || old.is_none();
        if !changed && (wanted != STATUS_ONLINE || now - status.last_activity_at < UPDATE_INTERVAL_MS) {
            return Ok(());
        }
        wanted.clone_into(&mut status.status);
        // The next activity of the client is to count again, so that a return is no choice.
        status.manual = manual && wanted != STATUS_ONLINE;
        if wanted == STATUS_ONLINE {
            status.last_activity_at = now;
        }
        self.save_status(&status, changed).await
    }

    async fn save_status(&self, status: &Status, changed: bool) -> Result<(), AppError> {
        self.store.read().await?.upsert(status).await?;
        self.people.statuses.invalidate(&status.user_id);
        if changed {
            self.publish(status_event(&status.user_id, &status.status));
        }
        Ok(())
    }

    /// Mattermost's `UpdateUserStatus` and `SetStatusDoNotDisturbTimed`: the user's choice. A
    /// `dnd` may end at a time, in seconds since 1970, cut to a whole minute; 0 is until changed.
    /// Nothing changes, and the answer is empty, where statuses are switched off.
    ///
    /// # Errors
    ///
    /// 400 for an unknown status, 404 for an unknown user.
    pub async fn update_user_status(&self, user_id: &str, wanted: &str, dnd_end_time: i64) -> Result<Status, AppError> {
        if !can_be_chosen(wanted) {
            let known = if wanted == STATUS_OUT_OF_OFFICE { "cannot be set here" } else { "is unknown" };
            let message = format!("The status `{wanted}` {known}; `online`, `away`, `dnd` and `offline` can be set.");
            return Err(AppError::new("UpdateUserStatus", "api.context.invalid_body_param.app_error", 400, message));
        }
        self.get_user(user_id).await?;
        if !self.config.get().flag("ServiceSettings.EnableUserStatuses") {
            return Ok(Status::default());
        }
        let old = self.user_status(user_id).await?;
        let mut status = Status {
            user_id: user_id.to_owned(),
            status: wanted.to_owned(),
            manual: wanted != STATUS_ONLINE,
            last_activity_at: if wanted == STATUS_ONLINE { now_ms() } else { old.last_activity_at },
            ..Status::default()
        };
        if wanted == STATUS_DND {
            status.dnd_end_time = dnd_end_time.max(0) / 60 * 60;
            // A second `dnd` goes back to what was before the first.
            status.prev_status = if old.status == STATUS_DND { old.prev_status } else { old.status };
        }
        self.save_status(&status, true).await?;
        Ok(status)
    }

    /// Nobody is connected to a server that starts.
    pub(crate) async fn reset_statuses(&self) -> Result<(), AppError> {
        let sql = "UPDATE statuses SET status = $1 WHERE manual = 0 AND status <> $1";
        self.store.read().await?.run(sql, args![STATUS_OFFLINE]).await?;
        self.people.statuses.clear();
        Ok(())
    }
}
