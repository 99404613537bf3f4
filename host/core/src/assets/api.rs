//! The Plugin API's `assets`.

use wasmoat_model::AppError;
use wasmoat_runtime::bindings::assets::{Asset, Host};

use super::not_found;
use crate::{api::Api, directory::Kind};

impl Host for Api<'_> {
    async fn read(&mut self, path: String, offset: u64, length: u32) -> Result<Vec<u8>, AppError> {
        let at = "Assets.Read";
        let work = move |tree: &crate::directory::Tree, path: &_| tree.read(path, offset, length);
        self.core.read_assets(at, self.plugin_id(), &path, work).await?.ok_or_else(|| not_found(at, "file"))
    }

    async fn list_assets(&mut self, path: String, after: String, most: u32) -> Result<Vec<Asset>, AppError> {
        let at = "Assets.ListAssets";
        let work = move |tree: &crate::directory::Tree, path: &_| tree.list(path, &after, most);
        let listed = self.core.read_assets(at, self.plugin_id(), &path, work).await?;
        let asset = |entry: crate::directory::Entry| Asset {
            name: entry.name,
            is_folder: entry.kind == Kind::Folder,
            size: entry.size,
        };
        Ok(listed.ok_or_else(|| not_found(at, "folder"))?.into_iter().map(asset).collect())
    }
}
