//! The Plugin API's `uploads`.

use futures::stream;
use wasmoat_model::{AppError, FileInfo, UploadSession};
use wasmoat_runtime::bindings::uploads::Host;

use crate::api::Api;

impl Host for Api<'_> {
    async fn create_upload_session(&mut self, us: UploadSession) -> Result<UploadSession, AppError> {
        self.core.create_upload_session(us).await
    }

    async fn upload_data(&mut self, us: UploadSession, data: Vec<u8>) -> Result<Option<FileInfo>, AppError> {
        let data = stream::iter([Ok(data.into())]);
        self.core.upload_data(&self.caller.context, &us, data).await
    }

    async fn get_upload_session(&mut self, upload_id: String) -> Result<UploadSession, AppError> {
        self.core.get_upload_session(&upload_id).await
    }
}
