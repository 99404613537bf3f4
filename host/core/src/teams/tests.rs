use wasmoat_model::{Post, Team, TeamPatch};
use wasmoat_runtime::CallContext;

use super::TeamFilter;
use crate::Core;

fn team(name: &str) -> Team {
    Team { name: name.into(), display_name: format!("Team {name}"), ..Team::default() }
}

#[tokio::test]
async fn a_team_has_a_name_of_its_own_and_default_channels() {
    let core = Core::for_tests().await;
    let cx = CallContext::core();
    let created = core.create_team(&cx, team("dev")).await.unwrap();
    assert_eq!(created.r#type, "O");
    assert_eq!(core.get_team(&created.id).await.unwrap(), created);
    assert_eq!(core.get_team_by_name("dev").await.unwrap(), created);
    assert_eq!(core.get_team_by_invite_id(&created.invite_id).await.unwrap(), created);
    core.get_channel_by_name(&created.id, "town-square", false).await.unwrap();
    core.get_channel_by_name(&created.id, "off-topic", false).await.unwrap();
    assert_eq!(core.get_team_stats(&created.id).await.unwrap().total_member_count, 0);
    let error = core.create_team(&cx, team("dev")).await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("app.team.save.app_error", 400));
    assert_eq!(core.create_team(&cx, team("admin")).await.unwrap_err().id, "model.team.is_valid.reserved.app_error");
    assert_eq!(core.get_team("nothing").await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn the_creator_is_admin() {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let created = core.create_team_with_user(&CallContext::core(), team("dev"), &bob.id).await.unwrap();
    let member = core.get_team_member(&created.id, &bob.id).await.unwrap();
    assert_eq!(member.roles, "team_user team_admin");
    assert!(core.has_permission_to_team(&bob.id, &created.id, "manage_team").await);
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let core = Core::for_tests().await;
    let created = core.create_team(&CallContext::core(), team("dev")).await.unwrap();
    let patch =
        TeamPatch { display_name: Some("Developers".into()), allow_open_invite: Some(true), ..TeamPatch::default() };
    let patched = core.patch_team(&created.id, patch).await.unwrap();
    assert_eq!(
        (patched.display_name.as_str(), patched.name.as_str(), patched.allow_open_invite),
        ("Developers", "dev", true)
    );
    let renamed = Team { name: "other".into(), r#type: "I".into(), description: "d".into(), ..patched };
    let updated = core.update_team(renamed).await.unwrap();
    assert_eq!((updated.name.as_str(), updated.r#type.as_str(), updated.description.as_str()), ("dev", "O", "d"));
    let closed = core.update_team_privacy(&created.id, "I").await.unwrap();
    assert_ne!(closed.invite_id, created.invite_id, "old invitations end");
}

#[tokio::test]
async fn search_finds_parts_of_names() {
    let core = Core::for_tests().await;
    for name in ["dev", "devops", "sales"] {
        core.create_team(&CallContext::core(), team(name)).await.unwrap();
    }
    let found = async |term: &str| {
        let filter = TeamFilter { term: term.into(), limit: 10, ..TeamFilter::default() };
        core.list_teams(&filter).await.unwrap().len()
    };
    assert_eq!((found("DEV").await, found("ales").await, found("%").await, found("").await), (2, 1, 0, 3));
    let sales = core.get_team_by_name("sales").await.unwrap();
    core.delete_team(&sales.id).await.unwrap();
    assert_eq!(found("sales").await, 0);
    assert_eq!(core.list_teams(&TeamFilter::all()).await.unwrap().len(), 3);
    core.restore_team(&sales.id).await.unwrap();
    assert_eq!(found("sales").await, 1);
}

#[tokio::test]
async fn unread_messages_are_counted_by_team() {
    let core = Core::for_tests().await;
    let cx = CallContext::core();
    let ada = core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let created = core.create_team_with_user(&cx, team("dev"), &ada.id).await.unwrap();
    assert!(core.get_teams_unread_for_user(&bob.id).await.unwrap().is_empty());
    core.add_team_member(&cx, &created.id, &bob.id, "").await.unwrap();
    let before = core.get_team_unread(&created.id, &bob.id).await.unwrap();
    let channel = core.get_channel_by_name(&created.id, "town-square", false).await.unwrap();
    let message = "hello @bob".into();
    let post = Post { channel_id: channel.id, user_id: ada.id, message, ..Post::default() };
    core.create_post(&cx, post).await.unwrap();
    let after = core.get_team_unread(&created.id, &bob.id).await.unwrap();
    assert_eq!((after.msg_count, after.msg_count_root), (before.msg_count + 1, before.msg_count_root + 1));
    assert_eq!((after.mention_count, after.mention_count_root), (1, 1));
}
