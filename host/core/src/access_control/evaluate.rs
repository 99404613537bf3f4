//! Decisions.

use serde_json::json;
use wasmoat_model::{
    AccessControlPolicy, AccessControlPolicyRule, AccessDecision, AppError, CelExpressionError, User,
    is_valid_access_action, is_valid_id,
};

use super::{attributes::Schema, check_resource_type, expression::check, invalid_id};
use crate::{Core, server::Feature};

impl Core {
    /// Mattermost's `EvaluatePluginAccessRequest`: whether a user may do an action on a plugin's
    /// resource. What no rule is about is allowed, and marked as `no_policy`.
    ///
    /// # Errors
    ///
    /// 400 for bad ids, action or type, 403 for another plugin's type, 503 for a policy that cannot
    /// be evaluated.
    pub async fn evaluate_plugin_access_request(
        &self,
        plugin_id: &str,
        user_id: &str,
        resource_type: &str,
        resource_id: &str,
        action: &str,
    ) -> Result<AccessDecision, AppError> {
        let at = "EvaluatePluginAccessRequest";
        check_resource_type(at, plugin_id, resource_type)?;
        if !is_valid_access_action(action) {
            let id = "app.access_control.plugin.action_not_allowed.app_error";
            return Err(AppError::new(at, id, 400, "An action is lower-case words joined by `_`."));
        }
        if !is_valid_id(user_id) || !is_valid_id(resource_id) {
            return Err(invalid_id(at));
        }
        if !self.has_feature(Feature::AccessControl) {
            return Ok(decision(true, "no_policy"));
        }
        let policy = self.stored_policy(resource_id).await.map_err(|error| unavailable(at, error))?;
        let policy = policy.filter(|policy| policy.active && policy.r#type == resource_type);
        let rules = policy.iter().flat_map(|policy: &AccessControlPolicy| &policy.rules);
        let rules: Vec<&AccessControlPolicyRule> = rules.filter(|rule| rule.is_about(action)).collect();
        if rules.is_empty() {
            return Ok(decision(true, "no_policy"));
        }
        let user = self.get_user(user_id).await.map_err(|error| unavailable(at, error))?;
        let allowed = self.any_rule_holds(at, &rules, &user).await.map_err(|error| unavailable(at, error))?;
        Ok(if allowed { decision(true, "allow") } else { decision(false, "deny") })
    }

    /// Whether one of the rules holds. A rule that cannot be evaluated is an error, unless another
    /// one holds.
    async fn any_rule_holds(
        &self,
        at: &str,
        rules: &[&AccessControlPolicyRule],
        user: &User,
    ) -> Result<bool, AppError> {
        if user.delete_at > 0 {
            return Ok(false);
        }
        let schema = self.attribute_schema().await?;
        let ids = [user.id.clone()];
        let attributes = self.user_attributes(&schema, &ids).await?.remove(&user.id).unwrap_or_default();
        let mut broken = None;
        for rule in rules {
            match self.checked_expression(at, &rule.expression, &schema).await {
                Ok(expression) if expression.holds(attributes.clone()) => return Ok(true),
                Ok(_) => {}
                Err(error) => broken = Some(error),
            }
        }
        broken.map_or(Ok(false), Err)
    }

    /// An expression that compiles against the attributes there are.
    ///
    /// # Errors
    ///
    /// 400 where it does not.
    pub(super) async fn checked_expression(
        &self,
        at: &str,
        source: &str,
        schema: &Schema,
    ) -> Result<std::sync::Arc<super::expression::Expression>, AppError> {
        let refused = |errors: Vec<CelExpressionError>| {
            let text =
                errors.first().map(|error| format!("Line {}, column {}: {}", error.line, error.column, error.message));
            AppError::new(at, "app.pap.check_expression.app_error", 400, text.unwrap_or_default())
        };
        let expression = self.expressions.parse(source).await?.map_err(refused)?;
        check(&expression, schema).map_err(refused)?;
        Ok(expression)
    }

    /// Mattermost's `CheckPluginAccessControlExpression`: what is wrong with an expression.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off, 400 for a bad type or acting user, 403 for another plugin's type.
    pub async fn check_plugin_access_control_expression(
        &self,
        plugin_id: &str,
        acting_user_id: &str,
        resource_type: &str,
        source: &str,
    ) -> Result<Vec<CelExpressionError>, AppError> {
        let at = "CheckPluginAccessControlExpression";
        self.require_access_control(at, "app.pap.check_expression.app_error")?;
        check_resource_type(at, plugin_id, resource_type)?;
        self.check_acting_user(at, acting_user_id).await?;
        let expression = match self.expressions.parse(source).await? {
            Ok(expression) => expression,
            Err(errors) => return Ok(errors),
        };
        Ok(check(&expression, &self.attribute_schema().await?).err().unwrap_or_default())
    }
}

fn decision(decision: bool, outcome: &str) -> AccessDecision {
    AccessDecision { decision, context: json!({"outcome": outcome}).to_string() }
}

/// A policy that cannot be evaluated: the caller denies.
fn unavailable(at: &str, error: impl std::fmt::Display) -> AppError {
    let id = "app.access_control.plugin.unavailable.app_error";
    AppError::new(at, id, 503, "The policy cannot be evaluated.").detail(error)
}
