//! WIT's kebab-case names in Rust.

/// `get-post` as `get_post`, with `_` behind a word of Rust.
pub fn snake(name: &str) -> String {
    let name = name.replace('-', "_");
    match name.as_str() {
        "type" | "where" | "move" | "ref" | "match" | "use" | "in" | "self" | "super" | "crate" | "mod" | "fn"
        | "loop" | "async" | "await" | "dyn" | "static" | "struct" | "enum" | "trait" | "impl" | "box" | "yield"
        | "final" | "override" | "abstract" | "priv" => {
            format!("{name}_")
        }
        _ => name,
    }
}

/// `get-post` as `GetPost`.
pub fn camel(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
        })
        .collect()
}

/// A WIT comment as lines of Rust documentation.
pub fn docs(text: Option<&str>, indent: &str) -> String {
    text.unwrap_or("Undocumented.")
        .lines()
        .map(|line| format!("{indent}/// {line}").trim_end().to_owned() + "\n")
        .collect()
}
