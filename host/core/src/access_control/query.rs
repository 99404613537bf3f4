//! The users that an expression holds for.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use wasmoat_model::{AccessControlPolicyTestResponse, AppError, PropertyAccessMode, User, is_valid_id};

use super::{
    attributes::Schema,
    check_resource_type,
    expression::{Expression, check},
    invalid_id, page_limit,
};
use crate::{
    Core,
    store::{Queries as _, args},
    users::store::like,
};

/// Users looked at in one go.
const CHUNK: i64 = 500;

/// Longest term, in characters.
const TERM: usize = 64;

/// How long a query may take. It goes through all users, for their number.
const PATIENCE: Duration = Duration::from_secs(20);

impl Core {
    /// Mattermost's `QueryUsersForPluginAccessControlExpression`.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off; 400 for a bad expression, type, cursor or acting user; 403 for
    /// another plugin's type, and for attributes that another plugin hides; 503 where it takes too long.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the Plugin API's function")]
    pub async fn query_users_for_plugin_access_control_expression(
        &self,
        plugin_id: &str,
        acting_user_id: &str,
        resource_type: &str,
        source: &str,
        term: &str,
        cursor_id: &str,
        limit: i32,
    ) -> Result<AccessControlPolicyTestResponse, AppError> {
        let at = "QueryUsersForPluginAccessControlExpression";
        self.require_access_control(at, "app.pap.query_expression.app_error")?;
        check_resource_type(at, plugin_id, resource_type)?;
        self.check_acting_user(at, acting_user_id).await?;
        if !cursor_id.is_empty() && !is_valid_id(cursor_id) {
            return Err(invalid_id(at));
        }
        let schema = Arc::new(self.attribute_schema().await?);
        let expression = self.checked_expression(at, source, &schema).await?;
        let names = check(&expression, &schema).unwrap_or_default();
        check_visible(at, plugin_id, &schema, &names)?;
        let (limit, end) = (page_limit(limit), Instant::now() + PATIENCE);
        let mut response = AccessControlPolicyTestResponse::default();
        let mut last = String::new();
        loop {
            let users = self.users_after(&last, term).await?;
            let Some(user) = users.last() else { return Ok(response) };
            user.id.clone_into(&mut last);
            for user in self.those_it_holds_for(&expression, &schema, users).await? {
                response.total += 1;
                if user.id.as_str() > cursor_id && response.users.len() < limit {
                    response.users.push(user);
                }
            }
            if Instant::now() > end {
                let text = "There are too many users to ask in time.";
                return Err(AppError::new(at, "app.pap.query_expression.app_error", 503, text));
            }
        }
    }

    /// Active users by id whose names begin with the term.
    async fn users_after(&self, id: &str, term: &str) -> Result<Vec<User>, AppError> {
        let term: String = term.trim().trim_start_matches('@').chars().take(TERM).collect();
        let pattern = format!("{}%", like(&term.to_lowercase()));
        let names = ["username", "nickname", "first_name", "last_name"]
            .map(|column| format!("LOWER(users.{column}) LIKE $2 ESCAPE '*'"))
            .join(" OR ");
        let rest = format!("WHERE users.delete_at = 0 AND users.id > $1 AND ({names}) ORDER BY users.id LIMIT {CHUNK}");
        Ok(self.store.read().await?.all(&rest, args![id, pattern]).await?)
    }

    async fn those_it_holds_for(
        &self,
        expression: &Arc<Expression>,
        schema: &Arc<Schema>,
        users: Vec<User>,
    ) -> Result<Vec<User>, AppError> {
        let ids: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
        let mut attributes = self.user_attributes(schema, &ids).await?;
        let expression = Arc::clone(expression);
        let chosen = move || {
            let holds = |user: &User| expression.holds(attributes.remove(&user.id).unwrap_or_default());
            let mut users = users;
            users.retain(holds);
            users
        };
        // Evaluation computes: it must not hold up what else the worker does.
        tokio::task::spawn_blocking(chosen).await.map_err(|error| {
            let text = "The expression could not be evaluated.";
            AppError::new("QueryUsers", "app.pap.query_expression.app_error", 500, text).detail(error)
        })
    }
}

/// A query tells who holds what: it is only for attributes that the plugin may read.
fn check_visible(at: &str, plugin_id: &str, schema: &Schema, names: &BTreeSet<String>) -> Result<(), AppError> {
    for known in names.iter().filter_map(|name| schema.get(name)) {
        if known.attrs.access_mode() != PropertyAccessMode::Public && known.attrs.source() != plugin_id {
            let text = format!("`{}` is for the plugin that made it.", known.field.name);
            return Err(AppError::new(at, "app.property.access_denied.app_error", 403, text));
        }
    }
    Ok(())
}
