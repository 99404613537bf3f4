//! Links to files that need no login.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq as _;
use wasmoat_model::{AppError, FileInfo};

use crate::Core;

impl Core {
    /// Mattermost's `GetFileLink`, as plugins ask for it: refusals have ids of their own.
    ///
    /// # Errors
    ///
    /// 501 where links are switched off, 400 for a file without a post, 404 for none.
    pub async fn get_file_link(&self, file_id: &str) -> Result<String, AppError> {
        let at = "GetFileLink";
        if !self.config.flag("FileSettings.EnablePublicLink") {
            return Err(links_are_off(at, "plugin_api.get_file_link.disabled.app_error"));
        }
        let info = self.get_file_info(file_id).await?;
        if info.post_id.is_empty() {
            return Err(no_post(at, "plugin_api.get_file_link.no_post.app_error").detail(file_id));
        }
        Ok(self.generate_public_link(&info))
    }

    /// The same for clients, who have the record already.
    ///
    /// # Errors
    ///
    /// 501 where links are switched off, 400 for a file without a post.
    pub fn public_link(&self, info: &FileInfo) -> Result<String, AppError> {
        let at = "getPublicLink";
        if !self.config.flag("FileSettings.EnablePublicLink") {
            return Err(links_are_off(at, "api.file.get_public_link.disabled.app_error"));
        }
        if info.post_id.is_empty() {
            return Err(no_post(at, "api.file.get_public_link.no_post.app_error").detail(&info.id));
        }
        Ok(self.generate_public_link(info))
    }

    fn generate_public_link(&self, info: &FileInfo) -> String {
        let site = self.config.text("ServiceSettings.SiteURL");
        format!("{}/files/{}/public?h={}", site.trim_end_matches('/'), info.id, self.link_hash(&info.id))
    }

    /// The file of a public link.
    ///
    /// # Errors
    ///
    /// 501 where links are switched off, 400 for a hash that is not the file's, 404 for no file.
    pub async fn file_of_public_link(&self, file_id: &str, hash: &str) -> Result<FileInfo, AppError> {
        let at = "getPublicFile";
        if !self.config.flag("FileSettings.EnablePublicLink") {
            return Err(links_are_off(at, "api.file.get_public_link.disabled.app_error"));
        }
        // Before the file is looked up: who cannot sign learns nothing.
        if !bool::from(self.link_hash(file_id).as_bytes().ct_eq(hash.as_bytes())) {
            let text = "This is not a public link of this server.";
            return Err(AppError::new(at, "api.file.get_file.public_invalid.app_error", 400, text));
        }
        self.get_file_info(file_id).await
    }

    /// Mattermost's `GeneratePublicLinkHash`. Another salt makes every old link invalid; without
    /// one the installation's own key is enough.
    fn link_hash(&self, file_id: &str) -> String {
        let salt = self.config.text("FileSettings.PublicLinkSalt");
        let text = format!("public link\0{salt}\0{file_id}");
        let hash = blake3::keyed_hash(self.identity.signing_key(), text.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.as_bytes())
    }
}

fn links_are_off(at: &str, id: &str) -> AppError {
    AppError::new(at, id, 501, "Public links are switched off (setting `FileSettings.EnablePublicLink`).")
}

fn no_post(at: &str, id: &str) -> AppError {
    AppError::new(at, id, 400, "The file belongs to no post yet, and has no link.")
}
