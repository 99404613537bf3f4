//! The Plugin API's `permissions`.

use wasmoat_runtime::bindings::permissions::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn has_permission_to(&mut self, user_id: String, permission: String) -> bool {
        self.core.has_permission_to(&user_id, &permission).await
    }

    async fn has_permission_to_team(&mut self, user_id: String, team_id: String, permission: String) -> bool {
        self.core.has_permission_to_team(&user_id, &team_id, &permission).await
    }

    async fn has_permission_to_channel(&mut self, user_id: String, channel_id: String, permission: String) -> bool {
        self.core.has_permission_to_channel(&user_id, &channel_id, &permission).await
    }

    async fn roles_grant_permission(&mut self, role_names: Vec<String>, permission_id: String) -> bool {
        self.core.roles_grant_permission(role_names.iter().map(String::as_str), &permission_id).await
    }
}
