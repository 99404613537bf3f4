use serde_json::json;
use wasmoat_model::{
    AccessControlPolicy, AccessControlPolicyRule, AppError, PropertyField, PropertyValue, User, new_id,
};
use wasmoat_runtime::CallContext;

use crate::{Core, properties::PropertyCaller, testing::TestCore};

const DOC: &str = "wiki:page";

struct House {
    core: TestCore,
    ann: User,
    bob: User,
}

impl std::ops::Deref for House {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

impl House {
    /// Ann is in the red team and knows `go` and `rust`; Bob has no attributes.
    async fn new() -> Self {
        let core = Core::for_tests().await;
        core.patch_config(&CallContext::core(), &json!({"ServiceSettings": {"LicensedFeatures": ["access_control"]}}))
            .await
            .unwrap();
        let (ann, bob) = (core.new_user("ann").await, core.new_user("bob").await);
        let house = Self { core, ann, bob };
        let skills = r#"{"options":[{"id":"g","name":"go"},{"id":"r","name":"rust"},{"id":"z","name":"zig"}]}"#;
        let (team, skills) =
            (house.field("team", "text", "").await, house.field("skills", "multiselect", skills).await);
        house.set(&team, &house.ann, r#""red""#).await;
        house.set(&skills, &house.ann, r#"["g","r"]"#).await;
        house
    }

    async fn field(&self, name: &str, r#type: &str, attrs: &str) -> PropertyField {
        let group = self.get_property_group("access_control").await.unwrap();
        let field = PropertyField {
            group_id: group.id,
            name: name.into(),
            r#type: r#type.into(),
            attrs: attrs.into(),
            object_type: "user".into(),
            target_type: "system".into(),
            ..PropertyField::default()
        };
        self.create_property_field(&PropertyCaller::Core, field).await.unwrap()
    }

    async fn set(&self, field: &PropertyField, user: &User, value: &str) {
        let value = PropertyValue {
            group_id: field.group_id.clone(),
            field_id: field.id.clone(),
            target_id: user.id.clone(),
            target_type: "user".into(),
            value: value.into(),
            ..PropertyValue::default()
        };
        self.upsert_property_value(&PropertyCaller::Core, value).await.unwrap();
    }

    async fn errors(&self, expression: &str) -> Vec<(i32, i32, String)> {
        let found = self.check_plugin_access_control_expression("wiki", &self.ann.id, DOC, expression).await.unwrap();
        found.into_iter().map(|error| (error.line, error.column, error.message)).collect()
    }

    /// Names of the users that an expression holds for.
    async fn matching(&self, expression: &str) -> Vec<String> {
        let found = self
            .query_users_for_plugin_access_control_expression("wiki", &self.ann.id, DOC, expression, "", "", 0)
            .await
            .unwrap();
        assert_eq!(found.total, i64::try_from(found.users.len()).unwrap());
        found.users.into_iter().map(|user| user.username).collect()
    }

    async fn save(&self, id: &str, expression: &str) -> Result<AccessControlPolicy, AppError> {
        let rule = AccessControlPolicyRule {
            actions: vec!["view".into()],
            expression: expression.into(),
            ..AccessControlPolicyRule::default()
        };
        let policy = AccessControlPolicy {
            id: id.into(),
            r#type: DOC.into(),
            rules: vec![rule],
            ..AccessControlPolicy::default()
        };
        self.save_plugin_access_control_policy("wiki", &self.ann.id, policy).await
    }

    async fn decide(&self, user: &User, id: &str, action: &str) -> (bool, String) {
        let decision = self.evaluate_plugin_access_request("wiki", &user.id, DOC, id, action).await.unwrap();
        (decision.decision, decision.context)
    }
}

#[tokio::test]
async fn a_policy_decides_for_its_actions() {
    let house = House::new().await;
    let page = new_id();
    assert_eq!(house.decide(&house.bob, &page, "view").await, (true, r#"{"outcome":"no_policy"}"#.into()));
    let saved = house.save(&page, r#"user.attributes.team == "red""#).await.unwrap();
    assert_eq!((saved.version.as_str(), saved.active, saved.revision), ("v0.5", true, 0));
    assert_eq!(house.decide(&house.ann, &page, "view").await, (true, r#"{"outcome":"allow"}"#.into()));
    assert_eq!(house.decide(&house.bob, &page, "view").await, (false, r#"{"outcome":"deny"}"#.into()));
    assert!(house.decide(&house.bob, &page, "edit").await.1.contains("no_policy"));
    assert_eq!(house.save(&page, r#"user.attributes.team != "red""#).await.unwrap().revision, 1);
    assert!(!house.decide(&house.ann, &page, "view").await.0);
    assert!(!house.decide(&house.bob, &page, "view").await.0, "no value, no access");
    let error = house.get_plugin_access_control_policy("other", &page).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.access_control.plugin.policy_not_found.app_error", 404));
    house.delete_plugin_access_control_policy("wiki", &house.ann.id, DOC, &page).await.unwrap();
    assert!(house.decide(&house.bob, &page, "view").await.0);
}

#[tokio::test]
async fn a_policy_that_cannot_be_evaluated_is_an_error() {
    let house = House::new().await;
    let page = new_id();
    let extra = house.field("extra", "text", "").await;
    house.save(&page, r#"user.attributes.extra == "x""#).await.unwrap();
    house.delete_property_field(&PropertyCaller::Core, &extra.group_id, &extra.id).await.unwrap();
    let error = house.evaluate_plugin_access_request("wiki", &house.ann.id, DOC, &page, "view").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.access_control.plugin.unavailable.app_error", 503));
    house.patch_config(&CallContext::core(), &json!({"ServiceSettings": {"LicensedFeatures": []}})).await.unwrap();
    assert!(house.decide(&house.ann, &page, "view").await.1.contains("no_policy"), "the engine is off");
    assert_eq!(house.save(&page, "true").await.unwrap_err().status_code, 501);
}

#[tokio::test]
async fn expressions_speak_of_attributes() {
    let house = House::new().await;
    for (expression, who) in [
        ("true", vec!["ann", "bob"]),
        (r#"user.attributes.team == "red""#, vec!["ann"]),
        (r#"user.attributes["team"] in ["blue", "red"]"#, vec!["ann"]),
        (r#"user.attributes.team.startsWith("re") && user.attributes.team.endsWith("d")"#, vec!["ann"]),
        (r#""rust" in user.attributes.skills"#, vec!["ann"]),
        (r#"user.attributes.skills.exists(s, s == "go") && size(user.attributes.skills) == 2"#, vec!["ann"]),
        (r#"user.attributes.skills.all(s, s.contains("z"))"#, vec![]),
        ("!has(user.attributes.team)", vec!["bob"]),
        (r#"!(user.attributes.team == "red")"#, vec![]),
    ] {
        let mut found = house.matching(expression).await;
        found.sort();
        assert_eq!(found, who, "{expression}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_shown_where_it_is() {
    let house = House::new().await;
    assert!(house.errors(r#"user.attributes.team == "red""#).await.is_empty());
    let found = house.errors("true &&\n user.attributes.teem == \"red\"").await;
    assert_eq!((found[0].0, found[0].2.as_str()), (2, "There is no user attribute `teem`."));
    assert!(!house.errors("user.attributes.team ==").await.is_empty());
    for (expression, text) in [
        ("user.attributes.team", "not a condition"),
        ("user.attributes.team > 5", "not for"),
        ("user.name == 'x'", "unknown"),
        ("'a' + 'b' == 'ab'", "not supported"),
        ("user.attributes.skills.map(s, s).size() > 0", "`map`"),
        ("user.attributes.team.matches('.*')", "not supported"),
        ("now() == 1", "not supported"),
    ] {
        let found = house.errors(expression).await;
        assert!(found.iter().any(|error| error.2.contains(text)), "{expression}: {found:?}");
    }
}

#[tokio::test]
async fn an_expression_is_bounded() {
    let house = House::new().await;
    let nested = (0..4).fold("true".to_owned(), |inner, n| format!("user.attributes.skills.all(s{n}, {inner})"));
    for expression in [
        "(".repeat(2000),
        "!".repeat(3000),
        format!("'{}' == ''", "a".repeat(5000)),
        format!("{}true", "true&&".repeat(600)),
        format!("user{}", ".a".repeat(500)),
        format!("{}true", "-".repeat(1001)),
        format!("true{}", "?true:true".repeat(100)),
        nested,
        String::new(),
    ] {
        assert!(!house.errors(&expression).await.is_empty(), "{expression}");
    }
}

#[tokio::test]
async fn an_editor_gets_fields_and_a_table() {
    let house = House::new().await;
    house.field("hidden", "text", r#"{"protected":true,"access_mode":"source_only","source_plugin_id":"sync"}"#).await;
    let offered = house.get_access_control_fields_autocomplete(&house.ann.id, "", 0).await.unwrap();
    assert_eq!(offered.len(), 2);
    let rest = house.get_access_control_fields_autocomplete(&house.ann.id, &offered[0].id, 0).await.unwrap();
    assert_eq!(rest, offered[1..]);
    let denied = house
        .query_users_for_plugin_access_control_expression(
            "wiki",
            &house.ann.id,
            DOC,
            "user.attributes.hidden == 'x'",
            "",
            "",
            0,
        )
        .await;
    assert_eq!(denied.unwrap_err().status_code, 403);
    let source =
        r#"user.attributes.team == "red" && ("go" in user.attributes.skills || "zig" in user.attributes.skills)"#;
    let table = house.get_plugin_access_control_visual_ast("wiki", &house.ann.id, DOC, source).await.unwrap();
    let rows: Vec<(&str, &str, &str)> = table
        .conditions
        .iter()
        .map(|row| (row.attribute.as_str(), row.operator.as_str(), row.value.as_str()))
        .collect();
    assert_eq!(
        rows,
        [("user.attributes.team", "==", r#""red""#), ("user.attributes.skills", "hasAnyOf", r#"["go","zig"]"#)]
    );
    let source = r#"user.attributes.team == "red" || user.attributes.team == "blue""#;
    let error = house.get_plugin_access_control_visual_ast("wiki", &house.ann.id, DOC, source).await.unwrap_err();
    assert_eq!(error.id, "app.pap.expression_to_visual_ast.app_error");
}
