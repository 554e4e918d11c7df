//! Cavity magnetisations as polynomials of the message (BP.21, BP.22).

use super::number::Message;
use pulp::Simd;

/// Highest order of an expansion.
const ORDERS: usize = 16;
/// How cavity magnetisations are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// By one of the expansions of the number format.
    Expansion(usize),
    /// By hyperbolic tangents.
    Tanh,
}

impl Level {
    /// The cheapest that is accurate for messages up to `size`.
    pub(super) fn of<S: Message>(size: f64) -> Self {
        let fits = |(_, limit): &(usize, f64)| size <= *limit;
        let first = S::EXPANSIONS.iter().position(fits);
        first.map_or(Level::Tanh, Level::Expansion)
    }
}

/// Coefficients `c_{k+1}` of (BP.21) in powers of `t²`, without the factor `t` of odd `k`.
const SERIES: [[f64; ORDERS / 2]; ORDERS] = {
    let mut table = [[0.0; ORDERS / 2]; ORDERS];
    let mut c = [0.0; ORDERS + 2];
    c[0] = 1.0;
    let mut k = 0;
    while k < ORDERS {
        let mut j = 0;
        while 2 * j + k % 2 <= k {
            table[k][j] = c[2 * j + k % 2];
            j += 1;
        }
        // c_{k+2} = -d/dt [(1-t²) c_{k+1}]/(k+2).
        let mut next = [0.0; ORDERS + 2];
        let mut power = 1;
        while power <= k + 2 {
            let below = if power >= 2 { c[power - 2] } else { 0.0 };
            next[power - 1] = (below - c[power]) * power as f64 / (k + 2) as f64;
            power += 1;
        }
        c = next;
        k += 1;
    }
    table
};

/// `c_1 … c_order`.
#[inline(always)]
pub(super) fn coefficients<S: Message, V: Simd>(
    simd: V,
    order: usize,
    t: S::Vector<V>,
) -> [S::Vector<V>; ORDERS] {
    let square = S::times(simd, t, t);
    let mut out = [t; ORDERS];
    for k in 0..order {
        let mut sum = S::splat(simd, S::of(SERIES[k][k / 2]));
        for j in (0..k / 2).rev() {
            sum = S::fused(simd, sum, square, S::splat(simd, S::of(SERIES[k][j])));
        }
        out[k] = if k % 2 == 1 {
            S::times(simd, sum, t)
        } else {
            sum
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a series cut after `order` drops at most (BP.22).
    fn remainder(order: usize, size: f64) -> f64 {
        let ratio = 2.0 * size / std::f64::consts::PI;
        let odd = (0..100).map(|j| f64::from(2 * j + 1).powi(-(order as i32) - 2));
        let factor = 4.0 / std::f64::consts::PI * odd.sum::<f64>();
        factor * ratio.powi(order as i32 + 1) / (1.0 - ratio)
    }

    fn limits_are_below_rounding<S: Message>(rounding: f64) {
        for (order, size) in S::EXPANSIONS {
            assert!(order <= ORDERS);
            let dropped = remainder(order, size);
            assert!(
                dropped < rounding && dropped > 0.9 * rounding,
                "{order} {dropped:e}"
            );
        }
    }

    #[test]
    fn what_is_dropped_is_below_rounding() {
        limits_are_below_rounding::<f32>(f64::from(f32::EPSILON) / 8.0);
        limits_are_below_rounding::<f64>(f64::EPSILON / 8.0);
    }

    #[test]
    fn coefficients_are_those_of_the_addition_theorem() {
        for t in [-0.99, -0.3, 0.0, 0.5, 1.0] {
            let c = coefficients::<f64, pulp::Scalar>(pulp::Scalar::new(), ORDERS, t);
            assert_eq!(c[..2], [1.0, t]);
            assert!((c[2] - (t * t - 1.0 / 3.0)).abs() < 1e-16);
            for u in [-0.15_f64, 0.02, 0.16] {
                let series = c.iter().rev().fold(0.0, |sum, c| (sum + c) * u);
                let exact = u.tanh() / (1.0 - t * u.tanh());
                assert!(
                    (series - exact).abs() < 1e-16 + 4e-16 * exact.abs(),
                    "{t} {u}"
                );
            }
        }
    }
}
