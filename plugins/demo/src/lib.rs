//! Has the hooks of messages, people, channels, teams, files and connections, each of them once (all
//! there are has `tests/guests/recorder`). Each call is logged and counted; nothing is ever changed or
//! refused. `/demo` and `GET /plugins/demo/counts` show the counts, `/demo crash` and `/demo spin`
//! show what the sandbox does about a plugin that panics and one that never returns.

mod command;
mod counts;

use wasmoat::{file_types::FileDownloadType, http::Router, prelude::*};

/// The plugin.
#[derive(Debug, Default)]
pub struct Demo;

/// Logs a call with its ids, and counts it.
macro_rules! note {
    ($hook:ident $(, $key:ident = $value:expr)* $(,)?) => {
        log::info!(stringify!($hook) $(, $key = $value)*);
        counts::count(stringify!($hook));
    };
}

#[wasmoat::plugin]
impl Plugin for Demo {
    fn on_activate(&self) -> Result<()> {
        note!(on_activate);
        command::register()
    }

    fn on_deactivate(&self) -> Result<()> {
        note!(on_deactivate);
        Ok(())
    }

    fn on_configuration_change(&self) -> Result<()> {
        note!(on_configuration_change);
        Ok(())
    }

    fn on_instance_start(&self) -> Result<()> {
        note!(on_instance_start);
        Ok(())
    }

    fn execute_command(&self, ctx: PluginContext, args: CommandArgs) -> Result<ExecuteCommandOutcome> {
        note!(execute_command, request = ctx.request_id, user = args.user_id, line = args.command);
        command::execute(&args)
    }

    fn serve_http(&self, ctx: PluginContext, request: HttpRequest) -> HttpResponse {
        note!(serve_http, request = ctx.request_id, method = request.method, url = request.url);
        Router::new().get("/counts", |_| http::Response::json(&counts::all()?)).serve_with(&ctx, &request)
    }

    fn message_will_be_posted(&self, ctx: PluginContext, post: Post) -> MessageWillBePostedVerdict {
        note!(message_will_be_posted, request = ctx.request_id, user = post.user_id, channel = post.channel_id,);
        MessageWillBePostedVerdict::Keep
    }

    fn message_will_be_updated(
        &self,
        ctx: PluginContext,
        new_post: Post,
        _old_post: Post,
    ) -> MessageWillBeUpdatedVerdict {
        note!(message_will_be_updated, request = ctx.request_id, post = new_post.id);
        MessageWillBeUpdatedVerdict::Keep
    }

    fn message_has_been_posted(&self, ctx: PluginContext, post: Post) {
        note!(
            message_has_been_posted,
            request = ctx.request_id,
            post = post.id,
            user = post.user_id,
            channel = post.channel_id,
        );
    }

    fn message_has_been_updated(&self, ctx: PluginContext, new_post: Post, _old_post: Post) {
        note!(message_has_been_updated, request = ctx.request_id, post = new_post.id);
    }

    fn message_has_been_deleted(&self, ctx: PluginContext, post: Post) {
        note!(message_has_been_deleted, request = ctx.request_id, post = post.id);
    }

    fn reaction_has_been_added(&self, ctx: PluginContext, reaction: Reaction) {
        note!(
            reaction_has_been_added,
            request = ctx.request_id,
            post = reaction.post_id,
            user = reaction.user_id,
            emoji = reaction.emoji_name,
        );
    }

    fn reaction_has_been_removed(&self, ctx: PluginContext, reaction: Reaction) {
        note!(
            reaction_has_been_removed,
            request = ctx.request_id,
            post = reaction.post_id,
            user = reaction.user_id,
            emoji = reaction.emoji_name,
        );
    }

    fn channel_has_been_created(&self, ctx: PluginContext, channel: Channel) {
        note!(channel_has_been_created, request = ctx.request_id, channel = channel.id);
    }

    fn channel_will_be_updated(
        &self,
        ctx: PluginContext,
        new_channel: Channel,
        _old_channel: Channel,
    ) -> ChannelWillBeUpdatedVerdict {
        note!(channel_will_be_updated, request = ctx.request_id, channel = new_channel.id);
        ChannelWillBeUpdatedVerdict::Keep
    }

    fn channel_will_be_archived(&self, ctx: PluginContext, channel: Channel) -> ChannelWillBeArchivedVerdict {
        note!(channel_will_be_archived, request = ctx.request_id, channel = channel.id);
        ChannelWillBeArchivedVerdict::Allow
    }

