//! Categories of the channel sidebar.

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::AppError;

/// Longest display name of a category, in characters.
pub const SIDEBAR_CATEGORY_DISPLAY_NAME_MAX_RUNES: usize = 64;

/// A category of one user in one team, and the channels in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct SidebarCategoryWithChannels {
    /// `type_user_team` for the three that everybody has, an id for an own one.
    pub id: String,
    /// The user.
    #[component(name = "user-id")]
    pub user_id: String,
    /// The team.
    #[component(name = "team-id")]
    pub team_id: String,
    /// Place among the categories, in steps of 10.
    #[component(name = "sort-order")]
    pub sort_order: i64,
    /// Empty (like `manual`), `manual`, `recent` or `alpha`.
    pub sorting: String,
    /// `favorites`, `channels`, `direct_messages` or `custom`.
    #[component(name = "type")]
    pub r#type: String,
    /// For people; only an own category can be renamed.
    #[component(name = "display-name")]
    pub display_name: String,
    /// All its channels are muted.
    pub muted: bool,
    /// Folded in the client.
    pub collapsed: bool,
    /// The channels, in order.
    #[component(name = "channel-ids")]
    pub channel_ids: Vec<String>,
}

impl SidebarCategoryWithChannels {
    /// Whether the user made it.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.r#type == "custom"
    }

    /// Checks what a user chooses: name and order.
    ///
    /// # Errors
    ///
    /// 400 for a name that is too long, or an order that does not exist.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let invalid = |message: String| {
            AppError::new("SidebarCategory.IsValid", "api.context.invalid_body_param.app_error", 400, message)
        };
        if self.display_name.chars().count() > SIDEBAR_CATEGORY_DISPLAY_NAME_MAX_RUNES {
            let most = SIDEBAR_CATEGORY_DISPLAY_NAME_MAX_RUNES;
            return Err(invalid(format!("A category's name has at most {most} characters.")));
        }
        if !matches!(self.sorting.as_str(), "" | "manual" | "recent" | "alpha") {
            return Err(invalid(format!("`{}` is no order of channels.", self.sorting)));
        }
        Ok(())
    }
}

/// All categories of one user in one team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct OrderedSidebarCategories {
    /// The categories, in order.
    pub categories: Vec<SidebarCategoryWithChannels>,
    /// Their ids, in order.
    pub order: Vec<String>,
}
