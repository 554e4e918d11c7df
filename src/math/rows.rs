//! Inner sums of averages over two correlated fields, for all outer nodes at once (GA.8, GA.26).
//!
//! A row is what belongs to one outer node: equidistant inner nodes over the span in which terms
//! count. All rows lie behind one another in one batch, so that sites are filled and weights are
//! computed in single calls; each row is whole vectors long, and its sums are taken in one order.

use super::buffer::Buffer;
use super::pair::REFINEMENT;
use super::wide::{LANES, dispatch, fold, kernels as k};

/// Terms this far below the largest one of their row, in the logarithm, are left out.
const NEGLIGIBLE: f64 = 37.0;
/// The logarithm of what is nothing against the mass of the whole average, which is one.
const NOTHING: f64 = -70.0;
/// First guess of half a span, in standard deviations of its term.
const HALF: f64 = 6.5;
/// `1/√(2π)`.
const INV_SQRT_2PI: f64 = 0.398_942_280_401_432_7;
/// Most inner nodes of one row: spans of integrands out of bounds are cut there.
const LONGEST: f64 = 4096.0;

/// Inner nodes of all outer nodes.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    outer: Vec<f64>,
    /// First and last inner position of each row; the last below the first where nothing counts.
    spans: Vec<(f64, f64)>,
    step: f64,
    starts: Vec<usize>,
    inner: Buffer,
}

/// Fills logarithm, slope and curvature of the term of each row at its inner position.
pub type Term<'a> = dyn FnMut(&[f64], &mut [Vec<f64>; 3]) + 'a;

/// No inner node.
const NONE: (f64, f64) = (0.0, -1.0);

impl Rows {
    /// Rows with these spans at the outer nodes, which are in rising order.
    pub fn new(outer: &[f64], spans: Vec<(f64, f64)>, step: f64) -> Self {
        let mut rows = Rows {
            outer: outer.to_vec(),
            spans,
            step,
            starts: Vec::with_capacity(outer.len() + 1),
            inner: Buffer::of(0),
        };
        let inner = rows.inner.array();
        rows.starts.push(0);
        for &(low, high) in &rows.spans {
            if high >= low {
                let first = (low / step).floor();
                let count = ((high / step).ceil() - first + 1.0).min(LONGEST) as usize;
                let count = count.div_ceil(LANES) * LANES;
                let nodes = (0..count).map(|i| step * (first + i as f64));
                inner.extend(nodes);
            }
            rows.starts.push(inner.len());
        }
        rows
    }

    /// The same span at every outer node.
    pub fn uniform(outer: &[f64], half: f64, step: f64) -> Self {
        Self::new(outer, vec![(-half, half); outer.len()], step)
    }

    /// A shorter step and other outer nodes.
    pub fn refined(&self, outer: &[f64]) -> Self {
        self.moved(outer, REFINEMENT * self.step)
    }

    /// Another step and other outer nodes. The span at one of these is the hull of those at its two
    /// neighbours.
    pub fn moved(&self, outer: &[f64], step: f64) -> Self {
        let span = |&x: &f64| {
            let right = self.outer.partition_point(|y| *y < x);
            let neighbours = right.saturating_sub(1)..(right + 1).min(self.outer.len());
            let hull = |a: (f64, f64), b: (f64, f64)| match (a.1 >= a.0, b.1 >= b.0) {
                (true, true) => (a.0.min(b.0), a.1.max(b.1)),
                (false, _) => b,
                (true, false) => a,
            };
            self.spans[neighbours].iter().copied().fold(NONE, hull)
        };
        let spans = outer.iter().map(span).collect();
        Self::new(outer, spans, step)
    }

    /// The same spans with another step.
    pub fn with_step(&self, step: f64) -> Self {
        Self::new(&self.outer, self.spans.clone(), step)
    }

    /// Every so many rows of these.
    pub fn thinned(&self, every: usize) -> Self {
        let outer: Vec<f64> = self.outer.iter().copied().step_by(every).collect();
        let spans = self.spans.iter().copied().step_by(every).collect();
        Self::new(&outer, spans, self.step)
    }