    fn channel_will_be_restored(&self, ctx: PluginContext, channel: Channel) -> ChannelWillBeRestoredVerdict {
        note!(channel_will_be_restored, request = ctx.request_id, channel = channel.id);
        ChannelWillBeRestoredVerdict::Allow
    }

    fn channel_member_will_be_added(
        &self,
        ctx: PluginContext,
        channel_member: ChannelMember,
    ) -> ChannelMemberWillBeAddedVerdict {
        note!(
            channel_member_will_be_added,
            request = ctx.request_id,
            channel = channel_member.channel_id,
            user = channel_member.user_id,
        );
        ChannelMemberWillBeAddedVerdict::Keep
    }

    fn team_member_will_be_added(&self, ctx: PluginContext, team_member: TeamMember) -> TeamMemberWillBeAddedVerdict {
        note!(
            team_member_will_be_added,
            request = ctx.request_id,
            team = team_member.team_id,
            user = team_member.user_id,
        );
        TeamMemberWillBeAddedVerdict::Keep
    }

    fn user_has_joined_channel(&self, ctx: PluginContext, channel_member: ChannelMember, actor: Option<User>) {
        note!(
            user_has_joined_channel,
            request = ctx.request_id,
            channel = channel_member.channel_id,
            user = channel_member.user_id,
            actor = id(actor),
        );
    }

    fn user_has_left_channel(&self, ctx: PluginContext, channel_member: ChannelMember, actor: Option<User>) {
        note!(
            user_has_left_channel,
            request = ctx.request_id,
            channel = channel_member.channel_id,
            user = channel_member.user_id,
            actor = id(actor),
        );
    }

    fn user_has_joined_team(&self, ctx: PluginContext, team_member: TeamMember, actor: Option<User>) {
        note!(
            user_has_joined_team,
            request = ctx.request_id,
            team = team_member.team_id,
            user = team_member.user_id,
            actor = id(actor),
        );
    }

    fn user_has_left_team(&self, ctx: PluginContext, team_member: TeamMember, actor: Option<User>) {
        note!(
            user_has_left_team,
            request = ctx.request_id,
            team = team_member.team_id,
            user = team_member.user_id,
            actor = id(actor),
        );
    }

    fn user_has_been_created(&self, ctx: PluginContext, user: User) {
        note!(user_has_been_created, request = ctx.request_id, user = user.id);
    }

    fn user_has_been_deactivated(&self, ctx: PluginContext, user: User) {
        note!(user_has_been_deactivated, request = ctx.request_id, user = user.id);
    }

    fn user_will_log_in(&self, ctx: PluginContext, user: User) -> UserWillLogInVerdict {
        note!(user_will_log_in, request = ctx.request_id, user = user.id);
        UserWillLogInVerdict::Allow
    }

    fn user_has_logged_in(&self, ctx: PluginContext, user: User) {
        note!(user_has_logged_in, request = ctx.request_id, user = user.id);
    }

    fn file_will_be_uploaded(&self, ctx: PluginContext, info: FileInfo) -> FileWillBeUploadedVerdict {
        note!(file_will_be_uploaded, request = ctx.request_id, file = info.id, user = info.user_id, size = info.size);
        FileWillBeUploadedVerdict::Keep
    }

    fn file_will_be_downloaded(
        &self,
        ctx: PluginContext,
        info: FileInfo,
        user_id: String,
        download_type: FileDownloadType,
    ) -> FileWillBeDownloadedVerdict {
        let kind = format!("{download_type:?}");
        note!(file_will_be_downloaded, request = ctx.request_id, file = info.id, user = user_id, kind = kind);
        FileWillBeDownloadedVerdict::Allow
    }

    fn preferences_have_changed(&self, ctx: PluginContext, preferences: Vec<Preference>) {
        note!(
            preferences_have_changed,
            request = ctx.request_id,
            user = preferences.first().map_or("", |preference| &preference.user_id),
            number = preferences.len(),
        );
    }

    fn on_web_socket_connect(&self, web_conn_id: String, user_id: String) {
        note!(on_web_socket_connect, connection = web_conn_id, user = user_id);
    }

    fn on_web_socket_disconnect(&self, web_conn_id: String, user_id: String) {
        note!(on_web_socket_disconnect, connection = web_conn_id, user = user_id);
    }

    fn web_socket_message_has_been_posted(&self, web_conn_id: String, user_id: String, request: WebSocketRequest) {
        note!(web_socket_message_has_been_posted, connection = web_conn_id, user = user_id, action = request.action,);
    }
}

/// The actor's id; empty for the system.
fn id(user: Option<User>) -> String {
    user.map(|user| user.id).unwrap_or_default()
}

#[cfg(test)]
mod tests;
