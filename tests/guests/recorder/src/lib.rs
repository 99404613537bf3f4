//! Has every hook of the contract: writes each call down, and answers what the test told it to.
//!
//! A new hook is a line in [`recorded`]. What was recorded, and what is to be answered, lies in the
//! key-value store: all instances see it, and so does the next activation, which is how a test
//! learns of `on-deactivate`. The test's own requests are below `/-/` (see [`control`]); requests
//! to any other path are calls of `serve-http` like those of the other hooks.

mod answer;
mod control;
mod program;
mod record;

use serde_json::json;
use wasmoat::{
    cluster_types::PluginClusterEvent,
    draft_types::{Draft, ScheduledPost},
    file_types::FileDownloadType,
    job_types::Job,
    notify_types::{EmailNotification, PushNotification},
    plugins_types::{FileData, OnInstallEvent},
    prelude::*,
    server_types::ProductLimits,
    shared_channel_types::{RemoteCluster, SyncMsg, SyncResponse},
};

use crate::answer::{Fallible as _, Plain as _, Wanted};

/// The plugin.
#[derive(Debug, Default)]
pub struct Recorder;

/// Answers what the SDK answers for a hook that a plugin does not have.
#[derive(Debug, Default)]
struct Quiet;

impl Plugin for Quiet {
    fn serve_http(&self, _: PluginContext, _: HttpRequest) -> HttpResponse {
        HttpResponse { status: 200, ..HttpResponse::default() }
    }

    fn serve_metrics(&self, _: PluginContext, _: HttpRequest) -> HttpResponse {
        HttpResponse { status: 200, ..HttpResponse::default() }
    }
}

/// One call: recorded, then answered as programmed, or as if the hook were not there.
macro_rules! call {
    ($hook:ident($($argument:ident),*) $(-> $output:ty)?) => {{
        let arguments = json!({ $(stringify!($argument): $argument),* });
        // What a filter may replace comes first, but for the context.
        let subject = [$(stringify!($argument)),*].into_iter().find(|name| *name != "context");
        match program::run(stringify!($hook), &arguments, subject) {
            Some(answer) => (&Wanted::<fn() $(-> $output)?>::new()).read(answer),
            None => Plugin::$hook(&Quiet, $($argument),*),
        }
    }};
}

macro_rules! recorded {
    ($($hook:ident($($argument:ident: $ty:ty),*) $(-> $output:ty)?;)*) => {
        #[wasmoat::plugin(manifest = "../plugin.json")]
        impl Plugin for Recorder {
            fn serve_http(&self, context: PluginContext, request: HttpRequest) -> HttpResponse {
                match control::serve(&request) {
                    Some(response) => response,
                    None => call!(serve_http(context, request) -> HttpResponse),
                }
            }

            $(fn $hook(&self $(, $argument: $ty)*) $(-> $output)? {
                call!($hook($($argument),*) $(-> $output)?)
            })*
        }
    };
}