    /// Step of the inner sums.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// What a sum of terms `e^{-z²/2} …` is to be multiplied with to be an average.
    pub fn norm(&self) -> f64 {
        self.step * INV_SQRT_2PI
    }

    /// Where each row starts in the batch, and where the last one ends.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Outer nodes.
    pub fn outer(&self) -> &[f64] {
        &self.outer
    }

    /// Inner nodes, row after row.
    pub fn inner(&self) -> &[f64] {
        &self.inner
    }

    /// Nodes of the batch that belong to a row.
    pub fn range(&self, row: usize) -> std::ops::Range<usize> {
        self.starts[row]..self.starts[row + 1]
    }

    /// `a x + b z` at every node, `x` the outer and `z` the inner one.
    pub fn field(&self, a: f64, b: f64) -> Buffer {
        let mut out = Buffer::of(self.inner.len());
        for (row, &x) in self.outer.iter().enumerate() {
            let range = self.range(row);
            let inner = &self.inner[range.clone()];
            affine(a * x, b, inner, &mut out[range]);
        }
        out
    }

    /// Spans of a term with one maximum: `term(z, out)` fills logarithm, slope and curvature of the
    /// term of each row at its inner position `z`, the measure `-z²/2` included. The maximum is found
    /// by Newton's method in all rows at once, its span outwards from there. `weights` are those of
    /// the outer nodes.
    pub fn spans(weights: &[f64], term: &mut Term<'_>) -> Vec<(f64, f64)> {
        let n = weights.len();
        let mut at = [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
        let mut z = vec![0.0; n];
        for _ in 0..14 {
            term(&z, &mut at);
            let mut moved = 0.0_f64;
            for (i, z) in z.iter_mut().enumerate() {
                let step = -at[1][i] / at[2][i].min(-0.05);
                let step = if step.is_finite() { step } else { 0.0 };
                *z += step;
                moved = moved.max(step.abs() / (1.0 + z.abs()));
            }
            if moved < 0.05 {
                break;
            }
        }
        term(&z, &mut at);
        let top = at[0].clone();
        let first: Vec<f64> = at[2].iter().map(|b| HALF / (-b).max(0.5).sqrt()).collect();
        let left = reach(&z, &top, &first, -1.0, term, &mut at);
        let right = reach(&z, &top, &first, 1.0, term, &mut at);
        let span = |i: usize| {
            let counts = weights[i].ln() + top[i] >= NOTHING;
            if counts {
                (z[i] - left[i], z[i] + right[i])
            } else {
                NONE
            }
        };
        (0..n).map(span).collect()
    }
}

/// How far from the maximum to one side the term counts, in every row.
fn reach(
    z: &[f64],
    top: &[f64],
    first: &[f64],
    sign: f64,
    term: &mut Term<'_>,
    at: &mut [Vec<f64>; 3],
) -> Vec<f64> {
    let mut width = first.to_vec();
    let mut open = vec![true; z.len()];
    for _ in 0..24 {
        let y: Vec<f64> = z.iter().zip(&width).map(|(z, w)| z + sign * w).collect();
        term(&y, at);
        let mut any = false;
        for i in 0..z.len() {
            let drop = top[i] - at[0][i];
            if open[i] && drop < NEGLIGIBLE - 1.0 {
                width[i] *= (1.05 * (NEGLIGIBLE / drop.max(4.0)).sqrt()).max(1.05);
                any = true;
            } else {
                open[i] = false;
            }
        }
        if !any {
            break;
        }
    }
    width
}

#[inline(always)]
fn affine_body<const F: bool>(a: f64, b: f64, z: &[f64], out: &mut [f64]) {
    for (z, out) in z.iter().zip(out) {
        *out = k::fma::<F>(b, *z, a);
    }
}

dispatch! {
    /// `a + b z`.
    fn affine(a: f64, b: f64, z: &[f64], out: &mut [f64]) = affine_body
}

/// A weight `A = e^{h(ω) - u(ζ)}` at every node, and its derivatives in `ζ` (u) and `ω` (h) relative
/// to it.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    /// `e^{-z²/2} A`.
    pub w: Buffer,
    /// `∂_u A / A`.
    pub u: Buffer,
    /// `∂²_u A / A`.
    pub uu: Buffer,
    /// `∂_h A / A`.
    pub h: Buffer,
    /// `∂²_h A / A`; `∂_u∂_h A / A` is the product of the first derivatives.
    pub hh: Buffer,
}

