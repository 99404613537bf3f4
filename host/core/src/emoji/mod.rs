//! Custom emoji: the ones that this server has beyond those of every client.

mod api;
mod image;
mod store;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use wasmoat_model::{AppError, Emoji, is_system_emoji, new_id, now_ms};

use crate::{
    Core,
    store::{Queries as _, StoreError},
    websocket::Event,
};

/// Largest picture that is taken, in bytes.
pub const EMOJI_IMAGE_LIMIT: usize = 512 << 10;

/// Emoji that one autocompletion offers.
const AUTOCOMPLETE_LIMIT: i64 = 100;

/// Most emoji of one answer.
const PAGE_LIMIT: i64 = 200;

fn image_path(emoji_id: &str) -> String {
    format!("emoji/{emoji_id}/image")
}

impl Core {
    fn check_custom_emoji(&self, at: &str, status: u16) -> Result<(), AppError> {
        if self.config.flag("ServiceSettings.EnableCustomEmoji") {
            return Ok(());
        }
        let text = "Custom emoji are switched off (setting `ServiceSettings.EnableCustomEmoji`).";
        Err(AppError::new(at, "api.emoji.disabled.app_error", status, text))
    }

    /// Mattermost's `CreateEmoji`: a new emoji, with its picture.
    ///
    /// # Errors
    ///
    /// 501 where custom emoji are switched off; 403 for another creator than `user_id`; 400 for a
    /// name that is not valid or taken, or a picture that cannot be used; 413 for one that is too
    /// large.
    pub async fn create_emoji(&self, user_id: &str, emoji: Emoji, picture: Bytes) -> Result<Emoji, AppError> {
        let at = "CreateEmoji";
        self.check_custom_emoji(at, 501)?;
        if picture.len() > EMOJI_IMAGE_LIMIT {
            let text = format!("The picture of an emoji has at most {EMOJI_IMAGE_LIMIT} bytes.");
            return Err(AppError::new(at, "api.emoji.create.too_large.app_error", 413, text));
        }
        if emoji.creator_id != user_id {
            let text = "An emoji is created by its own creator.";
            return Err(AppError::new(at, "api.emoji.create.other_user.app_error", 403, text));
        }
        let now = now_ms();
        let emoji = Emoji { id: new_id(), create_at: now, update_at: now, delete_at: 0, ..emoji };
        emoji.is_valid()?;
        if store::by_name(&mut *self.store.read().await?, &emoji.name).await?.is_some() {
            return Err(taken(at));
        }
        let picture = self.emoji_picture(at, picture).await?;
        let path = image_path(&emoji.id);
        let written = self.files.write(&path, picture).await;
        written.map_err(|error| error.app_error(at, "api.emoji.upload.image.app_error"))?;
        let stored = async { self.store.read().await?.insert(&emoji).await };
        if let Err(error) = stored.await {
            if let Err(error) = self.files.delete(&path).await {
                tracing::warn!(path, %error, "the picture of no emoji stays in the file store");
            }
            return Err(if error.is_unique_violation() { taken(at) } else { error.into() });
        }
        self.publish(Event::new("emoji_added").json("emoji", &emoji).to_everyone());
        Ok(emoji)
    }

    async fn emoji_picture(&self, at: &str, picture: Bytes) -> Result<Bytes, AppError> {
        let failed = |error: &dyn std::fmt::Display| {
            let text = "The picture could not be read; PNG, GIF and JPEG can.";
            AppError::new(at, "api.emoji.upload.image.app_error", 400, text).detail(error)
        };
        let _one_of_few = self.decoding.acquire().await.map_err(|error| failed(&error))?;
        let made = tokio::task::spawn_blocking(move || image::fitted(picture)).await;
        made.map_err(|error| failed(&error))?.map_err(|error| match error {
            image::Unfit::TooLarge(most) => {
                let text = format!("The picture of an emoji has at most {most} × {most} pixels.");
                AppError::new(at, "api.emoji.upload.large_image.too_large.app_error", 400, text)
            }
            image::Unfit::Unreadable(error) => failed(&error),
        })
    }

    /// Mattermost's `GetEmojiList`: a page, sorted by name where `sort_by` says so.
    ///
    /// # Errors
    ///
    /// 400 for a negative page or size, or another order.
    pub async fn get_emoji_list(&self, sort_by: &str, page: i64, per_page: i64) -> Result<Vec<Emoji>, AppError> {
        let order = match sort_by {
            "" => "id",
            "name" => "name",
            _ => {
                let text = "Emoji are sorted by `name` or not at all.";
                return Err(AppError::new("GetEmojiList", "api.context.invalid_url_param.app_error", 400, text));
            }
        };
        if page < 0 || per_page < 0 {
            let text = "A page is counted from 0 and has no negative size.";
            return Err(AppError::new("GetEmojiList", "api.context.invalid_url_param.app_error", 400, text));
        }
        let per_page = per_page.min(PAGE_LIMIT);
        let window = (page.saturating_mul(per_page), per_page);
        Ok(store::page(&mut *self.store.read().await?, order, window).await?)
    }

