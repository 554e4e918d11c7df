//! Mean energy, its derivatives and error probability of a piecewise loss from the shares of its pieces
//! (L.36, L.37, L.41).

use super::super::pieces::{MOST_PIECES, Pieces};
use super::{BLOCK, Batch, End, Lane, Shares, dispatch, k, weigh};

impl Batch {
    /// The pieces below stability `cut` alone.
    fn below(pieces: &Pieces<f64>, cut: f64, v: f64, beta: f64) -> Self {
        let mut below = Pieces::new();
        for piece in pieces.as_slice() {
            if below.as_slice().is_empty() || piece.from < cut {
                below = below.with(*piece);
            }
        }
        let ends_at = pieces.ends(below.as_slice().len() - 1)[1];
        let mut batch = Batch::new(&below, v, beta);
        let last = batch.count - 1;
        let end = ends_at.map_or(cut, |high| high.min(cut));
        batch.parts[last].high = Some(End::new(&below.as_slice()[last], end, v, beta));
        batch
    }

    /// Mean energy at every field.
    pub(in crate::model) fn mean_energy(&self, omega: &[f64], out: &mut [f64]) {
        let mut shares = Shares::new();
        self.in_blocks(omega, out, |fields, block| {
            self.share_all(fields, &mut shares);
            energy(self, &shares, block);
        });
    }

    /// Derivatives of `ln Z` by the inverse temperature, of that by the field, and the second, from the
    /// shares of pieces without curvature (L.41).
    pub(super) fn by_beta(&self, shares: &Shares, out: &mut [Lane; 3]) {
        costs(self, shares, out);
    }

    /// Probability of a stability below `cut` at every field, by the ratio of two masses.
    pub(in crate::model) fn probability_below(
        pieces: &Pieces<f64>,
        [cut, v, beta]: [f64; 3],
        omega: &[f64],
        out: &mut [f64],
    ) {
        let whole = Batch::new(pieces, v, beta);
        let part = Batch::below(pieces, cut, v, beta);
        let mut shares = Shares::new();
        whole.in_blocks(omega, out, |fields, block| {
            whole.share_all(fields, &mut shares);
            let mut total = [0.0; BLOCK];
            value(&whole, &shares, &mut total);
            part.share_all(fields, &mut shares);
            value(&part, &shares, block);
            ratio(&total, block);
        });
    }

    /// Runs a closure on every block of fields; the last one is filled up.
    fn in_blocks(&self, omega: &[f64], out: &mut [f64], mut run: impl FnMut(&Lane, &mut Lane)) {
        let mut fields = [0.0; BLOCK];
        let mut block = [0.0; BLOCK];
        for (omega, out) in omega.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
            let n = omega.len();
            fields[..n].copy_from_slice(omega);
            fields[n..].fill(omega[0]);
            run(&fields, &mut block);
            out.copy_from_slice(&block[..n]);
        }
    }
}

#[inline(always)]
fn energy_body<const F: bool>(batch: &Batch, shares: &Shares, out: &mut Lane) {
    let count = batch.count;
    let mut weight = [[0.0; BLOCK]; MOST_PIECES];
    weigh::<F>(&shares.log[..count], &mut weight[..count], out);
    out.fill(0.0);
    let variance = batch.root * batch.root;
    for (j, part) in batch.parts[..count].iter().enumerate() {
        let (weight, offset, missing) = (&weight[j], &shares.offset[j], &shares.missing[j]);
        let half = 0.5 * part.bend;
        let within = variance * part.soft;
        for i in 0..BLOCK {
            let u = offset[i];
            let square = k::fma::<F>(u, u, within * (1.0 - missing[i]));
            let mean = part.height + k::fma::<F>(part.slope, u, half * square);
            out[i] = k::fma::<F>(weight[i], mean, out[i]);
        }
    }
}
dispatch! { fn energy(batch: &Batch, shares: &Shares, out: &mut Lane) = energy_body }

#[inline(always)]
fn costs_body<const F: bool>(batch: &Batch, shares: &Shares, out: &mut [Lane; 3]) {
    let count = batch.count;
    let mut weight = [[0.0; BLOCK]; MOST_PIECES];
    let [cost, along, square] = out;
    weigh::<F>(&shares.log[..count], &mut weight[..count], cost);
    let mut position = [0.0; BLOCK];
    for lane in [&mut *cost, along, square] {
        lane.fill(0.0);
    }
    for (j, part) in batch.parts[..count].iter().enumerate() {
        for i in 0..BLOCK {
            let energy = k::fma::<F>(part.slope, shares.offset[j][i], part.height);
            cost[i] = k::fma::<F>(weight[j][i], energy, cost[i]);
            position[i] = k::fma::<F>(weight[j][i], shares.position[j][i], position[i]);
        }
    }
    for (j, part) in batch.parts[..count].iter().enumerate() {
        let per_step = part.slope * batch.root;
        for i in 0..BLOCK {
            let energy = k::fma::<F>(part.slope, shares.offset[j][i], part.height);
            let (above, beyond) = (energy - cost[i], shares.position[j][i] - position[i]);
            let within = per_step * (1.0 - shares.missing[j][i]);
            along[i] -= weight[j][i] * k::fma::<F>(above, beyond, within) * batch.per_root;
            square[i] += weight[j][i] * k::fma::<F>(above, above, per_step * within);
        }
    }
    for i in 0..BLOCK {
        cost[i] = -cost[i];
    }
}
dispatch! { fn costs(batch: &Batch, shares: &Shares, out: &mut [Lane; 3]) = costs_body }

#[inline(always)]
fn value_body<const F: bool>(batch: &Batch, shares: &Shares, out: &mut Lane) {
    let count = batch.count;
    let mut weight = [[0.0; BLOCK]; MOST_PIECES];
    weigh::<F>(&shares.log[..count], &mut weight[..count], out);
}
dispatch! { fn value(batch: &Batch, shares: &Shares, out: &mut Lane) = value_body }

#[inline(always)]
fn ratio_body<const F: bool>(total: &Lane, part: &mut Lane) {
    for i in 0..BLOCK {
        part[i] = k::exp::<F>(part[i] - total[i]);
    }
}
dispatch! { fn ratio(total: &Lane, part: &mut Lane) = ratio_body }
