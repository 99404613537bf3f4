//! Values of the database as Rust's, and back.

use super::{Value, unexpected};
use crate::Result;

/// What a column may be read as.
pub trait FromValue: Sized {
    /// What is expected, for the text of the error.
    const EXPECTED: &'static str;

    /// Reads a value; none where it is something else.
    fn from_value(value: Value) -> Option<Self>;
}

/// What a row may be read as: a tuple of up to eight columns, in their order.
pub trait FromRow: Sized {
    /// Reads a row.
    ///
    /// # Errors
    ///
    /// 422 where a column holds something else, or their number differs.
    fn from_row(columns: &[String], values: Vec<Value>) -> Result<Self>;
}

macro_rules! values {
    ($($rust:ty, $expected:literal: $($pattern:pat => $value:expr),+;)*) => {
        $(impl FromValue for $rust {
            const EXPECTED: &'static str = $expected;

            fn from_value(value: Value) -> Option<Self> {
                match value {
                    $($pattern => $value,)+
                    _ => None,
                }
            }
        })*
    };
}

values! {
    i64, "a whole number": Value::Integer(value) => Some(value);
    i32, "a whole number of 32 bits": Value::Integer(value) => value.try_into().ok();
    u32, "a whole number from 0 to 4294967295": Value::Integer(value) => value.try_into().ok();
    u64, "a whole number from 0 on": Value::Integer(value) => value.try_into().ok();
    usize, "a whole number from 0 on": Value::Integer(value) => value.try_into().ok();
    f64, "a number": Value::Real(value) => Some(value);
    // SQLite has no booleans.
    bool, "a boolean": Value::Boolean(value) => Some(value), Value::Integer(value @ 0..=1) => Some(value == 1);
    String, "a text": Value::Text(value) => Some(value);
    Vec<u8>, "bytes": Value::Blob(value) => Some(value);
}

impl FromValue for Value {
    const EXPECTED: &'static str = "a value";

    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! rows {
    ($($($name:ident)+;)*) => {
        $(impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(columns: &[String], values: Vec<Value>) -> Result<Self> {
                let expected = [$(stringify!($name)),+].len();
                if values.len() != expected {
                    let text = format!("{} columns were answered, and {expected} are read", values.len());
                    return Err(unexpected(text));
                }
                let mut columns = columns.iter().zip(values);
                Ok(($(read::<$name>(columns.next())?,)+))
            }
        })*
    };
}

rows! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

fn read<T: FromValue>(column: Option<(&String, Value)>) -> Result<T> {
    let Some((name, value)) = column else {
        return Err(unexpected("a column is missing".to_owned()));
    };
    let kind = kind(&value);
    T::from_value(value)
        .ok_or_else(|| unexpected(format!("the column `{name}` holds {kind} where {} is read", T::EXPECTED)))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Boolean(_) => "a boolean",
        Value::Integer(_) => "a whole number",
        Value::Real(_) => "a floating-point number",
        Value::Text(_) => "a text",
        Value::Blob(_) => "bytes",
    }
}

macro_rules! parameters {
    ($($rust:ty => $case:ident $convert:expr;)*) => {
        $(impl From<$rust> for Value {
            fn from(value: $rust) -> Self {
                Self::$case($convert(value))
            }
        })*
    };
}

parameters! {
    bool => Boolean std::convert::identity;
    i64 => Integer std::convert::identity;
    i32 => Integer i64::from;
    u32 => Integer i64::from;
    u16 => Integer i64::from;
    u8 => Integer i64::from;
    f64 => Real std::convert::identity;
    String => Text std::convert::identity;
    &str => Text str::to_owned;
    &String => Text String::clone;
    Vec<u8> => Blob std::convert::identity;
    &[u8] => Blob <[u8]>::to_vec;
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
