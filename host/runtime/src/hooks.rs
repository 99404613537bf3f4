//! The hooks that a component may export, each with its types.
//!
//! The table below is the only list of them in the host: loading, dispatch, metrics and docs read
//! it. Arguments travel in `Arc`s, so that a round of ten plugins copies no post.

use std::sync::Arc;

use wasmoat_model::{
    AppError, Channel, ChannelMember, CommandArgs, CommandResponse, Draft, EmailNotification, EmailNotificationContent,
    FileData, FileDownloadType, FileInfo, HttpRequest, HttpResponse, Job, OnInstallEvent, PluginClusterEvent,
    PluginContext, Post, Preference, ProductLimits, PushNotification, Reaction, RemoteCluster, ScheduledPost, SyncMsg,
    SyncResponse, TeamMember, User, WebSocketRequest,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Lower};

use crate::Placed;

/// What a hook's outcome does, as in `plugin-hooks` of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookKind {
    /// Told after the fact; nothing comes back.
    Observe,
    /// May replace or refuse.
    Filter,
    /// May refuse.
    Reject,
    /// Supplies the outcome, alone.
    Provide,
}

/// One hook: an interface of the contract with one function of the same name.
pub trait Hook: Send + Sync + 'static {
    /// The interface's name, like `message-will-be-posted`.
    const NAME: &'static str;
    /// Mattermost's name, like `MessageWillBePosted`.
    const MIRRORS: &'static str;
    /// What its outcome does.
    const KIND: HookKind;
    /// Place in the table.
    const INDEX: usize;
    /// Arguments.
    type Args: ComponentNamedList + Lower + Placed + Clone + Send + Sync + 'static;
    /// Result.
    type Output: ComponentNamedList + Lift + Send + Sync + 'static;
}

/// A hook, without its types.
#[derive(Clone, Copy, Debug)]
pub struct HookInfo {
    /// See [`Hook::NAME`].
    pub name: &'static str,
    /// See [`Hook::MIRRORS`].
    pub mirrors: &'static str,
    /// See [`Hook::KIND`].
    pub kind: HookKind,
    /// Checks the function that a component exports under this name.
    pub(crate) typecheck:
        fn(&wasmtime::component::types::ComponentFunc, &wasmtime::component::types::Component) -> wasmtime::Result<()>,
}

macro_rules! hooks {
    ($($kind:ident $hook:ident $name:literal ($($arg:ty),*) $(-> $output:ty)?;)*) => {
        hooks!(@index $($hook)*);
        $(
            #[doc = concat!("`", stringify!($hook), "`: see `wit/hook-", $name, ".wit`.")]
            #[derive(Clone, Copy, Debug)]
            pub struct $hook;

            impl Hook for $hook {
                const NAME: &'static str = $name;
                const MIRRORS: &'static str = stringify!($hook);
                const KIND: HookKind = HookKind::$kind;
                const INDEX: usize = Index::$hook as usize;
                type Args = ($($arg,)*);
                type Output = ($($output,)?);
            }
        )*

        /// Every hook, in the order of [`Hook::INDEX`].
        pub static HOOKS: &[HookInfo] = &[$(HookInfo {
            name: $name,
            mirrors: stringify!($hook),
            kind: HookKind::$kind,
            typecheck: |function, component| {
                let types = component.instance_type();
                function.typecheck::<<$hook as Hook>::Args, <$hook as Hook>::Output>(&types)
            },
        }),*];
    };
    (@index $($hook:ident)*) => {
        #[derive(Clone, Copy)]
        enum Index { $($hook),* }
    };
}

type Context = Arc<PluginContext>;

