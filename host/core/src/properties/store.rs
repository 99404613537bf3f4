//! The statements of fields and values.

use sqlx::{AnyConnection, any::AnyArguments};
use wasmoat_model::{PropertyField, PropertyFieldSearchOpts, PropertyValue, PropertyValueSearchOpts};

use crate::store::{Column, Queries as _, Record, StoreError, args, placeholders, record};

record!(
    PropertyField,
    "property_fields",
    key[id],
    [
        group_id,
        name,
        r#type,
        attrs,
        target_id,
        target_type,
        object_type,
        protected,
        permission_field,
        permission_values,
        permission_options,
        create_at,
        update_at,
        delete_at,
        created_by,
        updated_by,
        linked_field_id,
    ]
);

record!(
    PropertyValue,
    "property_values",
    key[id],
    [target_id, target_type, group_id, field_id, value, create_at, update_at, delete_at, created_by, updated_by,]
);

/// Placeholders one statement takes.
const CHUNK: usize = 500;

/// Conditions and their arguments, in order.
pub(crate) struct Filter {
    conditions: Vec<String>,
    args: AnyArguments,
    bound: usize,
}

impl Filter {
    pub(crate) fn new() -> Self {
        Self { conditions: Vec::new(), args: args![], bound: 0 }
    }

    fn bind(&mut self, value: &impl Column) -> String {
        value.bind(&mut self.args);
        self.bound += 1;
        format!("${}", self.bound)
    }

    /// `column = value`, unless the value is empty.
    pub(crate) fn is(mut self, column: &str, value: &str) -> Self {
        if !value.is_empty() {
            let place = self.bind(&value);
            self.conditions.push(format!("{column} = {place}"));
        }
        self
    }

    /// `column = value`, also for an empty value.
    pub(crate) fn exactly(mut self, column: &str, value: &str) -> Self {
        let place = self.bind(&value);
        self.conditions.push(format!("{column} = {place}"));
        self
    }

    /// The column is one of the values, unless there are none.
    pub(crate) fn any(mut self, column: &str, values: &[String]) -> Self {
        if !values.is_empty() {
            let list = placeholders(self.bound, values.len());
            for value in values {
                self.bind(value);
            }
            self.conditions.push(format!("{column} IN ({list})"));
        }
        self
    }

    /// `column > value`, unless the value is 0.
    fn after(mut self, column: &str, value: i64) -> Self {
        if value > 0 {
            let place = self.bind(&value);
            self.conditions.push(format!("{column} > {place}"));
        }
        self
    }

    /// Live rows alone, unless `deleted`.
    pub(crate) fn live(mut self, deleted: bool) -> Self {
        if !deleted {
            self.conditions.push("delete_at = 0".to_owned());
        }
        self
    }

    /// Rows behind the cursor.
    fn behind(mut self, create_at: i64, id: &str) -> Self {
        if create_at > 0 {
            let (time, row) = (self.bind(&create_at), self.bind(&id));
            self.conditions.push(format!("(create_at > {time} OR (create_at = {time} AND id > {row}))"));
        }
        self
    }

    fn clause(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!("WHERE {}", self.conditions.join(" AND ")) }
    }

    /// The rows, the oldest first.
    pub(crate) async fn rows<T: Record>(mut self, store: &mut AnyConnection, limit: i64) -> Result<Vec<T>, StoreError> {
        let limit = self.bind(&limit);
        let rest = format!("{} ORDER BY create_at, id LIMIT {limit}", self.clause());
        store.all(&rest, self.args).await
    }

    /// How many rows there are.
    pub(crate) async fn count<T: Record>(self, store: &mut AnyConnection) -> Result<i64, StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {} {}", T::TABLE, self.clause());
        Ok(store.value(&sql, self.args).await?.unwrap_or_default())
    }

    /// Marks the rows as deleted and says how many they are.
    pub(crate) async fn delete<T: Record>(
        mut self,
        store: &mut AnyConnection,
        now: i64,
        user_id: &str,
    ) -> Result<u64, StoreError> {
        let clause = self.clause();
        let (time, user) = (self.bind(&now), self.bind(&user_id));
        let sql =
            format!("UPDATE {} SET delete_at = {time}, update_at = {time}, updated_by = {user} {clause}", T::TABLE);
        store.run(&sql, self.args).await
    }
}

pub(super) fn fields(opts: &PropertyFieldSearchOpts) -> Filter {
    Filter::new()
        .is("group_id", &opts.group_id)
        .is("object_type", &opts.object_type)
        .is("target_type", &opts.target_type)
        .any("target_id", &opts.target_ids)
        .after("update_at", opts.since_update_at)
        .live(opts.include_deleted)
        .behind(opts.cursor.create_at, &opts.cursor.property_field_id)
}

pub(super) fn values(opts: &PropertyValueSearchOpts) -> Filter {
    Filter::new()
        .is("group_id", &opts.group_id)
        .is("target_type", &opts.target_type)
        .any("target_id", &opts.target_ids)
        .is("field_id", &opts.field_id)
        .is("value", &opts.value)
        .after("update_at", opts.since_update_at)
        .live(opts.include_deleted)
        .behind(opts.cursor.create_at, &opts.cursor.property_value_id)
}

/// Rows of a group by id, in no order; of any group where it is empty.
pub(super) async fn by_ids<T: Record>(
    store: &mut AnyConnection,
    group_id: &str,
    ids: &[String],
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let filter = Filter::new().is("group_id", group_id).any("id", chunk).live(true);
        found.extend(filter.rows(store, i64::MAX).await?);
    }
    Ok(found)
}

/// The live value of a field on a target.
pub(super) async fn value_of(
    store: &mut AnyConnection,
    value: &PropertyValue,
) -> Result<Option<PropertyValue>, StoreError> {
    let rest = "WHERE group_id = $1 AND target_id = $2 AND field_id = $3 AND delete_at = 0";
    store.one(rest, args![value.group_id, value.target_id, value.field_id]).await
}
