use serde_json::json;
use wasmoat_model::{OAuthApp, Preference, Session};
use wasmoat_runtime::CallContext;

use crate::{Core, testing::TestCore};

async fn with_provider() -> TestCore {
    let core = Core::for_tests().await;
    let patch = json!({"ServiceSettings": {"EnableOAuthServiceProvider": true}});
    core.patch_config(&CallContext::core(), &patch).await.unwrap();
    core
}

fn board(creator_id: &str) -> OAuthApp {
    OAuthApp {
        creator_id: creator_id.into(),
        name: "Board".into(),
        homepage: "https://board.example.org".into(),
        callback_urls: vec!["https://board.example.org/back".into()],
        client_secret: "chosen by the caller".into(),
        ..OAuthApp::default()
    }
}

#[tokio::test]
async fn an_update_keeps_creator_and_secret() {
    let core = with_provider().await;
    let ada = core.new_user("ada").await;
    let app = core.create_oauth_app(board(&ada.id)).await.unwrap();
    assert_eq!(app.client_secret.len(), 26, "the secret is the server's");
    let wanted = OAuthApp { id: app.id.clone(), name: "Boards".into(), is_trusted: true, ..board("somebody") };
    let changed = core.update_oauth_app(wanted).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.is_trusted), ("Boards", true));
    assert_eq!((&changed.creator_id, &changed.client_secret), (&app.creator_id, &app.client_secret));
    assert_eq!(core.get_oauth_app(&app.id).await.unwrap(), changed);
    let renewed = core.regenerate_oauth_app_secret(&app.id).await.unwrap();
    assert_ne!(renewed.client_secret, app.client_secret);
    assert_eq!(core.create_oauth_app(changed).await.unwrap_err().id, "app.oauth.save_app.existing.app_error");
}

#[tokio::test]
async fn with_an_application_goes_what_users_have_allowed_it() {
    let core = with_provider().await;
    let ada = core.new_user("ada").await;
    let app = core.create_oauth_app(board(&ada.id)).await.unwrap();
    let grant = Preference {
        user_id: ada.id.clone(),
        category: "oauth_app".into(),
        name: app.id.clone(),
        value: "user".into(),
    };
    core.update_preferences(&CallContext::core(), &ada.id, vec![grant]).await.unwrap();
    let session = |props| Session { user_id: ada.id.clone(), props, ..Session::default() };
    let of_app = session(vec![("oauth_app_id".into(), app.id.clone())]);
    let of_app = core.create_session(of_app).await.unwrap();
    let own = core.create_session(session(Vec::new())).await.unwrap();
    assert!(core.session_by_token(&of_app.token).await.unwrap().is_some());
    let allowed = core.get_authorized_apps_for_user(&ada.id, 0, 60).await.unwrap();
    assert_eq!(allowed, [app.clone().sanitized()]);

    core.delete_oauth_app(&app.id).await.unwrap();
    assert_eq!(core.session_by_token(&of_app.token).await.unwrap(), None);
    assert!(core.session_by_token(&own.token).await.unwrap().is_some());
    assert!(core.get_authorized_apps_for_user(&ada.id, 0, 60).await.unwrap().is_empty());
    assert_eq!(core.delete_oauth_app(&app.id).await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn without_a_provider_there_are_no_applications() {
    let core = Core::for_tests().await;
    let error = core.create_oauth_app(board("x")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.oauth.register_oauth_app.turn_off.app_error", 501));
    assert_eq!(core.get_oauth_app("x").await.unwrap_err().status_code, 501);
}
