//! Logins by SAML. What plugins say to them is shown in `tests/tests/saml.rs`.

use serde_json::{Value, json};
use wasmoat_model::json as maps;
use wasmoat_runtime::CallContext;

use crate::{Core, testing::TestCore};

fn assertion(name: &str) -> Value {
    let attribute = |value: String| json!({"Values": [{"Value": value}]});
    json!({
        "NameID": name,
        "Values": {
            "uid": attribute(format!("id-of-{name}")), "mail": attribute(format!("{name}@Example.org")),
            "login": attribute(name.to_owned()), "given": attribute("Grace".to_owned()),
        },
    })
}

async fn with_saml() -> TestCore {
    let core = Core::for_tests().await;
    let settings = json!({"SamlSettings": {
        "Enable": true, "IdAttribute": "uid", "EmailAttribute": "mail", "UsernameAttribute": "login",
        "FirstNameAttribute": "given",
    }});
    core.patch_config(&CallContext::core(), &settings).await.unwrap();
    core
}

#[tokio::test]
async fn the_first_login_makes_the_account_and_later_ones_follow_the_provider() {
    let core = with_saml().await;
    core.new_user("ada").await;
    let cx = CallContext::core();
    let (user, session) = core.login_by_saml(&cx, &assertion("grace")).await.unwrap();
    assert_eq!((user.email.as_str(), user.first_name.as_str()), ("grace@example.org", "Grace"));
    assert_eq!((user.auth_service.as_str(), user.auth_data.as_deref()), ("saml", Some("id-of-grace")));
    assert_eq!(maps::get(&session.props, "isSaml"), Some("true"));
    assert!(core.session_by_token(&session.token).await.unwrap().is_some());

    let mut married = assertion("grace");
    married["Values"]["mail"]["Values"][0]["Value"] = json!("hopper@example.org");
    let (again, _) = core.login_by_saml(&cx, &married).await.unwrap();
    assert_eq!((again.id, again.email.as_str()), (user.id, "hopper@example.org"));
}

#[tokio::test]
async fn what_the_provider_says_must_fit_what_is_here() {
    let core = with_saml().await;
    core.new_user("ada").await;
    let cx = CallContext::core();
    let refused = async |assertion: &Value| core.login_by_saml(&cx, assertion).await.unwrap_err();
    let error = refused(&assertion("ada")).await;
    assert_eq!(
        (error.id.as_str(), error.status_code),
        ("api.user.create_oauth_user.already_attached.app_error", 400),
        "her account has a password"
    );
    assert_eq!(refused(&json!({"Values": {}})).await.id, "ent.saml.attribute.app_error");
    let (grace, _) = core.login_by_saml(&cx, &assertion("grace")).await.unwrap();
    core.delete_user(&cx, &grace.id).await.unwrap();
    assert_eq!(refused(&assertion("grace")).await.id, "api.user.login.inactive.app_error");
    let core = Core::for_tests().await;
    assert_eq!(core.login_by_saml(&cx, &assertion("grace")).await.unwrap_err().status_code, 501);
}
