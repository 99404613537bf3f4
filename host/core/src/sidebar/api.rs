//! The Plugin API's `sidebar`.

use wasmoat_model::{AppError, OrderedSidebarCategories, SidebarCategoryWithChannels};
use wasmoat_runtime::bindings::sidebar::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn create_channel_sidebar_category(
        &mut self,
        user_id: String,
        team_id: String,
        new_category: SidebarCategoryWithChannels,
    ) -> Result<SidebarCategoryWithChannels, AppError> {
        self.core.create_sidebar_category(&user_id, &team_id, new_category).await
    }

    async fn get_channel_sidebar_categories(
        &mut self,
        user_id: String,
        team_id: String,
    ) -> Result<OrderedSidebarCategories, AppError> {
        self.core.get_sidebar_categories(&user_id, &team_id).await
    }

    async fn update_channel_sidebar_categories(
        &mut self,
        user_id: String,
        team_id: String,
        categories: Vec<SidebarCategoryWithChannels>,
    ) -> Result<Vec<SidebarCategoryWithChannels>, AppError> {
        self.core.update_sidebar_categories(&user_id, &team_id, &categories).await
    }
}
