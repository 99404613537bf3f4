//! A table and the type that one of its rows is.

use std::fmt::Write as _;

use sqlx::any::{AnyArguments, AnyRow};

/// A type that is a row of a table. Declared with [`record!`].
pub trait Record: Sized + Send + Sync {
    /// The table.
    const TABLE: &'static str;
    /// Columns of the primary key.
    const KEY: &'static [&'static str];
    /// All columns.
    const COLUMNS: &'static [&'static str];

    /// Reads a row.
    ///
    /// # Errors
    ///
    /// Where a column is missing or holds something else.
    fn read(row: &AnyRow) -> Result<Self, sqlx::Error>;

    /// Binds all columns, in order.
    fn bind(&self, arguments: &mut AnyArguments);
}

/// Declares the table of a type: `record!(Reaction, "reactions", key [user_id, post_id], [create_at])`.
///
/// Columns are named as the fields; the fields that are not listed take their default on read.
macro_rules! record {
    ($type:ty, $table:literal, key [$($key:ident),+], [$($field:ident),* $(,)?]) => {
        impl $crate::store::Record for $type {
            const TABLE: &'static str = $table;
            const KEY: &'static [&'static str] = &[$($crate::store::record_name(stringify!($key))),+];
            const COLUMNS: &'static [&'static str] = &[
                $($crate::store::record_name(stringify!($key)),)+
                $($crate::store::record_name(stringify!($field)),)*
            ];

            fn read(row: &sqlx::any::AnyRow) -> Result<Self, sqlx::Error> {
                #[allow(clippy::needless_update, reason = "some tables hold every field")]
                Ok(Self {
                    $($key: $crate::store::Column::read(row, $crate::store::record_name(stringify!($key)))?,)+
                    $($field: $crate::store::Column::read(row, $crate::store::record_name(stringify!($field)))?,)*
                    ..Self::default()
                })
            }

            fn bind(&self, arguments: &mut sqlx::any::AnyArguments) {
                $($crate::store::Column::bind(&self.$key, arguments);)+
                $($crate::store::Column::bind(&self.$field, arguments);)*
            }
        }
    };
}
pub(crate) use record;

/// The column of a field: `r#type` is kept as `type`.
#[must_use]
pub const fn name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}

/// `$1, $2, …`: placeholders for `count` values after the first `before` ones.
#[must_use]
pub fn placeholders(before: usize, count: usize) -> String {
    let mut text = String::new();
    for number in before + 1..=before + count {
        let comma = if text.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{comma}${number}");
    }
    text
}

pub(super) fn arguments<T: Record>(record: &T) -> AnyArguments {
    let mut arguments = AnyArguments::default();
    record.bind(&mut arguments);
    arguments
}

pub(super) fn select<T: Record>(rest: &str) -> String {
    // Qualified, so that `rest` may join other tables.
    let columns: Vec<String> = T::COLUMNS.iter().map(|column| format!("{}.{column}", T::TABLE)).collect();
    format!("SELECT {} FROM {} {rest}", columns.join(", "), T::TABLE)
}

pub(super) fn insert<T: Record>() -> String {
    format!("INSERT INTO {} ({}) VALUES ({})", T::TABLE, T::COLUMNS.join(", "), placeholders(0, T::COLUMNS.len()))
}

pub(super) fn upsert<T: Record>() -> String {
    let set: Vec<String> = rest::<T>().map(|column| format!("{column} = excluded.{column}")).collect();
    let action = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    format!("{} ON CONFLICT ({}) DO {action}", insert::<T>(), T::KEY.join(", "))
}

pub(super) fn update<T: Record>() -> String {
    // Placeholders keep the order of the columns, the key first.
    let keys = T::KEY.len();
    let set: Vec<String> = rest::<T>().enumerate().map(|(i, column)| format!("{column} = ${}", keys + i + 1)).collect();
    let key: Vec<String> = T::KEY.iter().enumerate().map(|(i, column)| format!("{column} = ${}", i + 1)).collect();
    format!("UPDATE {} SET {} WHERE {}", T::TABLE, set.join(", "), key.join(" AND "))
}

fn rest<T: Record>() -> impl Iterator<Item = &'static &'static str> {
    T::COLUMNS.iter().skip(T::KEY.len())
}
