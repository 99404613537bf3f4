//! What a plugin's bundle brought along, for the plugin itself to read.

mod api;
#[cfg(test)]
mod tests;

use wasmoat_model::AppError;

use crate::{
    Core,
    directory::{RelativePath, Tree},
};

/// The folders of a bundle that a plugin may read. Its code and its manifest are not among them.
const FOLDERS: [&str; 2] = ["assets", "public"];

fn not_found(at: &str, what: &str) -> AppError {
    AppError::new(at, "app.plugin.assets.not_found.app_error", 404, format!("There is no such {what} in the bundle."))
}

fn bad_path(at: &str, reason: &str) -> AppError {
    AppError::new(at, "app.plugin.assets.path.app_error", 400, reason)
}

impl Core {
    /// Reads in the bundle of a plugin.
    async fn read_assets<T: Send + 'static>(
        &self,
        at: &'static str,
        plugin_id: &str,
        path: &str,
        work: impl FnOnce(&Tree, &RelativePath) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let path = RelativePath::parse(path).map_err(|error| bad_path(at, &format!("Not allowed: {error}.")))?;
        if !path.names().first().is_some_and(|folder| FOLDERS.contains(&folder.as_str())) {
            return Err(bad_path(at, "The path must begin with `assets` or `public`."));
        }
        let folder = self.plugin_folder(plugin_id)?;
        let failed = |error: &dyn std::fmt::Display| {
            let text = "The files of the bundle could not be read.";
            AppError::new(at, "app.plugin.assets.disk.app_error", 500, text).detail(error)
        };
        let work = tokio::task::spawn_blocking(move || work(&Tree::open(&folder)?, &path));
        work.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
    }
}
