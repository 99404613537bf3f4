//! The Plugin API's `files`.

use wasmoat_model::{AppError, FileInfo, GetFileInfosOptions, NO_USER};
use wasmoat_runtime::bindings::files::Host;

use super::Upload;
use crate::api::Api;

impl Host for Api<'_> {
    async fn copy_file_infos(&mut self, user_id: String, file_ids: Vec<String>) -> Result<Vec<String>, AppError> {
        self.core.copy_file_infos(&user_id, &file_ids).await
    }

    async fn get_file_info(&mut self, file_id: String) -> Result<FileInfo, AppError> {
        self.core.get_file_info_with_text(&file_id).await
    }

    async fn set_file_searchable_content(&mut self, file_id: String, content: String) -> Result<(), AppError> {
        self.core.set_file_searchable_content(&file_id, &content).await
    }

    async fn get_file_infos(
        &mut self,
        page: i32,
        per_page: i32,
        opt: GetFileInfosOptions,
    ) -> Result<Vec<FileInfo>, AppError> {
        self.core.get_file_infos(page, per_page, &opt).await
    }

    async fn get_file(&mut self, file_id: String) -> Result<Vec<u8>, AppError> {
        let info = self.core.get_file_info(&file_id).await?;
        Ok(self.core.get_file(&info).await?.into())
    }

    async fn get_file_link(&mut self, file_id: String) -> Result<String, AppError> {
        self.core.get_file_link(&file_id).await
    }

    async fn read_file(&mut self, path: String) -> Result<Vec<u8>, AppError> {
        Ok(self.core.read_file("ReadFile", &path).await?.into())
    }

    async fn upload_file(&mut self, data: Vec<u8>, channel_id: String, filename: String) -> Result<FileInfo, AppError> {
        let at = "UploadFile";
        if !channel_id.is_empty() && self.core.get_channel(&channel_id).await.is_err() {
            let id = "api.file.upload_file.incorrect_channelId.app_error";
            return Err(AppError::new(at, id, 400, "There is no such channel.").detail(channel_id));
        }
        let content = self.core.spool(at, &data).await?;
        drop(data);
        let user_id = NO_USER.to_owned();
        let upload = Upload { user_id, channel_id, name: filename, content, id: String::new(), remote_id: None };
        self.core.upload_file(&self.caller.context, upload).await
    }
}
