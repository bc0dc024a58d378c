//! Many things that can be judged each by itself: on every core, where there are many of them.

use std::collections::HashMap;

use rayon::prelude::*;

/// From how many things on more than one core takes part.
const MANY: usize = 2_000;

/// What there is to say of each of so many things, by their positions, in their order.
pub(crate) fn filter_map<R: Send>(count: usize, of: impl Fn(usize) -> Option<R> + Sync) -> Vec<R> {
    if count < MANY {
        return (0..count).filter_map(of).collect();
    }
    (0..count).into_par_iter().filter_map(&of).collect()
}

/// Does something to each of many values.
pub(crate) fn each<K: Sync + Eq + std::hash::Hash, V: Send>(of: &mut HashMap<K, V>, change: impl Fn(&mut V) + Sync) {
    if of.len() < MANY {
        of.values_mut().for_each(change);
    } else {
        of.par_iter_mut().for_each(|(_, value)| change(value));
    }
}

/// Two things about so many, at once where they are many.
pub(crate) fn both<A: Send, B: Send>(
    count: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if count < MANY { (one(), other()) } else { rayon::join(one, other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_stands_in_the_order_of_the_things_however_many_there_are() {
        for count in [0, 1, MANY - 1, MANY, 10 * MANY] {
            let odd = filter_map(count, |at| (at % 2 == 1).then_some(at));
            assert_eq!(odd, (0..count).filter(|at| at % 2 == 1).collect::<Vec<_>>());
        }
    }
}
