//! What an expression may say: names that exist, types that fit, a cost that is bounded.
//!
//! What passes here fails at run time only where a user has no value.

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators},
};
use wasmoat_model::CelExpressionError;

use super::{Expression, USER, problem};
use crate::access_control::attributes::Schema;

/// Deepest tree.
const DEPTH: usize = 64;

/// Steps of one evaluation at most.
const COST: u64 = 10_000;

/// Items that an attribute may hold, for the cost of going through them.
const ITEMS: u64 = 500;

/// Errors told at most.
const ERRORS: usize = 20;

/// An attribute that an expression names.
pub(in crate::access_control) struct Attribute<'a> {
    /// Its name, as in `user.attributes.NAME`.
    pub name: &'a str,
}

/// The attribute that a node is: `user.attributes.NAME` or `user.attributes["NAME"]`.
pub(in crate::access_control) fn attribute(node: &IdedExpr) -> Option<Attribute<'_>> {
    match &node.expr {
        Expr::Select(select) if is_attributes(&select.operand) => Some(Attribute { name: &select.field }),
        Expr::Call(call) if call.func_name == operators::INDEX => match call.args.as_slice() {
            [map, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }] if is_attributes(map) => {
                Some(Attribute { name: name.inner() })
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_attributes(node: &IdedExpr) -> bool {
    let Expr::Select(select) = &node.expr else { return false };
    !select.test && select.field == "attributes" && matches!(&select.operand.expr, Expr::Ident(name) if name == USER)
}

/// What a node is, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::access_control) enum Type {
    Any,
    Flag,
    Number,
    Text,
    /// A list of texts.
    Texts,
    /// A list of numbers.
    Numbers,
    Null,
}

impl Type {
    fn is(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }

    /// What a list of it holds.
    fn item(self) -> Option<Self> {
        match self {
            Self::Texts => Some(Self::Text),
            Self::Numbers => Some(Self::Number),
            Self::Any => Some(Self::Any),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Flag => "a condition",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Texts => "a list of texts",
            Self::Numbers => "a list of numbers",
            Self::Null => "null",
        }
    }
}

/// The names of the attributes that an expression uses.
///
/// # Errors
///
/// All that is wrong with it, by its place.
pub(in crate::access_control) fn check(
    expression: &Expression,
    schema: &Schema,
) -> Result<BTreeSet<String>, Vec<CelExpressionError>> {
    let mut checker =
        Checker { expression, schema, names: BTreeSet::new(), scope: Vec::new(), cost: 0, errors: Vec::new() };
    let root = expression.root();
    let kind = checker.node(root, 1, 0);
    if !kind.is(Type::Flag) && checker.errors.is_empty() {
        checker.error(root, &format!("The expression is {}, not a condition.", kind.name()));
    }
    if checker.cost > COST {
        let text = format!("The expression may take {} steps; {COST} are allowed.", checker.cost);
        checker.error(root, &text);
    }
    if checker.errors.is_empty() { Ok(checker.names) } else { Err(checker.errors) }
}

struct Checker<'a> {
    expression: &'a Expression,
    schema: &'a Schema,
    names: BTreeSet<String>,
    /// Variables of the macros around, the innermost last.
    scope: Vec<(&'a str, Type)>,
    cost: u64,
    errors: Vec<CelExpressionError>,
}

impl<'a> Checker<'a> {
    fn error(&mut self, node: &IdedExpr, message: &str) -> Type {
        if self.errors.len() < ERRORS {
            let (line, column) = self.expression.place(node.id);
            self.errors.push(problem(line, column, message));
        }
        Type::Any
    }

    /// Checks a node that is evaluated `times` times.
    fn node(&mut self, node: &'a IdedExpr, times: u64, depth: usize) -> Type {
        self.cost = self.cost.saturating_add(times);
        if depth > DEPTH {
            return self.error(node, "The expression is too deep.");
        }
        if let Some(attribute) = attribute(node) {
            return self.attribute(node, attribute.name);
        }
        match &node.expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Ident(name) => self.variable(node, name),
            Expr::List(list) => self.list(node, &list.elements, times, depth),
            Expr::Call(call) => self.call(node, call, times, depth),
            Expr::Comprehension(comprehension) => self.comprehension(node, comprehension, times, depth),
            Expr::Select(select) => {
                let text = format!("`{}` is unknown; attributes are `user.attributes.NAME`.", select.field);
                self.error(node, &text)
            }
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => self.error(node, "Not supported in a policy."),
        }
    }

    fn attribute(&mut self, node: &'a IdedExpr, name: &str) -> Type {
        let Some(field) = self.schema.get(name) else {
            return self.error(node, &format!("There is no user attribute `{name}`."));
        };
        self.names.insert(name.to_owned());
        match &node.expr {
            Expr::Select(select) if select.test => Type::Flag,
            _ if field.is_list() => Type::Texts,
            _ => Type::Text,
        }
    }

    fn variable(&mut self, node: &IdedExpr, name: &str) -> Type {
        // What macros expand to; nobody can write such a name.
        if name.starts_with('@') {
            return Type::Any;
        }
        match self.scope.iter().rev().find(|(known, _)| *known == name) {
            Some((_, kind)) => *kind,
            None => self.error(node, &format!("`{name}` is unknown.")),
        }
    }

    fn list(&mut self, node: &IdedExpr, elements: &'a [IdedExpr], times: u64, depth: usize) -> Type {
        let mut kind = Type::Any;
        for element in elements {
            let own = self.node(element, times, depth + 1);
            if !own.is(kind) || !matches!(own, Type::Any | Type::Text | Type::Number) {
                return self.error(element, "A list has texts or numbers, not both.");
            }
            kind = if kind == Type::Any { own } else { kind };
        }
        let _ = node;
        match kind {
            Type::Text => Type::Texts,
            Type::Number => Type::Numbers,
            _ => Type::Any,
        }
    }

    fn call(&mut self, node: &'a IdedExpr, call: &'a CallExpr, times: u64, depth: usize) -> Type {
        // The counter of `exists_one`.
        if call.func_name == operators::ADD && is_counter(call.args.first()) {
            return Type::Number;
        }
        let mut kinds = Vec::with_capacity(call.args.len() + 1);
        for argument in call.target.as_deref().into_iter().chain(&call.args) {
            kinds.push(self.node(argument, times, depth + 1));
        }
        if call.func_name == operators::IN {
            self.cost = self.cost.saturating_add(times.saturating_mul(length(call.args.get(1))));
        }
        let name = call.func_name.as_str();
        match (signature(name, call.target.is_some(), &kinds), supported(name)) {
            (Some(kind), _) => kind,
            (None, true) => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                self.error(node, &format!("`{}` is not for {}.", spelled(name), kinds.join(" and ")))
            }
            (None, false) => self.error(node, &format!("`{}` is not supported in a policy.", spelled(name))),
        }
    }

    fn comprehension(&mut self, node: &IdedExpr, inner: &'a ComprehensionExpr, times: u64, depth: usize) -> Type {
        let counts = match &inner.accu_init.expr {
            Expr::Literal(LiteralValue::Boolean(_)) => false,
            Expr::Literal(LiteralValue::Int(_)) => true,
            _ => return self.error(node, "`map` and `filter` are not supported in a policy."),
        };
        let range = self.node(&inner.iter_range, times, depth + 1);
        let Some(item) = range.item() else {
            return self.error(&inner.iter_range, &format!("A list is needed here, not {}.", range.name()));
        };
        let inside = times.saturating_mul(length(Some(&inner.iter_range)));
        self.scope.push((inner.iter_var.as_str(), item));
        let kind = self.node(&inner.loop_step, inside, depth + 1);
        self.scope.pop();
        if !counts && !kind.is(Type::Flag) {
            return self.error(&inner.loop_step, "A condition is needed here.");
        }
        Type::Flag
    }
}

