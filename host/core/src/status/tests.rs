use wasmoat_model::{CustomStatus, Status, User, json, now_ms};
use wasmoat_runtime::CallContext;

use crate::Core;

async fn status(core: &Core, user_id: &str) -> String {
    core.user_status(user_id).await.unwrap().status
}

#[tokio::test]
async fn activity_makes_online_and_the_last_connection_offline() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    assert_eq!(status(&core, &ada.id).await, "offline", "nothing is known of her");
    core.set_status_online(&ada.id).await;
    assert_eq!(status(&core, &ada.id).await, "online");
    core.set_status_away_if_needed(&ada.id, false).await;
    assert_eq!(status(&core, &ada.id).await, "online", "she was active just now");
    core.set_status_offline(&ada.id).await;
    assert_eq!(status(&core, &ada.id).await, "offline");
}

#[tokio::test]
async fn a_chosen_status_stays() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    core.update_user_status(&ada.id, "dnd", 0).await.unwrap();
    core.set_status_online(&ada.id).await;
    core.set_status_offline(&ada.id).await;
    assert_eq!(status(&core, &ada.id).await, "dnd");
    core.update_user_status(&ada.id, "online", 0).await.unwrap();
    core.set_status_offline(&ada.id).await;
    assert_eq!(status(&core, &ada.id).await, "offline");
    assert_eq!(core.update_user_status(&ada.id, "ooo", 0).await.unwrap_err().status_code, 400);
}

#[tokio::test]
async fn a_timed_dnd_goes_back_to_what_was_before() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    core.set_status_online(&ada.id).await;
    let in_an_hour = now_ms() / 1000 + 3600;
    let set = core.update_user_status(&ada.id, "dnd", in_an_hour).await.unwrap();
    assert_eq!(set.dnd_end_time % 60, 0, "whole minutes");
    assert_eq!(status(&core, &ada.id).await, "dnd");
    core.update_user_status(&ada.id, "online", 0).await.unwrap();
    core.update_user_status(&ada.id, "dnd", now_ms() / 1000 - 120).await.unwrap();
    assert_eq!(status(&core, &ada.id).await, "online");
}

#[tokio::test]
async fn a_second_dnd_goes_back_to_what_was_before_the_first() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    core.update_user_status(&ada.id, "away", 0).await.unwrap();
    core.update_user_status(&ada.id, "dnd", 0).await.unwrap();
    core.update_user_status(&ada.id, "dnd", now_ms() / 1000 - 120).await.unwrap();
    core.end_timed_dnd().await.unwrap();
    let stored = core.get_user_status(&ada.id).await.unwrap();
    assert_eq!((stored.status.as_str(), stored.dnd_end_time, stored.manual), ("away", 0, false));
}

#[tokio::test]
async fn nothing_is_known_and_nothing_changes_where_statuses_are_off() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let error = core.get_user_status(&ada.id).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.status.get.missing.app_error", 404));
    assert_eq!(core.update_user_status("nobody", "away", 0).await.unwrap_err().status_code, 404);
    let off = serde_json::json!({"ServiceSettings": {"EnableUserStatuses": false}});
    core.patch_config(&CallContext::core(), &off).await.unwrap();
    assert_eq!(core.update_user_status(&ada.id, "away", 0).await.unwrap(), Status::default());
    assert_eq!(core.get_user_status(&ada.id).await.unwrap(), Status::default());
}

#[tokio::test]
async fn a_custom_status_is_a_property_and_a_recent_one() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let cx = CallContext::core();
    let lunch = CustomStatus { emoji: "hamburger".into(), text: "Lunch".into(), ..CustomStatus::default() };
    core.set_custom_status(&cx, &ada.id, lunch.clone()).await.unwrap();
    let shown = |user: User| json::get(&user.props, "customStatus").unwrap_or_default().to_owned();
    let text = shown(core.get_user(&ada.id).await.unwrap());
    assert_eq!(serde_json::from_str::<CustomStatus>(&text).unwrap(), lunch.clone().normal().unwrap());
    core.remove_custom_status(&ada.id).await.unwrap();
    assert_eq!(shown(core.get_user(&ada.id).await.unwrap()), "");
    core.remove_recent_custom_status(&cx, &ada.id, lunch.clone()).await.unwrap();
    let error = core.remove_recent_custom_status(&cx, &ada.id, lunch.clone()).await.unwrap_err();
    assert_eq!(error.id, "api.custom_status.recent_custom_statuses.delete.app_error");

    for (status, id) in [
        (CustomStatus::default(), "api.custom_status.set_custom_statuses.update.app_error"),
        (
            CustomStatus { emoji: "no_such_emoji".into(), ..lunch },
            "api.custom_status.set_custom_statuses.emoji_not_found.app_error",
        ),
    ] {
        let error = core.set_custom_status(&cx, &ada.id, status).await.unwrap_err();
        assert_eq!((error.id.as_str(), error.status_code), (id, 400));
    }
    let toned = CustomStatus { emoji: "wave_medium_dark_skin_tone".into(), ..CustomStatus::default() };
    core.set_custom_status(&cx, &ada.id, toned).await.unwrap();
}
