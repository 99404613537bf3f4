use wasmoat_model::now_ms;

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
