//! `quenched threshold`.

use super::Context;
use super::exit::Done;
use super::model_options::{ModelOptions, Names};
use super::output::{Output, answer};
use crate::recipe::{Quantity, RawRequest};
use std::sync::LazyLock;

static QUANTITIES: LazyLock<[&str; Quantity::ALL.len()]> =
    LazyLock::new(|| Quantity::ALL.map(Quantity::name));

/// Critical values, such as the capacity
///
/// Finds the critical value of one parameter, alpha for most quantities, at each grid point of the
/// others. The answer stands in that parameter's column, beside the order parameters there; the
/// parameter itself must not be given. A critical value that does not exist is a row with status
/// no_solution.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, override_usage = "quenched threshold QUANTITY [OPTIONS]")]
pub(super) struct Threshold {
    /// What to find
    #[arg(value_name = "QUANTITY", value_parser = Names(&*QUANTITIES))]
    quantity: Option<String>,
    #[command(flatten)]
    model: ModelOptions,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Quantities, and the parameter whose critical value they are:
  capacity     alpha  largest load at which all patterns can be satisfied (zero temperature)
  at           alpha  where replica symmetry becomes unstable (de Almeida-Thouless line)
  spinodal     alpha  where the branch of solutions that starts at small alpha ends
  first-order  alpha  where another solution becomes the dominant one
  kappa-max    kappa  largest margin at given alpha (zero temperature, loss theta)
  freezing     beta   where the entropy of binary weights vanishes, at given alpha

The columns are those of quenched solve --help; error_estimate is that of the critical value.

Examples:
  The capacity of the binary perceptron, alpha = 0.833:
    quenched threshold capacity
  The capacity of the spherical perceptron against the margin, to a file:
    quenched threshold capacity --weights spherical --kappa -0.5:0.1:1 -o capacity.csv
  The largest margin of binary weights at three loads:
    quenched threshold kappa-max --alpha 0.2,0.4,0.6";

impl Threshold {
    pub(super) fn run(self, context: &Context) -> Done {
        let raw = RawRequest {
            verb: "threshold".to_owned(),
            quantity: self.quantity,
            options: self.model.typed,
        };
        answer(&raw, &self.output, context)
    }
}