/// Elements that the stages of a kernel keep in the first-level cache.
const BLOCK: usize = 64;

impl Weights {
    /// Room for this many nodes.
    fn sized(n: usize) -> Self {
        let room = || Buffer::of(n);
        Weights {
            w: room(),
            u: room(),
            uu: room(),
            h: room(),
            hh: room(),
        }
    }

    /// `A = H((κ-ω)/√ṽ)/H((κ-ζ)/√v)`, from `1/√v`, `1/√ṽ` and `κ`: no logarithm is taken.
    pub fn of_tails(
        rows: &Rows,
        zeta: &[f64],
        omega: &[f64],
        [own, other]: [f64; 2],
        edge: f64,
    ) -> Self {
        let mut out = Weights::sized(rows.inner.len());
        let scales = [own, other, edge];
        let Weights { w, u, uu, h, hh } = &mut out;
        tails(&rows.inner, zeta, omega, scales, w, [u, uu, h, hh]);
        out
    }

    /// From value, slope and curvature of `u` (low) and `h` (high).
    pub fn of_jets(rows: &Rows, low: [&[f64]; 3], high: [&[f64]; 3]) -> Self {
        let mut out = Weights::sized(rows.inner.len());
        let Weights { w, u, uu, h, hh } = &mut out;
        quotients(&rows.inner, low, high, w, [u, uu, h, hh]);
        out
    }

    /// Sums as of [`Weights::sums`] of the law `A = e^{w u - s - L(u)}` of one value `w` in the field
    /// `u`, with its derivatives in `u`; `L` is given by value, slope and curvature.
    pub fn tilted(
        rows: &Rows,
        field: &[f64],
        (value, shift): (f64, f64),
        partition: [&[f64]; 3],
    ) -> Vec<[f64; 6]> {
        let mut out = Weights::sized(rows.inner.len());
        tilts(
            &rows.inner,
            field,
            [value, shift],
            partition,
            [&mut out.w, &mut out.u, &mut out.uu],
        );
        let mut sums = vec![[0.0; 6]; rows.outer.len()];
        law_of_rows(&rows.starts, [&out.w, &out.u, &out.uu], &mut sums);
        let norm = rows.norm();
        sums.iter_mut().flatten().for_each(|s| *s *= norm);
        sums
    }

    /// `[Σ A, Σ ∂_u A, Σ ∂²_u A, Σ ∂_h A, Σ ∂²_h A, Σ ∂_u∂_h A]` over the inner nodes of each row.
    pub fn sums(&self, rows: &Rows) -> Vec<[f64; 6]> {
        let mut out = vec![[0.0; 6]; rows.outer.len()];
        let derivatives = [&self.u[..], &self.uu, &self.h, &self.hh];
        sums_of_rows(&rows.starts, &self.w, derivatives, &mut out);
        let norm = rows.norm();
        out.iter_mut().flatten().for_each(|s| *s *= norm);
        out
    }
}

