use wasmoat_model::{AppError, Bot, Session, User, UserAccessToken, now_ms};
use wasmoat_runtime::CallContext;

use super::Login;
use crate::{
    Core,
    store::{Queries as _, args},
};

async fn log_in(core: &Core, name: &str, password: &str) -> Result<(User, Session), AppError> {
    let login = Login { login_id: name.into(), password: password.into(), ..Login::default() };
    core.login(&CallContext::core(), &login).await
}

const WRONG: &str = "api.user.login.invalid_credentials_email_username";

#[tokio::test]
async fn name_or_address_and_password_make_a_session() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    for login_id in ["ada", "ADA", "ada@example.org"] {
        let (user, session) = log_in(&core, login_id, "correct-horse").await.unwrap();
        assert_eq!((user.id.as_str(), session.roles.as_str()), (ada.id.as_str(), ada.roles.as_str()));
        let found = core.session_by_token(&session.token).await.unwrap().unwrap();
        assert_eq!(found.user_id, ada.id);
        let days = (session.expires_at - now_ms()) / super::DAY_MS;
        assert!((29..=30).contains(&days), "{days}");
    }
}

#[tokio::test]
async fn nobody_learns_which_accounts_there_are() {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    for name in ["ada", "nobody"] {
        let error = log_in(&core, name, "wrong-horse").await.unwrap_err();
        assert_eq!((error.id.as_str(), error.status_code), (WRONG, 401));
    }
    assert_eq!(log_in(&core, "ada", "").await.unwrap_err().id, "api.user.login.blank_pwd.app_error");
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_account() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    log_in(&core, "ada", "wrong-horse").await.unwrap_err();
    log_in(&core, "ada", "correct-horse").await.unwrap();
    assert_eq!(core.get_user(&ada.id).await.unwrap().failed_attempts, 0, "a login clears the count");
    for _ in 0..10 {
        assert_eq!(log_in(&core, "ada", "wrong-horse").await.unwrap_err().id, WRONG);
    }
    let error = log_in(&core, "ada", "correct-horse").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.user.check_user_login_attempts.too_many.app_error", 401));
    core.update_password(&CallContext::core(), &ada.id, "battery-staple").await.unwrap();
    log_in(&core, "ada", "battery-staple").await.unwrap();
}

#[tokio::test]
async fn deactivated_accounts_and_bots_do_not_log_in() {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let (_, session) = log_in(&core, "bob", "correct-horse").await.unwrap();
    core.delete_user(&CallContext::core(), &bob.id).await.unwrap();
    assert_eq!(core.session_by_token(&session.token).await.unwrap(), None, "its sessions end");
    assert_eq!(log_in(&core, "bob", "correct-horse").await.unwrap_err().id, "api.user.login.inactive.app_error");
    core.create_bot(Bot { username: "robot".into(), owner_id: "p".into(), ..Bot::default() }).await.unwrap();
    assert_eq!(
        log_in(&core, "robot", "correct-horse").await.unwrap_err().id,
        "api.user.login.bot_login_forbidden.app_error"
    );
}

#[tokio::test]
async fn a_revoked_or_expired_session_is_none() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let (_, one) = log_in(&core, "ada", "correct-horse").await.unwrap();
    let (_, other) = log_in(&core, "ada", "correct-horse").await.unwrap();
    assert!(core.session_by_token(&one.token).await.unwrap().is_some());
    core.revoke_session(&one).await.unwrap();
    assert_eq!(core.session_by_token(&one.token).await.unwrap(), None);
    assert_eq!(core.get_sessions(&ada.id).await.unwrap().len(), 1);
    let gone = Session { user_id: ada.id.clone(), expires_at: now_ms() - 1, ..Session::default() };
    let gone = core.create_session(gone).await.unwrap();
    assert_eq!(core.session_by_token(&gone.token).await.unwrap(), None);
    core.revoke_all_sessions(&ada.id).await.unwrap();
    assert_eq!(core.session_by_token(&other.token).await.unwrap(), None);
    assert_eq!(core.session_by_token("").await.unwrap(), None);
    assert_eq!(core.session_by_token(&"ü".repeat(40)).await.unwrap(), None, "a long token is cut between characters");
}

