//! How a field's type is kept in a column.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Arguments as _, Row as _,
    any::{AnyArguments, AnyRow},
};
use wasmoat_model::{ChannelBannerInfo, ChannelType, StringMap};

/// A type that a column can hold.
pub trait Column: Sized {
    /// Reads the column of this name.
    ///
    /// # Errors
    ///
    /// Where the column is missing or holds something else.
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error>;

    /// Adds the value to the arguments of a statement.
    fn bind(&self, arguments: &mut AnyArguments);
}

fn add<'q, T>(arguments: &mut AnyArguments, value: T)
where
    T: sqlx::Encode<'q, sqlx::Any> + sqlx::Type<sqlx::Any> + 'q,
{
    // Encoding numbers, text and bytes cannot fail.
    let _ = arguments.add(value);
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
                row.try_get(name)
            }

            fn bind(&self, arguments: &mut AnyArguments) {
                add(arguments, self.clone());
            }
        }
    )*};
}

plain!(i64, String, Option<String>, Option<i64>, Vec<u8>, Option<Vec<u8>>, f64);

impl Column for &str {
    fn read(_: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        Err(sqlx::Error::ColumnNotFound(name.to_owned()))
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        add(arguments, (*self).to_owned());
    }
}

impl<T: Column> Column for &T {
    fn read(_: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        Err(sqlx::Error::ColumnNotFound(name.to_owned()))
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        T::bind(self, arguments);
    }
}

impl Column for i32 {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        let wide: i64 = row.try_get(name)?;
        Self::try_from(wide).map_err(|error| decode(name, error))
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        add(arguments, i64::from(*self));
    }
}

impl Column for u32 {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        let wide: i64 = row.try_get(name)?;
        Self::try_from(wide).map_err(|error| decode(name, error))
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        add(arguments, i64::from(*self));
    }
}

/// Booleans are 0 and 1: the two engines agree on integers.
impl Column for bool {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        Ok(row.try_get::<i64, _>(name)? != 0)
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        add(arguments, i64::from(*self));
    }
}

impl Column for Option<bool> {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(name)?.map(|flag| flag != 0))
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        add(arguments, self.map(i64::from));
    }
}

impl Column for ChannelType {
    fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
        let letter: String = row.try_get(name)?;
        Self::from_letter(&letter).ok_or_else(|| decode(name, format!("unknown channel type `{letter}`")))
    }

    fn bind(&self, arguments: &mut AnyArguments) {
        add(arguments, self.letter().to_owned());
    }
}

/// Lists and maps are kept as JSON text.
macro_rules! json {
    ($($type:ty),*) => {$(
        impl Column for $type {
            fn read(row: &AnyRow, name: &str) -> Result<Self, sqlx::Error> {
                read_json(row, name)
            }

            fn bind(&self, arguments: &mut AnyArguments) {
                bind_json(self, arguments);
            }
        }
    )*};
}

json!(Vec<String>, StringMap, Option<ChannelBannerInfo>, serde_json::Value);

fn read_json<T: DeserializeOwned>(row: &AnyRow, name: &str) -> Result<T, sqlx::Error> {
    let text: Option<String> = row.try_get(name)?;
    serde_json::from_str(text.as_deref().unwrap_or("null")).map_err(|error| decode(name, error))
}

fn bind_json<T: Serialize>(value: &T, arguments: &mut AnyArguments) {
    // These types always have a JSON form.
    add(arguments, serde_json::to_string(value).unwrap_or_default());
}

fn decode(name: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: name.to_owned(), source: error.into() }
}
