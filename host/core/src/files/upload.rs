//! The way of a file into the store: checked, shown to plugins, written, recorded.

use std::path::PathBuf;

use bytes::Bytes;
use wasmoat_model::{AppError, FileInfo, new_id, now_ms};
use wasmoat_runtime::{CallContext, FileWillBeUploaded, Refusal, Rejection};

use super::{Spool, SpoolWriter, image, image::Head, kind, plain_name, store};
use crate::{
    Core,
    file_content::ContentLender,
    rejection::rejected,
    store::{Queries as _, StoreError},
    websocket::Event,
};

/// Most bytes of a text by which a file is found.
pub(super) const TEXT_LIMIT: usize = 1 << 20;

/// A file that somebody sends.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Who sends it, or `nouser`.
    pub user_id: String,
    /// Where it will be posted; empty for nowhere yet.
    pub channel_id: String,
    /// Name of the file; folders in it are dropped.
    pub name: String,
    /// Its bytes.
    pub content: Spool,
    /// The id it is to have; a new one where empty.
    pub id: String,
    /// Set for files of another server.
    pub remote_id: Option<String>,
}

impl Core {
    /// A spool for the bytes of one upload.
    ///
    /// # Errors
    ///
    /// Where the disk fails.
    pub async fn new_spool(&self, at: &str) -> Result<SpoolWriter, AppError> {
        let limit = u64::try_from(self.config.number("FileSettings.MaxFileSize")).unwrap_or_default();
        SpoolWriter::new(&self.spool_folder(), limit).await.map_err(|error| error.app_error(at))
    }

    fn spool_folder(&self) -> PathBuf {
        self.data.join("spool")
    }

    /// A spool of bytes that are in memory already.
    ///
    /// # Errors
    ///
    /// 413 where there are more than allowed; where the disk fails.
    pub async fn spool(&self, at: &str, data: &[u8]) -> Result<Spool, AppError> {
        let mut spool = self.new_spool(at).await?;
        spool.push(data).await.map_err(|error| error.app_error(at))?;
        Ok(spool.finish().await)
    }

    /// Mattermost's `UploadFile`: stores a file. A post takes it later, by its id.
    ///
    /// # Errors
    ///
    /// 400 for a plugin's refusal or an image of too many pixels, 413 for a file that is too
    /// large, 501 where files are switched off.
    pub async fn upload_file(&self, cx: &CallContext, upload: Upload) -> Result<FileInfo, AppError> {
        let at = "UploadFile";
        self.check_files_enabled(at)?;
        self.check_file_size(at, upload.content.size())?;
        let (head, content) = (self.image_head(at, &upload.content).await?, upload.content.clone());
        let now = now_ms();
        let name = plain_name(&upload.name);
        let (extension, mime_type) = kind::of(&name);
        let info = FileInfo {
            id: if upload.id.is_empty() { new_id() } else { upload.id },
            user_id: upload.user_id,
            channel_id: upload.channel_id,
            create_at: now,
            update_at: now,
            size: size(&content),
            width: head.map_or(0, |head| pixels(head.width)),
            height: head.map_or(0, |head| pixels(head.height)),
            remote_id: upload.remote_id,
            name,
            extension,
            mime_type,
            ..FileInfo::default()
        };
        let (info, content, head) = self.ask_before_upload(cx, info, content, head).await?;
        self.keep(at, info, &content, head).await
    }

