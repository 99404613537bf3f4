//! Values of a plugin as PostgreSQL takes and gives them.

use sqlx::{
    Arguments as _, Column as _, Encode, Postgres, Row as _, Type, TypeInfo as _,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgColumn, PgRow, PgTypeInfo, types::Oid},
};
use wasmoat_runtime::bindings::database::Value;

use crate::database::DatabaseError;

/// The type of a value whose type PostgreSQL is to find out.
const UNKNOWN: Oid = Oid(705);

/// No value, of whatever type is wanted.
struct Null;

impl Type<Postgres> for Null {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNKNOWN)
    }
}

impl Encode<'_, Postgres> for Null {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// The values of a statement.
pub(super) fn arguments(values: &[Value]) -> Result<PgArguments, DatabaseError> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Null => arguments.add(Null),
            Value::Boolean(value) => arguments.add(*value),
            Value::Integer(value) => arguments.add(*value),
            Value::Real(value) => arguments.add(*value),
            Value::Text(value) => arguments.add(value.clone()),
            Value::Blob(value) => arguments.add(value.clone()),
        };
        added.map_err(|error| DatabaseError::Sql(error.to_string()))?;
    }
    Ok(arguments)
}

/// Their types.
pub(super) fn types(values: &[Value]) -> Vec<PgTypeInfo> {
    let of = |value: &Value| match value {
        Value::Null => Null::type_info(),
        Value::Boolean(_) => <bool as Type<Postgres>>::type_info(),
        Value::Integer(_) => <i64 as Type<Postgres>>::type_info(),
        Value::Real(_) => <f64 as Type<Postgres>>::type_info(),
        Value::Text(_) => <String as Type<Postgres>>::type_info(),
        Value::Blob(_) => <Vec<u8> as Type<Postgres>>::type_info(),
    };
    values.iter().map(of).collect()
}

/// Names of columns.
pub(super) fn columns(columns: &[PgColumn]) -> Vec<String> {
    columns.iter().map(|column| column.name().to_owned()).collect()
}

/// The values of a row.
pub(super) fn row(row: &PgRow) -> Result<Vec<Value>, DatabaseError> {
    row.columns().iter().map(|column| value(row, column)).collect()
}

fn value(row: &PgRow, column: &PgColumn) -> Result<Value, DatabaseError> {
    let place = column.ordinal();
    let name = column.type_info().name();
    let read = match name {
        "BOOL" => row.try_get::<Option<bool>, _>(place).map(|value| value.map(Value::Boolean)),
        "INT2" => row.try_get::<Option<i16>, _>(place).map(|value| value.map(|value| Value::Integer(value.into()))),
        "INT4" => row.try_get::<Option<i32>, _>(place).map(|value| value.map(|value| Value::Integer(value.into()))),
        "INT8" => row.try_get::<Option<i64>, _>(place).map(|value| value.map(Value::Integer)),
        "FLOAT4" => row.try_get::<Option<f32>, _>(place).map(|value| value.map(|value| Value::Real(value.into()))),
        "FLOAT8" => row.try_get::<Option<f64>, _>(place).map(|value| value.map(Value::Real)),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => {
            row.try_get::<Option<String>, _>(place).map(|value| value.map(Value::Text))
        }
        "BYTEA" => row.try_get::<Option<Vec<u8>>, _>(place).map(|value| value.map(Value::Blob)),
        "VOID" => Ok(None),
        other => {
            let text = format!("the column `{}` is of type {other}; cast it, to TEXT for example", column.name());
            return Err(DatabaseError::Sql(text));
        }
    };
    read.map(|value| value.unwrap_or(Value::Null)).map_err(|error| DatabaseError::Sql(error.to_string()))
}
