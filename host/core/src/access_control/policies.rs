//! Policies of plugins.

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use wasmoat_model::{
    AccessControlPolicy, AccessControlPolicyRule, AppError, AuditEventActor, AuditEventData, AuditEventError,
    AuditRecord, is_valid_id, now_ms, plugin_resource_type,
};

use super::{check_resource_type, expression::check, invalid_id};
use crate::{
    Core,
    audit::Level,
    store::{Column, Queries as _, StoreError, args},
};

/// The shape that plugins' policies have.
const VERSION: &str = "v0.5";

const COLUMNS: &str = "id, name, type, active, create_at, revision, version, rules, props";

impl Core {
    /// Mattermost's `SavePluginAccessControlPolicy`: makes or replaces the policy of a resource.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off; 400 for what is not valid, for an acting user that is none and
    /// where a policy of another type has the id; 403 for another plugin's type.
    pub async fn save_plugin_access_control_policy(
        &self,
        plugin_id: &str,
        acting_user_id: &str,
        policy: AccessControlPolicy,
    ) -> Result<AccessControlPolicy, AppError> {
        let at = "SavePluginAccessControlPolicy";
        let (id, kind) = (policy.id.clone(), policy.r#type.clone());
        let saved = self.save_policy(at, plugin_id, acting_user_id, policy).await;
        self.audit_policy("savePluginAccessControlPolicy", plugin_id, acting_user_id, (&kind, &id), saved.as_ref());
        saved
    }

    async fn save_policy(
        &self,
        at: &str,
        plugin_id: &str,
        acting_user_id: &str,
        policy: AccessControlPolicy,
    ) -> Result<AccessControlPolicy, AppError> {
        self.require_access_control(at, "app.pap.create_access_control_policy.app_error")?;
        if policy.id.is_empty() {
            return Err(invalid_id(at));
        }
        check_resource_type(at, plugin_id, &policy.r#type)?;
        self.check_acting_user(at, acting_user_id).await?;
        let mut policy = AccessControlPolicy { version: VERSION.to_owned(), active: true, ..policy };
        policy.is_valid()?;
        policy.props = normalised(at, &policy.props)?;
        self.check_rules(at, &mut policy.rules).await?;
        let mut tx = self.store.write().await?;
        let sql = format!("SELECT {COLUMNS} FROM access_control_policies WHERE id = $1");
        let stored = tx.rows(&sql, args![policy.id], read).await?.pop();
        (policy.create_at, policy.revision) = match &stored {
            Some(stored) if stored.r#type != policy.r#type => {
                let id = "app.access_control.plugin.type_conflict.app_error";
                return Err(AppError::new(at, id, 400, "The resource has a policy of another type."));
            }
            Some(stored) => (stored.create_at, stored.revision.saturating_add(1)),
            None => (now_ms(), 0),
        };
        let sql = format!(
            "INSERT INTO access_control_policies ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, active = excluded.active,
             revision = excluded.revision, version = excluded.version, rules = excluded.rules, props = excluded.props"
        );
        let rules = serde_json::to_value(&policy.rules).unwrap_or_default();
        let values = args![
            policy.id,
            policy.name,
            policy.r#type,
            policy.active,
            policy.create_at,
            policy.revision,
            policy.version,
            rules,
            policy.props,
        ];
        tx.run(&sql, values).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(policy)
    }

    /// Every rule must compile against the attributes there are.
    async fn check_rules(&self, at: &str, rules: &mut [AccessControlPolicyRule]) -> Result<(), AppError> {
        let schema = self.attribute_schema().await?;
        for rule in rules {
            rule.metadata = normalised(at, &rule.metadata)?;
            let found = match self.expressions.parse(&rule.expression).await? {
                Ok(expression) => check(&expression, &schema).err(),
                Err(errors) => Some(errors),
            };
            if let Some(error) = found.as_deref().and_then(<[_]>::first) {
                let text = format!("Line {}, column {}: {}", error.line, error.column, error.message);
                return Err(AppError::new(at, "app.pap.save_policy.app_error", 400, text));
            }
        }
        Ok(())
    }

    /// Mattermost's `GetPluginAccessControlPolicy`.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off, 400 for a bad id, 404 where there is none of this plugin.
    pub async fn get_plugin_access_control_policy(
        &self,
        plugin_id: &str,
        id: &str,
    ) -> Result<AccessControlPolicy, AppError> {
        let at = "GetPluginAccessControlPolicy";
        self.require_access_control(at, "app.pap.get_policy.app_error")?;
        if !is_valid_id(id) {
            return Err(invalid_id(at));
        }
        let own = |policy: &AccessControlPolicy| {
            plugin_resource_type(&policy.r#type).is_some_and(|(owner, _)| owner == plugin_id)
        };
        self.stored_policy(id).await?.filter(own).ok_or_else(|| policy_not_found(at))
    }

    /// Mattermost's `DeletePluginAccessControlPolicy`.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off, 400 for a bad id or acting user, 403 for another plugin's type,
    /// 404 where there is none of this type.
    pub async fn delete_plugin_access_control_policy(
        &self,
        plugin_id: &str,
        acting_user_id: &str,
        resource_type: &str,
        id: &str,
    ) -> Result<(), AppError> {
        let deleted = self.delete_policy(plugin_id, acting_user_id, resource_type, id).await;
        let (event, policy) = ("deletePluginAccessControlPolicy", (resource_type, id));
        self.audit_policy(event, plugin_id, acting_user_id, policy, deleted.as_ref());
        deleted
    }

    async fn delete_policy(
        &self,
        plugin_id: &str,
        acting_user_id: &str,
        resource_type: &str,
        id: &str,
    ) -> Result<(), AppError> {
        let at = "DeletePluginAccessControlPolicy";
        self.require_access_control(at, "app.pap.delete_policy.app_error")?;
        check_resource_type(at, plugin_id, resource_type)?;
        self.check_acting_user(at, acting_user_id).await?;
        if !is_valid_id(id) {
            return Err(invalid_id(at));
        }
        let sql = "DELETE FROM access_control_policies WHERE id = $1 AND type = $2";
        match self.store.read().await?.run(sql, args![id, resource_type]).await? {
            0 => Err(policy_not_found(at)),
            _ => Ok(()),
        }
    }

    /// Records what a plugin did to a policy, of this type and id, in a user's name.
    fn audit_policy<T: Serialize>(
        &self,
        event: &str,
        plugin_id: &str,
        user_id: &str,
        (kind, id): (&str, &str),
        outcome: Result<&T, &AppError>,
    ) {
        let state = outcome.ok().and_then(|state| serde_json::to_value(state).ok()).filter(Value::is_object);
        let error = outcome
            .err()
            .map(|error| AuditEventError { description: error.to_string(), status_code: error.status_code });
        let record = AuditRecord {
            event_name: event.to_owned(),
            status: if error.is_none() { "success" } else { "fail" }.to_owned(),
            event: AuditEventData {
                parameters: json!({"resource_type": kind, "policy_id": id}).to_string(),
                resulting_state: state.map(|state| state.to_string()).unwrap_or_default(),
                object_type: "access_control_policy".to_owned(),
                ..AuditEventData::default()
            },
            actor: AuditEventActor { user_id: user_id.to_owned(), ..AuditEventActor::default() },
            error: error.unwrap_or_default(),
            ..AuditRecord::default()
        };
        if let Err(bytes) = self.log_plugin_audit_rec(plugin_id, record, Level::Permissions) {
            tracing::warn!(plugin_id, bytes, "an audit record is too long and lost");
        }
    }

    /// The policy of a resource, whoever's.
    pub(super) async fn stored_policy(&self, id: &str) -> Result<Option<AccessControlPolicy>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM access_control_policies WHERE id = $1");
        Ok(self.store.read().await?.rows(&sql, args![id], read).await?.pop())
    }
}

fn read(row: &AnyRow) -> Result<AccessControlPolicy, sqlx::Error> {
    let rules: Value = Column::read(row, "rules")?;
    let rules = serde_json::from_value(rules)
        .map_err(|error| sqlx::Error::ColumnDecode { index: "rules".to_owned(), source: error.into() })?;
    Ok(AccessControlPolicy {
        id: Column::read(row, "id")?,
        name: Column::read(row, "name")?,
        r#type: Column::read(row, "type")?,
        active: Column::read(row, "active")?,
        create_at: Column::read(row, "create_at")?,
        revision: Column::read(row, "revision")?,
        version: Column::read(row, "version")?,
        rules,
        props: Column::read(row, "props")?,
        ..AccessControlPolicy::default()
    })
}

fn policy_not_found(at: &str) -> AppError {
    let id = "app.access_control.plugin.policy_not_found.app_error";
    AppError::new(at, id, 404, "There is no such policy.")
}

/// A JSON object as text; empty text for an empty one.
fn normalised(at: &str, text: &str) -> Result<String, AppError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) if object.is_empty() => Ok(String::new()),
        Ok(Value::Object(object)) => Ok(Value::Object(object).to_string()),
        _ => {
            let id = "model.access_policy.is_valid.props.app_error";
            Err(AppError::new(at, id, 400, "Properties and metadata are JSON objects."))
        }
    }
}
