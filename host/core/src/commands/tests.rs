use wasmoat_model::{Channel, ChannelType, Command, CommandArgs, CommandResponse, User};

use crate::channels::tests::{World, inner};

impl World {
    async fn run(
        &self,
        user: &User,
        channel: &Channel,
        line: &str,
    ) -> Result<CommandResponse, wasmoat_model::AppError> {
        let args = CommandArgs {
            user_id: user.id.clone(),
            channel_id: channel.id.clone(),
            team_id: self.team.id.clone(),
            command: line.into(),
            ..CommandArgs::default()
        };
        self.execute_command(&self.cx, args).await
    }
}

#[tokio::test]
async fn an_unknown_command_is_said_to_be_unknown() {
    let world = World::new().await;
    let error = world.run(&world.ann, &world.square, "/nonsense now").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.command.execute_command.not_found.app_error", 404));
    let error = world.run(&world.ann, &world.square, "no slash").await.unwrap_err();
    assert_eq!((error.id.as_str(), error.status_code), ("api.command.execute_command.format.app_error", 400));
}

#[tokio::test]
async fn what_a_command_says_is_a_post_of_the_caller() {
    let world = World::new().await;
    for (line, message, kind) in [
        ("/me waves", "*waves*", "me"),
        ("/shrug so what", r"so what ¯\\\_(ツ)\_/¯", ""),
        ("/code let x;\nlet y;", "    let x;\n    let y;", ""),
        ("/echo \"a <b>\"", "a <b>", ""),
    ] {
        world.run(&world.bob, &world.square, line).await.unwrap();
        let page = world.get_posts_page(&world.square.id, &crate::posts::PostPage::of(0, 1)).await.unwrap();
        assert_eq!((page.posts[0].message.as_str(), page.posts[0].r#type.as_str()), (message, kind), "{line}");
        assert_eq!(page.posts[0].user_id, world.bob.id);
    }
}

#[tokio::test]
async fn what_a_command_tells_is_seen_by_the_caller_alone() {
    let world = World::new().await;
    let before = world.said(&world.square).await;
    let mut bob = world.listen(&world.bob).await;
    world.run(&world.bob, &world.square, "/away").await.unwrap();
    assert_eq!(inner(&bob.hear("ephemeral_message").await, "post")["message"], "You are now away");
    assert_eq!(world.user_status(&world.bob.id).await.unwrap().status, "away");
    assert_eq!(world.said(&world.square).await, before);
}

#[tokio::test]
async fn channels_are_managed_by_command_as_far_as_permitted() {
    let world = World::new().await;
    let channel = world.channel("plans", ChannelType::Private).await;
    world.run(&world.ann, &channel, "/header Read me").await.unwrap();
    assert_eq!(world.get_channel(&channel.id).await.unwrap().header, "Read me");
    world.run(&world.ann, &channel, "/invite @bob").await.unwrap();
    world.get_channel_member(&channel.id, &world.bob.id).await.unwrap();
    world.run(&world.ann, &channel, "/kick @bob").await.unwrap();
    assert!(world.get_channel_member(&channel.id, &world.bob.id).await.is_err());
    let refused = world.run(&world.bob, &channel, "/header Mine").await.unwrap();
    assert!(refused.text.contains("permissions"), "{}", refused.text);
    assert_eq!(world.get_channel(&channel.id).await.unwrap().header, "Read me");
    let refused = world.run(&world.bob, &world.square, "/join ~plans").await.unwrap();
    assert!(refused.goto_location.is_empty());
    let open = world.channel("open", ChannelType::Open).await;
    let joined = world.run(&world.bob, &world.square, "/join ~open").await.unwrap();
    assert!(joined.goto_location.ends_with("/dev/channels/open"));
    world.run(&world.bob, &open, "/leave").await.unwrap();
    assert!(world.get_channel_member(&open.id, &world.bob.id).await.is_err());
}

#[tokio::test]
async fn a_direct_message_is_sent_by_command() {
    let world = World::new().await;
    let answer = world.run(&world.ann, &world.square, "/msg @bob are you there?").await.unwrap();
    assert!(answer.goto_location.ends_with("/dev/messages/@bob"));
    let direct = world.get_direct_channel(&world.cx, &world.ann.id, &world.bob.id).await.unwrap();
    assert_eq!(world.said(&direct).await, ["are you there?"]);
    let group = world.run(&world.ann, &world.square, "/groupmsg @bob,@eve hello both").await.unwrap();
    assert!(group.goto_location.contains("/dev/messages/"));
}

#[tokio::test]
async fn stored_commands_are_unique_and_keep_their_secret() {
    let world = World::new().await;
    let command = Command {
        creator_id: world.ann.id.clone(),
        team_id: world.team.id.clone(),
        trigger: "Build".into(),
        url: "http://127.0.0.1:9/build".into(),
        auto_complete: true,
        ..Command::default()
    };
    let stored = world.create_command(command.clone()).await.unwrap();
    assert_eq!((stored.trigger.as_str(), stored.method.as_str(), stored.token.len()), ("build", "P", 26));
    let error = world.create_command(command.clone()).await.unwrap_err();
    assert_eq!(error.id, "api.command.duplicate_trigger.app_error");
    let error = world.create_command(Command { trigger: "me".into(), ..command.clone() }).await.unwrap_err();
    assert_eq!(error.id, "api.command.duplicate_trigger.app_error");
    let error =
        world.create_command(Command { trigger: "x".into(), url: "ftp://a".into(), ..command }).await.unwrap_err();
    assert_eq!(error.id, "model.command.is_valid.url.app_error");
    let offered = world.list_autocomplete_commands(&world.team.id).await.unwrap();
    let offered = offered.iter().find(|command| command.trigger == "build").unwrap();
    assert!(offered.token.is_empty() && offered.url.is_empty());
    let changed = world.update_command(&stored, Command { trigger: "make".into(), ..stored.clone() }).await.unwrap();
    assert_eq!((changed.trigger.as_str(), &changed.token), ("make", &stored.token));
    let error = world.run(&world.bob, &world.square, "/make all").await.unwrap_err();
    assert!(error.detailed_error.contains("AllowedUntrustedInternalConnections"), "{}", error.detailed_error);
    world.delete_command(&stored.id).await.unwrap();
    assert_eq!(world.run(&world.bob, &world.square, "/make all").await.unwrap_err().status_code, 404);
}

#[tokio::test]
async fn suggestions_follow_the_tree() {
    let world = World::new().await;
    let tree = r#"{"Trigger":"poll","SubCommands":[
        {"Trigger":"new","HelpText":"Ask","Arguments":[{"Type":"TextInput","Required":true,"Data":{"Hint":"[question]"}},
          {"Type":"StaticList","Data":{"PossibleArguments":[{"Item":"open"},{"Item":"secret"}]}}]},
        {"Trigger":"end","RoleID":"system_admin"}]}"#;
    let command =
        Command { trigger: "poll".into(), auto_complete: true, autocomplete_data: tree.into(), ..Command::default() };
    world.register_plugin_command("poll", command).unwrap();
    let args = CommandArgs { team_id: world.team.id.clone(), ..CommandArgs::default() };
    let suggest = async |input: &str, role: &str| -> Vec<String> {
        let found = world.autocomplete_suggestions(&world.cx, &args, input, role).await.unwrap();
        found.into_iter().map(|suggestion| suggestion.complete).collect()
    };
    assert_eq!(suggest("/po", "system_user").await, ["poll"]);
    assert_eq!(suggest("poll ", "system_user").await, ["poll new"]);
    assert_eq!(suggest("poll ", "system_admin").await, ["poll new", "poll end"]);
    assert_eq!(suggest("poll new", "system_user").await, ["poll new"]);
    assert_eq!(suggest("poll new wh", "system_user").await, ["poll new wh"]);
    assert_eq!(suggest(r#"poll new "what now" s"#, "system_user").await, [r#"poll new "what now" secret"#]);
    assert_eq!(suggest("poll nothing ", "system_user").await, [""; 0]);
    world.drop_plugin_commands("poll");
    assert_eq!(suggest("/po", "system_user").await, [""; 0]);
}
