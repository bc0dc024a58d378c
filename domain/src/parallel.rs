//! Many things that can be judged each by itself: on every core, where there are many of them.

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
