//! What a plugin's statement may do: SQLite asks here while it prepares one.
//!
//! What is not known to be harmless is denied.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Settings that only show something of the plugin's own tables, or concern one transaction.
const PRAGMAS: [&str; 11] = [
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "defer_foreign_keys",
];

/// Functions that lead out of the database.
const FUNCTIONS: [&str; 2] = ["load_extension", "fts3_tokenizer"];

/// The list of what is temporary.
const TEMPORARY: &str = "sqlite_temp_master";

/// Asked for each thing that a statement does. While `host` is set the server itself speaks.
pub(super) fn authorizer(host: Arc<AtomicBool>) -> impl FnMut(AuthContext<'_>) -> Authorization + Send + 'static {
    move |context| {
        if host.load(Ordering::Acquire) || is_allowed(&context) { Authorization::Allow } else { Authorization::Deny }
    }
}

fn is_allowed(context: &AuthContext<'_>) -> bool {
    match context.action {
        // Says which database in a place of its own.
        AuthAction::AlterTable { database_name, .. } => return database_name == "main",
        // Renaming looks whether something temporary has to be renamed too. There never is.
        AuthAction::Read { table_name: TEMPORARY, .. } | AuthAction::Update { table_name: TEMPORARY, .. } => {
            return true;
        }
        _ => {}
    }
    // Temporary tables would lie outside the file whose size is limited.
    if context.database_name.is_some_and(|name| name != "main") {
        return false;
    }
    match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Recursive
        | AuthAction::Insert { .. }
        | AuthAction::Update { .. }
        | AuthAction::Delete { .. }
        | AuthAction::CreateTable { .. }
        | AuthAction::CreateIndex { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::DropTable { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropView { .. }
        | AuthAction::Reindex { .. }
        | AuthAction::Analyze { .. }
        // Within the call's transaction; outside of one it is ended with the statement.
        | AuthAction::Savepoint { .. } => true,
        AuthAction::Function { function_name } => !is_one_of(&FUNCTIONS, function_name),
        AuthAction::Pragma { pragma_name, .. } => is_one_of(&PRAGMAS, pragma_name),
        // Attaching, virtual tables, what is temporary, transactions, and whatever comes.
        _ => false,
    }
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}
