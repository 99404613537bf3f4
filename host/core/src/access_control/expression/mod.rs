//! Expressions: bounded, parsed, checked and run.

mod check;
mod scan;

use std::{collections::HashMap, sync::Arc, thread};

use cel::{Context, Program, Value};
use tokio::sync::Semaphore;
use wasmoat_model::{AppError, CelExpressionError};

pub(super) use self::check::{Attribute, attribute, check};

/// Parsed expressions kept at most.
const KEPT: u64 = 1000;

/// The parser recurses: it gets a stack on which the longest expression allowed cannot overflow.
const STACK: usize = 32 * 1024 * 1024;

/// Expressions parsed at the same time at most.
const AT_ONCE: usize = 2;

/// The name that stands for the user.
const USER: &str = "user";

/// The attributes of one user, by name; one without a value is not there.
pub(super) type Attributes = HashMap<String, Value>;

/// An expression that has been parsed.
#[derive(Debug)]
pub(super) struct Expression {
    program: Program,
}

/// Parsed expressions by their text.
#[derive(Debug)]
pub(crate) struct Expressions {
    parsed: moka::sync::Cache<String, Arc<Expression>>,
    turns: Semaphore,
}

impl Default for Expressions {
    fn default() -> Self {
        Self { parsed: moka::sync::Cache::new(KEPT), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Expressions {
    /// Parses an expression; says where it cannot be read.
    ///
    /// # Errors
    ///
    /// Where the server cannot parse at all.
    pub(super) async fn parse(
        &self,
        source: &str,
    ) -> Result<Result<Arc<Expression>, Vec<CelExpressionError>>, AppError> {
        if let Some(expression) = self.parsed.get(source) {
            return Ok(Ok(expression));
        }
        if let Err(error) = scan::scan(source) {
            return Ok(Err(vec![error]));
        }
        let _turn = self.turns.acquire().await.map_err(failed)?;
        let text = source.to_owned();
        let parsed = tokio::task::spawn_blocking(move || on_a_stack(text)).await.map_err(failed)?;
        let parsed = parsed?.map(Arc::new);
        if let Ok(expression) = &parsed {
            self.parsed.insert(source.to_owned(), Arc::clone(expression));
        }
        Ok(parsed)
    }
}

/// Parses on a thread of its own. A panic of the parser ends that thread alone.
fn on_a_stack(source: String) -> Result<Result<Expression, Vec<CelExpressionError>>, AppError> {
    let thread = thread::Builder::new().name("cel".to_owned()).stack_size(STACK);
    let parse = thread.spawn(move || Program::compile(&source)).map_err(failed)?;
    let Ok(parsed) = parse.join() else {
        return Ok(Err(vec![problem(1, 1, "The expression cannot be read.")]));
    };
    Ok(parsed.map(|program| Expression { program }).map_err(|errors| {
        let errors = errors.errors.iter().take(20);
        errors.map(|error| problem(error.pos.0, error.pos.1, &error.msg)).collect()
    }))
}

fn failed(error: impl std::fmt::Display) -> AppError {
    let text = "Expressions cannot be read at present.";
    AppError::new("Expression", "app.access_control.expression.app_error", 503, text).detail(error)
}

fn problem(line: isize, column: isize, message: &str) -> CelExpressionError {
    let number = |value: isize| i32::try_from(value.max(1)).unwrap_or(i32::MAX);
    CelExpressionError { line: number(line), column: number(column), message: message.to_owned() }
}

impl Expression {
    /// The expression's tree.
    pub(super) fn root(&self) -> &cel::IdedExpr {
        self.program.expression()
    }

    /// Line and column of a node, from 1; the columns count characters.
    fn place(&self, node: u64) -> (isize, isize) {
        let info = self.program.source_info();
        let Some((start, _)) = info.offset_for(node) else { return (1, 1) };
        let start = usize::try_from(start).unwrap_or_default();
        let before: Vec<char> = info.source.chars().take(start).collect();
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
        (isize::try_from(line).unwrap_or(1), isize::try_from(column).unwrap_or(1))
    }

    /// Whether the expression holds for a user. Once it is checked, it can only fail because the
    /// user has no value for an attribute: then it does not hold.
    pub(super) fn holds(&self, attributes: Attributes) -> bool {
        let mut context = Context::default();
        context.add_variable_from_value(USER, HashMap::from([("attributes", Value::from(attributes))]));
        matches!(self.program.execute(&context), Ok(Value::Bool(true)))
    }
}
