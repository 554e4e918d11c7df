//! Distances of a curve where none are given.

/// Distances of a whole curve: dense near the reference, where probes may be lost, then even.
pub fn default_distances() -> Vec<f64> {
    const NEAREST: f64 = 1e-4;
    const EVEN_FROM: f64 = 0.05;
    const FARTHEST: f64 = 0.5;
    const STEPS: u32 = 30;
    let fraction = |i: u32| f64::from(i) / f64::from(STEPS);
    let near = (0..STEPS).map(|i| NEAREST * (EVEN_FROM / NEAREST).powf(fraction(i)));
    let far = (0..=STEPS).map(|i| EVEN_FROM + (FARTHEST - EVEN_FROM) * fraction(i));
    near.chain(far).map(three_digits).collect()
}

/// A number rounded to three significant digits, the nearest to what these digits say.
fn three_digits(x: f64) -> f64 {
    format!("{x:.2e}").parse().unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::super::range::shortest;
    use super::*;

    #[test]
    fn the_default_distances_cover_the_range_in_short_numbers() {
        let distances = default_distances();
        assert_eq!(distances.len(), 61);
        assert_eq!(distances[..3], [1e-4, 1.23e-4, 1.51e-4]);
        assert_eq!(distances[29..33], [0.0406, 0.05, 0.065, 0.08]);
        assert_eq!(distances.last(), Some(&0.5));
        assert!(distances.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            distances
                .iter()
                .all(|d| shortest(*d).len() <= "0.000123".len())
        );
    }
}
