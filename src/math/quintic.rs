//! Tables of smooth functions on a uniform grid, interpolated by quintic Hermite polynomials
//! (GA.9): what the innermost level of a nested average looks up instead of computing it.

use super::special;
use super::wide::dispatch;
use std::sync::OnceLock;

/// Value, slope and curvature of a function on a uniform grid.
#[derive(Clone, Debug)]
pub struct QuinticTable {
    start: f64,
    step: f64,
    inverse: f64,
    jets: Vec<[f64; 3]>,
}

impl QuinticTable {
    /// Tabulates `f = [value, slope, curvature]` from `start` to at least `stop`.
    pub fn new(start: f64, stop: f64, step: f64, f: impl Fn(f64) -> [f64; 3]) -> Self {
        let intervals = ((stop - start) / step).ceil().max(1.0) as usize;
        let jets = (0..=intervals).map(|i| f(start + step * i as f64));
        QuinticTable {
            start,
            step,
            inverse: 1.0 / step,
            jets: jets.collect(),
        }
    }

    /// From values, slopes and curvatures at `start + k step`.
    pub fn of_jets(start: f64, step: f64, [value, slope, bend]: [&[f64]; 3]) -> Self {
        let jets = value.iter().zip(slope).zip(bend);
        QuinticTable {
            start,
            step,
            inverse: 1.0 / step,
            jets: jets.map(|((f, g), b)| [*f, *g, *b]).collect(),
        }
    }

    /// Distance of neighbouring points.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Ends of the grid.
    pub fn range(&self) -> (f64, f64) {
        let last = self.jets.len().saturating_sub(1) as f64;
        (self.start, self.start + self.step * last)
    }

    /// Value, slope and curvature of the interpolant at every `x`; outside of the grid, and on one of
    /// less than two points, not a number.
    pub fn fill(&self, x: &[f64], [value, slope, bend]: [&mut [f64]; 3]) {
        let last = self.jets.len().saturating_sub(1) as f64;
        let mut cells = Cells::default();
        for from in (0..x.len()).step_by(BLOCK) {
            let at = from..x.len().min(from + BLOCK);
            for (i, x) in x[at.clone()].iter().enumerate() {
                let position = (x - self.start) * self.inverse;
                let inside = position >= 0.0 && position < last;
                let k = if inside { position as usize } else { 0 };
                cells.t[i] = if inside {
                    position - k as f64
                } else {
                    f64::NAN
                };
                if let Some([a, b]) = self.jets.get(k..k + 2) {
                    for j in 0..3 {
                        (cells.left[j][i], cells.right[j][i]) = (a[j], b[j]);
                    }
                }
            }
            let out = [
                &mut value[at.clone()],
                &mut slope[at.clone()],
                &mut bend[at],
            ];
            hermite(&cells, [self.step, self.inverse], out);
        }
    }

    /// Value, slope and curvature of the interpolant; none outside the grid.
    #[inline(always)]
    pub fn at(&self, x: f64) -> Option<[f64; 3]> {
        let position = (x - self.start) * self.inverse;
        if position.is_nan() || position < 0.0 {
            return None;
        }
        let i = position as usize;
        let [a, b] = self.jets.get(i..i + 2)? else {
            return None;
        };
        let t = position - i as f64;
        Some(between(t, *a, *b, [self.step, self.inverse]))
    }
}

/// Arguments that are looked up at a time.
const BLOCK: usize = 64;

/// The places of some arguments between two points of the grid, and the jets at either of these.
struct Cells {
    t: [f64; BLOCK],
    left: [[f64; BLOCK]; 3],
    right: [[f64; BLOCK]; 3],
}

impl Default for Cells {
    fn default() -> Self {
        let room = [[0.0; BLOCK]; 3];
        Cells {
            t: [0.0; BLOCK],
            left: room,
            right: room,
        }
    }
}

/// The quintic through the jets at two points a step `h` apart, `t` steps from the first.
#[inline(always)]
fn between(t: f64, a: [f64; 3], b: [f64; 3], [h, inverse]: [f64; 2]) -> [f64; 3] {
    let (a1, a2) = (a[1] * h, 0.5 * a[2] * h * h);
    // What the quadratic through the left end misses at the right one, in value, slope and half
    // the curvature, fixes the upper three coefficients.
    let value = b[0] - (a[0] + a1 + a2);
    let slope = b[1] * h - (a1 + 2.0 * a2);
    let bend = 0.5 * b[2] * h * h - a2;
    let c3 = 10.0 * value - 4.0 * slope + bend;
    let c4 = -15.0 * value + 7.0 * slope - 2.0 * bend;
    let c5 = 6.0 * value - 3.0 * slope + bend;
    let p = a[0] + t * (a1 + t * (a2 + t * (c3 + t * (c4 + t * c5))));
    let dp = a1 + t * (2.0 * a2 + t * (3.0 * c3 + t * (4.0 * c4 + t * 5.0 * c5)));
    let ddp = 2.0 * a2 + t * (6.0 * c3 + t * (12.0 * c4 + t * 20.0 * c5));
    [p, dp * inverse, ddp * inverse * inverse]
}

