use wasmoat_model::{Privacy, User, UserAuth, UserGetOptions, UserPatch, UserSearch};
use wasmoat_runtime::CallContext;

use crate::{Core, testing::TestCore};

const PASSWORD: &str = "correct-horse";

async fn create(core: &Core, name: &str) -> User {
    core.new_user(name).await
}

#[tokio::test]
async fn the_first_account_administrates_and_roles_are_not_for_the_asking() {
    let core = Core::for_tests().await;
    assert!(core.is_first_user_account().await.unwrap());
    assert_eq!(create(&core, "ada").await.roles, "system_admin system_user");
    let greedy = User {
        username: "bob".into(),
        email: "bob@example.org".into(),
        password: PASSWORD.into(),
        roles: "system_admin".into(),
        ..User::default()
    };
    assert_eq!(core.create_user(&CallContext::core(), greedy).await.unwrap().roles, "system_user");
}

#[tokio::test]
async fn a_new_account_has_defaults_and_shows_no_secret() {
    let core = Core::for_tests().await;
    let user = create(&core, "Ada").await;
    assert_eq!(user.username, "ada");
    assert!(user.password.is_empty());
    assert_eq!(wasmoat_model::json::get(&user.notify_props, "desktop"), Some("mention"));
    assert_eq!(core.get_user(&user.id).await.unwrap(), user);
    assert_eq!(core.get_user_by_email("ADA@example.org").await.unwrap(), user);
    assert_eq!(core.get_user_by_username("ADA").await.unwrap(), user);
    let preferences = core.get_preferences_for_user(&user.id).await.unwrap();
    assert!(preferences.iter().any(|preference| preference.category == "tutorial_step"));
}

