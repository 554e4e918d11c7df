//! `quenched solve`.

use super::Context;
use super::exit::Done;
use super::model_options::{ModelOptions, Names};
use super::output::{Output, answer};
use crate::ask::RawRequest;

/// Order parameters, entropy and errors at each grid point
///
/// Solves the saddle-point equations of the replica-symmetric free entropy. The answer has one row
/// for each grid point, or for each solution with --branches all: the inputs, the order parameters,
/// entropies, energies and errors, and how far the row can be trusted. The columns are explained
/// below.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Solve {
    #[command(flatten)]
    model: ModelOptions,
    /// Where several solutions coexist: the one of largest free entropy, or all that are found
    /// [default: dominant]
    #[arg(long, value_name = "NAME", value_parser = Names(&["dominant", "all"]), help_heading = "Model")]
    branches: Option<String>,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Several parameters with several values make the product grid; the last one typed varies fastest.

Columns after the inputs; what does not exist for a model or at a point is empty (null):
  branch               name of the branch of solutions: 1 is the first one met from small alpha,
                       perfect is the teacher itself, planted the state around it where all
                       patterns leave it some room, frozen a frozen ground state
  dominant             whether it is the solution of largest free entropy
  q, q_hat             overlap of two typical configurations; its conjugate; of ridge weights the
                       squared norm
  m, m_hat             overlap with the teacher, or with the axis of a mixture; its conjugate
  bias, cosine         bias of a classifier of a mixture; cosine m/sqrt(q) with its axis, or of ridge
                       weights with the teacher
  lambda               of minimisers of given norm: the ridge that has the same minimiser
  chi                  limit of beta (1 - q) where the ground state is unique: zero temperature, q = 1
  free_entropy         ln Z per weight, at finite beta
  entropy              per weight, ln of the number of configurations (discrete weights), of their
                       volume relative to the sphere (spherical) or of their probability
                       (gaussian, laplace)
  ground_state_energy  lowest energy per weight, at zero temperature; 0 where all patterns fit
  training_loss        mean loss per training pattern
  training_error       fraction of training patterns of negative stability
  generalization_error probability that a typical configuration errs on a new pattern
  best_bias_error      of a mixture: the same with the best bias for these weights
  bayes_error          the same for the weights averaged over all configurations; of a mixture, the
                       smallest error of any classifier
  residual             largest absolute residual of the saddle-point equations
  error_estimate       largest error of what the row measures, absolute (of conjugates, chi and the
                       stability relative to those above one), from a refined quadrature and rounding
  at_stability         positive where the replica-symmetric solution is locally stable
  status               ok; rs_unstable: converged, but replica symmetry is broken; no_solution: there
                       is none; not_converged: there should be one
  reason               what else there is to know about the row

Examples:
  Typical solutions of the binary perceptron with half as many patterns as weights:
    quenched solve --alpha 0.5
  A spherical perceptron with margin, two by four points, as CSV:
    quenched solve --weights spherical --kappa -0.5,0.5 --alpha 0.25:0.25:1 -o spherical.csv
  Learning from a teacher at finite temperature, as JSON on stdout:
    quenched solve --data teacher --alpha 1:0.1:2 --beta 2 --format json";

impl Solve {
    pub(super) fn run(self, context: &Context) -> Done {
        let mut options = self.model.typed;
        options.extend(self.branches.map(|value| ("branches".to_owned(), value)));
        let raw = RawRequest {
            verb: "solve".to_owned(),
            quantity: None,
            options,
            ..RawRequest::default()
        };
        answer(&raw, &self.output, context)
    }
}
