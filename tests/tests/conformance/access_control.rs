//! `wit/access-control.wit`.

use serde_json::{Value, json};

use crate::{
    Case, error, success,
    world::{NOBODY, id},
};

const PAGE: &str = "conformance:page";
const FORBIDDEN: &str = "app.access_control.plugin.resource_type_forbidden.app_error";
const NO_POLICY: &str = "app.access_control.plugin.policy_not_found.app_error";

/// A user attribute with a name of its own, which a new user holds as `red`. It goes at the end:
/// there may be few at the same time.
struct Attribute {
    field: Value,
    name: String,
    holder: String,
}

impl Attribute {
    async fn new(case: &Case) -> Self {
        let group = case.call_other("properties.get-property-group", json!({"name": "access_control"})).await;
        let name = case.name("attribute").replace('-', "_");
        let field = json!({
            "group_id": group["id"], "name": name, "type": "text", "object_type": "user", "target_type": "system",
        });
        let field = case.call_other("properties.create-property-field", json!({"field": field})).await;
        let holder = case.user().await.id;
        let value = json!({
            "group_id": group["id"], "field_id": field["id"], "target_id": holder, "target_type": "user",
            "value": r#""red""#,
        });
        case.call_other("properties.upsert-property-value", json!({"value": value})).await;
        Self { field, name, holder }
    }

    fn is_red(&self) -> String {
        format!("user.attributes.{} == \"red\"", self.name)
    }

    async fn remove(self, case: &Case) {
        let field = json!({"group_id": self.field["group_id"], "field_id": self.field["id"]});
        case.call_other("properties.delete-property-field", field).await;
    }
}

/// A policy for viewing something that there is: a post.
async fn policy(case: &Case, expression: &str) -> Value {
    let resource = id(&case.post("secret").await);
    json!({
        "acting_user_id": case.admin_id,
        "policy": {"id": resource, "type": PAGE, "rules": [{"actions": ["view"], "expression": expression}]},
    })
}

async fn saved(case: &Case, expression: &str) -> Value {
    let policy = policy(case, expression).await;
    case.call_other("access-control.save-access-control-policy", policy).await
}

fn asked(user: &str, policy: &Value) -> Value {
    json!({"user_id": user, "resource_type": PAGE, "resource_id": policy["id"], "action": "view"})
}

async fn decide(case: &Case, user: &str, policy: &Value) -> Value {
    case.call_other("access-control.evaluate-access-control", asked(user, policy)).await
}

fn expression(case: &Case, text: &str) -> Value {
    json!({"acting_user_id": case.admin_id, "resource_type": PAGE, "expression": text})
}

fn query(case: &Case, text: &str) -> Value {
    json!({
        "acting_user_id": case.admin_id, "resource_type": PAGE, "expression": text,
        "term": "", "cursor_id": "", "limit": 0,
    })
}

#[test]
fn evaluate_access_control_goes_by_the_policy() {
    success("access-control.evaluate-access-control").run(async |case| {
        let attribute = Attribute::new(case).await;
        let policy = saved(case, &attribute.is_red()).await;
        let outcome = |decision: &Value| (decision["decision"].clone(), decision["context"].to_string());
        let (allowed, why) = outcome(&case.call(asked(&attribute.holder, &policy)).await);
        assert!(allowed == true && why.contains("allow"), "{why}");
        let (allowed, why) = outcome(&case.call(asked(&case.bob.id, &policy)).await);
        assert!(allowed == false && why.contains("deny"), "{why}");
        let (allowed, why) = outcome(&case.call(asked(&case.bob.id, &json!({"id": NOBODY}))).await);
        assert!(allowed == true && why.contains("no_policy"), "{why}");
        attribute.remove(case).await;
    });
}

#[test]
fn evaluate_access_control_tells_of_a_policy_that_it_cannot_evaluate() {
    error("access-control.evaluate-access-control").run(async |case| {
        let attribute = Attribute::new(case).await;
        let policy = saved(case, &attribute.is_red()).await;
        attribute.remove(case).await;
        let refused = case.refused(asked(&case.bob.id, &policy)).await;
        refused.is("app.access_control.plugin.unavailable.app_error", 503);
    });
}

#[test]
fn evaluate_access_control_allows_all_while_it_is_off() {
    let off = json!({"ServiceSettings": {"LicensedFeatures": []}});
    success("access-control.evaluate-access-control").settings(off).run(async |case| {
        let decision = case.call(asked(&case.bob.id, &json!({"id": NOBODY}))).await;
        assert!(decision["decision"] == true && decision["context"].to_string().contains("no_policy"));
    });
}

#[test]
fn save_access_control_policy_puts_it_in_force() {
    success("access-control.save-access-control-policy").run(async |case| {
        let policy = case.call(policy(case, "false").await).await;
        assert_eq!((&policy["version"], &policy["active"]), (&json!("v0.5"), &json!(true)));
        assert_eq!(decide(case, &case.bob.id, &policy).await["decision"], false);
    });
}

#[test]
fn save_access_control_policy_wants_an_expression_that_compiles() {
    error("access-control.save-access-control-policy").run(async |case| {
        let policy = policy(case, "user.attributes.nothing == 'x'").await;
        case.refused(policy).await.is("app.pap.save_policy.app_error", 400);
    });
}

