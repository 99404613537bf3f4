use std::{collections::BTreeSet, path::Path};

use serde_json::json;
use wasmoat_model::Consent;
use wasmoat_runtime::{CallContext, Place, Reach};
use wit_parser::{Resolve, WorldItem};

use super::{listed, reach, table};
use crate::{Core, testing::TestCore};

/// Interface and function of everything that a plugin may import.
fn contract() -> Vec<(String, String)> {
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (package, _) = resolve.push_path(wit).unwrap();
    let world = resolve.select_world(&[package], Some("platform")).unwrap();
    let interfaces = resolve.worlds[world].imports.values().filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(&resolve.interfaces[*id]),
        _ => None,
    });
    interfaces
        .flat_map(|interface| {
            let name = interface.name.clone().unwrap();
            interface.functions.keys().map(move |function| (name.clone(), function.clone()))
        })
        .collect()
}

#[test]
fn every_function_of_the_contract_is_in_the_table_once() {
    let lists = [("checked", table::CHECKED), ("free", table::FREE), ("beyond", table::BEYOND)];
    let mut wrong = Vec::new();
    for (interface, function) in contract() {
        let found: Vec<_> = lists.iter().filter(|(_, list)| listed(list, &interface, &function)).collect();
        if found.len() != 1 {
            let names: Vec<_> = found.iter().map(|(name, _)| name).collect();
            wrong.push(format!("{interface}.{function}: {names:?}"));
        }
    }
    assert!(wrong.is_empty(), "say in host/core/src/scope/table.rs how these are kept to a scope: {wrong:#?}");
}

#[test]
fn the_table_names_no_function_that_is_not_there() {
    let snake = |name: &str| name.replace('-', "_");
    let contract: BTreeSet<_> = contract().iter().map(|(a, b)| (snake(a), snake(b))).collect();
    for (interface, functions) in table::CHECKED.iter().chain(table::FREE).chain(table::BEYOND) {
        for function in functions.iter().filter(|function| **function != table::ALL) {
            assert!(contract.contains(&((*interface).to_owned(), (*function).to_owned())), "{interface}.{function}");
        }
    }
}

#[test]
fn what_is_not_in_the_table_is_beyond_every_scope() {
    assert_eq!(reach("a-new-interface", "shred"), Reach::Beyond);
    assert_eq!(reach("posts", "a-new-function"), Reach::Beyond);
    assert_eq!(reach("posts", "get-post"), Reach::Checked);
    assert_eq!(reach("file-content", "read"), Reach::Free);
}

async fn world() -> (TestCore, [String; 2], [String; 3]) {
    let core = Core::for_tests().await;
    let ada = core.new_user("ada").await;
    let bob = core.new_user("bob").await;
    let (mut teams, mut channels) = (Vec::new(), Vec::new());
    for name in ["inside", "outside"] {
        let team = serde_json::from_value(json!({ "name": name, "display_name": name, "type": "O" })).unwrap();
        let team = core.create_team(&CallContext::core(), team).await.unwrap();
        let channel = json!({ "team_id": team.id, "name": name, "display_name": name, "type": "O" });
        let channel = serde_json::from_value(channel).unwrap();
        channels.push(core.create_channel(&CallContext::core(), channel, None).await.unwrap().id);
        teams.push(team.id);
    }
    channels.push(core.get_direct_channel(&CallContext::core(), &ada.id, &bob.id).await.unwrap().id);
    (core, teams.try_into().unwrap(), channels.try_into().unwrap())
}

fn kept(teams: &[&String], channels: &[&String]) -> Consent {
    let set = |ids: &[&String]| (!ids.is_empty()).then(|| ids.iter().map(|id| (*id).clone()).collect());
    Consent { teams: set(teams), channels: set(channels), ..Consent::default() }
}

#[tokio::test]
async fn a_team_holds_its_channels_and_no_direct_message() {
    let (core, [inside, outside], [channel, elsewhere, direct]) = world().await;
    let consent = kept(&[&inside], &[]);
    for (place, expected) in [
        (Place::Team(&inside), true),
        (Place::Team(&outside), false),
        (Place::Team(""), false),
        (Place::Channel(&channel), true),
        (Place::Channel(&elsewhere), false),
        (Place::Channel(&direct), false),
        (Place::Channel("nowhere"), false),
        (Place::Channel(""), false),
        (Place::Anywhere, false),
    ] {
        assert_eq!(core.is_place_in_scope(&consent, place).await, expected, "{place:?}");
    }
}

#[tokio::test]
async fn a_channel_shows_its_team_and_not_the_others() {
    let (core, [inside, outside], [channel, elsewhere, direct]) = world().await;
    let consent = kept(&[], &[&channel, &direct]);
    for (place, expected) in [
        (Place::Channel(&channel), true),
        (Place::Channel(&direct), true),
        (Place::Channel(&elsewhere), false),
        (Place::Team(&inside), true),
        (Place::Team(&outside), false),
        (Place::Team(""), false),
    ] {
        assert_eq!(core.is_place_in_scope(&consent, place).await, expected, "{place:?}");
    }
}

#[tokio::test]
async fn teams_and_channels_must_both_hold() {
    let (core, [inside, outside], [channel, elsewhere, _]) = world().await;
    let consent = kept(&[&inside], &[&channel, &elsewhere]);
    assert!(core.is_place_in_scope(&consent, Place::Channel(&channel)).await);
    assert!(!core.is_place_in_scope(&consent, Place::Channel(&elsewhere)).await);
    assert!(!core.is_place_in_scope(&consent, Place::Team(&outside)).await);
}

#[tokio::test]
async fn nothing_is_in_an_empty_scope_and_everything_in_none() {
    let (core, [inside, _], [channel, ..]) = world().await;
    let nothing = Consent { channels: Some(BTreeSet::new()), ..Consent::default() };
    assert!(!core.is_place_in_scope(&nothing, Place::Channel(&channel)).await);
    assert!(!core.is_place_in_scope(&nothing, Place::Team(&inside)).await);
    assert!(core.is_place_in_scope(&Consent::default(), Place::Anywhere).await);
}
