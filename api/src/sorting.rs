//! Sorting: the orders in which lists of named things are given.

use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use remit_domain::text::fold;
use serde::Deserialize;
use utoipa::ToSchema;

/// The order of a list of named things; where nothing is said, they come in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum NameSort {
    /// By name, case and accents folded.
    #[serde(rename = "name")]
    Name,
    /// By name, from the end.
    #[serde(rename = "-name")]
    NameDescending,
    /// The oldest first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// The youngest first.
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

/// Puts entities in an order; those of one name stay in the order of their ids.
pub fn by_name<T: Identified>(kept: &mut [Kept<T>], sort: Option<NameSort>, name: impl Fn(&T) -> &str) {
    match sort {
        None => {}
        Some(NameSort::Name) => kept.sort_by_cached_key(|one| fold(name(&one.value))),
        Some(NameSort::NameDescending) => kept.sort_by_cached_key(|one| std::cmp::Reverse(fold(name(&one.value)))),
        Some(NameSort::CreatedAt) => kept.sort_by_key(|one| (one.created_at, one.id)),
        Some(NameSort::CreatedAtDescending) => kept.sort_by_key(|one| std::cmp::Reverse((one.created_at, one.id))),
    }
}

/// Whether any of some texts contains a search, case and accents folded.
pub fn found_in<'a>(search: &str, texts: impl IntoIterator<Item = &'a str>) -> bool {
    let search = fold(search.trim());
    texts.into_iter().any(|text| fold(text).contains(&search))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_folds_case_and_accents_and_looks_into_every_text() {
        assert!(found_in(" ÉLAN ", ["no", "the elan vital"]));
        assert!(!found_in("elan", ["no", "nothing"]));
        assert!(!found_in("elan", []));
    }
}
