use wasmoat_model::{RolePatch, Team};
use wasmoat_runtime::CallContext;

use crate::Core;

#[tokio::test]
async fn the_admin_may_everything_and_an_unknown_user_nothing() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    assert!(core.has_permission_to(&ada.id, "manage_system").await);
    assert!(!core.has_permission_to(&bob.id, "manage_system").await);
    assert!(core.has_permission_to(&bob.id, "create_team").await);
    assert!(!core.has_permission_to("nobody", "create_team").await);
    assert!(!core.has_permission_to_team(&ada.id, "", "manage_team").await);
    assert!(!core.has_permission_to_channel("", "", "create_post").await);
}

#[tokio::test]
async fn channel_then_team_then_system_roles_are_asked() {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let carl = core.new_user("carl").await;
    let team = Team { name: "dev".into(), display_name: "Dev".into(), ..Team::default() };
    let team = core.create_team_with_user(&CallContext::core(), team, &bob.id).await.unwrap();
    let channel = core.get_channel_by_name(&team.id, "town-square", false).await.unwrap();
    assert!(core.has_permission_to_channel(&bob.id, &channel.id, "create_post").await, "by the channel");
    assert!(core.has_permission_to_channel(&bob.id, &channel.id, "delete_others_posts").await, "by the team");
    assert!(core.has_permission_to_channel(&ada.id, &channel.id, "create_post").await, "by the system");
    assert!(!core.has_permission_to_channel(&carl.id, &channel.id, "create_post").await);
}

#[tokio::test]
async fn a_patched_role_counts_at_once() {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let role = core.get_role_by_name("system_user").await.unwrap();
    let patch =
        |permissions: &[&str]| RolePatch { permissions: Some(permissions.iter().map(ToString::to_string).collect()) };
    assert!(!core.has_permission_to(&bob.id, "create_bot").await);
    core.patch_role(&role.id, &patch(&["create_bot", "create_bot"])).await.unwrap();
    assert!(core.has_permission_to(&bob.id, "create_bot").await);
    assert!(!core.has_permission_to(&bob.id, "create_team").await);
    assert_eq!(core.get_role(&role.id).await.unwrap().permissions, ["create_bot"]);
    let unknown = core.patch_role(&role.id, &patch(&["fly"])).await.unwrap_err();
    assert_eq!(unknown.id, "model.role.is_valid.permissions.app_error");
    let admin = core.get_role_by_name("system_admin").await.unwrap();
    assert_eq!(core.patch_role(&admin.id, &patch(&[])).await.unwrap_err().status_code, 501);
}

#[tokio::test]
async fn roles_are_found_by_name_and_id() {
    let core = Core::for_tests().await;
    let names = ["team_user".to_owned(), "none".to_owned()];
    let found = core.get_roles_by_names(&names).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].scheme_managed && found[0].built_in);
    assert!(core.get_all_roles().await.unwrap().len() >= 20);
    assert_eq!(core.get_role("nothing").await.unwrap_err().status_code, 404);
    assert!(core.roles_grant_permission(["team_user", "none"], "create_public_channel").await);
    assert!(!core.roles_grant_permission(["none"], "create_public_channel").await);
}
