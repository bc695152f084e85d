//! Pages of lists. Each service has its own form of the token between two pages.

/// Returns the first `size` of the `items` that are after the previous page, and the key of the
/// last one if more items follow: the next page starts after it.
pub(crate) fn page<T, K>(
    items: impl IntoIterator<Item = T>,
    size: usize,
    is_after: impl Fn(&T) -> bool,
    key: impl Fn(&T) -> K,
) -> (Vec<T>, Option<K>) {
    let mut rest = items.into_iter().filter(is_after);
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let last = rest.next().and_then(|_| page.last().map(key));
    (page, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_whole() {
        let items = ["a", "b", "c", "d", "e"];
        for size in 1..7 {
            let (mut joined, mut after) = (Vec::new(), None);
            loop {
                let is_after = |item: &&str| after.is_none_or(|after| *item > after);
                let (page, last) = page(items, size, is_after, |item| *item);
                assert!(page.len() <= size);
                joined.extend(page);
                after = last;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(joined, items, "pages of {size}");
        }
    }

    #[test]
    fn a_list_that_shrinks_between_pages_skips_nothing() {
        let (_, last) = page(["a", "b", "c", "d"], 2, |_| true, |item| *item);
        let is_after = |item: &&str| last.is_none_or(|last| *item > last);
        let (rest, end) = page(["a", "c", "d"], 2, is_after, |item| *item);
        assert_eq!((rest, end), (vec!["c", "d"], None));
    }
}
