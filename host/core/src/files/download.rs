//! The way of a file out of the store: plugins may refuse it.

use std::time::{Duration, Instant};

use wasmoat_model::{AppError, FileDownloadType, FileInfo};
use wasmoat_runtime::{CallContext, FileWillBeDownloaded, Refusal, Rejection};

use crate::{Core, rejection::rejected, websocket::Event};

/// Who fetches a file, and how.
#[derive(Clone, Copy, Debug)]
pub struct Download<'a> {
    /// The user; empty for a public link.
    pub user_id: &'a str,
    /// The connection that is told of a refusal; empty for all of the user.
    pub connection_id: &'a str,
    /// As what.
    pub kind: FileDownloadType,
}

impl Core {
    /// Mattermost's `RunFileWillBeDownloadedHook`: asks the plugins. The reason of a refusal, of
    /// which the user is told by an event as well.
    ///
    /// # Errors
    ///
    /// 503 where a plugin that must not be passed over failed.
    pub async fn ask_before_download(
        &self,
        cx: &CallContext,
        info: &FileInfo,
        download: Download<'_>,
    ) -> Result<Option<String>, AppError> {
        if !self.runtime.implements::<FileWillBeDownloaded>() {
            return Ok(None);
        }
        // For all plugins together; 30 seconds in Mattermost.
        let limit = self.config.number("PluginSettings.Wasmoat.DownloadMilliseconds");
        let patience = Duration::from_millis(u64::try_from(limit).unwrap_or_default());
        let end = Instant::now() + patience;
        let cx = cx.clone().within(patience);
        let told = std::sync::Arc::new(info.clone());
        let user_id = download.user_id.to_owned();
        let asked = self.runtime.ask::<FileWillBeDownloaded>(&cx, |ctx| (ctx, told, user_id, download.kind)).await;
        let reason = match asked {
            // A plugin that was stopped by the end of the round has not agreed.
            _ if Instant::now() >= end => format!(
                "The plugins did not answer within {limit} ms (setting `PluginSettings.Wasmoat.DownloadMilliseconds`)."
            ),
            Ok(()) => return Ok(None),
            Err(Rejection::Refused { refusal: Refusal::Reason(reason), .. }) => reason,
            Err(rejection) => {
                return Err(rejected("GetFile", "api.file.get_file.rejected_by_plugin", "", rejection));
            }
        };
        self.publish_download_rejected(info, download, &reason);
        Ok(Some(reason))
    }

    fn publish_download_rejected(&self, info: &FileInfo, download: Download<'_>, reason: &str) {
        if download.user_id.is_empty() {
            return;
        }
        let event = Event::new("file_download_rejected")
            .data("file_id", info.id.as_str())
            .data("file_name", info.name.as_str())
            .data("rejection_reason", reason)
            .data("channel_id", info.channel_id.as_str())
            .data("post_id", info.post_id.as_str())
            .data("download_type", download.kind.name());
        self.publish(match download.connection_id {
            "" => event.to_user(download.user_id),
            connection_id => event.to_connection(connection_id),
        });
    }
}
