//! `quenched threshold`.

use super::Context;
use super::exit::Done;
use super::model_options::{ModelOptions, NORM, Names, REFERENCE, hidden, shown};
use super::output::{Output, answer};
use crate::ask::{LocalQuantity, Quantity, RawRequest};
use std::sync::LazyLock;

static QUANTITIES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let own = Quantity::ALL.map(Quantity::name);
    let local = LocalQuantity::ALL.map(LocalQuantity::name);
    own.into_iter().chain(local).collect()
});

/// Critical values, such as the capacity
///
/// Finds the critical value of one parameter, alpha for most quantities, at each grid point of the
/// others. The answer stands in that parameter's column, beside the order parameters there; the
/// parameter itself must not be given. A critical value that does not exist is a row with status
/// no_solution.
#[derive(clap::Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, override_usage = "quenched threshold QUANTITY [OPTIONS]")]
#[command(mut_arg(REFERENCE, shown), mut_arg(NORM, hidden))]
pub(super) struct Threshold {
    /// What to find
    #[arg(value_name = "QUANTITY", value_parser = Names(QUANTITIES.as_slice()))]
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
  freezing     beta   where the entropy of discrete weights vanishes, at given alpha

The columns are those of quenched solve --help; error_estimate covers the critical value too.

Quantities of the local entropy, the log-number of solutions at a distance from a reference:
  local-entropy-break  alpha     where it stops to grow with the distance: there is no dense region
  isolation-distance   distance  where it vanishes: no other solution lies nearer to the reference
  isolation-margin     reference_kappa
                                 least margin of a reference that is not isolated, at given alpha
  isolation-load       alpha     where the reference becomes isolated
  closest-distance     distance  where its curve ends, the overlap of two solutions having gone to one

They take --reference, the first of these being the default; isolation-margin takes none:
  local-entropy-break  margin:max, margin:K, typical, robust, robust:complexity-zero
  isolation-load       margin:max, margin:K, typical
  isolation-distance, closest-distance   typical, margin:K
With --data mixture and --weights spherical there is closest-distance alone: how near to a classifier
that makes errors the nearest one without is; references are those of quenched local-entropy --help.
These names and the columns are explained by quenched local-entropy --help.

Examples:
  The capacity of the binary perceptron, alpha = 0.833:
    quenched threshold capacity
  The capacity of the spherical perceptron against the margin, to a file:
    quenched threshold capacity --weights spherical --kappa -0.5:0.1:1 -o capacity.csv
  The largest margin of binary weights at three loads:
    quenched threshold kappa-max --alpha 0.2,0.4,0.6
  How far the nearest solutions are from typical ones, and from those of a margin:
    quenched threshold isolation-distance --alpha 0.3:0.1:0.8 --reference typical,margin:0.2";

impl Threshold {
    pub(super) fn run(self, context: &Context) -> Done {
        let raw = RawRequest {
            verb: "threshold".to_owned(),
            quantity: self.quantity,
            options: self.model.typed,
            ..RawRequest::default()
        };
        answer(&raw, &self.output, context)
    }
}