#[inline(always)]
fn tails_body<const F: bool>(
    z: &[f64],
    zeta: &[f64],
    omega: &[f64],
    [r0, rt, edge]: [f64; 3],
    w: &mut [f64],
    [u, uu, h, hh]: [&mut [f64]; 4],
) {
    let [mut xa, mut xb, mut ea, mut eb, mut da, mut db, mut ex] = [[0.0; BLOCK]; 7];
    for start in (0..z.len()).step_by(BLOCK) {
        let m = BLOCK.min(z.len() - start);
        let at = start..start + m;
        let (z, zeta, omega) = (&z[at.clone()], &zeta[at.clone()], &omega[at.clone()]);
        let (w, u, uu) = (&mut w[at.clone()], &mut u[at.clone()], &mut uu[at.clone()]);
        let (h, hh) = (&mut h[at.clone()], &mut hh[at]);
        let (xa, xb, ex) = (&mut xa[..m], &mut xb[..m], &mut ex[..m]);
        let (ea, eb, da, db) = (&mut ea[..m], &mut eb[..m], &mut da[..m], &mut db[..m]);
        for i in 0..m {
            xa[i] = (edge - zeta[i]) * r0;
            xb[i] = (edge - omega[i]) * rt;
        }
        for i in 0..m {
            ea[i] = k::excess_positive::<F>(xa[i].abs());
        }
        for i in 0..m {
            eb[i] = k::excess_positive::<F>(xb[i].abs());
        }
        for i in 0..m {
            da[i] = INV_SQRT_2PI * k::exp::<F>(-0.5 * xa[i] * xa[i]);
        }
        for i in 0..m {
            db[i] = INV_SQRT_2PI * k::exp::<F>(-0.5 * xb[i] * xb[i]);
        }
        for i in 0..m {
            let up = if xa[i] > 0.0 { xa[i] * xa[i] } else { 0.0 };
            let down = if xb[i] > 0.0 { xb[i] * xb[i] } else { 0.0 };
            ex[i] = k::exp::<F>(0.5 * ((up - down) - z[i] * z[i]));
        }
        for i in 0..m {
            let [inverse, g] = k::inverse_tail(xa[i], ea[i], da[i]);
            u[i] = -g * r0;
            uu[i] = g * (2.0 * g - xa[i]) * (r0 * r0);
            w[i] = ex[i] * inverse;
        }
        for i in 0..m {
            let [s, g, _] = k::split_combine(xb[i], eb[i], db[i]);
            h[i] = g * rt;
            hh[i] = g * xb[i] * (rt * rt);
            w[i] *= s;
        }
    }
}

dispatch! {
    /// The weight of [`Weights::of_tails`].
    fn tails(
        z: &[f64], zeta: &[f64], omega: &[f64], scales: [f64; 3], w: &mut [f64],
        derivatives: [&mut [f64]; 4],
    ) = tails_body
}

#[inline(always)]
fn quotients_body<const F: bool>(
    z: &[f64],
    [f0, g0, b0]: [&[f64]; 3],
    [f1, g1, b1]: [&[f64]; 3],
    w: &mut [f64],
    [u, uu, h, hh]: [&mut [f64]; 4],
) {
    let n = z.len();
    let (f0, g0, b0) = (&f0[..n], &g0[..n], &b0[..n]);
    let (f1, g1, b1) = (&f1[..n], &g1[..n], &b1[..n]);
    let (w, u, uu) = (&mut w[..n], &mut u[..n], &mut uu[..n]);
    let (h, hh) = (&mut h[..n], &mut hh[..n]);
    for i in 0..n {
        w[i] = k::exp::<F>((f1[i] - f0[i]) - 0.5 * z[i] * z[i]);
    }
    for i in 0..n {
        u[i] = -g0[i];
        uu[i] = g0[i] * g0[i] - b0[i];
        h[i] = g1[i];
        hh[i] = g1[i] * g1[i] + b1[i];
    }
}

dispatch! {
    /// The weight of [`Weights::of_jets`].
    fn quotients(
        z: &[f64], low: [&[f64]; 3], high: [&[f64]; 3], w: &mut [f64],
        derivatives: [&mut [f64]; 4],
    ) = quotients_body
}

#[inline(always)]
fn tilts_body<const F: bool>(
    z: &[f64],
    field: &[f64],
    [value, shift]: [f64; 2],
    [f, g, b]: [&[f64]; 3],
    [w, u, uu]: [&mut [f64]; 3],
) {
    let n = z.len();
    let (field, f, g, b) = (&field[..n], &f[..n], &g[..n], &b[..n]);
    let (w, u, uu) = (&mut w[..n], &mut u[..n], &mut uu[..n]);
    for i in 0..n {
        let ln = k::fma::<F>(field[i], value, -shift) - f[i];
        w[i] = k::exp::<F>(k::fma::<F>(-0.5 * z[i], z[i], ln));
    }
    for i in 0..n {
        let first = value - g[i];
        u[i] = first;
        uu[i] = k::fma::<F>(first, first, -b[i]);
    }
}

