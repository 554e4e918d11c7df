//! One quantity compared.

use super::checks::Check;
use super::fit::Measured;

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Theory and simulation agree within the allowed standard errors.
    Ok,
    /// They differ by more.
    Differs,
    /// For information: the difference that a finite size is expected to make is not known.
    NotJudged,
    /// Too many runs did not converge, or the theory has no solution: nothing can be said.
    NotConverged,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 4] = [
        Verdict::Ok,
        Verdict::Differs,
        Verdict::NotJudged,
        Verdict::NotConverged,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Differs => "differs",
            Verdict::NotJudged => "not_judged",
            Verdict::NotConverged => "not_converged",
        }
    }
}

/// One quantity compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The check that it belongs to.
    pub check: Check,
    /// What is compared.
    pub quantity: String,
    /// Registered name of the weights.
    pub weights: &'static str,
    /// Registered name of the law of the labels.
    pub data: &'static str,
    /// Registered name of the loss.
    pub loss: &'static str,
    /// What else describes the model: parameters of clusters, constraint, reference.
    pub setting: Option<String>,
    /// What was run.
    pub algorithm: &'static str,
    /// Number of weights; none for the extrapolation to infinitely many.
    pub n: Option<usize>,
    /// Patterns per weight; at a finite size that of the whole number of patterns.
    pub alpha: f64,
    /// Samples that are averaged, of all sizes for an extrapolation.
    pub samples: usize,
    /// What the theory says; none where it has no solution.
    pub theory: Option<f64>,
    /// What simulations say, with their standard error; none where too few converged.
    pub simulation: Option<Measured>,
    /// Whether a difference fails the validation.
    pub judged: bool,
    /// What else there is to know.
    pub reason: Option<String>,
}

impl Row {
    /// By how many standard errors the simulation is above the theory.
    pub fn z(&self) -> Option<f64> {
        let (simulation, theory) = (self.simulation?, self.theory?);
        Some((simulation.value - theory) / simulation.error)
    }

    /// What the row says where `sigmas` standard errors are allowed.
    pub fn verdict(&self, sigmas: f64) -> Verdict {
        match self.z() {
            None => Verdict::NotConverged,
            Some(_) if !self.judged => Verdict::NotJudged,
            Some(z) if z.abs() <= sigmas => Verdict::Ok,
            Some(_) => Verdict::Differs,
        }
    }

    /// Whether the validation fails on it. A judged row that says nothing fails too.
    pub fn fails(&self, sigmas: f64) -> bool {
        self.judged && self.verdict(sigmas) != Verdict::Ok
    }
}
