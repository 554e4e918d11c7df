//! Weights of averages over pairs of fields at every inner node, with their derivatives.

use super::nodes::{INV_SQRT_2PI, Rows};
use super::sums::{law_of_rows, sums_of_rows};
use crate::math::buffer::Buffer;
use crate::math::wide::{dispatch, kernels as k};

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