    /// Asks the plugins, and takes over what they may change.
    async fn ask_before_upload(
        &self,
        cx: &CallContext,
        info: FileInfo,
        content: Spool,
        head: Option<Head>,
    ) -> Result<(FileInfo, Spool, Option<Head>), AppError> {
        if !self.runtime.implements::<FileWillBeUploaded>() {
            return Ok((info, content, head));
        }
        let at = "UploadFile";
        let before = content.size();
        let limit = u64::try_from(self.config.number("FileSettings.MaxFileSize")).unwrap_or_default();
        let mut lender = ContentLender::new(content, self.spool_folder(), limit);
        let asked =
            self.runtime
                .filter_lending::<FileWillBeUploaded, _, _>(cx, info.clone(), &mut lender, |ctx, info| (ctx, info));
        let answer = match asked.await {
            Ok(answer) => answer,
            Err(rejection) => {
                self.publish_upload_rejected(&info, &rejection);
                let id = "api.file.upload_file.rejected_by_plugin.app_error";
                return Err(rejected(at, id, "File rejected by plugin. ", rejection));
            }
        };
        let replaced = lender.replaced();
        let content = lender.into_content();
        tracing::debug!(file_id = info.id, before, after = content.size(), replaced, "plugins let a file pass");
        let mut info = FileInfo {
            name: plain_name(&answer.name),
            extension: answer.extension,
            mime_type: answer.mime_type,
            content: answer.content,
            size: size(&content),
            ..info
        };
        if !replaced {
            return Ok((info, content, head));
        }
        let head = self.image_head(at, &content).await?;
        info.width = head.map_or(0, |head| pixels(head.width));
        info.height = head.map_or(0, |head| pixels(head.height));
        Ok((info, content, head))
    }

    fn publish_upload_rejected(&self, info: &FileInfo, rejection: &Rejection) {
        let Rejection::Refused { refusal: Refusal::Reason(reason), .. } = rejection else { return };
        if !wasmoat_model::is_valid_id(&info.user_id) {
            return;
        }
        let event = Event::new("file_upload_rejected")
            .data("file_name", info.name.as_str())
            .data("rejection_reason", reason.as_str())
            .data("channel_id", info.channel_id.as_str());
        self.publish(event.to_user(&info.user_id));
    }

    /// What the head of an image says; 400 where it has more pixels than may be decoded.
    async fn image_head(&self, at: &str, content: &Spool) -> Result<Option<Head>, AppError> {
        let read = content.with(image::head).await;
        // What cannot be read as an image is a file like any other.
        let Some(head) = read.ok().flatten() else { return Ok(None) };
        let limit = u64::try_from(self.config.number("FileSettings.MaxImageResolution")).unwrap_or_default();
        if head.pixels() <= limit {
            return Ok(Some(head));
        }
        let text = format!(
            "The image has {} × {} pixels; {limit} are allowed in all (setting `FileSettings.MaxImageResolution`).",
            head.width, head.height
        );
        Err(AppError::new(at, "api.file.upload_file.large_image_detailed.app_error", 400, text))
    }

    /// Writes the bytes and the pictures, and then the record: a record always has its bytes.
    async fn keep(
        &self,
        at: &str,
        mut info: FileInfo,
        content: &Spool,
        head: Option<Head>,
    ) -> Result<FileInfo, AppError> {
        info.path = path_of(&info);
        let written = self.files.write_stream(&info.path, content.stream()).await;
        written.map_err(|error| error.app_error(at, "api.file.write_file.app_error"))?;
        if let Some(head) = head {
            // Without pictures it is still a file.
            if let Err(error) = self.keep_pictures(&mut info, content, head).await {
                tracing::info!(file_id = info.id, %error, "no pictures of this image");
            }
        }
        if info.content.is_empty() && self.config.flag("FileSettings.ExtractContent") {
            info.content = text_of(&info, content).await;
        }
        if let Err(error) = self.record(&info).await {
            self.forget_bytes(&info).await;
            return Err(error.into());
        }
        info.content.clear();
        Ok(info)
    }

