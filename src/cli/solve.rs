//! `quenched solve`.

use super::Context;
use super::exit::Done;
use super::model_options::{ModelOptions, Names};
use super::output::{Output, answer};
use crate::recipe::RawRequest;

/// Order parameters, entropy and errors at each grid point
///
/// Solves the saddle-point equations of the replica-symmetric free entropy and returns one row a
/// grid point: the inputs, the order parameters (overlap q and its conjugate, m with a teacher),
/// entropy or free entropy, errors, and how far to trust them (residual, error_estimate,
/// at_stability, status).
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(super) struct Solve {
    #[command(flatten)]
    model: ModelOptions,
    /// Which solutions where there are several [default: dominant]
    #[arg(long, value_name = "NAME", value_parser = Names(&["dominant", "all"]), help_heading = "Model")]
    branches: Option<String>,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Several parameters with several values make the product grid; the last one typed varies fastest.

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
        };
        answer(&raw, &self.output, context)
    }
}
