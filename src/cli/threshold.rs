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
/// Finds the critical value of one parameter at each grid point of the others, and returns it in
/// that parameter's column beside the order parameters there. The critical parameter itself must
/// not be given.
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
Quantities:
  capacity     alpha above which there is no solution
  at           alpha of the de Almeida-Thouless instability
  spinodal     alpha where a branch of solutions ends
  first-order  alpha where the dominant branch changes
  kappa-max    largest margin kappa at given alpha
  freezing     beta where the entropy of binary weights vanishes, at given alpha

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