hooks! {
    Provide OnActivate "on-activate" () -> Result<(), String>;
    Observe OnDeactivate "on-deactivate" () -> Result<(), String>;
    Observe OnConfigurationChange "on-configuration-change" () -> Result<(), String>;
    Provide OnInstanceStart "on-instance-start" () -> Result<(), String>;
    Provide RunJob "run-job" (Context, Arc<Job>) -> Result<(), String>;
    Provide OnSharedChannelsSyncMsg "on-shared-channels-sync-msg" (Arc<SyncMsg>, Arc<RemoteCluster>) -> Result<SyncResponse, String>;
    Provide OnSharedChannelsPing "on-shared-channels-ping" (Arc<RemoteCluster>) -> bool;
    Provide OnSharedChannelsAttachmentSyncMsg "on-shared-channels-attachment-sync-msg" (Arc<FileInfo>, Arc<Post>, Arc<RemoteCluster>) -> Result<(), String>;
    Provide OnSharedChannelsProfileImageSyncMsg "on-shared-channels-profile-image-sync-msg" (Arc<User>, Arc<RemoteCluster>) -> Result<(), String>;
    Provide ExecuteBridgeCall "execute-bridge-call" (Context, String, Vec<u8>, Option<String>) -> Result<Vec<u8>, AppError>;
    Provide ServeHTTP "serve-http" (Context, Arc<HttpRequest>) -> HttpResponse;
    Provide ExecuteCommand "execute-command" (Context, Arc<CommandArgs>) -> Result<CommandOutcome, AppError>;
    Filter MessageWillBePosted "message-will-be-posted" (Context, Arc<Post>) -> PostVerdict;
    Filter MessageWillBeUpdated "message-will-be-updated" (Context, Arc<Post>, Arc<Post>) -> Verdict<Post>;
    Observe MessageHasBeenPosted "message-has-been-posted" (Context, Arc<Post>);
    Observe MessageHasBeenUpdated "message-has-been-updated" (Context, Arc<Post>, Arc<Post>);
    Observe MessageHasBeenDeleted "message-has-been-deleted" (Context, Arc<Post>);
    Filter MessagesWillBeConsumed "messages-will-be-consumed" (Arc<Vec<Post>>) -> Vec<Post>;
    Filter MessagesWillBeConsumedWithContext "messages-will-be-consumed-with-context" (Context, Arc<Vec<Post>>) -> Vec<Post>;
    Filter ScheduledPostWillBeCreated "scheduled-post-will-be-created" (Context, Arc<ScheduledPost>) -> Verdict<ScheduledPost>;
    Filter DraftWillBeUpserted "draft-will-be-upserted" (Context, Arc<Draft>) -> Verdict<Draft>;
    Observe ReactionHasBeenAdded "reaction-has-been-added" (Context, Arc<Reaction>);
    Observe ReactionHasBeenRemoved "reaction-has-been-removed" (Context, Arc<Reaction>);
    Observe UserHasBeenCreated "user-has-been-created" (Context, Arc<User>);
    Reject UserWillLogIn "user-will-log-in" (Context, Arc<User>) -> Permit;
    Reject OnSAMLLogin "on-saml-login" (Context, Arc<User>, Arc<str>) -> Permit;
    Observe UserHasLoggedIn "user-has-logged-in" (Context, Arc<User>);
    Observe UserHasBeenDeactivated "user-has-been-deactivated" (Context, Arc<User>);
    Observe ChannelHasBeenCreated "channel-has-been-created" (Context, Arc<Channel>);
    Filter ChannelWillBeUpdated "channel-will-be-updated" (Context, Arc<Channel>, Arc<Channel>) -> Verdict<Channel>;
    Reject ChannelWillBeArchived "channel-will-be-archived" (Context, Arc<Channel>) -> Permit;
    Reject ChannelWillBeRestored "channel-will-be-restored" (Context, Arc<Channel>) -> Permit;
    Filter ChannelMemberWillBeAdded "channel-member-will-be-added" (Context, Arc<ChannelMember>) -> Verdict<ChannelMember>;
    Observe UserHasJoinedChannel "user-has-joined-channel" (Context, Arc<ChannelMember>, Option<Arc<User>>);
    Observe UserHasLeftChannel "user-has-left-channel" (Context, Arc<ChannelMember>, Option<Arc<User>>);
    Filter TeamMemberWillBeAdded "team-member-will-be-added" (Context, Arc<TeamMember>) -> Verdict<TeamMember>;
    Observe UserHasJoinedTeam "user-has-joined-team" (Context, Arc<TeamMember>, Option<Arc<User>>);
    Observe UserHasLeftTeam "user-has-left-team" (Context, Arc<TeamMember>, Option<Arc<User>>);
    Filter FileWillBeUploaded "file-will-be-uploaded" (Context, Arc<FileInfo>) -> Verdict<FileInfo>;
    Reject FileWillBeDownloaded "file-will-be-downloaded" (Context, Arc<FileInfo>, String, FileDownloadType) -> Permit;
    Observe PreferencesHaveChanged "preferences-have-changed" (Context, Arc<[Preference]>);
    Provide RunDataRetention "run-data-retention" (i64, i64) -> Result<i64, String>;
    Observe OnWebSocketConnect "on-web-socket-connect" (String, String);
    Observe OnWebSocketDisconnect "on-web-socket-disconnect" (String, String);
    Observe WebSocketMessageHasBeenPosted "web-socket-message-has-been-posted" (String, String, Arc<WebSocketRequest>);
    Filter EmailNotificationWillBeSent "email-notification-will-be-sent" (Arc<EmailNotification>) -> Verdict<EmailNotificationContent>;
    Filter NotificationWillBePushed "notification-will-be-pushed" (Arc<PushNotification>, Arc<str>) -> Verdict<PushNotification>;
    Filter ConfigurationWillBeSaved "configuration-will-be-saved" (Arc<String>) -> ConfigurationVerdict;
    Provide ServeMetrics "serve-metrics" (Context, Arc<HttpRequest>) -> HttpResponse;
    Provide GenerateSupportData "generate-support-data" (Context) -> Result<Vec<FileData>, String>;
    Observe OnInstall "on-install" (Context, Arc<OnInstallEvent>) -> Result<(), String>;
    Observe OnSendDailyTelemetry "on-send-daily-telemetry" ();
    Observe OnCloudLimitsUpdated "on-cloud-limits-updated" (Arc<ProductLimits>);
    Observe OnPluginClusterEvent "on-plugin-cluster-event" (Context, Arc<PluginClusterEvent>);
}

