//! References that are drawn from a measure: their stabilities on a pattern spread (MX.42, MX.43).
//!
//! Given the field `z̃` that all references of the measure share, the stability of one of them is
//! `m̃ + y b̃ + √(Δq̃) z̃ + D` with `D = h Ṽ + √Ṽ ξ`, `Ṽ = Δ(1-q̃)` and a Gaussian `ξ` that is cut where
//! the stability vanishes, at `ξ = -a(z̃)`.

use crate::math::gauss::{CUT, graded_panels, panel_nodes};
use crate::math::{Feature, GaussMeasure, LnH, special};
use crate::model::Mixture;

/// Longest panel of averages over `ξ`.
const LONGEST: f64 = 1.6;
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// What probes need to know of a measure of solutions without errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Overlap of two references.
    pub q: f64,
    /// `1 - q̃`.
    pub gap: f64,
    /// Tilt `h`.
    pub tilt: f64,
}

/// Where the stabilities of a reference lie: the clusters, its cosine with their axis and its bias.
#[derive(Clone, Copy, Debug)]
pub(in crate::replica) struct Cluster {
    /// Law of the patterns.
    pub mixture: Mixture,
    /// Cosine of the reference with the axis of the clusters.
    pub m: f64,
    /// Its bias at unit norm.
    pub bias: f64,
}

/// A pattern of the reference, one of many in an average.
#[derive(Clone, Copy, Debug)]
pub(in crate::replica) struct Pattern {
    /// Shared field.
    pub z: f64,
    /// `D`.
    pub shift: f64,
    /// Its share among the patterns of its label.
    pub weight: f64,
}

impl Spread {
    /// `√Ṽ`.
    fn root(&self, at: &Cluster) -> f64 {
        (at.mixture.delta() * self.gap).sqrt()
    }

    /// `a(z̃)`: how far the cut lies below the mean of `ξ`.
    fn edge(&self, at: &Cluster, label: f64, z: f64) -> f64 {
        let root = self.root(at);
        let field = at.m + label * at.bias + self.width(at) * z;
        field / root + self.tilt * root
    }

    /// `√(Δq̃)`.
    fn width(&self, at: &Cluster) -> f64 {
        (at.mixture.delta() * self.q).sqrt()
    }

    /// Mean of `D` given `z̃`, and its derivative.
    pub(super) fn mean(&self, at: &Cluster, label: f64, z: f64) -> [f64; 2] {
        let root = self.root(at);
        let a = self.edge(at, label, z);
        let k = special::mills(-a);
        let mean = root * (self.tilt * root + k);
        [mean, -self.width(at) * special::curvature(-a)]
    }

    /// Where `a` vanishes, and on what scale.
    pub(super) fn feature(&self, at: &Cluster, label: f64) -> Feature {
        let (root, width) = (self.root(at), self.width(at));
        let mean = at.m + label * at.bias + self.tilt * root * root;
        Feature {
            centre: -mean / width,
            width: root / width,
        }
    }

    /// The patterns of one label, resolved on this scale of the stability.
    pub(in crate::replica) fn patterns(
        &self,
        at: &Cluster,
        label: f64,
        scale: f64,
    ) -> Vec<Pattern> {
        let root = self.root(at);
        let table = LnH::new();
        let outer = GaussMeasure::graded(&[self.feature(at, label)]);
        let mut found = Vec::new();
        for &(z, weight) in outer.nodes() {
            let a = self.edge(at, label, z);
            let [ln_mass, ..] = table.at(-a);
            // Beyond the cut the law falls off like exp(a ξ).
            let reach = CUT.max(-a + 80.0 / (-a).max(8.0));
            let low = (-a).max(-CUT);
            let seen = Feature {
                centre: -a,
                width: (scale / root).min(1.0 / (-a).max(1.0)),
            };
            let panels = graded_panels(low, reach, LONGEST, &[seen]);
            found.extend(panel_nodes(&panels).into_iter().map(|(xi, w)| Pattern {
                z,
                shift: root * (self.tilt * root + xi),
                weight: weight * w * (-0.5 * xi * xi - ln_mass - LN_SQRT_2PI).exp(),
            }));
        }
        found
    }
}