dispatch! {
    /// The law of [`Weights::tilted`] at every node.
    fn tilts(
        z: &[f64], field: &[f64], law: [f64; 2], partition: [&[f64]; 3], out: [&mut [f64]; 3],
    ) = tilts_body
}

#[inline(always)]
fn law_of_rows_body<const F: bool>(starts: &[usize], law: [&[f64]; 3], out: &mut [[f64; 6]]) {
    for (row, out) in starts.windows(2).zip(out) {
        let at = row[0]..row[1];
        let [(w, _), (u, _), (uu, _)] = law.map(|a| a[at.clone()].as_chunks::<LANES>());
        let [mut s0, mut s1, mut s2] = [[0.0; LANES]; 3];
        for ((w, u), uu) in w.iter().zip(u).zip(uu) {
            for j in 0..LANES {
                s0[j] += w[j];
                s1[j] = k::fma::<F>(w[j], u[j], s1[j]);
                s2[j] = k::fma::<F>(w[j], uu[j], s2[j]);
            }
        }
        *out = [fold(s0), fold(s1), fold(s2), 0.0, 0.0, 0.0];
    }
}

dispatch! {
    /// The first three sums of [`Weights::sums`], not yet times the step.
    fn law_of_rows(starts: &[usize], law: [&[f64]; 3], out: &mut [[f64; 6]]) = law_of_rows_body
}

#[inline(always)]
fn sums_of_rows_body<const F: bool>(
    starts: &[usize],
    w: &[f64],
    derivatives: [&[f64]; 4],
    out: &mut [[f64; 6]],
) {
    for (row, out) in starts.windows(2).zip(out) {
        let at = row[0]..row[1];
        let (w, _) = w[at.clone()].as_chunks::<LANES>();
        let [(u, _), (uu, _), (h, _), (hh, _)] =
            derivatives.map(|a| a[at.clone()].as_chunks::<LANES>());
        let mut s = [[0.0; LANES]; 6];
        let [s0, s1, s2, s3, s4, s5] = &mut s;
        for ((((w, u), uu), h), hh) in w.iter().zip(u).zip(uu).zip(h).zip(hh) {
            for j in 0..LANES {
                s0[j] += w[j];
                s1[j] = k::fma::<F>(w[j], u[j], s1[j]);
                s2[j] = k::fma::<F>(w[j], uu[j], s2[j]);
                s3[j] = k::fma::<F>(w[j], h[j], s3[j]);
                s4[j] = k::fma::<F>(w[j], hh[j], s4[j]);
                s5[j] = k::fma::<F>(w[j] * u[j], h[j], s5[j]);
            }
        }
        *out = s.map(fold);
    }
}

