//! The line of all loads at given other parameters: every branch that is met, in sheets.

use super::ensemble::Ensemble;
use super::reason::{Missing, Reason};
use super::sheet::{Sheet, chain, cut, distance};
use super::state::Branches;
use crate::model::{Control, Parameters, loss::ZeroSet};
use crate::solve::continuation::{Branch, BranchPoint, Stop};
use crate::solve::{Solution, Tolerances, deflation, saddle};

/// Largest load to which branches are followed, in units of a load at which patterns begin to matter.
const HEAVIEST: f64 = 1e6;
/// Loads, in the same units, at which states near the teacher are looked for.
const SEEDS: [f64; 3] = [0.5, 2.0, 8.0];
/// Steps of the iteration from near the teacher: where there is a state, so many suffice.
const BRIEF: usize = 100;
/// Load at which all other states are looked for.
const DEFLATED: f64 = 1.0;
/// `ln(q/(1-q))` beyond which the averages over discrete weights lose `1 - q` in their rounding.
const CLOSEST: f64 = 23.0;
/// Points of different branches differ by more.
const SAME_BRANCH: f64 = 0.05;

/// The branches of a line in α.
pub(super) struct AlphaLine {
    /// The sheets, that of light load first.
    pub(super) sheets: Vec<Sheet>,
    /// From where to where it was followed.
    range: (f64, f64),
    /// Why the branch of light load ends.
    stop: Stop,
}

impl AlphaLine {
    /// Whether a load lies in the range that was searched.
    pub(super) fn covers(&self, alpha: f64) -> bool {
        self.range.0 <= alpha && alpha <= self.range.1
    }

    /// Whether the branch of light load could not be followed to its end.
    pub(super) fn lost(&self) -> bool {
        matches!(self.stop, Stop::Stuck | Stop::Length)
    }

    /// Why there is no state on the line at a load that no sheet covers.
    pub(super) fn missing(&self) -> Missing {
        let first = self.sheets.first().map(Sheet::points).unwrap_or_default();
        let end = first.iter().map(|p| p.control).fold(self.range.0, f64::max);
        let searched = (self.range.0, end);
        if self.lost() {
            let residual = f64::INFINITY;
            return Missing::lost(Reason::BranchLost, residual, Control::Alpha, searched);
        }
        Missing::absent(Reason::BranchEnds, Control::Alpha, searched)
    }
}

impl Ensemble {
    /// The range of loads in which branches are followed. A teacher that meets every pattern with room
    /// to spare keeps a state beside it down to very light loads, at a distance of about κ² (TH.25).
    pub(super) fn loads(&self, p: &Parameters) -> (f64, f64) {
        let light = self.lightest(p);
        let lowest = match self.zero_set(p) {
            ZeroSet::HalfLine(edge) if edge < 0.0 && self.disorder.has_teacher() => 1e-12,
            _ => 1e-3,
        };
        ((0.1 * light).min(lowest), 20.0 * HEAVIEST * light)
    }

    /// Every branch met on the line of α through `p`: the result does not depend on α itself.
    pub(super) fn alpha_line(
        &self,
        p: &Parameters,
        branches: Branches,
    ) -> Result<AlphaLine, Missing> {
        let light = self.lightest(p);
        let unit = 20.0 * light;
        let range = self.loads(p);
        let here = Parameters { alpha: light, ..*p };
        let start = self.connected(&here)?;
        let (sheets, stop) = self.followed(&here, &start, range, 1)?;
        let mut line = AlphaLine {
            sheets,
            range,
            stop,
        };
        if self.disorder.has_teacher() || branches == Branches::All {
            let brief = Tolerances {
                fixed_point_iterations: BRIEF,
                ..self.tolerances
            };
            let start = &self.starts()[1];
            for load in SEEDS {
                let here = p.with(Control::Alpha, load * unit);
                let found = self.solve_within(start, &here, Control::Alpha, &brief);
                self.add(&mut line, &here, found.ok());
            }
        }
        if branches == Branches::All {
            let here = p.with(Control::Alpha, DEFLATED * unit);
            for solution in self.deflated(&here, &line) {
                self.add(&mut line, &here, Some(solution));
            }
        }
        Ok(line)
    }

    /// Adds the branch of a saddle point, unless a sheet has it already.
    fn add(&self, line: &mut AlphaLine, p: &Parameters, found: Option<Solution>) {
        let Some(solution) = found.filter(|s| self.possible(&s.x, p)) else {
            return;
        };
        let seen = |s: &Sheet| {
            s.at(p.alpha)
                .is_some_and(|x| distance(&x, &solution.x) < SAME_BRANCH)
        };
        if line.sheets.iter().any(seen) {
            return;
        }
        let first = line.sheets.len() + 1;
        if let Ok((sheets, _)) = self.followed(p, &solution, line.range, first) {
            line.sheets.extend(sheets);
        }
    }

    /// The sheets of the branch through a saddle point, and how it ends towards heavy load.
    fn followed(
        &self,
        p: &Parameters,
        from: &Solution,
        range: (f64, f64),
        first: usize,
    ) -> Result<(Vec<Sheet>, Stop), Missing> {
        let path = self.alpha_branch(p, range);
        let follow = |forward: bool| -> Result<Branch, Missing> {
            let end = |p: &BranchPoint| self.discrete() && p.x[0] > CLOSEST;
            path.follow_until(&from.x, p.alpha, forward, &mut |points| {
                points.last().is_some_and(end)
            })
            .map_err(|error| Missing::from(error).within(Control::Alpha, range))
        };
        let (back, forth) = (follow(false)?, follow(true)?);
        let stop = forth.stop;
        let points = chain(back, forth);
        // The folds themselves, so that sheets reach to their very ends.
        let mut whole: Vec<BranchPoint> = Vec::with_capacity(points.len() + 4);
        for (i, point) in points.iter().enumerate() {
            if i > 0
                && points[i - 1].forward() != point.forward()
                && !blurred(&points, i)
                && let Ok(fold) = path.turn(&points[i - 1], point)
            {
                whole.push(fold);
            }
            whole.push(point.clone());
        }
        Ok((cut(whole, first), stop))
    }

    /// Saddle points that deflation finds besides those of the sheets.
    fn deflated(&self, p: &Parameters, line: &AlphaLine) -> Vec<Solution> {
        let known: Vec<Vec<f64>> = line.sheets.iter().filter_map(|s| s.at(p.alpha)).collect();
        let [low, high] = self.starts();
        let between = |t: f64| -> Vec<f64> {
            let pair = low.iter().zip(&high);
            pair.map(|(a, b)| a + t * (b - a)).collect()
        };
        let starts = [0.0, 0.25, 0.5, 0.75, 1.0].map(between);
        deflation::search(&*self.rs, &starts, &known, p, &self.tolerances)
            .iter()
            .filter_map(|x| saddle::solve(&*self.rs, x, p, Control::Alpha, &self.tolerances).ok())
            .collect()
    }
}

/// Relative differences of loads that are rounding: as `q → 1` the load tends to its limit faster than
/// points resolve.
const BLUR: f64 = 1e-7;

/// Whether the load of the points around the turn before point `i` is the same but for rounding.
fn blurred(points: &[BranchPoint], i: usize) -> bool {
    let around = &points[i.saturating_sub(2)..(i + 2).min(points.len())];
    let loads = || around.iter().map(|p| p.control);
    let (low, high) = (
        loads().fold(f64::INFINITY, f64::min),
        loads().fold(0.0, f64::max),
    );
    high - low < BLUR * high
}
