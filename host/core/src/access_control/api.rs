//! The Plugin API's `access-control`: each plugin has its own resources.

use wasmoat_model::{
    AccessControlPolicy, AccessControlPolicyTestResponse, AccessDecision, AppError, CelExpressionError, PropertyField,
    VisualExpression,
};
use wasmoat_runtime::bindings::access_control::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn evaluate_access_control(
        &mut self,
        user_id: String,
        resource_type: String,
        resource_id: String,
        action: String,
    ) -> Result<AccessDecision, AppError> {
        let plugin = self.plugin_id();
        self.core.evaluate_plugin_access_request(plugin, &user_id, &resource_type, &resource_id, &action).await
    }

    async fn save_access_control_policy(
        &mut self,
        acting_user_id: String,
        policy: AccessControlPolicy,
    ) -> Result<AccessControlPolicy, AppError> {
        self.core.save_plugin_access_control_policy(self.plugin_id(), &acting_user_id, policy).await
    }

    async fn get_access_control_policy(&mut self, id: String) -> Result<AccessControlPolicy, AppError> {
        self.core.get_plugin_access_control_policy(self.plugin_id(), &id).await
    }

    async fn delete_access_control_policy(
        &mut self,
        acting_user_id: String,
        resource_type: String,
        id: String,
    ) -> Result<(), AppError> {
        let plugin = self.plugin_id();
        self.core.delete_plugin_access_control_policy(plugin, &acting_user_id, &resource_type, &id).await
    }

    async fn check_access_control_expression(
        &mut self,
        acting_user_id: String,
        resource_type: String,
        expression: String,
    ) -> Result<Vec<CelExpressionError>, AppError> {
        let plugin = self.plugin_id();
        self.core.check_plugin_access_control_expression(plugin, &acting_user_id, &resource_type, &expression).await
    }

    async fn query_users_for_access_control_expression(
        &mut self,
        acting_user_id: String,
        resource_type: String,
        expression: String,
        term: String,
        cursor_id: String,
        limit: i32,
    ) -> Result<AccessControlPolicyTestResponse, AppError> {
        let query = self.core.query_users_for_plugin_access_control_expression(
            self.plugin_id(),
            &acting_user_id,
            &resource_type,
            &expression,
            &term,
            &cursor_id,
            limit,
        );
        query.await
    }

    async fn get_access_control_fields_autocomplete(
        &mut self,
        acting_user_id: String,
        after: String,
        limit: i32,
    ) -> Result<Vec<PropertyField>, AppError> {
        self.core.get_access_control_fields_autocomplete(&acting_user_id, &after, limit).await
    }

    async fn get_access_control_visual_ast(
        &mut self,
        acting_user_id: String,
        resource_type: String,
        expression: String,
    ) -> Result<VisualExpression, AppError> {
        let plugin = self.plugin_id();
        self.core.get_plugin_access_control_visual_ast(plugin, &acting_user_id, &resource_type, &expression).await
    }
}
