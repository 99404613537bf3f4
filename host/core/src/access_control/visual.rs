//! Expressions as tables of conditions.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr, LiteralValue, operators},
};
use serde_json::Value;
use wasmoat_model::{AppError, Condition, VisualExpression};

use super::{
    attributes::Schema,
    check_resource_type,
    expression::{Attribute, attribute},
};
use crate::Core;

const AT: &str = "GetPluginAccessControlVisualAST";

impl Core {
    /// Mattermost's `GetPluginAccessControlVisualAST`.
    ///
    /// # Errors
    ///
    /// 501 while the feature is off; 400 for an expression that does not compile or is no
    /// conjunction of simple comparisons, a bad type or acting user; 403 for another plugin's type.
    pub async fn get_plugin_access_control_visual_ast(
        &self,
        plugin_id: &str,
        acting_user_id: &str,
        resource_type: &str,
        source: &str,
    ) -> Result<VisualExpression, AppError> {
        self.require_access_control(AT, "app.pap.expression_to_visual_ast.app_error")?;
        check_resource_type(AT, plugin_id, resource_type)?;
        self.check_acting_user(AT, acting_user_id).await?;
        let schema = self.attribute_schema().await?;
        let expression = self.checked_expression(AT, source, &schema).await?;
        let mut conditions = Vec::new();
        collect(expression.root(), &schema, &mut conditions)?;
        Ok(VisualExpression { conditions })
    }
}

/// The conditions of a conjunction, in order.
fn collect(node: &IdedExpr, schema: &Schema, conditions: &mut Vec<Condition>) -> Result<(), AppError> {
    match &node.expr {
        Expr::Call(call) if call.func_name == operators::LOGICAL_AND => {
            call.args.iter().try_for_each(|part| collect(part, schema, conditions))
        }
        // `true` asks nothing.
        Expr::Literal(LiteralValue::Boolean(flag)) if *flag.inner() => Ok(()),
        _ => {
            let condition = condition(node, schema).ok_or_else(|| {
                let text = "Only comparisons of attributes with values, joined by `&&`, have a table.";
                AppError::new(AT, "app.pap.expression_to_visual_ast.app_error", 400, text)
            })?;
            conditions.push(condition);
            Ok(())
        }
    }
}

fn condition(node: &IdedExpr, schema: &Schema) -> Option<Condition> {
    let Expr::Call(call) = &node.expr else { return None };
    match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
        (name @ ("startsWith" | "endsWith" | "contains"), Some(target), [part]) => {
            compared(schema, name, &attribute(target)?, part)
        }
        (operators::IN, None, [item, list]) => match (attribute(item), attribute(list)) {
            (Some(attribute), None) => compared(schema, "in", &attribute, list),
            (None, Some(attribute)) => has_any(schema, &attribute, vec![literal(item)?]),
            _ => None,
        },
        (operators::LOGICAL_OR, None, _) => any_of(call, schema),
        (name, None, [one, other]) => {
            let operator = sign(name)?;
            match attribute(one) {
                Some(attribute) => compared(schema, operator, &attribute, other),
                // `"x" == user.attributes.a`; other comparisons would turn round.
                None if matches!(operator, "==" | "!=") => compared(schema, operator, &attribute(other)?, one),
                None => None,
            }
        }
        _ => None,
    }
}

fn sign(name: &str) -> Option<&'static str> {
    Some(match name {
        operators::EQUALS => "==",
        operators::NOT_EQUALS => "!=",
        operators::LESS => "<",
        operators::LESS_EQUALS => "<=",
        operators::GREATER => ">",
        operators::GREATER_EQUALS => ">=",
        _ => return None,
    })
}

fn compared(schema: &Schema, operator: &str, left: &Attribute<'_>, right: &IdedExpr) -> Option<Condition> {
    let (value, value_type) = match attribute(right) {
        Some(other) => (Value::from(format!("user.attributes.{}", other.name)), 1),
        None => (literal(right)?, 0),
    };
    row(schema, operator, left, &value, value_type)
}

fn has_any(schema: &Schema, left: &Attribute<'_>, values: Vec<Value>) -> Option<Condition> {
    row(schema, "hasAnyOf", left, &Value::from(values), 0)
}

/// `"a" in X || "b" in X`: the list has any of them.
fn any_of(call: &CallExpr, schema: &Schema) -> Option<Condition> {
    let (mut name, mut values) = (None, Vec::new());
    let mut open: Vec<&IdedExpr> = call.args.iter().rev().collect();
    while let Some(node) = open.pop() {
        let Expr::Call(call) = &node.expr else { return None };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_OR, parts) => open.extend(parts.iter().rev()),
            (operators::IN, [item, list]) => {
                let list = attribute(list)?;
                if *name.get_or_insert(list.name) != list.name {
                    return None;
                }
                values.push(literal(item)?);
            }
            _ => return None,
        }
    }
    has_any(schema, &Attribute { name: name? }, values)
}

fn row(schema: &Schema, operator: &str, left: &Attribute<'_>, value: &Value, value_type: i32) -> Option<Condition> {
    Some(Condition {
        attribute: format!("user.attributes.{}", left.name),
        operator: operator.to_owned(),
        value: value.to_string(),
        value_type,
        attribute_type: schema.get(left.name)?.field.r#type.clone(),
    })
}

/// A literal, or a list of them, as JSON.
fn literal(node: &IdedExpr) -> Option<Value> {
    Some(match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Value::from(text.inner()),
        Expr::Literal(LiteralValue::Boolean(flag)) => Value::from(*flag.inner()),
        Expr::Literal(LiteralValue::Int(number)) => Value::from(*number.inner()),
        Expr::Literal(LiteralValue::UInt(number)) => Value::from(*number.inner()),
        Expr::Literal(LiteralValue::Double(number)) => Value::from(*number.inner()),
        Expr::List(list) => Value::from(list.elements.iter().map(literal).collect::<Option<Vec<Value>>>()?),
        _ => return None,
    })
}
