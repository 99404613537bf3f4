//! The Plugin API's `file-content`.

use wasmoat_model::AppError;
use wasmoat_runtime::bindings::file_content::Host;

use super::FileContent;
use crate::api::Api;

impl Api<'_> {
    fn file_content(&self, at: &str) -> Result<&FileContent, AppError> {
        self.caller.lent.as_ref().and_then(|lent| lent.get::<FileContent>()).ok_or_else(|| {
            let text =
                "There is no file here: its content can be read and written during `file-will-be-uploaded` only.";
            AppError::new(at, "api.plugin.file_content.no_file.app_error", 400, text)
        })
    }
}

impl Host for Api<'_> {
    async fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>, AppError> {
        Ok(self.file_content("FileContent.Read")?.read(offset, length).await?.into())
    }

    async fn write(&mut self, chunk: Vec<u8>) -> Result<(), AppError> {
        self.file_content("FileContent.Write")?.write(&chunk).await
    }
}
