//! Hashtags of a message.

/// Longest list of hashtags, in characters; what is over is cut off.
const LIMIT: usize = wasmoat_model::POST_HASHTAGS_MAX_RUNES;

/// Mattermost's `ParseHashtags`: the `#tags` of a message, each once, separated by spaces. A tag
/// begins with a letter and has two characters or more beside the `#`.
#[must_use]
pub(crate) fn parse_hashtags(message: &str) -> String {
    let mut tags: Vec<&str> = Vec::new();
    let mut length = 0;
    for word in message.split_whitespace() {
        let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '#' | '-' | '_')));
        let Some(tag) = word.strip_prefix('#') else { continue };
        let fits = tag.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let long = tag.chars().count() >= 2 && tag.starts_with(char::is_alphabetic);
        if !(fits && long) || tags.contains(&word) {
            continue;
        }
        length += word.chars().count() + 1;
        if length > LIMIT {
            break;
        }
        tags.push(word);
    }
    tags.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words_that_begin_with_a_hash_and_a_letter() {
        assert_eq!(parse_hashtags("see #release, and (#Über-plan)! #release"), "#release #Über-plan");
        assert_eq!(parse_hashtags("issue #12 # #a no#tag ##x"), "");
    }

    #[test]
    fn a_message_of_tags_is_cut() {
        let message = (0..500).map(|i| format!("#tag{i}")).collect::<Vec<_>>().join(" ");
        let tags = parse_hashtags(&message);
        assert!(tags.chars().count() <= LIMIT && tags.len() > 900);
    }
}