#[tokio::test]
async fn activity_is_noted_and_extends_the_session() {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    let (_, session) = log_in(&core, "ada", "correct-horse").await.unwrap();
    let (then, soon) = (now_ms() - 10 * super::DAY_MS, now_ms() + super::DAY_MS);
    let sql = "UPDATE sessions SET last_activity_at = $2, expires_at = $3 WHERE id = $1";
    core.store.read().await.unwrap().run(sql, args![session.id, then, soon]).await.unwrap();
    core.session_by_token(&session.token).await.unwrap().unwrap();
    let stored = core.get_session_by_id(&session.id).await.unwrap();
    assert!(stored.last_activity_at > then);
    assert!(stored.expires_at > soon + 20 * super::DAY_MS);
}

#[tokio::test]
async fn new_roles_reach_live_sessions() {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let (_, session) = log_in(&core, "bob", "correct-horse").await.unwrap();
    let session = core.session_by_token(&session.token).await.unwrap().unwrap();
    assert!(!core.session_has_permission_to(&session, "manage_system").await);
    core.update_user_roles(&bob.id, "system_user system_admin").await.unwrap();
    let session = core.session_by_token(&session.token).await.unwrap().unwrap();
    assert!(core.session_has_permission_to(&session, "manage_system").await);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let (_, mine) = log_in(&core, "ada", "correct-horse").await.unwrap();
    let (_, other) = log_in(&core, "ada", "correct-horse").await.unwrap();
    let cx = CallContext::client(wasmoat_model::PluginContext::default(), Some(mine.clone().into()));
    core.update_password(&cx, &ada.id, "battery-staple").await.unwrap();
    assert!(core.session_by_token(&mine.token).await.unwrap().is_some());
    assert!(core.session_by_token(&other.token).await.unwrap().is_none());
}

#[tokio::test]
async fn tokens_of_people_need_the_setting_and_those_of_bots_do_not() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let token = |user_id: &str| UserAccessToken {
        user_id: user_id.into(),
        description: "d".into(),
        ..UserAccessToken::default()
    };
    let error = core.create_user_access_token(token(&ada.id)).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.user_access_token.disabled", 501));

    let bot = core.create_bot(Bot { username: "robot".into(), owner_id: ada.id, ..Bot::default() }).await.unwrap();
    let created = core.create_user_access_token(token(&bot.user_id)).await.unwrap();
    assert_eq!(created.token.len(), 26);
    let session = core.session_by_token(&created.token).await.unwrap().unwrap();
    assert_eq!(session.user_id, bot.user_id);
    assert_eq!(wasmoat_model::json::get(&session.props, "is_bot"), Some("true"));
    assert!(core.get_user_access_token(&created.id).await.unwrap().token.is_empty(), "the secret is shown once");

    core.set_user_access_token_active(&created.id, false).await.unwrap();
    assert_eq!(core.session_by_token(&created.token).await.unwrap(), None);
    core.set_user_access_token_active(&created.id, true).await.unwrap();
    assert!(core.session_by_token(&created.token).await.unwrap().is_some());
    let rotated = core.rotate_user_access_token(&created.id).await.unwrap();
    assert_eq!(core.session_by_token(&created.token).await.unwrap(), None);
    assert!(core.session_by_token(&rotated.token).await.unwrap().is_some());
    core.revoke_user_access_token(&created.id).await.unwrap();
    assert_eq!(core.session_by_token(&rotated.token).await.unwrap(), None);
    assert_eq!(core.get_user_access_token(&created.id).await.unwrap_err().status_code, 404);
}