#[tokio::test]
async fn names_and_addresses_are_unique() {
    let core = Core::for_tests().await;
    create(&core, "ada").await;
    let again = |username: &str, email: &str| User {
        username: username.into(),
        email: email.into(),
        password: PASSWORD.into(),
        ..User::default()
    };
    let cx = CallContext::core();
    let error = core.create_user(&cx, again("ADA", "other@example.org")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.user.save.username_exists.app_error", 400));
    let error = core.create_user(&cx, again("other", "Ada@example.org")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.user.save.email_exists.app_error", 400));
}

#[tokio::test]
async fn a_weak_password_names_the_rules_it_breaks() {
    let core = Core::for_tests().await;
    let user = |password: &str| User {
        username: "a".into(),
        email: "a@b".into(),
        password: password.into(),
        ..User::default()
    };
    let id = async |password: &str| core.create_user(&CallContext::core(), user(password)).await.unwrap_err().id;
    assert_eq!(id("short").await, "model.user.is_valid.pwd_min_length.app_error");
    assert_eq!(id(&"x".repeat(73)).await, "model.user.is_valid.pwd_max_length.app_error");
}

#[tokio::test]
async fn sign_up_is_open_to_the_first_person_alone() {
    let core = Core::as_installed().await;
    let user = |name: &str| User {
        username: name.into(),
        email: format!("{name}@example.org"),
        password: PASSWORD.into(),
        ..User::default()
    };
    core.create_user_from_signup(&CallContext::core(), user("ada")).await.unwrap();
    let error = core.create_user_from_signup(&CallContext::core(), user("bob")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.user.create_user.no_open_server", 403));
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_reads_see_it() {
    let core = Core::for_tests().await;
    let user = create(&core, "ada").await;
    core.get_user(&user.id).await.unwrap();
    let patch = UserPatch { nickname: Some("Countess".into()), ..UserPatch::default() };
    let change = core.patch_user(&user.id, patch).await.unwrap();
    assert_eq!((change.before.nickname.as_str(), change.after.nickname.as_str()), ("", "Countess"));
    let read = core.get_user(&user.id).await.unwrap();
    assert_eq!(
        (read.nickname.as_str(), read.username.as_str(), read.roles.as_str()),
        ("Countess", "ada", user.roles.as_str())
    );
    let bad = UserPatch { username: Some("not a name".into()), ..UserPatch::default() };
    assert_eq!(core.patch_user(&user.id, bad).await.unwrap_err().id, "model.user.is_valid.username.app_error");
}

#[tokio::test]
async fn update_keeps_roles_and_login() {
    let core = Core::for_tests().await;
    create(&core, "ada").await;
    let bob = create(&core, "bob").await;
    let wish = User { roles: "system_admin".into(), delete_at: 5, first_name: "Bob".into(), ..bob };
    let updated = core.update_user(wish).await.unwrap().after;
    assert_eq!((updated.roles.as_str(), updated.delete_at, updated.first_name.as_str()), ("system_user", 0, "Bob"));
}

#[tokio::test]
async fn the_last_admin_stays_admin() {
    let core = Core::for_tests().await;
    let ada = create(&core, "ada").await;
    let bob = create(&core, "bob").await;
    let error = core.update_user_roles(&ada.id, "system_user").await.unwrap_err();
    assert_eq!(error.status_code, 400);
    core.update_user_roles(&bob.id, "system_user system_admin").await.unwrap();
    assert_eq!(core.update_user_roles(&ada.id, "system_user").await.unwrap().roles, "system_user");
    assert_eq!(
        core.update_user_roles(&bob.id, "no_such_role").await.unwrap_err().id,
        "app.role.check_roles_exist.role_not_found"
    );
    assert_eq!(core.update_user_roles(&wasmoat_model::new_id(), "system_user").await.unwrap_err().status_code, 400);
}

#[tokio::test]
async fn a_deactivated_account_is_still_found() {
    let core = Core::for_tests().await;
    let user = create(&core, "ada").await;
    core.delete_user(&CallContext::core(), &user.id).await.unwrap();
    assert!(core.get_user(&user.id).await.unwrap().delete_at > 0);
    let active = UserGetOptions { active: true, per_page: 10, ..UserGetOptions::default() };
    assert!(core.get_users(&active).await.unwrap().is_empty());
    assert_eq!(core.get_user("nobody").await.unwrap_err().id, "app.user.missing_account.const");
}

#[tokio::test]
async fn lists_are_paged_by_name_until_a_page_is_empty() {
    let core = Core::for_tests().await;
    for name in ["carl", "ada", "bob"] {
        create(&core, name).await;
    }
    let names = async |page| {
        let options = UserGetOptions { page, per_page: 2, ..UserGetOptions::default() };
        core.get_users(&options).await.unwrap().into_iter().map(|user| user.username).collect::<Vec<_>>()
    };
    assert_eq!(names(0).await, ["ada", "bob"]);
    assert_eq!(names(1).await, ["carl"]);
    assert!(names(2).await.is_empty());
    let admins = UserGetOptions { role: "system_admin".into(), per_page: 10, ..UserGetOptions::default() };
    assert_eq!(core.get_users(&admins).await.unwrap().len(), 1);
}

#[tokio::test]
async fn every_word_of_a_search_begins_a_name() {
    let core = Core::for_tests().await;
    let user = create(&core, "ada_l").await;
    create(&core, "adax").await;
    let full = UserPatch { first_name: Some("Ada".into()), last_name: Some("Lovelace".into()), ..UserPatch::default() };
    core.patch_user(&user.id, full).await.unwrap();
    let found = async |term: &str, privacy| {
        let search = UserSearch { term: term.into(), limit: 10, ..UserSearch::default() };
        core.search_users(&search, privacy).await.unwrap().len()
    };
    assert_eq!(found("ada", Privacy::ADMIN).await, 2);
    assert_eq!(found("@ada love", Privacy::ADMIN).await, 1);
    assert_eq!(found("ada_", Privacy::ADMIN).await, 1, "an underscore is no wildcard");
    assert_eq!(found("lace", Privacy::ADMIN).await, 0);
    let hidden = Privacy { email: false, full_name: false, auth_service: false };
    assert_eq!(found("love", hidden).await, 0);
}

impl TestCore {
    async fn set_password(&self, user: &User, current: &str, new: &str) -> Result<(), wasmoat_model::AppError> {
        self.update_password_as_user(&CallContext::core(), &user.id, current, new).await
    }
}

#[tokio::test]
async fn the_own_password_changes_with_the_current_one() {
    let core = Core::for_tests().await;
    let user = create(&core, "ada").await;
    let error = core.set_password(&user, "wrong-horse", "battery-staple").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.user.update_password.incorrect.app_error", 400));
    core.set_password(&user, PASSWORD, "battery-staple").await.unwrap();
    core.check_password_and_all_criteria(&user.id, "battery-staple").await.unwrap();
}

#[tokio::test]
async fn each_client_hears_of_a_change_what_it_may_see() {
    let core = Core::for_tests().await;
    let (ada, bob, carl) = (create(&core, "ada").await, create(&core, "bob").await, create(&core, "carl").await);
    let mut config = core.config.get().json().clone();
    config["PrivacySettings"]["ShowEmailAddress"] = false.into();
    core.save_config(&CallContext::core(), &config).await.unwrap();
    let connect = |user: &User| {
        let login = crate::websocket::Login {
            user_id: user.id.clone(),
            session_id: format!("session-{}", user.username),
            is_admin: user.has_role("system_admin"),
            ..crate::websocket::Login::default()
        };
        core.hub.connect(login, None, None, |_| crate::websocket::Event::new("hello"))
    };
    let (mut admin, mut own, mut other) = (connect(&ada), connect(&bob), connect(&carl));
    let patch = UserPatch { nickname: Some("Bobby".into()), ..UserPatch::default() };
    core.patch_user(&bob.id, patch).await.unwrap();
    let mut heard = Vec::new();
    for connection in [&mut admin, &mut own, &mut other] {
        let user = loop {
            let frame: serde_json::Value =
                serde_json::from_str(&connection.frames.recv().await.unwrap().text()).unwrap();
            if frame["event"] == "user_updated" {
                break frame["data"]["user"].clone();
            }
        };
        assert_eq!(user["nickname"], "Bobby");
        heard.push((user["email"].as_str().unwrap().to_owned(), user.get("notify_props").is_some()));
    }
    let address = "bob@example.org".to_owned();
    assert_eq!(heard, [(address.clone(), false), (address, true), (String::new(), false)]);
}

#[tokio::test]
async fn a_picture_is_kept_until_the_default_returns() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let default = core.get_profile_image(&ada.id).await.unwrap();
    let other = core.get_profile_image(&core.new_user("bob").await.id).await.unwrap();
    assert_ne!(default, other);
    core.set_profile_image(&ada.id, other.clone()).await.unwrap();
    let set = core.get_user(&ada.id).await.unwrap();
    assert!(set.last_picture_update > 0);
    assert_ne!(core.get_profile_image(&ada.id).await.unwrap(), default);
    core.set_profile_image(&ada.id, other).await.unwrap();
    assert_eq!(core.get_user(&ada.id).await.unwrap().update_at, set.update_at, "the same again changes nothing");
    core.set_default_profile_image(&ada.id).await.unwrap();
    assert_eq!(core.get_profile_image(&ada.id).await.unwrap(), default);
    assert!(core.get_user(&ada.id).await.unwrap().last_picture_update < 0);
    let error = core.set_profile_image(&ada.id, "no image".into()).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.user.upload_profile_user.decode.app_error", 400));
}

#[tokio::test]
async fn another_login_service_takes_the_password_away() {
    let core = Core::for_tests().await;
    let (ada, bob) = (core.new_user("ada").await, core.new_user("bob").await);
    let auth = |data: &str| UserAuth { auth_data: Some(data.into()), auth_service: "gitlab".into() };
    core.update_user_auth(&ada.id, auth("1")).await.unwrap();
    let error = core.update_user_auth(&bob.id, auth("1")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.user.update_auth_data.email_exists.app_error", 400));
    let no_service = UserAuth { auth_data: Some("2".into()), ..UserAuth::default() };
    let error = core.update_user_auth(&bob.id, no_service).await.unwrap_err();
    assert_eq!(error.id, "model.user.is_valid.auth_data_type.app_error");
    let login = crate::sessions::Login {
        login_id: "ada".into(),
        password: "correct-horse".into(),
        ..crate::sessions::Login::default()
    };
    assert_eq!(core.login(&CallContext::core(), &login).await.unwrap_err().status_code, 401);
}
