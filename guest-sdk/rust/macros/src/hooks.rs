//! The names of the hooks, and what an author may have meant by another name.

include!(concat!(env!("OUT_DIR"), "/hooks.rs"));

/// At most this many names are offered.
const SUGGESTIONS: usize = 3;

/// Whether there is a hook of this name.
pub fn exists(name: &str) -> bool {
    HOOKS.binary_search(&name).is_ok()
}

/// The hooks whose names are nearest to `name`, nearest first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let mut hooks: Vec<_> = HOOKS.iter().map(|hook| (distance(name, hook), *hook)).collect();
    hooks.sort();
    hooks.into_iter().take(SUGGESTIONS).map(|(_, hook)| hook).collect()
}

/// Levenshtein's distance: inserted, removed and changed characters.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (removed, a) in from.chars().enumerate() {
        let mut diagonal = removed;
        let mut left = removed + 1;
        let mut next = vec![left];
        for (b, above) in to.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(a != *b)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, exists, nearest};

    #[test]
    fn distance_counts_edits() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_typo_finds_its_hook() {
        assert!(exists("message_will_be_posted"));
        assert!(!exists("message_will_be_post"));
        assert_eq!(nearest("message_will_be_post").first(), Some(&"message_will_be_posted"));
        assert_eq!(nearest("on_activated").first(), Some(&"on_activate"));
    }
}