    /// Mattermost's `GetEmoji`.
    ///
    /// # Errors
    ///
    /// 403 where custom emoji are switched off, 404 when unknown.
    pub async fn get_emoji(&self, emoji_id: &str) -> Result<Emoji, AppError> {
        let at = "GetEmoji";
        self.check_custom_emoji(at, 403)?;
        let found = store::by_id(&mut *self.store.read().await?, emoji_id).await?;
        found.ok_or_else(|| missing(at, "app.emoji.get.no_result").detail(emoji_id))
    }

    /// Mattermost's `GetEmojiByName`.
    ///
    /// # Errors
    ///
    /// 403 where custom emoji are switched off, 404 when unknown.
    pub async fn get_emoji_by_name(&self, name: &str) -> Result<Emoji, AppError> {
        let at = "GetEmojiByName";
        self.check_custom_emoji(at, 403)?;
        let found = store::by_name(&mut *self.store.read().await?, name).await?;
        found.ok_or_else(|| missing(at, "app.emoji.get_by_name.no_result").detail(name))
    }

    /// Mattermost's `GetMultipleEmojiByName`: those there are of these names.
    ///
    /// # Errors
    ///
    /// 403 where custom emoji are switched off, 400 for more than 200 names.
    pub async fn get_emojis_by_names(&self, names: &[String]) -> Result<Vec<Emoji>, AppError> {
        let at = "GetMultipleEmojiByName";
        self.check_custom_emoji(at, 403)?;
        if i64::try_from(names.len()).unwrap_or(i64::MAX) > PAGE_LIMIT {
            let text = format!("At most {PAGE_LIMIT} names can be asked for at once.");
            return Err(AppError::new(at, "api.emoji.get_multiple_by_name_too_many.request_error", 400, text));
        }
        Ok(store::by_names(&mut *self.store.read().await?, names).await?)
    }

    /// Mattermost's `GetEmojiImage`: the bytes of the picture and their format.
    ///
    /// # Errors
    ///
    /// 403 where custom emoji are switched off, 404 when unknown or its picture is missing.
    pub async fn get_emoji_image(&self, emoji_id: &str) -> Result<(Bytes, &'static str), AppError> {
        let at = "GetEmojiImage";
        let emoji = self.get_emoji(emoji_id).await?;
        let found = self.files.read(&image_path(&emoji.id)).await;
        let picture = found.map_err(|error| error.app_error(at, "api.emoji.get_image.read.app_error"))?;
        let format = image::format(&picture).ok_or_else(|| {
            AppError::new(at, "api.emoji.get_image.decode.app_error", 500, "The picture could not be read.")
        })?;
        Ok((picture, format))
    }

    /// Mattermost's `SearchEmoji`: those whose name contains a term, or begins with it; those that
    /// begin with it come first.
    ///
    /// # Errors
    ///
    /// 403 where custom emoji are switched off.
    pub async fn search_emoji(&self, term: &str, prefix_only: bool) -> Result<Vec<Emoji>, AppError> {
        self.check_custom_emoji("SearchEmoji", 403)?;
        Ok(store::search(&mut *self.store.read().await?, term, prefix_only, PAGE_LIMIT).await?)
    }

    /// The first emoji whose name begins so.
    ///
    /// # Errors
    ///
    /// 403 where custom emoji are switched off.
    pub async fn autocomplete_emoji(&self, term: &str) -> Result<Vec<Emoji>, AppError> {
        self.check_custom_emoji("AutocompleteEmoji", 403)?;
        Ok(store::search(&mut *self.store.read().await?, term, true, AUTOCOMPLETE_LIMIT).await?)
    }

    /// Mattermost's `DeleteEmoji`: the emoji, its picture and the reactions with it.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn delete_emoji(&self, emoji: &Emoji) -> Result<(), AppError> {
        let mut tx = self.store.write().await?;
        store::delete(&mut tx, emoji, now_ms()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if let Err(error) = self.files.delete(&image_path(&emoji.id)).await {
            tracing::warn!(emoji_id = emoji.id, %error, "the picture of a deleted emoji stays in the file store");
        }
        Ok(())
    }

    /// Whether there is an emoji of this name: one that every client has, or a live custom one.
    ///
    /// # Errors
    ///
    /// As [`Core::get_emoji_by_name`].
    pub async fn check_emoji_exists(&self, name: &str) -> Result<(), AppError> {
        if is_system_emoji(name) {
            return Ok(());
        }
        self.get_emoji_by_name(name).await.map(drop)
    }
}

fn missing(at: &str, id: &str) -> AppError {
    AppError::new(at, id, 404, "There is no such emoji.")
}

fn taken(at: &str) -> AppError {
    AppError::new(at, "api.emoji.create.duplicate.app_error", 400, "There is an emoji of this name already.")
}
