//! Reading fields.

use std::collections::HashMap;

use wasmoat_model::{AppError, PropertyField, PropertyFieldSearchOpts};

use super::{
    ITEMS_AT_ONCE, PropertyCaller,
    access::Reader,
    check_batch, field_not_found, invalid_field,
    store::{self, Filter},
};
use crate::Core;

impl Core {
    /// Mattermost's `GetPropertyField`: deleted or not, as the caller may see it.
    ///
    /// # Errors
    ///
    /// 404 for an unknown one.
    pub async fn get_property_field(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        field_id: &str,
    ) -> Result<PropertyField, AppError> {
        let ids = [field_id.to_owned()];
        let found: Option<PropertyField> = store::by_ids(&mut *self.store.read().await?, group_id, &ids).await?.pop();
        let field = found.ok_or_else(|| field_not_found("GetPropertyField"))?;
        Reader::new(self, caller).field(field).await
    }

    /// Mattermost's `GetPropertyFields`: in the order of the ids.
    ///
    /// # Errors
    ///
    /// 400 when one is missing, or more than 1000 are asked for.
    pub async fn get_property_fields(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        ids: &[String],
    ) -> Result<Vec<PropertyField>, AppError> {
        let at = "GetPropertyFields";
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        check_batch(at, ids.len(), invalid_field)?;
        let found: Vec<PropertyField> = store::by_ids(&mut *self.store.read().await?, group_id, ids).await?;
        let found: HashMap<&str, &PropertyField> = found.iter().map(|field| (field.id.as_str(), field)).collect();
        let mut reader = Reader::new(self, caller);
        let mut fields = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(field) = found.get(id.as_str()) else {
                let text = format!("There is no property field `{id}`.");
                return Err(AppError::new(at, "app.property_field.get_many.app_error", 400, text));
            };
            fields.push(reader.field((*field).clone()).await?);
        }
        Ok(fields)
    }

    /// Mattermost's `GetPropertyFieldByName`: a live field of a target.
    ///
    /// # Errors
    ///
    /// 404 for an unknown one.
    pub async fn get_property_field_by_name(
        &self,
        caller: &PropertyCaller,
        group_id: &str,
        target_id: &str,
        name: &str,
    ) -> Result<PropertyField, AppError> {
        let filter = Filter::new()
            .exactly("group_id", group_id)
            .exactly("target_id", target_id)
            .exactly("name", name)
            .live(false);
        let found: Option<PropertyField> = filter.rows(&mut *self.store.read().await?, 1).await?.pop();
        let field = found.ok_or_else(|| field_not_found("GetPropertyFieldByName"))?;
        Reader::new(self, caller).field(field).await
    }

    /// Mattermost's `SearchPropertyFields`: a page by time of creation, then id.
    ///
    /// # Errors
    ///
    /// 400 for less than 1 per page, half a cursor or too many targets.
    pub async fn search_property_fields(
        &self,
        caller: &PropertyCaller,
        opts: &PropertyFieldSearchOpts,
    ) -> Result<Vec<PropertyField>, AppError> {
        let id = "app.property_field.search.app_error";
        let limit = page("SearchPropertyFields", id, opts.per_page, opts.cursor.is_valid(), opts.target_ids.len())?;
        let found: Vec<PropertyField> = store::fields(opts).rows(&mut *self.store.read().await?, limit).await?;
        let mut reader = Reader::new(self, caller);
        let mut fields = Vec::with_capacity(found.len());
        for field in found {
            fields.push(reader.field(field).await?);
        }
        Ok(fields)
    }

    /// Mattermost's `CountPropertyFieldsForGroup`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn count_property_fields(&self, group_id: &str, include_deleted: bool) -> Result<i64, AppError> {
        let filter = Filter::new().exactly("group_id", group_id).live(include_deleted);
        Ok(filter.count::<PropertyField>(&mut *self.store.read().await?).await?)
    }

    /// Mattermost's `CountPropertyFieldsForTarget`.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn count_property_fields_for_target(
        &self,
        group_id: &str,
        target_type: &str,
        target_id: &str,
        include_deleted: bool,
    ) -> Result<i64, AppError> {
        let filter = Filter::new()
            .exactly("group_id", group_id)
            .exactly("target_type", target_type)
            .exactly("target_id", target_id)
            .live(include_deleted);
        Ok(filter.count::<PropertyField>(&mut *self.store.read().await?).await?)
    }
}

/// How many items a page has.
///
/// # Errors
///
/// 400 for less than 1 per page, half a cursor or too many targets.
pub(super) fn page(at: &str, id: &str, per_page: i32, cursor: bool, targets: usize) -> Result<i64, AppError> {
    if per_page < 1 || !cursor || targets > ITEMS_AT_ONCE {
        let text = "A page has at least 1 item, a cursor both its fields or none, a search at most 1000 targets.";
        return Err(AppError::new(at, id, 400, text));
    }
    Ok(i64::from(per_page).min(i64::try_from(ITEMS_AT_ONCE).unwrap_or(i64::MAX)))
}