#[test]
fn save_access_control_policy_is_off_by_default() {
    let off = json!({"ServiceSettings": {"LicensedFeatures": []}});
    error("access-control.save-access-control-policy").settings(off).run(async |case| {
        let policy = policy(case, "true").await;
        case.refused(policy).await.is("app.pap.create_access_control_policy.app_error", 501);
    });
}

#[test]
fn get_access_control_policy_gives_it() {
    success("access-control.get-access-control-policy").run(async |case| {
        let policy = saved(case, "true").await;
        assert_eq!(case.call(json!({"id": policy["id"]})).await, policy);
    });
}

#[test]
fn get_access_control_policy_knows_only_what_there_is() {
    error("access-control.get-access-control-policy").run(async |case| {
        case.refused(json!({"id": NOBODY})).await.is(NO_POLICY, 404);
    });
}

#[test]
fn delete_access_control_policy_takes_it_out_of_force() {
    success("access-control.delete-access-control-policy").run(async |case| {
        let policy = saved(case, "false").await;
        case.call(json!({"acting_user_id": case.admin_id, "resource_type": PAGE, "id": policy["id"]})).await;
        assert_eq!(decide(case, &case.bob.id, &policy).await["decision"], true);
    });
}

#[test]
fn delete_access_control_policy_wants_the_same_type() {
    error("access-control.delete-access-control-policy").run(async |case| {
        let policy = saved(case, "false").await;
        let other = json!({
            "acting_user_id": case.admin_id, "resource_type": "conformance:book", "id": policy["id"],
        });
        case.refused(other).await.is(NO_POLICY, 404);
        assert_eq!(decide(case, &case.bob.id, &policy).await["decision"], false);
    });
}

#[test]
fn check_access_control_expression_shows_the_place() {
    success("access-control.check-access-control-expression").run(async |case| {
        assert_eq!(case.call(expression(case, "true")).await, json!([]));
        let found = case.call(expression(case, "true &&\n  user.attributes.nothing == 'x'")).await;
        assert_eq!((&found[0]["line"], found.as_array().map(Vec::len)), (&json!(2), Some(1)));
    });
}

#[test]
fn check_access_control_expression_is_for_own_resources() {
    error("access-control.check-access-control-expression").run(async |case| {
        let mut asked = expression(case, "true");
        asked["resource_type"] = "wiki:page".into();
        case.refused(asked).await.is(FORBIDDEN, 403);
    });
}

#[test]
fn query_users_for_access_control_expression_finds_them() {
    success("access-control.query-users-for-access-control-expression").run(async |case| {
        let attribute = Attribute::new(case).await;
        let found = case.call(query(case, &attribute.is_red())).await;
        assert_eq!((&found["total"], &found["users"][0]["id"]), (&json!(1), &json!(attribute.holder)));
        let mut after = query(case, &attribute.is_red());
        after["cursor_id"] = attribute.holder.clone().into();
        let found = case.call(after).await;
        assert_eq!((&found["total"], &found["users"]), (&json!(1), &json!([])));
        attribute.remove(case).await;
    });
}

#[test]
fn query_users_for_access_control_expression_wants_one_that_compiles() {
    error("access-control.query-users-for-access-control-expression").run(async |case| {
        case.refused(query(case, "true &&")).await.is("app.pap.check_expression.app_error", 400);
    });
}

#[test]
fn get_access_control_fields_autocomplete_lists_attributes() {
    success("access-control.get-access-control-fields-autocomplete").run(async |case| {
        let attribute = Attribute::new(case).await;
        let found = case.call(json!({"acting_user_id": case.bob.id, "after": "", "limit": 100})).await;
        let names: Vec<&Value> = found.as_array().unwrap().iter().map(|field| &field["name"]).collect();
        assert!(names.contains(&&json!(attribute.name)), "{names:?}");
        attribute.remove(case).await;
    });
}

#[test]
fn get_access_control_fields_autocomplete_wants_a_user() {
    error("access-control.get-access-control-fields-autocomplete").run(async |case| {
        let refused = case.refused(json!({"acting_user_id": NOBODY, "after": "", "limit": 0})).await;
        refused.is("app.access_control.plugin.invalid_acting_user.app_error", 400);
    });
}

#[test]
fn get_access_control_visual_ast_makes_a_table() {
    success("access-control.get-access-control-visual-ast").run(async |case| {
        let attribute = Attribute::new(case).await;
        let table = case.call(expression(case, &attribute.is_red())).await;
        let row = &table["conditions"][0];
        assert_eq!(row["attribute"], format!("user.attributes.{}", attribute.name));
        assert_eq!((&row["operator"], &row["attribute_type"]), (&json!("=="), &json!("text")));
        assert_eq!((&row["value"], &row["value_type"]), (&json!(r#""red""#), &json!(0)));
        attribute.remove(case).await;
    });
}

#[test]
fn get_access_control_visual_ast_has_no_table_for_a_choice() {
    error("access-control.get-access-control-visual-ast").run(async |case| {
        let refused = case.refused(expression(case, "true || false")).await;
        refused.is("app.pap.expression_to_visual_ast.app_error", 400);
    });
}
