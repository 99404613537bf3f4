//! What a user types into the search box: words, and filters like `from:`.

use wasmoat_model::SearchParams;

use super::words::split;

/// Filters of each kind that count.
const MAX_FILTERS: usize = 100;

/// Filters of a search; `channel:` is another name of `in:`.
const FLAGS: [&str; 7] = ["from", "channel", "in", "before", "after", "on", "ext"];

#[derive(Debug, Default)]
struct Typed {
    /// Words, and whether a post must not have them.
    words: Vec<(String, bool)>,
    /// Filters: name, value, and whether what they describe is left out.
    flags: Vec<(&'static str, String, bool)>,
}

/// Mattermost's `ParseSearchParams`: a search for the words and one for the hashtags, as far as
/// there are any; one without terms where there are only filters.
pub(super) fn parse(text: &str, timezone_offset: i32) -> Vec<SearchParams> {
    let typed = read(text);
    let filters = filters(&typed.flags, timezone_offset);
    let pick = |hashtags: bool, excluded: bool| {
        let words = typed.words.iter().filter(|(word, out)| is_hashtag(word) == hashtags && *out == excluded);
        words.map(|(word, _)| word.as_str()).collect::<Vec<_>>().join(" ")
    };
    let mut searches = Vec::new();
    for is_hashtag in [false, true] {
        let (terms, excluded_terms) = (pick(is_hashtag, false), pick(is_hashtag, true));
        if !terms.is_empty() || !excluded_terms.is_empty() {
            searches.push(SearchParams { terms, excluded_terms, is_hashtag, ..filters.clone() });
        }
    }
    if searches.is_empty() && super::filters_something(&filters) {
        searches.push(filters);
    }
    searches
}

fn read(text: &str) -> Typed {
    let mut typed = Typed::default();
    let mut input = split(text.trim()).into_iter().peekable();
    while let Some(word) = input.next() {
        if let Some((name, value, excluded)) = flag(&word) {
            let value = if value.is_empty() { input.next_if(|next| !next.is_empty()) } else { Some(value.to_owned()) };
            if let Some(value) = value {
                typed.flags.push((name, value.trim_matches('"').to_owned(), excluded));
                continue;
            }
        }
        let excluded = word.starts_with('-');
        let word = trimmed(&word);
        if !word.is_empty() {
            typed.words.push((word, excluded));
        }
    }
    typed
}

fn flag(word: &str) -> Option<(&'static str, &str, bool)> {
    let (name, value) = word.split_once(':')?;
    let (name, excluded) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
    let known = FLAGS.into_iter().find(|flag| flag.eq_ignore_ascii_case(name))?;
    Some((known, value, excluded))
}

/// Without punctuation around it; a `*` at the end, a `#` before and quotes stay.
fn trimmed(word: &str) -> String {
    let word = word.trim_start_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '#' | '"')));
    let word = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '*' | '"')));
    match word.trim_start_matches('#') {
        bare if bare.len() + 1 < word.len() => format!("#{bare}"),
        _ => word.to_owned(),
    }
}

/// `#` and a letter before, a letter or digit at the end.
fn is_hashtag(word: &str) -> bool {
    let Some(tag) = word.strip_prefix('#') else { return false };
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    tag.chars().count() >= 2
        && tag.starts_with(char::is_alphabetic)
        && tag.ends_with(char::is_alphanumeric)
        && tag.chars().all(inside)
}

fn filters(flags: &[(&'static str, String, bool)], timezone_offset: i32) -> SearchParams {
    let all = |names: &[&str], excluded: bool| -> Vec<String> {
        let named = flags.iter().filter(|(name, _, out)| names.contains(name) && *out == excluded);
        named.map(|(_, value, _)| value.clone()).take(MAX_FILTERS).collect()
    };
    let last = |name: &str, excluded: bool| all(&[name], excluded).pop().unwrap_or_default();
    SearchParams {
        in_channels: all(&["in", "channel"], false),
        excluded_channels: all(&["in", "channel"], true),
        from_users: all(&["from"], false),
        excluded_users: all(&["from"], true),
        after_date: last("after", false),
        excluded_after_date: last("after", true),
        before_date: last("before", false),
        excluded_before_date: last("before", true),
        on_date: last("on", false),
        excluded_date: last("on", true),
        extensions: all(&["ext"], false),
        excluded_extensions: all(&["ext"], true),
        timezone_offset,
        ..SearchParams::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> SearchParams {
        let [params] = parse(text, 0).try_into().unwrap();
        params
    }

    #[test]
    fn words_and_filters_are_told_apart() {
        let params = one(r#"plan, -draft "to be" from:@ann -from: bob IN:town-square after:2024-1-2 http://x"#);
        assert_eq!((params.terms.as_str(), params.excluded_terms.as_str()), ("plan \"to be\" http://x", "draft"));
        assert_eq!((params.from_users, params.excluded_users), (vec!["@ann".to_owned()], vec!["bob".to_owned()]));
        assert_eq!((params.in_channels, params.after_date.as_str()), (vec!["town-square".to_owned()], "2024-1-2"));
    }

    #[test]
    fn hashtags_are_a_search_of_their_own() {
        let both = parse("##release notes #12", 0);
        let terms: Vec<(&str, bool)> = both.iter().map(|params| (params.terms.as_str(), params.is_hashtag)).collect();
        assert_eq!(terms, [("notes #12", false), ("#release", true)]);
    }

    #[test]
    fn filters_alone_are_a_search() {
        assert_eq!(one("from:ann").from_users, ["ann"]);
        assert!(parse(" -- ", 0).is_empty() && parse("", 0).is_empty());
        assert_eq!(one("from:").terms, "from", "a filter without a value is a word");
    }
}