dispatch! {
    /// The sums of [`Weights::sums`], not yet times the step.
    fn sums_of_rows(
        starts: &[usize], w: &[f64], derivatives: [&[f64]; 4], out: &mut [[f64; 6]],
    ) = sums_of_rows_body
}

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
        super::wide::gauss(&self.inner, &mut w);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{Factor, GaussMeasure, Marginal, pair, special};

    /// `ln H((κ-ω)/√v)` with slope and curvature in `ω`.
    fn tail(omega: f64, v: f64) -> [f64; 3] {
        let r = 1.0 / v.sqrt();
        let [value, g, excess] = special::tail((0.3 - omega) * r);
        [value, g * r, -g * excess * r * r]
    }

    const ZETA: [f64; 2] = [0.5, 0.4];
    const OMEGA: [f64; 2] = [0.8, 0.3];
    const V: [f64; 2] = [0.6, 0.27];

    fn rows(measure: &GaussMeasure, step: f64) -> Rows {
        let mut term = |z: &[f64], out: &mut [Vec<f64>; 3]| {
            for (i, (x, z)) in measure.positions().iter().zip(z).enumerate() {
                let low = tail(ZETA[0] * x + ZETA[1] * z, V[0]);
                let high = tail(OMEGA[0] * x + OMEGA[1] * z, V[1]);
                out[0][i] = high[0] - low[0] - 0.5 * z * z;
                out[1][i] = OMEGA[1] * high[1] - ZETA[1] * low[1] - z;
                out[2][i] = OMEGA[1].powi(2) * high[2] - ZETA[1].powi(2) * low[2] - 1.0;
            }
        };
        let spans = Rows::spans(measure.weights(), &mut term);
        Rows::new(measure.positions(), spans, step)
    }

    /// One row by the sum over single nodes.
    fn single(x: f64, weight: f64, step: f64) -> [f64; 6] {
        let m = Marginal::sum(step, weight, 0, |z| {
            let low = tail(ZETA[0] * x + ZETA[1] * z, V[0]);
            let high = tail(OMEGA[0] * x + OMEGA[1] * z, V[1]);
            Factor {
                ln: high[0] - low[0],
                u: -low[1],
                uu: low[1] * low[1] - low[2],
                h: high[1],
                hh: high[1] * high[1] + high[2],
                uh: -low[1] * high[1],
            }
        });
        [m.w, m.u, m.uu, m.h, m.hh, m.uh]
    }

    #[test]
    fn rows_of_tails_are_sums_over_single_nodes() {
        let measure = GaussMeasure::light(&[]);
        let step = pair::step(2.0, 1.5);
        let coarse = rows(&measure, step);
        let refined = measure.refined();
        for (measure, rows) in [
            (&measure, coarse.clone()),
            (&refined, coarse.refined(refined.positions())),
        ] {
            let zeta = rows.field(ZETA[0], ZETA[1]);
            let omega = rows.field(OMEGA[0], OMEGA[1]);
            let scales = V.map(|v| 1.0 / v.sqrt());
            let fast = Weights::of_tails(&rows, &zeta, &omega, scales, 0.3).sums(&rows);
            let jets = |fields: &[f64], v: f64| {
                let at: Vec<[f64; 3]> = fields.iter().map(|f| tail(*f, v)).collect();
                [0, 1, 2].map(|k| at.iter().map(|a| a[k]).collect::<Vec<f64>>())
            };
            let (low, high) = (jets(&zeta, V[0]), jets(&omega, V[1]));
            let (low, high) = (
                low.each_ref().map(|a| &a[..]),
                high.each_ref().map(|a| &a[..]),
            );
            let general = Weights::of_jets(&rows, low, high).sums(&rows);
            for (i, (&x, &w)) in measure
                .positions()
                .iter()
                .zip(measure.weights())
                .enumerate()
            {
                let want = single(x, w, rows.step());
                for k in 0..6 {
                    for got in [fast[i][k], general[i][k]] {
                        let off = (got * w - want[k]).abs();
                        // The sum over single nodes leaves out terms that are e^-70 of the mass.
                        let nothing = 1e-29;
                        assert!(
                            off < 1e-13 * (want[k].abs() + w) + nothing,
                            "{x} {k}: {off:e}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn refined_nodes_lie_in_order() {
        let measure = GaussMeasure::light(&[]).refined();
        assert!(measure.positions().is_sorted());
    }

    #[test]
    fn normal_sums_are_gaussian_moments() {
        let rows = Rows::uniform(&[0.0], 9.0, 0.5);
        let n = rows.inner().to_vec();
        let square: Vec<f64> = n.iter().map(|n| n * n).collect();
        let s = rows.normal_sums([&square, &n, &square])[0];
        let want = [
            (s.one, 1.0),
            (s.f, 1.0),
            (s.gg, 1.0),
            (s.bb, 3.0),
            (s.gb, 0.0),
            (s.curved, 1.5),
            (s.nb, 0.0),
            (s.ngb, 3.0),
            (s.nnb, 2.0),
        ];
        for (got, want) in want {
            assert!((got - want).abs() < 1e-13, "{s:?}");
        }
    }
}
