//! The Plugin API's `emoji`.

use wasmoat_model::{AppError, Emoji};
use wasmoat_runtime::bindings::emoji::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn get_emoji_list(&mut self, sort_by: String, page: i32, per_page: i32) -> Result<Vec<Emoji>, AppError> {
        self.core.get_emoji_list(&sort_by, page.into(), per_page.into()).await
    }

    async fn get_emoji_by_name(&mut self, name: String) -> Result<Emoji, AppError> {
        self.core.get_emoji_by_name(&name).await
    }

    async fn get_emoji(&mut self, emoji_id: String) -> Result<Emoji, AppError> {
        self.core.get_emoji(&emoji_id).await
    }

    async fn get_emoji_image(&mut self, emoji_id: String) -> Result<(Vec<u8>, String), AppError> {
        let (picture, format) = self.core.get_emoji_image(&emoji_id).await?;
        Ok((picture.into(), format.to_owned()))
    }
}
