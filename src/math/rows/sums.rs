//! Sums of weights and their derivatives over the inner nodes of each row, in one order.

use crate::math::wide::{LANES, dispatch, fold, kernels as k};

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
    /// The first three sums of [`Weights::sums`](super::Weights::sums), not yet times the step.
    pub(super) fn law_of_rows(starts: &[usize], law: [&[f64]; 3], out: &mut [[f64; 6]]) = law_of_rows_body
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
    /// The sums of [`Weights::sums`](super::Weights::sums), not yet times the step.
    pub(super) fn sums_of_rows(
        starts: &[usize], w: &[f64], derivatives: [&[f64]; 4], out: &mut [[f64; 6]],
    ) = sums_of_rows_body
}
