//! An answer as it is gathered, row by row, within its limits.

use wasmoat_runtime::{
    Limits,
    bindings::database::{RowSet, Value},
};

use super::DatabaseError;

/// What a value or a row costs beside its bytes.
const OVERHEAD: u64 = 32;

/// How large an answer may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerLimits {
    rows: u64,
    bytes: u64,
}

impl From<&Limits> for AnswerLimits {
    fn from(limits: &Limits) -> Self {
        Self { rows: limits.database_rows, bytes: limits.database_answer_bytes }
    }
}

/// Rows so far.
#[derive(Debug)]
pub(super) struct Answer {
    limits: AnswerLimits,
    rows: RowSet,
    bytes: u64,
}

impl Answer {
    pub(super) const fn new(limits: AnswerLimits, columns: Vec<String>) -> Self {
        Self { limits, rows: RowSet { columns, rows: Vec::new() }, bytes: 0 }
    }

    /// One row more.
    pub(super) fn push(&mut self, row: Vec<Value>) -> Result<(), DatabaseError> {
        if u64::try_from(self.rows.rows.len()).unwrap_or(u64::MAX) >= self.limits.rows {
            return Err(DatabaseError::Answer { what: "rows", limit: self.limits.rows, setting: "database_rows" });
        }
        let bytes: u64 = row.iter().map(|value| OVERHEAD + length(value)).sum();
        self.bytes = self.bytes.saturating_add(OVERHEAD + bytes);
        if self.bytes > self.limits.bytes {
            let limit = self.limits.bytes;
            return Err(DatabaseError::Answer { what: "bytes", limit, setting: "database_answer_bytes" });
        }
        self.rows.rows.push(row);
        Ok(())
    }

    pub(super) fn finish(self) -> RowSet {
        self.rows
    }
}

fn length(value: &Value) -> u64 {
    let length = match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) => 0,
    };
    u64::try_from(length).unwrap_or(u64::MAX)
}