#[inline(always)]
fn hermite_body<const F: bool>(
    cells: &Cells,
    grid: [f64; 2],
    [value, slope, bend]: [&mut [f64]; 3],
) {
    let n = value.len().min(BLOCK);
    let (slope, bend) = (&mut slope[..n], &mut bend[..n]);
    for i in 0..n {
        let [a, b] = [&cells.left, &cells.right].map(|end| [end[0][i], end[1][i], end[2][i]]);
        [value[i], slope[i], bend[i]] = between(cells.t[i], a, b, grid);
    }
}

dispatch! {
    /// The interpolant in every cell.
    fn hermite(cells: &Cells, grid: [f64; 2], out: [&mut [f64]; 3]) = hermite_body
}

/// `ln √(2π)`.
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Grid of the table of `ln H`: its error is that of rounding.
const TAIL: (f64, f64, f64) = (-9.0, 40.0, 1.0 / 32.0);

/// `[ln H, (ln H)′, (ln H)″]` of any argument, to about 1e-13 of its size.
#[derive(Clone, Copy, Debug)]
pub struct LnH(&'static QuinticTable);

impl LnH {
    /// The table, made on first use.
    pub fn new() -> Self {
        static TABLE: OnceLock<QuinticTable> = OnceLock::new();
        LnH(TABLE.get_or_init(|| QuinticTable::new(TAIL.0, TAIL.1, TAIL.2, exact)))
    }

    /// Value, slope and curvature at `x`.
    #[inline]
    pub fn at(self, x: f64) -> [f64; 3] {
        match self.0.at(x) {
            Some(jet) => jet,
            // H = 1 to 1e-19.
            None if x < TAIL.0 => [0.0; 3],
            None if x > TAIL.1 => far(x),
            None => exact(x),
        }
    }
}

impl Default for LnH {
    fn default() -> Self {
        Self::new()
    }
}

/// Beyond the grid: the asymptotic series of the Mills ratio, whose first omitted term is below
/// rounding there.
fn far(x: f64) -> [f64; 3] {
    let u = 1.0 / (x * x);
    let excess = (1.0 + u * (-2.0 + u * (10.0 + u * (-74.0 + u * 706.0)))) / x;
    let g = x + excess;
    [-0.5 * x * x - LN_SQRT_2PI - g.ln(), -g, -g * excess]
}

fn exact(x: f64) -> [f64; 3] {
    let [value, g, excess] = special::tail(x);
    [value, -g, -g * excess]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quintic_is_exact_and_the_grid_ends() {
        let f = |x: f64| [x.powi(5) - x, 5.0 * x.powi(4) - 1.0, 20.0 * x.powi(3)];
        let table = QuinticTable::new(-1.0, 1.0, 0.25, f);
        for x in [-1.0, -0.9, 0.0, 0.37, 0.99] {
            let got = table.at(x).expect("on the grid");
            for (got, want) in got.iter().zip(f(x)) {
                assert!((got - want).abs() < 1e-13, "{x}");
            }
        }
        assert!(
            table.at(-1.1).is_none() && table.at(1.3).is_none() && table.at(f64::NAN).is_none()
        );
    }

    #[test]
    fn a_batch_is_looked_up_as_its_members_are() {
        let table = QuinticTable::new(-1.0, 1.0, 0.25, |x: f64| [x.sin(), x.cos(), -x.sin()]);
        let mut x: Vec<f64> = (-150..150).map(|i| 0.0091 * f64::from(i)).collect();
        x.extend([f64::NAN, f64::INFINITY, -1.0, 1.0]);
        let [mut value, mut slope, mut bend] = [(); 3].map(|()| vec![0.0; x.len()]);
        table.fill(&x, [&mut value, &mut slope, &mut bend]);
        for (i, &x) in x.iter().enumerate() {
            let want = table.at(x).unwrap_or([f64::NAN; 3]);
            for (got, want) in [value[i], slope[i], bend[i]].into_iter().zip(want) {
                assert_eq!(got.to_bits(), want.to_bits(), "{x}");
            }
        }
    }

    #[test]
    fn the_tail_is_that_of_the_special_functions() {
        for i in -1200..9000 {
            let x = f64::from(i) * 0.01 + 0.0037;
            let [value, slope, bend] = LnH::new().at(x);
            let [want, g, excess] = special::tail(x);
            assert!((value - want).abs() < 1e-13 * (1.0 + want.abs()), "{x}");
            assert!((slope + g).abs() < 1e-11 * (1.0 + g), "{x}");
            assert!((bend + g * excess).abs() < 1e-9, "{x}");
        }
    }
}
