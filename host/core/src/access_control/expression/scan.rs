//! The bounds of an expression, before any parser sees it.

use wasmoat_model::CelExpressionError;

use super::problem;

/// Longest expression, in bytes.
const BYTES: usize = 4096;

/// Words, numbers, texts and signs at most.
const TOKENS: usize = 1024;

/// Brackets inside brackets at most.
const NESTING: usize = 32;

/// What the scanner is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    Nothing,
    Word,
    Text(char),
}

/// Measures an expression.
///
/// # Errors
///
/// Where and why it is too large.
pub(super) fn scan(source: &str) -> Result<(), CelExpressionError> {
    if source.trim().is_empty() {
        return Err(problem(1, 1, "The expression is empty."));
    }
    if source.len() > BYTES {
        return Err(problem(1, 1, &format!("The expression has {} bytes; {BYTES} are allowed.", source.len())));
    }
    let (mut line, mut column) = (1, 0);
    let (mut tokens, mut depth, mut state) = (0_usize, 0_usize, In::Nothing);
    let mut escaped = false;
    for sign in source.chars() {
        column += 1;
        if sign == '\n' {
            (line, column) = (line + 1, 0);
        }
        let before = state;
        state = next(state, sign, &mut escaped);
        let begins = match state {
            In::Nothing => !matches!(before, In::Text(_)) && !sign.is_whitespace(),
            In::Word => before != In::Word,
            In::Text(_) => before == In::Nothing || before == In::Word,
        };
        tokens += usize::from(begins);
        if state == In::Nothing && !matches!(before, In::Text(_)) {
            match sign {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if tokens > TOKENS {
            return Err(problem(line, column, &format!("More than {TOKENS} words and signs.")));
        }
        if depth > NESTING {
            return Err(problem(line, column, &format!("More than {NESTING} brackets inside each other.")));
        }
    }
    Ok(())
}

fn next(state: In, sign: char, escaped: &mut bool) -> In {
    if let In::Text(quote) = state {
        let ends = sign == quote && !*escaped;
        *escaped = sign == '\\' && !*escaped;
        return if ends { In::Nothing } else { state };
    }
    *escaped = false;
    match sign {
        '"' | '\'' => In::Text(sign),
        sign if sign.is_alphanumeric() || sign == '_' => In::Word,
        _ => In::Nothing,
    }
}
