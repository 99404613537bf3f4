//! Drafts: what users have begun to write, on all their devices.

mod store;
#[cfg(test)]
mod tests;

use wasmoat_model::{AppError, Draft, FileInfo, now_ms};
use wasmoat_runtime::{CallContext, DraftWillBeUpserted};

pub(crate) use self::store::delete_of_thread;
use crate::{Core, rejection::Refused, store::Queries as _, store::StoreError, websocket::Event};

fn refused(at: &str, id: &str, message: &str) -> AppError {
    AppError::new(at, id, 400, message)
}

impl Core {
    /// Whether drafts are kept here at all.
    ///
    /// # Errors
    ///
    /// 501 where they are not.
    pub fn check_drafts_enabled(&self, at: &str) -> Result<(), AppError> {
        if self.config.get().flag("ServiceSettings.AllowSyncedDrafts") {
            return Ok(());
        }
        let text = "Drafts stay with the client here (setting `ServiceSettings.AllowSyncedDrafts`).";
        Err(AppError::new(at, "app.draft.feature_disabled", 501, text))
    }

    /// Mattermost's `UpsertDraft`: keeps what a user has written so far; plugins are asked first. An
    /// empty draft is deleted, and `None` is the answer.
    ///
    /// # Errors
    ///
    /// 400 for an unknown or archived channel, a text that is too long or a plugin's refusal; 501
    /// when drafts are off.
    pub async fn upsert_draft(&self, cx: &CallContext, draft: Draft) -> Result<Option<Draft>, AppError> {
        let at = "UpsertDraft";
        self.check_drafts_enabled(at)?;
        let channel = self.get_channel(&draft.channel_id).await.map_err(|error| {
            refused(at, "api.context.invalid_param.app_error", "The draft's channel does not exist.").detail(error)
        })?;
        if channel.delete_at > 0 {
            let id = "api.draft.create_draft.can_not_draft_to_deleted.error";
            return Err(refused(at, id, "The channel is archived: nothing can be written."));
        }
        if self.is_restricted_direct(&channel).await? {
            let id = "api.draft.create_draft.can_not_draft_to_restricted_dm.error";
            return Err(refused(at, id, "The people in this conversation share no team."));
        }
        self.get_user(&draft.user_id).await?;
        if draft.is_empty() {
            self.delete_draft(cx, &draft.user_id, &draft.channel_id, &draft.root_id).await?;
            return Ok(None);
        }
        let now = now_ms();
        let draft = Draft { create_at: now, update_at: now, delete_at: 0, metadata: String::new(), ..draft };
        draft.is_valid()?;
        let draft = self.ask_about_draft(cx, draft).await?;
        let draft = self.with_draft_files(self.save_draft(draft).await?).await?;
        self.publish_draft(cx, "draft_created", &draft);
        Ok(Some(draft))
    }

    /// Asks plugins about a draft, the guards of its channel last.
    async fn ask_about_draft(&self, cx: &CallContext, draft: Draft) -> Result<Draft, AppError> {
        let id = "app.draft.upsert.rejected_by_plugin.app_error";
        let refused = Refused { at: "UpsertDraft", id, before: "Draft rejected by plugin. " };
        let (asked, args) = (draft.clone(), |ctx, draft| (ctx, draft));
        let answer =
            self.filter_in_channel::<DraftWillBeUpserted, _, _>(cx, &draft.channel_id, asked, args, refused).await?;
        // A plugin decides what is written, not by whom and where.
        let Draft { user_id, channel_id, root_id, create_at, update_at, .. } = draft;
        let metadata = String::new();
        let draft = Draft { user_id, channel_id, root_id, create_at, update_at, delete_at: 0, metadata, ..answer };
        draft.is_valid()?;
        Ok(draft)
    }

    async fn save_draft(&self, mut draft: Draft) -> Result<Draft, AppError> {
        let mut tx = self.store.write().await?;
        let known = store::one(&mut tx, &draft.user_id, &draft.channel_id, &draft.root_id).await?;
        if let Some(known) = known {
            draft.create_at = known.create_at;
        }
        tx.upsert(&draft).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(draft)
    }

    /// Mattermost's `GetDraftsForUser`: a user's drafts in the channels of a team where the user is
    /// a member, and in direct and group messages; the latest first, at most 1000.
    ///
    /// # Errors
    ///
    /// 501 when drafts are off.
    pub async fn get_drafts_for_user(&self, user_id: &str, team_id: &str) -> Result<Vec<Draft>, AppError> {
        self.check_drafts_enabled("GetDraftsForUser")?;
        let drafts = store::of_user(&mut *self.store.read().await?, user_id, team_id).await?;
        let mut found = Vec::with_capacity(drafts.len());
        for draft in drafts {
            found.push(self.with_draft_files(draft).await?);
        }
        Ok(found)
    }

    /// Mattermost's `DeleteDraft`; one that is not there is no error. Says whether there was one.
    ///
    /// # Errors
    ///
    /// 501 when drafts are off.
    pub async fn delete_draft(
        &self,
        cx: &CallContext,
        user_id: &str,
        channel_id: &str,
        root_id: &str,
    ) -> Result<bool, AppError> {
        self.check_drafts_enabled("DeleteDraft")?;
        let mut tx = self.store.write().await?;
        let known = store::one(&mut tx, user_id, channel_id, root_id).await?;
        let Some(draft) = known else { return Ok(false) };
        store::delete(&mut tx, user_id, channel_id, root_id).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.publish_draft(cx, "draft_deleted", &draft);
        Ok(true)
    }

    async fn with_draft_files(&self, draft: Draft) -> Result<Draft, AppError> {
        let metadata = self.files_metadata(&draft.user_id, &draft.file_ids).await?;
        Ok(Draft { metadata, ..draft })
    }

    /// Metadata with those of the files that are the user's.
    pub(crate) async fn files_metadata(&self, user_id: &str, file_ids: &[String]) -> Result<String, AppError> {
        let mut files: Vec<FileInfo> = Vec::new();
        for id in file_ids {
            match self.get_file_info(id).await {
                Ok(file) if file.user_id == user_id => files.push(file),
                Ok(_) => {}
                Err(error) if error.status() == 404 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(if files.is_empty() { String::new() } else { serde_json::json!({ "files": files }).to_string() })
    }

    fn publish_draft(&self, cx: &CallContext, name: &str, draft: &Draft) {
        let event = Event::new(name).json("draft", draft).to_channel(&draft.channel_id).to_user(&draft.user_id);
        self.publish(event.omit_connection(&cx.plugin_context.connection_id));
    }
}
