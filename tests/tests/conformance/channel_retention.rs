//! Data retention of `wit/channels.wit`.

use serde_json::{Value, json};

use crate::{
    Case,
    case::Plan,
    error, success,
    world::{NOBODY, id},
};

const INVALID: &str = "ent.data_retention.policies.invalid_policy";

async fn policy(case: &Case, channel_ids: &[String]) -> String {
    let policy = json!({"display_name": case.name("policy"), "post_duration": 30, "channel_ids": channel_ids});
    id(&case.admin.post("/api/v4/data_retention/policies", &policy).await.ok())
}

async fn channels_of(case: &Case, policy: &str) -> Value {
    case.admin.get(&format!("/api/v4/data_retention/policies/{policy}/channels")).await.ok()
}

fn change(policy: &str, channels: &[String]) -> Value {
    json!({"policy_id": policy, "channel_ids": channels})
}

/// A server whose operator has not turned data retention on.
fn unlicensed(function: &'static str) -> Plan {
    error(function).settings(json!({"ServiceSettings": {"LicensedFeatures": []}}))
}

#[test]
fn add_channels_to_retention_policy_puts_them_in() {
    success("channels.add-channels-to-retention-policy").run(async |case| {
        let (policy, channel) = (policy(case, &[]).await, id(&case.channel().await));
        case.call(change(&policy, std::slice::from_ref(&channel))).await;
        let held = channels_of(case, &policy).await;
        assert_eq!((held["channels"][0]["id"].as_str(), &held["total_count"]), (Some(channel.as_str()), &json!(1)));
        let mine = case.bob.rest.get("/api/v4/users/me/data_retention/channel_policies?per_page=200").await.ok();
        assert!(mine["policies"].to_string().contains(&channel));
    });
}

#[test]
fn add_channels_to_retention_policy_wants_a_policy_and_free_channels() {
    error("channels.add-channels-to-retention-policy").run(async |case| {
        let channel = id(&case.channel().await);
        let (one, other) = (policy(case, std::slice::from_ref(&channel)).await, policy(case, &[]).await);
        case.refused(change(NOBODY, &[])).await.is(INVALID, 404);
        case.refused(change(&other, &[channel])).await.is(INVALID, 400);
        case.refused(change(&one, &[NOBODY.to_owned()])).await.is(INVALID, 400);
    });
}

#[test]
fn add_channels_to_retention_policy_is_licensed() {
    unlicensed("channels.add-channels-to-retention-policy").run(async |case| {
        case.refused(change(NOBODY, &[])).await.is("ent.data_retention.generic.license.error", 501);
    });
}

#[test]
fn remove_channels_from_retention_policy_takes_them_out() {
    success("channels.remove-channels-from-retention-policy").run(async |case| {
        let (one, two) = (id(&case.channel().await), id(&case.channel().await));
        let policy = policy(case, &[one.clone(), two.clone()]).await;
        case.call(change(&policy, &[one, NOBODY.to_owned()])).await;
        let held = channels_of(case, &policy).await;
        assert_eq!((held["channels"][0]["id"].as_str(), &held["total_count"]), (Some(two.as_str()), &json!(1)));
    });
}

#[test]
fn remove_channels_from_retention_policy_wants_a_policy() {
    error("channels.remove-channels-from-retention-policy").run(async |case| {
        case.refused(change(NOBODY, &[])).await.is(INVALID, 404);
    });
}

#[test]
fn remove_channels_from_retention_policy_is_licensed() {
    unlicensed("channels.remove-channels-from-retention-policy").run(async |case| {
        case.refused(change(NOBODY, &[])).await.is("ent.data_retention.generic.license.error", 501);
    });
}
