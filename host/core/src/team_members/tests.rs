use wasmoat_model::{Team, User};
use wasmoat_runtime::CallContext;

use super::MemberPage;
use crate::{Core, testing::TestCore};

async fn team(core: &Core) -> Team {
    let team = Team { name: "dev".into(), display_name: "Dev".into(), ..Team::default() };
    core.create_team(&CallContext::core(), team).await.unwrap()
}

async fn three() -> (TestCore, Team, User) {
    let core = Core::for_tests().await;
    core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let team = team(&core).await;
    (core, team, bob)
}

#[tokio::test]
async fn who_joins_is_in_the_default_channels_too() {
    let (core, team, bob) = three().await;
    let member = core.add_team_member(&CallContext::core(), &team.id, &bob.id, "").await.unwrap();
    assert_eq!((member.roles.as_str(), member.scheme_user), ("team_user", true));
    let channel = core.get_channel_by_name(&team.id, "town-square", false).await.unwrap();
    core.get_channel_member(&channel.id, &bob.id).await.unwrap();
    let again = core.add_team_member(&CallContext::core(), &team.id, &bob.id, "").await.unwrap();
    assert_eq!(again, member, "an existing membership is returned as it is");
    assert!(core.has_permission_to_channel(&bob.id, &channel.id, "create_post").await);
    assert!(!core.has_permission_to_team(&bob.id, &team.id, "manage_team").await);
}

#[tokio::test]
async fn who_leaves_is_out_of_the_channels_and_may_come_back() {
    let (core, team, bob) = three().await;
    let cx = CallContext::core();
    core.add_team_member(&cx, &team.id, &bob.id, "").await.unwrap();
    let channel = core.get_channel_by_name(&team.id, "town-square", false).await.unwrap();
    core.remove_user_from_team(&cx, &team.id, &bob.id, "").await.unwrap();
    assert!(core.get_team_member(&team.id, &bob.id).await.unwrap().delete_at > 0, "a former membership stays");
    assert_eq!(core.get_channel_member(&channel.id, &bob.id).await.unwrap_err().status_code, 404);
    assert!(!core.has_permission_to_team(&bob.id, &team.id, "view_team").await);
    assert!(core.get_teams_for_user(&bob.id).await.unwrap().is_empty());
    let error = core.remove_user_from_team(&cx, &team.id, &bob.id, "").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.team.remove_user_from_team.missing.app_error", 400));
    assert_eq!(core.add_team_member(&cx, &team.id, &bob.id, "").await.unwrap().delete_at, 0);
    core.get_channel_member(&channel.id, &bob.id).await.unwrap();
}

#[tokio::test]
async fn a_graceful_batch_goes_on_after_a_failure() {
    let (core, team, bob) = three().await;
    let ids = ["nobody".to_owned(), bob.id.clone()];
    let results = core.add_team_members_gracefully(&CallContext::core(), &team.id, &ids, "").await;
    assert_eq!(results[0].error.as_ref().unwrap().status_code, 404);
    assert_eq!(results[1].member.as_ref().unwrap().user_id, bob.id);
    let page = MemberPage { limit: 10, ..MemberPage::default() };
    assert_eq!(core.get_team_members(&team.id, page).await.unwrap().len(), 1);
}

#[tokio::test]
async fn roles_follow_their_rules() {
    let (core, team, bob) = three().await;
    core.add_team_member(&CallContext::core(), &team.id, &bob.id, "").await.unwrap();
    let set = async |roles: &str| core.update_team_member_roles(&team.id, &bob.id, roles).await;
    let admin = set("team_user team_admin").await.unwrap();
    assert_eq!((admin.roles.as_str(), admin.scheme_admin), ("team_user team_admin", true));
    assert!(core.has_permission_to_team(&bob.id, &team.id, "manage_team").await);
    assert_eq!(set("team_user team_post_all").await.unwrap().explicit_roles, "team_post_all");
    for (roles, id) in [
        ("team_admin", "api.channel.update_team_member_roles.unset_user_scheme.app_error"),
        ("team_guest", "api.channel.update_team_member_roles.changing_guest_role.app_error"),
        ("team_user channel_admin", "api.channel.update_team_member_roles.scheme_role.app_error"),
        ("team_user no_such", "app.role.check_roles_exist.role_not_found"),
    ] {
        assert_eq!(set(roles).await.unwrap_err().id, id, "{roles}");
    }
    assert_eq!(core.update_team_member_roles(&team.id, "nobody", "team_user").await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn a_team_takes_only_its_domains() {
    let (core, team, bob) = three().await;
    core.update_team(Team { allowed_domains: "other.org, third.org".into(), ..team.clone() }).await.unwrap();
    let error = core.add_team_member(&CallContext::core(), &team.id, &bob.id, "").await.unwrap_err();
    assert_eq!(error.id, "api.team.join_user_to_team.allowed_domains.app_error");
}
