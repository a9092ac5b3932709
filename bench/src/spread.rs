//! Many values as two.

#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) p95: f64,
}

impl Spread {
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { at(middle) } else { f64::midpoint(at(middle.wrapping_sub(1)), at(middle)) };
        // The nearest rank.
        Self { median, p95: at((values.len() * 95).div_ceil(100).saturating_sub(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_p95_are_of_the_sorted_values() {
        let spread = Spread::of((1..=20).rev().map(f64::from));
        assert!((spread.median - 10.5).abs() < 1e-9 && (spread.p95 - 19.0).abs() < 1e-9);
        let one = Spread::of(std::iter::once(7.0));
        assert!((one.median - 7.0).abs() < 1e-9 && (one.p95 - 7.0).abs() < 1e-9);
    }
}
