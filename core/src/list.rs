//! The step from one list to the next, for whatever has a key.

use std::collections::HashSet;
use std::hash::Hash;

use crate::view::Diff;

/// Beyond this many steps a whole list is cheaper.
const MAX_STEPS: usize = 200;

/// Steps that turn `old` into `new`. Keys are unique in each list. What begins and ends alike is not looked at twice, so a new
/// message costs one step.
pub(crate) fn diff<T: Clone + PartialEq, K: Eq + Hash>(old: &[T], new: &[T], key: impl Fn(&T) -> K) -> Vec<Diff<T>> {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, middle) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    if old.len() + middle.len() > 4 * MAX_STEPS && !shares_keys(old, middle, &key) {
        return vec![Diff::Reset { items: new.to_vec() }];
    }

    let wanted: HashSet<K> = middle.iter().map(&key).collect();
    let mut diffs = Vec::new();
    let mut now: Vec<&T> = old.iter().collect();
    for index in (0..now.len()).rev() {
        if !wanted.contains(&key(now[index])) {
            now.remove(index);
            diffs.push(Diff::Remove { index: start + index });
        }
    }
    for (index, item) in middle.iter().enumerate() {
        if now.get(index).is_some_and(|present| key(present) == key(item)) {
            if now[index] != item {
                now[index] = item;
                diffs.push(Diff::Update { index: start + index, item: item.clone() });
            }
            continue;
        }
        if let Some(from) = now.iter().skip(index).position(|present| key(present) == key(item)) {
            now.remove(index + from);
            diffs.push(Diff::Remove { index: start + index + from });
        }
        now.insert(index, item);
        diffs.push(Diff::Insert { index: start + index, item: item.clone() });
        if diffs.len() > MAX_STEPS {
            return vec![Diff::Reset { items: new.to_vec() }];
        }
    }
    if diffs.len() > MAX_STEPS {
        return vec![Diff::Reset { items: new.to_vec() }];
    }
    diffs
}

fn shares_keys<T, K: Eq + Hash>(old: &[T], new: &[T], key: impl Fn(&T) -> K) -> bool {
    let keys: HashSet<K> = old.iter().map(&key).collect();
    new.iter().any(|item| keys.contains(&key(item)))
}

/// Takes the steps. What a front end does with [`Diff`]s, in Rust.
pub fn apply<T: Clone>(list: &mut Vec<T>, diffs: &[Diff<T>]) {
    for diff in diffs {
        match diff {
            Diff::Insert { index, item } => list.insert((*index).min(list.len()), item.clone()),
            Diff::Update { index, item } => {
                if let Some(place) = list.get_mut(*index) {
                    *place = item.clone();
                }
            }
            Diff::Remove { index } => {
                if *index < list.len() {
                    list.remove(*index);
                }
            }
            Diff::Reset { items } => list.clone_from(items),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list() -> impl Strategy<Value = Vec<(u8, u8)>> {
        proptest::collection::hash_map(0..20_u8, 0..3_u8, 0..14)
            .prop_map(|items| items.into_iter().collect::<Vec<_>>())
            .prop_shuffle()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn applying_the_steps_gives_the_new_list(old in list(), new in list()) {
            let mut now = old.clone();
            apply(&mut now, &diff(&old, &new, |item| item.0));
            prop_assert_eq!(now, new);
        }
    }

    #[test]
    fn one_new_item_is_one_step_and_a_move_is_two() {
        let old: Vec<(u32, u32)> = (0..5_000).map(|n| (n, 0)).collect();
        let mut new = old.clone();
        new.push((5_000, 0));
        assert_eq!(diff(&old, &new, |item| item.0), [Diff::Insert { index: 5_000, item: (5_000, 0) }]);
        let moved = new.remove(4_000);
        new.insert(0, moved);
        new.pop();
        assert_eq!(
            diff(&old, &new, |item| item.0),
            [Diff::Remove { index: 4_000 }, Diff::Insert { index: 0, item: (4_000, 0) }]
        );
    }

    #[test]
    fn lists_that_share_nothing_are_replaced() {
        let old: Vec<(u32, u32)> = (0..900).map(|n| (n, 0)).collect();
        let new: Vec<(u32, u32)> = (1_000..1_900).map(|n| (n, 0)).collect();
        assert_eq!(diff(&old, &new, |item| item.0), [Diff::Reset { items: new.clone() }]);
    }
}