fn is_counter(node: Option<&IdedExpr>) -> bool {
    matches!(node, Some(IdedExpr { expr: Expr::Ident(name), .. }) if name.starts_with('@'))
}

/// How many items a list has at most.
fn length(node: Option<&IdedExpr>) -> u64 {
    match node.map(|node| &node.expr) {
        Some(Expr::List(list)) => u64::try_from(list.elements.len()).unwrap_or(ITEMS).max(1),
        _ => ITEMS,
    }
}

fn literal_type(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Flag,
        LiteralValue::String(_) | LiteralValue::Bytes(_) => Type::Text,
        LiteralValue::Double(_) | LiteralValue::Int(_) | LiteralValue::UInt(_) => Type::Number,
        LiteralValue::Null => Type::Null,
    }
}

/// What a function answers for these arguments; none where it is not for them.
fn signature(name: &str, method: bool, kinds: &[Type]) -> Option<Type> {
    let fits = match (name, method, kinds) {
        (operators::LOGICAL_AND | operators::LOGICAL_OR, false, kinds) => kinds.iter().all(|kind| kind.is(Type::Flag)),
        (operators::LOGICAL_NOT | operators::NOT_STRICTLY_FALSE, false, [kind]) => kind.is(Type::Flag),
        (operators::EQUALS | operators::NOT_EQUALS, false, [one, other]) => one.is(*other),
        (
            operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
            false,
            [one, other],
        ) => one.is(*other) && (one.is(Type::Text) || one.is(Type::Number)),
        (operators::IN, false, [item, list]) => list.item().is_some_and(|kind| item.is(kind)),
        ("contains" | "startsWith" | "endsWith", true, [text, part]) => text.is(Type::Text) && part.is(Type::Text),
        ("size", _, [kind]) => {
            return (kind.is(Type::Text) || kind.item().is_some()).then_some(Type::Number);
        }
        (operators::NEGATE, false, [kind]) => return kind.is(Type::Number).then_some(Type::Number),
        (operators::INDEX, false, [list, place]) => {
            return list.item().filter(|_| place.is(Type::Number));
        }
        (operators::CONDITIONAL, false, [condition, one, other]) => {
            return (condition.is(Type::Flag) && one.is(*other)).then_some(*one);
        }
        _ => false,
    };
    fits.then_some(Type::Flag)
}

fn supported(name: &str) -> bool {
    let own = ["contains", "startsWith", "endsWith", "size"];
    let signs = [operators::ADD, operators::SUBSTRACT, operators::MULTIPLY, operators::DIVIDE, operators::MODULO];
    own.contains(&name) || (name.contains('_') && !signs.contains(&name) && !name.chars().any(char::is_alphanumeric))
}

/// An operator as it is written.
fn spelled(name: &str) -> String {
    if name == operators::IN { "in".to_owned() } else { name.trim_matches('@').replace('_', "") }
}