recorded! {
    on_activate() -> Result<()>;
    on_deactivate() -> Result<()>;
    on_configuration_change() -> Result<()>;
    on_instance_start() -> Result<()>;
    execute_bridge_call(context: PluginContext, method: String, request: Vec<u8>, response_schema: Option<String>) -> Result<Vec<u8>>;
    execute_command(context: PluginContext, args: CommandArgs) -> Result<ExecuteCommandOutcome>;
    message_will_be_posted(context: PluginContext, post: Post) -> MessageWillBePostedVerdict;
    message_will_be_updated(context: PluginContext, new_post: Post, old_post: Post) -> MessageWillBeUpdatedVerdict;
    message_has_been_posted(context: PluginContext, post: Post);
    message_has_been_updated(context: PluginContext, new_post: Post, old_post: Post);
    message_has_been_deleted(context: PluginContext, post: Post);
    reaction_has_been_added(context: PluginContext, reaction: Reaction);
    reaction_has_been_removed(context: PluginContext, reaction: Reaction);
    user_has_been_created(context: PluginContext, user: User);
    user_will_log_in(context: PluginContext, user: User) -> UserWillLogInVerdict;
    on_saml_login(context: PluginContext, user: User, assertion: String) -> OnSamlLoginVerdict;
    user_has_logged_in(context: PluginContext, user: User);
    user_has_been_deactivated(context: PluginContext, user: User);
    channel_has_been_created(context: PluginContext, channel: Channel);
    channel_will_be_updated(context: PluginContext, new_channel: Channel, old_channel: Channel) -> ChannelWillBeUpdatedVerdict;
    channel_will_be_archived(context: PluginContext, channel: Channel) -> ChannelWillBeArchivedVerdict;
    channel_will_be_restored(context: PluginContext, channel: Channel) -> ChannelWillBeRestoredVerdict;
    channel_member_will_be_added(context: PluginContext, member: ChannelMember) -> ChannelMemberWillBeAddedVerdict;
    user_has_joined_channel(context: PluginContext, member: ChannelMember, actor: Option<User>);
    user_has_left_channel(context: PluginContext, member: ChannelMember, actor: Option<User>);
    team_member_will_be_added(context: PluginContext, member: TeamMember) -> TeamMemberWillBeAddedVerdict;
    user_has_joined_team(context: PluginContext, member: TeamMember, actor: Option<User>);
    user_has_left_team(context: PluginContext, member: TeamMember, actor: Option<User>);
    preferences_have_changed(context: PluginContext, preferences: Vec<Preference>);
    on_web_socket_connect(web_conn_id: String, user_id: String);
    on_web_socket_disconnect(web_conn_id: String, user_id: String);
    web_socket_message_has_been_posted(web_conn_id: String, user_id: String, request: WebSocketRequest);
    email_notification_will_be_sent(notification: EmailNotification) -> EmailNotificationWillBeSentVerdict;
    notification_will_be_pushed(notification: PushNotification, user_id: String) -> NotificationWillBePushedVerdict;
    configuration_will_be_saved(config: String) -> ConfigurationWillBeSavedVerdict;
    serve_metrics(context: PluginContext, request: HttpRequest) -> HttpResponse;
    generate_support_data(context: PluginContext) -> Result<Vec<FileData>>;
    on_install(context: PluginContext, event: OnInstallEvent) -> Result<()>;
    on_send_daily_telemetry();
    on_cloud_limits_updated(limits: ProductLimits);
    on_plugin_cluster_event(context: PluginContext, event: PluginClusterEvent);
    messages_will_be_consumed(posts: Vec<Post>) -> Vec<Post>;
    messages_will_be_consumed_with_context(context: PluginContext, posts: Vec<Post>) -> Vec<Post>;
    scheduled_post_will_be_created(context: PluginContext, scheduled_post: ScheduledPost) -> ScheduledPostWillBeCreatedVerdict;
    draft_will_be_upserted(context: PluginContext, draft: Draft) -> DraftWillBeUpsertedVerdict;
    file_will_be_uploaded(context: PluginContext, info: FileInfo) -> FileWillBeUploadedVerdict;
    file_will_be_downloaded(context: PluginContext, info: FileInfo, user_id: String, download_type: FileDownloadType) -> FileWillBeDownloadedVerdict;
    run_data_retention(now_time: i64, batch_size: i64) -> Result<i64>;
    run_job(context: PluginContext, job: Job) -> Result<()>;
    on_shared_channels_sync_msg(msg: SyncMsg, remote: RemoteCluster) -> Result<SyncResponse>;
    on_shared_channels_ping(remote: RemoteCluster) -> bool;
    on_shared_channels_attachment_sync_msg(info: FileInfo, post: Post, remote: RemoteCluster) -> Result<()>;
    on_shared_channels_profile_image_sync_msg(user: User, remote: RemoteCluster) -> Result<()>;
}
