//! The Plugin API's `properties`: a plugin asks as itself.

use wasmoat_model::{
    AppError, PropertyField, PropertyFieldSearchOpts, PropertyGroup, PropertyRequestOptions, PropertyValue,
    PropertyValueSearchOpts,
};
use wasmoat_runtime::bindings::properties::Host;

use super::PropertyCaller;
use crate::api::Api;

impl Api<'_> {
    fn property_caller(&self) -> PropertyCaller {
        PropertyCaller::Plugin { id: self.plugin_id().to_owned(), scope: String::new() }
    }

    fn property_caller_as(&self, options: PropertyRequestOptions) -> PropertyCaller {
        let scope = options.acting_as_scope.unwrap_or_default();
        PropertyCaller::Plugin { id: self.plugin_id().to_owned(), scope }
    }
}

impl Host for Api<'_> {
    async fn create_property_field(&mut self, field: PropertyField) -> Result<PropertyField, AppError> {
        self.core.create_property_field(&self.property_caller(), field).await
    }

    async fn get_property_field(&mut self, group_id: String, field_id: String) -> Result<PropertyField, AppError> {
        self.core.get_property_field(&self.property_caller(), &group_id, &field_id).await
    }

    async fn get_property_fields(
        &mut self,
        group_id: String,
        ids: Vec<String>,
    ) -> Result<Vec<PropertyField>, AppError> {
        self.core.get_property_fields(&self.property_caller(), &group_id, &ids).await
    }

    async fn get_property_field_by_name(
        &mut self,
        group_id: String,
        target_id: String,
        name: String,
    ) -> Result<PropertyField, AppError> {
        self.core.get_property_field_by_name(&self.property_caller(), &group_id, &target_id, &name).await
    }

    async fn update_property_field(
        &mut self,
        group_id: String,
        field: PropertyField,
    ) -> Result<PropertyField, AppError> {
        self.core.update_property_field(&self.property_caller(), &group_id, field).await
    }

    async fn update_property_fields(
        &mut self,
        group_id: String,
        fields: Vec<PropertyField>,
    ) -> Result<Vec<PropertyField>, AppError> {
        self.core.update_property_fields(&self.property_caller(), &group_id, fields).await
    }

    async fn delete_property_field(&mut self, group_id: String, field_id: String) -> Result<(), AppError> {
        self.core.delete_property_field(&self.property_caller(), &group_id, &field_id).await
    }

    async fn search_property_fields(
        &mut self,
        group_id: String,
        opts: PropertyFieldSearchOpts,
    ) -> Result<Vec<PropertyField>, AppError> {
        let opts = PropertyFieldSearchOpts { group_id, ..opts };
        self.core.search_property_fields(&self.property_caller(), &opts).await
    }

    async fn count_property_fields(&mut self, group_id: String, include_deleted: bool) -> Result<i64, AppError> {
        self.core.count_property_fields(&group_id, include_deleted).await
    }

    async fn count_property_fields_for_target(
        &mut self,
        group_id: String,
        target_type: String,
        target_id: String,
        include_deleted: bool,
    ) -> Result<i64, AppError> {
        self.core.count_property_fields_for_target(&group_id, &target_type, &target_id, include_deleted).await
    }

    async fn create_property_value(&mut self, value: PropertyValue) -> Result<PropertyValue, AppError> {
        self.core.create_property_value(&self.property_caller(), value).await
    }

    async fn get_property_value(
        &mut self,
        group_id: String,
        value_id: String,
    ) -> Result<Option<PropertyValue>, AppError> {
        self.core.get_property_value(&self.property_caller(), &group_id, &value_id).await
    }

    async fn get_property_values(
        &mut self,
        group_id: String,
        ids: Vec<String>,
    ) -> Result<Vec<PropertyValue>, AppError> {
        self.core.get_property_values(&self.property_caller(), &group_id, &ids).await
    }

    async fn update_property_value(
        &mut self,
        group_id: String,
        value: PropertyValue,
    ) -> Result<PropertyValue, AppError> {
        self.core.update_property_value(&self.property_caller(), &group_id, value).await
    }

    async fn update_property_values(
        &mut self,
        group_id: String,
        values: Vec<PropertyValue>,
    ) -> Result<Vec<PropertyValue>, AppError> {
        self.core.update_property_values(&self.property_caller(), &group_id, values).await
    }

    async fn upsert_property_value(&mut self, value: PropertyValue) -> Result<PropertyValue, AppError> {
        self.core.upsert_property_value(&self.property_caller(), value).await
    }

    async fn upsert_property_values(&mut self, values: Vec<PropertyValue>) -> Result<Vec<PropertyValue>, AppError> {
        self.core.upsert_property_values(&self.property_caller(), values).await
    }

    async fn delete_property_value(&mut self, group_id: String, value_id: String) -> Result<(), AppError> {
        self.core.delete_property_value(&self.property_caller(), &group_id, &value_id).await
    }

    async fn delete_property_values_for_target(
        &mut self,
        group_id: String,
        target_type: String,
        target_id: String,
    ) -> Result<(), AppError> {
        let caller = self.property_caller();
        self.core.delete_property_values_for_target(&caller, &group_id, &target_type, &target_id).await
    }

    async fn delete_property_values_for_field(&mut self, group_id: String, field_id: String) -> Result<(), AppError> {
        self.core.delete_property_values_for_field(&self.property_caller(), &group_id, &field_id).await
    }

    async fn search_property_values(
        &mut self,
        group_id: String,
        opts: PropertyValueSearchOpts,
    ) -> Result<Vec<PropertyValue>, AppError> {
        let opts = PropertyValueSearchOpts { group_id, ..opts };
        self.core.search_property_values(&self.property_caller(), opts).await
    }

    async fn register_property_group(&mut self, name: String) -> Result<PropertyGroup, AppError> {
        self.core.register_property_group(&name).await
    }

    async fn get_property_group(&mut self, name: String) -> Result<PropertyGroup, AppError> {
        self.core.get_property_group(&name).await
    }

    async fn upsert_property_value_with_options(
        &mut self,
        value: PropertyValue,
        options: PropertyRequestOptions,
    ) -> Result<PropertyValue, AppError> {
        self.core.upsert_property_value(&self.property_caller_as(options), value).await
    }

    async fn upsert_property_values_with_options(
        &mut self,
        values: Vec<PropertyValue>,
        options: PropertyRequestOptions,
    ) -> Result<Vec<PropertyValue>, AppError> {
        self.core.upsert_property_values(&self.property_caller_as(options), values).await
    }

    async fn delete_property_value_with_options(
        &mut self,
        group_id: String,
        value_id: String,
        options: PropertyRequestOptions,
    ) -> Result<(), AppError> {
        self.core.delete_property_value(&self.property_caller_as(options), &group_id, &value_id).await
    }

    async fn delete_property_values_for_target_with_options(
        &mut self,
        group_id: String,
        target_type: String,
        target_id: String,
        options: PropertyRequestOptions,
    ) -> Result<(), AppError> {
        let caller = self.property_caller_as(options);
        self.core.delete_property_values_for_target(&caller, &group_id, &target_type, &target_id).await
    }

    async fn delete_property_values_for_field_with_options(
        &mut self,
        group_id: String,
        field_id: String,
        options: PropertyRequestOptions,
    ) -> Result<(), AppError> {
        self.core.delete_property_values_for_field(&self.property_caller_as(options), &group_id, &field_id).await
    }
}
