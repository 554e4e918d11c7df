//! Plain Gaussian sums over the inner nodes of each row.

use super::nodes::Rows;
use crate::math::buffer::Buffer;
use crate::math::wide::{self, LANES, dispatch, fold, kernels as k};

/// Gaussian sums over the inner nodes `n` of one row, of value `f`, slope `g` and curvature `b`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NormalSums {
    /// Of one.
    pub one: f64,
    /// Of `f`.
    pub f: f64,
    /// Of `g`.
    pub g: f64,
    /// Of `g²`.
    pub gg: f64,
    /// Of `b`.
    pub b: f64,
    /// Of `b²`.
    pub bb: f64,
    /// Of `g b`.
    pub gb: f64,
    /// Of `g² b - b²/2`.
    pub curved: f64,
    /// Of `n b`.
    pub nb: f64,
    /// Of `n g b`.
    pub ngb: f64,
    /// Of `(n² - 1) b`.
    pub nnb: f64,
}

#[inline(always)]
fn normal_body<const F: bool>(z: &[f64], w: &[f64], jets: [&[f64]; 3]) -> [f64; 11] {
    let (z, _) = z.as_chunks::<LANES>();
    let (w, _) = w.as_chunks::<LANES>();
    let [(f, _), (g, _), (b, _)] = jets.map(|a| a.as_chunks::<LANES>());
    let mut s = [[0.0; LANES]; 11];
    for ((((z, w), f), g), b) in z.iter().zip(w).zip(f).zip(g).zip(b) {
        for j in 0..LANES {
            let (wb, gg, n) = (w[j] * b[j], g[j] * g[j], z[j]);
            s[0][j] += w[j];
            s[1][j] = k::fma::<F>(w[j], f[j], s[1][j]);
            s[2][j] = k::fma::<F>(w[j], g[j], s[2][j]);
            s[3][j] = k::fma::<F>(w[j], gg, s[3][j]);
            s[4][j] += wb;
            s[5][j] = k::fma::<F>(wb, b[j], s[5][j]);
            s[6][j] = k::fma::<F>(wb, g[j], s[6][j]);
            s[7][j] = k::fma::<F>(wb, k::fma::<F>(-0.5, b[j], gg), s[7][j]);
            s[8][j] = k::fma::<F>(wb, n, s[8][j]);
            s[9][j] = k::fma::<F>(wb * n, g[j], s[9][j]);
            s[10][j] = k::fma::<F>(wb, k::fma::<F>(n, n, -1.0), s[10][j]);
        }
    }
    s.map(fold)
}

dispatch! {
    /// The sums of [`NormalSums`] over one row, whose length is one of whole vectors.
    fn normal(z: &[f64], w: &[f64], jets: [&[f64]; 3]) -> [f64; 11] = normal_body
}

impl Rows {
    /// Weights of `∫Dn` at every inner node.
    fn normal_weights(&self) -> Buffer {
        let mut w = Buffer::of(self.inner.len());
        wide::gauss(&self.inner, &mut w);
        w.iter_mut().for_each(|w| *w *= self.step);
        w
    }

    /// Gaussian averages over the inner nodes of each row, of value, slope and curvature at every
    /// node.
    pub fn normal_sums(&self, jets: [&[f64]; 3]) -> Vec<NormalSums> {
        let w = self.normal_weights();
        let row = |i: usize| {
            let at = self.range(i);
            let jets = jets.map(|a| &a[at.clone()]);
            let [one, f, g, gg, b, bb, gb, curved, nb, ngb, nnb] =
                normal(&self.inner[at.clone()], &w[at], jets);
            NormalSums {
                one,
                f,
                g,
                gg,
                b,
                bb,
                gb,
                curved,
                nb,
                ngb,
                nnb,
            }
        };
        (0..self.outer.len()).map(row).collect()
    }

    /// The same of derivatives in a parameter: sums of `c`, `∂_c c`, `∂_c g`, `g ∂_c g`, `n ∂_c g`, from
    /// the slope `g` and from `c`, `∂_c g`, `∂_c c`.
    pub fn normal_sums_by(&self, slope: &[f64], [c, gc, cc]: [&[f64]; 3]) -> Vec<[f64; 5]> {
        let w = self.normal_weights();
        let row = |row: usize| {
            let mut sums = [0.0; 5];
            for i in self.range(row) {
                let terms = [c[i], cc[i], gc[i], slope[i] * gc[i], self.inner[i] * gc[i]];
                for (sum, term) in sums.iter_mut().zip(terms) {
                    *sum += w[i] * term;
                }
            }
            sums
        };
        (0..self.outer.len()).map(row).collect()
    }
}
