//! Policies over attributes.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::{AppError, User, is_valid_id, json};

/// The answer to a request for access.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AccessDecision {
    /// Allowed.
    pub decision: bool,
    /// Why: the key `outcome` is `allow`, `deny` or `no_policy`.
    #[serde(with = "json::object", skip_serializing_if = "String::is_empty")]
    pub context: String,
}

/// A rule of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AccessControlPolicyRule {
    /// The actions it is about; `*` for all.
    pub actions: Vec<String>,
    /// What must hold for the user, in CEL.
    pub expression: String,
    /// Label, unique in the policy.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Role that a permission rule is about; empty otherwise.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// Further keys.
    #[serde(with = "json::object", skip_serializing_if = "String::is_empty")]
    pub metadata: String,
}

/// Who may do what to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AccessControlPolicy {
    /// Id of the resource, which is the policy's too.
    pub id: String,
    /// Name, at most 128 bytes.
    pub name: String,
    /// `PLUGIN-ID:TYPE` for a plugin's resources.
    #[component(name = "type")]
    pub r#type: String,
    /// In force.
    pub active: bool,
    /// Time of creation.
    #[component(name = "create-at")]
    pub create_at: i64,
    /// Counts the changes.
    pub revision: i32,
    /// Version of the shape.
    pub version: String,
    /// Policies whose rules hold too.
    pub imports: Vec<String>,
    /// The rules; an action is allowed where one of those about it holds.
    pub rules: Vec<AccessControlPolicyRule>,
    /// Free.
    #[serde(with = "json::object")]
    pub props: String,
    /// Roles that a permission policy is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// `team`, or empty for the whole system.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The team.
    #[component(name = "scope-id")]
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope_id: String,
}

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct CelExpressionError {
    /// Line, from 1.
    pub line: i32,
    /// Column, from 1.
    pub column: i32,
    /// What is wrong.
    pub message: String,
}

/// The users that an expression holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct AccessControlPolicyTestResponse {
    /// A page of them.
    pub users: Vec<User>,
    /// How many there are.
    pub total: i64,
}

/// One comparison of an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct Condition {
    /// As `user.attributes.team`.
    pub attribute: String,
    /// As `==`, `in` or `startsWith`.
    pub operator: String,
    /// A value or a list.
    #[serde(with = "json::value")]
    pub value: String,
    /// 0: the value is a literal; 1: it names another attribute.
    #[component(name = "value-type")]
    pub value_type: i32,
    /// Type of the attribute's field.
    #[component(name = "attribute-type")]
    pub attribute_type: String,
}

/// An expression as a table of conditions, all of which must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift, Lower)]
#[component(record)]
#[serde(default)]
pub struct VisualExpression {
    /// The rows.
    pub conditions: Vec<Condition>,
}

/// Longest type of a policy, in bytes.
const TYPE_MAX_LENGTH: usize = 128;

/// Longest part of it behind the plugin's id, in bytes.
const RESOURCE_TYPE_MAX_LENGTH: usize = 64;

/// Longest name of an action, in bytes.
const ACTION_MAX_LENGTH: usize = 64;

/// Longest name of a policy or a rule, in bytes.
const NAME_MAX_LENGTH: usize = 128;

/// Rules a policy has at most, and actions a rule has.
const RULES: usize = 64;

/// Longest properties of a policy, in bytes.
const PROPS_MAX_LENGTH: usize = 65_536;

/// The plugin and its own name of a resource type `PLUGIN-ID:TYPE`.
#[must_use]
pub fn plugin_resource_type(resource_type: &str) -> Option<(&str, &str)> {
    let (plugin, kind) = resource_type.split_once(':')?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    let valid = !plugin.is_empty()
        && resource_type.len() <= TYPE_MAX_LENGTH
        && (1..=RESOURCE_TYPE_MAX_LENGTH).contains(&kind.len())
        && kind.bytes().all(plain);
    valid.then_some((plugin, kind))
}

/// Lower-case words joined by `_`, at most 64 bytes.
#[must_use]
pub fn is_valid_access_action(action: &str) -> bool {
    action.len() <= ACTION_MAX_LENGTH
        && action
            .split('_')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

impl AccessControlPolicy {
    /// The rules of a plugin's policy.
    ///
    /// # Errors
    ///
    /// 400 `model.access_policy.is_valid.….app_error` for the first one that is broken.
    pub fn is_valid(&self) -> Result<(), AppError> {
        let broken = |field: &str, reason: &str| {
            let id = format!("model.access_policy.is_valid.{field}.app_error");
            Err(AppError::new("AccessControlPolicy.IsValid", &id, 400, reason))
        };
        if !is_valid_id(&self.id) {
            return broken("id", "The policy has the id of its resource.");
        }
        if plugin_resource_type(&self.r#type).is_none() {
            return broken("type", "The type is `PLUGIN-ID:TYPE`.");
        }
        if self.name.len() > NAME_MAX_LENGTH {
            return broken("name", "A name has at most 128 bytes.");
        }
        if self.revision < 0 {
            return broken("revision", "A revision is 0 or more.");
        }
        if !self.imports.is_empty() || !self.roles.is_empty() || !self.scope.is_empty() || !self.scope_id.is_empty() {
            return broken("imports", "A plugin's policy has no imports, roles or scope.");
        }
        if self.rules.is_empty() || self.rules.len() > RULES {
            return broken("rules", "A policy has 1 to 64 rules.");
        }
        if self.props.len() > PROPS_MAX_LENGTH {
            return broken("props", "Properties have at most 64 KiB.");
        }
        let mut names = HashSet::new();
        for rule in &self.rules {
            rule.is_valid()?;
            if !rule.name.is_empty() && !names.insert(&rule.name) {
                return broken("rule_name", "Each rule has a name of its own.");
            }
        }
        Ok(())
    }
}

impl AccessControlPolicyRule {
    fn is_valid(&self) -> Result<(), AppError> {
        let broken = |field: &str, reason: &str| {
            let id = format!("model.access_policy.is_valid.{field}.app_error");
            Err(AppError::new("AccessControlPolicy.IsValid", &id, 400, reason))
        };
        let valid = |action: &String| action == "*" || is_valid_access_action(action);
        if self.actions.is_empty() || self.actions.len() > RULES || !self.actions.iter().all(valid) {
            return broken("rules_actions", "A rule has 1 to 64 actions, lower-case words joined by `_`.");
        }
        if self.expression.trim().is_empty() {
            return broken("rules_expression", "A rule has an expression.");
        }
        if self.name.len() > NAME_MAX_LENGTH || !self.role.is_empty() {
            return broken("rule_name", "A name has at most 128 bytes; a plugin's rule has no role.");
        }
        if self.metadata.len() > PROPS_MAX_LENGTH {
            return broken("metadata", "Metadata have at most 64 KiB.");
        }
        Ok(())
    }

    /// Whether the rule is about an action.
    #[must_use]
    pub fn is_about(&self, action: &str) -> bool {
        self.actions.iter().any(|own| own == "*" || own == action)
    }
}