    async fn keep_pictures(&self, info: &mut FileInfo, content: &Spool, head: Head) -> Result<(), std::io::Error> {
        let pixels_at_most = u64::try_from(self.config.number("FileSettings.MaxImageResolution")).unwrap_or_default();
        let _one_of_few = self.decoding.acquire().await.map_err(std::io::Error::other)?;
        let made = content.with(move |file| image::pictures(file, head, pixels_at_most)).await?;
        let (folder, name) = info.path.rsplit_once('/').unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let path = |what: &str| format!("{folder}/{stem}_{what}.{}", made.extension);
        let (thumbnail, preview) = (path("thumb"), path("preview"));
        self.files.write(&thumbnail, made.thumbnail.into()).await.map_err(std::io::Error::other)?;
        info.thumbnail_path = thumbnail;
        if let Some(bytes) = made.preview {
            self.files.write(&preview, bytes.into()).await.map_err(std::io::Error::other)?;
            info.preview_path = preview;
            info.has_preview_image = true;
        }
        info.mini_preview = Some(made.mini);
        (info.width, info.height) = (pixels(made.width), pixels(made.height));
        Ok(())
    }

    async fn record(&self, info: &FileInfo) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        tx.insert(info).await?;
        if !info.content.is_empty() {
            store::set_text(&mut tx, &info.id, cut(&info.content)).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn forget_bytes(&self, info: &FileInfo) {
        for path in [&info.path, &info.thumbnail_path, &info.preview_path] {
            if !path.is_empty()
                && let Err(error) = self.files.delete(path).await
            {
                tracing::warn!(%path, %error, "bytes that nobody owns stay in the file store");
            }
        }
    }

    /// Whether files may be sent and fetched at all.
    ///
    /// # Errors
    ///
    /// 501 where they may not.
    pub fn check_files_enabled(&self, at: &str) -> Result<(), AppError> {
        if self.config.get().flag("FileSettings.EnableFileAttachments") {
            return Ok(());
        }
        let text = "File attachments are switched off (setting `FileSettings.EnableFileAttachments`).";
        Err(AppError::new(at, "api.file.attachments.disabled.app_error", 501, text))
    }

    /// Whether a file of so many bytes is taken.
    ///
    /// # Errors
    ///
    /// 413 where it is not.
    pub fn check_file_size(&self, at: &str, size: u64) -> Result<(), AppError> {
        let limit = u64::try_from(self.config.get().number("FileSettings.MaxFileSize")).unwrap_or_default();
        if size <= limit {
            return Ok(());
        }
        let text = format!("The file has {size} bytes; {limit} are allowed (setting `FileSettings.MaxFileSize`).");
        Err(AppError::new(at, "api.file.upload_file.too_large_detailed.app_error", 413, text))
    }
}

/// Mattermost's place for a file: by day, channel and user, in a folder of its own.
pub(crate) fn path_of(info: &FileInfo) -> String {
    let channel = if info.channel_id.is_empty() { "nochannel" } else { &info.channel_id };
    let user = if info.user_id.is_empty() { wasmoat_model::NO_USER } else { &info.user_id };
    let (day, name) = (day(info.create_at), short_name(&info.name));
    format!("{day}/teams/noteam/channels/{channel}/users/{user}/{}/{name}", info.id)
}

/// A name with room behind it for `_preview.jpg`.
fn short_name(name: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').filter(|(_, extension)| extension.len() <= 16).unwrap_or((name, ""));
    let stem = stem.get(..stem.floor_char_boundary(120)).unwrap_or_default();
    if extension.is_empty() { stem.to_owned() } else { format!("{stem}.{extension}") }
}

/// `20261121`, in UTC.
fn day(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y%m%d").to_string()
}

fn size(content: &Spool) -> i64 {
    i64::try_from(content.size()).unwrap_or(i64::MAX)
}

fn pixels(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The text of a file that is text.
async fn text_of(info: &FileInfo, content: &Spool) -> String {
    let text = info.mime_type.starts_with("text/")
        || matches!(info.mime_type.as_str(), "application/json" | "application/xml");
    if !text {
        return String::new();
    }
    let bytes: Bytes = content.read(0, TEXT_LIMIT).await.unwrap_or_default();
    // PostgreSQL keeps no zero characters.
    String::from_utf8_lossy(&bytes).replace('\0', "")
}

/// As much of a text as is kept.
pub(super) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT_LIMIT)).unwrap_or(text)
}
