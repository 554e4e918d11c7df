//! What a reference makes of its own patterns, one by one: its stabilities on them (MX.30), and where
//! references are drawn from a measure how they spread given the field that all of them share (MX.42,
//! MX.43).
//!
//! Given the shared field `z̃`, the stability of one of many references is `μ + √(Δq̃) z̃ + D` with
//! `D = h Ṽ + √Ṽ ξ`, `Ṽ = Δ(1-q̃)` and a Gaussian `ξ` that is cut where the stability meets its edge, at
//! `ξ = -a(z̃)`.

use super::patterns::{GroundPatterns, Lent, LinearShift, ThermalPatterns};
use super::reference::Patterns;
use crate::math::gauss::{CUT, graded_panels, panel_nodes};
use crate::math::{Feature, GaussMeasure, LnH};
use crate::model::site::Site;

/// Longest panel of averages over `ξ`.
const LONGEST: f64 = 1.6;
const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// A pattern of the reference, one of many in an average.
#[derive(Clone, Copy, Debug)]
pub struct OwnPattern {
    /// Shared field.
    pub z: f64,
    /// `D`.
    pub shift: f64,
    /// Its share among the patterns of its class.
    pub weight: f64,
}

impl GroundPatterns {
    /// How far a pattern of cavity field `z` is moved, in units of that field.
    fn displacement(&self, z: f64) -> f64 {
        match self {
            GroundPatterns::LargestMargin(edge) => (edge - z).max(0.0),
            GroundPatterns::Envelope(site, chi) => {
                let mut jets = Lent::new();
                site.fill(&[z], *chi, None, &mut jets);
                chi * jets.slope[0]
            }
        }
    }

    /// Where that bends.
    fn bends(&self) -> Vec<Feature> {
        let mut features = self.features();
        features.retain(|f| f.centre.abs() < CUT + f.width);
        features
    }
}

impl ThermalPatterns {
    /// The patterns of a hard constraint at overlap `q̃`, resolved on this scale of the stability.
    fn spread(&self, q: f64, scale: f64) -> Vec<OwnPattern> {
        let (site, edge) = (self.site(), self.lower_edge());
        let (root, width) = (site.own(self.variance()).sqrt(), site.root * q.sqrt());
        let tilt = site.tilt;
        let shared = Feature {
            centre: -(site.mean - edge + tilt * root * root) / width,
            width: root / width,
        };
        let table = LnH::new();
        let mut found = Vec::new();
        for &(z, weight) in GaussMeasure::graded(&[shared]).nodes() {
            // How far the cut lies below the mean of ξ.
            let a = (site.mean - edge + width * z) / root + tilt * root;
            let [ln_mass, ..] = table.at(-a);
            // Beyond the cut the law falls off like exp(a ξ).
            let reach = CUT.max(-a + 80.0 / (-a).max(8.0));
            let low = (-a).max(-CUT);
            let seen = Feature {
                centre: -a,
                width: (scale / root).min(1.0 / (-a).max(1.0)),
            };
            let panels = graded_panels(low, reach, LONGEST, &[seen]);
            found.extend(panel_nodes(&panels).into_iter().map(|(xi, w)| OwnPattern {
                z,
                shift: root * (tilt * root + xi),
                weight: weight * w * (-0.5 * xi * xi - ln_mass - LN_SQRT_2PI).exp(),
            }));
        }
        found
    }
}

/// The patterns of one class.
#[derive(Clone, Copy, Debug)]
pub struct OwnPatterns<'a> {
    /// What the reference makes of them.
    pub patterns: &'a Patterns,
    /// Mean of the stabilities, without a displacement and without a bias.
    pub mean: f64,
    /// `√Δ`, the deviation of a pattern's entries.
    pub root: f64,
    /// Overlap `q̃` of two references.
    pub q: f64,
}

impl OwnPatterns<'_> {
    /// The displacement that is linear in the field, if it is, in units of the stability.
    pub fn linear(&self) -> Option<LinearShift> {
        match self.patterns {
            Patterns::Linear(LinearShift { offset, slope }) => Some(LinearShift {
                offset: self.root * offset,
                slope: self.root * slope,
            }),
            _ => None,
        }
    }

    /// Whether references are drawn from a measure, and stabilities spread.
    pub fn spreads(&self) -> bool {
        matches!(self.patterns, Patterns::Thermal(_))
    }

    /// Its stability, without the bias, on a pattern of shared field `z̃` that displaces it by `D`.
    pub fn stability(&self, z: f64, shift: f64) -> f64 {
        self.mean + self.root * self.q.sqrt() * z + shift
    }

    /// How far a pattern of shared field `z̃` moves a single reference.
    fn displacement(&self, z: f64) -> f64 {
        match self.patterns {
            Patterns::Linear(shift) => self.root * (shift.offset + shift.slope * z),
            Patterns::Ground(patterns) => self.root * patterns.displacement(z),
            // Spread, not moved.
            Patterns::Thermal(_) => 0.0,
        }
    }

    /// The patterns. Those of many references are resolved on this scale of the stability; those of a
    /// single one such that a function of its stability is, to this accuracy.
    pub fn nodes(
        &self,
        scale: f64,
        (accuracy, function): (f64, &dyn Fn(f64) -> f64),
        finer: bool,
    ) -> Vec<OwnPattern> {
        let features = match self.patterns {
            Patterns::Thermal(patterns) => {
                let scale = if finer { 0.5 * scale } else { scale };
                return patterns.spread(self.q, scale);
            }
            Patterns::Ground(patterns) => patterns.bends(),
            Patterns::Linear(_) => Vec::new(),
        };
        let rough = GaussMeasure::graded(&features);
        let at = |z: f64| function(self.stability(z, self.displacement(z)));
        let measure = rough.resolving(accuracy, at);
        let measure = if finer { measure.refined() } else { measure };
        let node = |&(z, weight): &(f64, f64)| OwnPattern {
            z,
            shift: self.displacement(z),
            weight,
        };
        measure.nodes().iter().map(node).collect()
    }
}
