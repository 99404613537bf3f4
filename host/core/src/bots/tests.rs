use wasmoat_model::{Bot, BotGetOptions, BotPatch};
use wasmoat_runtime::CallContext;

use crate::Core;

fn bot(username: &str) -> Bot {
    Bot {
        username: username.into(),
        owner_id: "com.example.plugin".into(),
        display_name: "Robot".into(),
        ..Bot::default()
    }
}

#[tokio::test]
async fn a_bot_is_an_account_of_its_own_kind() {
    let core = Core::for_tests().await;
    let created = core.create_bot(Bot { description: "helps".into(), ..bot("robot") }).await.unwrap();
    assert_eq!(core.get_bot(&created.user_id, false).await.unwrap(), created);
    let user = core.get_user(&created.user_id).await.unwrap();
    assert!(user.is_bot);
    assert_eq!(
        (user.first_name.as_str(), user.bot_description.as_str(), user.roles.as_str()),
        ("Robot", "helps", "system_user")
    );
    assert!(core.is_first_user_account().await.unwrap(), "a bot takes nobody's place as the first account");
}

#[tokio::test]
async fn bad_bots_are_refused() {
    let core = Core::for_tests().await;
    core.create_bot(bot("robot")).await.unwrap();
    assert_eq!(core.create_bot(bot("robot")).await.unwrap_err().id, "app.user.save.username_exists.app_error");
    assert_eq!(core.create_bot(bot("not a name")).await.unwrap_err().id, "model.bot.is_valid.username.app_error");
    let owner = core.get_user_by_username("robot").await.unwrap().id;
    assert_eq!(core.create_bot(Bot { owner_id: owner, ..bot("other") }).await.unwrap_err().status_code, 400);
}

#[tokio::test]
async fn a_patch_changes_bot_and_user() {
    let core = Core::for_tests().await;
    let created = core.create_bot(bot("robot")).await.unwrap();
    let patch = BotPatch { username: Some("helper".into()), description: Some("d".into()), ..BotPatch::default() };
    let patched = core.patch_bot(&created.user_id, patch).await.unwrap();
    assert_eq!(
        (patched.username.as_str(), patched.display_name.as_str(), patched.description.as_str()),
        ("helper", "Robot", "d")
    );
    assert_eq!(core.get_user(&created.user_id).await.unwrap().username, "helper");
    assert_eq!(
        core.patch_bot("nobody", BotPatch::default()).await.unwrap_err().id,
        "store.sql_bot.get.missing.app_error"
    );
}

#[tokio::test]
async fn a_deactivated_bot_is_shown_on_demand() {
    let core = Core::for_tests().await;
    let created = core.create_bot(bot("robot")).await.unwrap();
    let off = core.update_bot_active(&CallContext::core(), &created.user_id, false).await.unwrap();
    assert!(off.delete_at > 0);
    assert_eq!(core.get_bot(&created.user_id, false).await.unwrap_err().status_code, 404);
    let page = |include_deleted| BotGetOptions { include_deleted, per_page: 10, ..BotGetOptions::default() };
    assert!(core.get_bots(&page(false)).await.unwrap().is_empty());
    assert_eq!(core.get_bots(&page(true)).await.unwrap().len(), 1);
    assert_eq!(core.update_bot_active(&CallContext::core(), &created.user_id, true).await.unwrap().delete_at, 0);
}

#[tokio::test]
async fn an_owner_takes_the_bots_along() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let created = core.create_bot(Bot { owner_id: ada.id.clone(), ..bot("robot") }).await.unwrap();
    core.delete_user(&CallContext::core(), &ada.id).await.unwrap();
    assert!(core.get_bot(&created.user_id, true).await.unwrap().delete_at > 0);
    let orphans =
        BotGetOptions { only_orphaned: true, include_deleted: true, per_page: 10, ..BotGetOptions::default() };
    assert_eq!(core.get_bots(&orphans).await.unwrap().len(), 1);
}

#[tokio::test]
async fn ensuring_makes_one_bot_and_keeps_it_up_to_date() {
    let core = Core::for_tests().await;
    let id = core.ensure_bot_user("com.example.plugin", bot("robot")).await.unwrap();
    let renamed = Bot { display_name: "Better".into(), ..bot("robot2") };
    assert_eq!(core.ensure_bot_user("com.example.plugin", renamed).await.unwrap(), id);
    let stored = core.get_bot(&id, false).await.unwrap();
    assert_eq!((stored.username.as_str(), stored.display_name.as_str()), ("robot2", "Better"));
    assert_eq!(stored.owner_id, "com.example.plugin");
    assert_eq!(core.ensure_bot_user("p", bot("")).await.unwrap_err().status_code, 400);
}

#[tokio::test]
async fn ensuring_adopts_who_has_the_name() {
    let core = Core::for_tests().await;
    let existing = core.create_bot(bot("robot")).await.unwrap();
    assert_eq!(core.ensure_bot_user("p", bot("robot")).await.unwrap(), existing.user_id);
    let ada = core.new_user("ada").await;
    assert_eq!(core.ensure_bot_user("q", bot("ada")).await.unwrap(), ada.id);
    core.permanent_delete_bot(&existing.user_id).await.unwrap();
    assert_eq!(core.get_user(&existing.user_id).await.unwrap_err().status_code, 404);
    assert_ne!(core.ensure_bot_user("p", bot("robot")).await.unwrap(), existing.user_id, "a lost bot is made anew");
}