/// Verdict of a filter.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum Verdict<V> {
    /// As it is.
    #[component(name = "keep")]
    Keep,
    /// This one instead.
    #[component(name = "replace")]
    Replace(V),
    /// Refused, for this reason.
    #[component(name = "reject")]
    Reject(String),
}

/// Verdict of `message-will-be-posted`, which can also drop a post quietly.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
#[expect(clippy::large_enum_variant, reason = "a verdict lives for one step of a round")]
pub enum PostVerdict {
    /// As it is.
    #[component(name = "keep")]
    Keep,
    /// This one instead.
    #[component(name = "replace")]
    Replace(Post),
    /// Refused, for this reason.
    #[component(name = "reject")]
    Reject(String),
    /// Dropped, without an error for the author.
    #[component(name = "dismiss")]
    Dismiss,
}

/// Verdict of a hook that can only refuse.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum Permit {
    /// Go on.
    #[component(name = "allow")]
    Allow,
    /// Refused, for this reason.
    #[component(name = "reject")]
    Reject(String),
}

/// Verdict of `configuration-will-be-saved`, whose refusal is an error of its own.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum ConfigurationVerdict {
    /// As it is.
    #[component(name = "keep")]
    Keep,
    /// This one instead, as JSON.
    #[component(name = "replace")]
    Replace(String),
    /// Refused, with this error.
    #[component(name = "reject")]
    Reject(AppError),
}

/// Outcome of `execute-command`.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lift, Lower)]
#[component(variant)]
#[expect(clippy::large_enum_variant, reason = "an answer is the common case and lives for one call")]
pub enum CommandOutcome {
    /// Show this answer.
    #[component(name = "respond")]
    Respond(CommandResponse),
    /// The next handler of the trigger is tried.
    #[component(name = "not-handled")]
    NotHandled,
}

/// A verdict in the one shape that dispatch knows.
#[derive(Debug)]
pub enum Step<T> {
    /// As it is.
    Keep,
    /// This one instead.
    Replace(T),
    /// The round ends here.
    Stop(Refusal),
}

/// Why a round ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The plugin's reason, for the user.
    Reason(String),
    /// The plugin's error, for whoever asked.
    Error(AppError),
    /// Dropped quietly.
    Dismissed,
}

impl<T> From<Verdict<T>> for Step<T> {
    fn from(verdict: Verdict<T>) -> Self {
        match verdict {
            Verdict::Keep => Self::Keep,
            Verdict::Replace(value) => Self::Replace(value),
            Verdict::Reject(reason) => Self::Stop(Refusal::Reason(reason)),
        }
    }
}

impl From<PostVerdict> for Step<Post> {
    fn from(verdict: PostVerdict) -> Self {
        match verdict {
            PostVerdict::Keep => Self::Keep,
            PostVerdict::Replace(post) => Self::Replace(post),
            PostVerdict::Reject(reason) => Self::Stop(Refusal::Reason(reason)),
            PostVerdict::Dismiss => Self::Stop(Refusal::Dismissed),
        }
    }
}

impl From<ConfigurationVerdict> for Step<String> {
    fn from(verdict: ConfigurationVerdict) -> Self {
        match verdict {
            ConfigurationVerdict::Keep => Self::Keep,
            ConfigurationVerdict::Replace(config) => Self::Replace(config),
            ConfigurationVerdict::Reject(error) => Self::Stop(Refusal::Error(error)),
        }
    }
}

impl From<Permit> for Step<std::convert::Infallible> {
    fn from(permit: Permit) -> Self {
        match permit {
            Permit::Allow => Self::Keep,
            Permit::Reject(reason) => Self::Stop(Refusal::Reason(reason)),
        }
    }
}
