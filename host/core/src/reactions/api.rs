//! The Plugin API's `reactions`.

use wasmoat_model::{AppError, Reaction};
use wasmoat_runtime::bindings::reactions::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn add_reaction(&mut self, reaction: Reaction) -> Result<Reaction, AppError> {
        self.core.save_reaction_for_post(&self.caller.context, reaction).await
    }

    async fn remove_reaction(&mut self, reaction: Reaction) -> Result<(), AppError> {
        self.core.delete_reaction_for_post(&self.caller.context, &reaction).await
    }

    async fn get_reactions(&mut self, post_id: String) -> Result<Vec<Reaction>, AppError> {
        self.core.get_reactions_for_post(&post_id).await
    }
}
