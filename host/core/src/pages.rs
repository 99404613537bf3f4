//! Pages of lists: what a caller asks for, within what one answer may hold.

/// Most items of a page. REST allows fewer; a plugin, which Mattermost does not bound, gets no more
/// at once, so that it cannot have the server read a whole table into memory.
pub(crate) const LARGEST: i64 = 10_000;

/// `LIMIT` and `OFFSET` of a page. What is negative is zero.
pub(crate) fn window(page: impl Into<i64>, per_page: impl Into<i64>) -> (i64, i64) {
    let limit = per_page.into().clamp(0, LARGEST);
    (limit, page.into().max(0).saturating_mul(limit))
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn numbers_at_their_edges_make_a_small_page() {
        assert_eq!(window(2, 60), (60, 120));
        assert_eq!(window(i32::MIN, i32::MIN), (0, 0));
        assert_eq!(window(i32::MAX, i32::MAX), (10_000, 10_000 * i64::from(i32::MAX)));
        assert_eq!(window(i64::MAX, i64::MAX), (10_000, i64::MAX));
    }
}
