//! The command line: one file a verb, no physics.

mod classifiers;
mod completions;
mod drawing;
mod engine;
mod exit;
mod explain;
mod figure;
mod jupyter;
mod kept_files;
mod local_entropy;
mod man;
mod model_options;
mod models;
mod notebook;
mod output;
mod readable;
mod reuse;
mod simulate;
mod solve;
mod sweep;
mod threads;
mod threshold;
mod usage;
mod validate;
mod watch;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use exit::Done;
use std::ffi::OsString;
use std::process::ExitCode;

/// Explains the words that every verb uses.
const WORDS: &str = "\
A model is four choices: --machine, --weights, --data and --loss. Its parameters:
  alpha  patterns per weight: the load of a memory, or the size of a training set
  kappa  margin that every pattern has to be classified with (loss theta)
  beta   inverse temperature; inf is zero temperature, the default
  gamma  sharpness of the cross-entropy loss
  lambda, norm  ridge (--weights ridge) of what minimises a loss, or its squared norm (--data mixture)
  delta, rho    variance of the noise of these, and the fraction of label +1
All are pure numbers. Results hold for N weights and alpha N patterns as N goes to infinity.
Energies and entropies are per weight, losses and errors per pattern; logarithms are natural.
See quenched solve --help and quenched local-entropy --help for the columns of the answers.

Examples:
  The binary perceptron with half as many random patterns as weights:
    quenched solve --alpha 0.5
  A curve on the terminal, or in a file (csv, json or parquet, by its ending):
    quenched solve --weights spherical --alpha 0.1:0.1:1.9
    quenched threshold capacity --kappa -1:0.5:1 -o capacity.csv
  How many solutions there are at each distance from a typical one:
    quenched local-entropy --alpha 0.5
  Two Gaussian clusters: minimisers of the logistic loss, and what could be reached at best:
    quenched solve --data mixture --weights ridge --loss cross-entropy --alpha 2 --lambda 0.1,1
    quenched classifiers --alpha 2
  Message passing on ten samples of 1001 weights:
    quenched simulate amp --alpha 0.4 --summary
  A figure for print:
    quenched figure figures/binary-entropy.toml
  The same with its physics, data and Python, as a Jupyter notebook:
    quenched notebook figures/binary-entropy.toml
  A large grid that can be interrupted, and shared out over a cluster:
    quenched sweep success.toml -o success.csv
  What can be combined, and what the words of an answer mean:
    quenched models
    quenched explain rs_unstable

Exit codes: 0 done, 1 the answer is no, 2 bad input, 3 nothing converged,
4 a file could not be read or written, 130 interrupted.";

/// Statistical physics of learning: replica-symmetric solutions, critical values, local
/// entropies, finite systems and figures.
#[derive(Parser)]
#[command(name = "quenched", version, after_help = WORDS)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Flags of every verb.
#[derive(clap::Args)]
struct Global {
    /// Show no progress bar
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say on stderr what is computed, and how it went
    #[arg(short, long, global = true)]
    verbose: bool,
    /// Number of threads, 1 to 1024 [default: all cores]
    #[arg(long, global = true, value_name = "N", allow_hyphen_values = true)]
    threads: Option<String>,
}

#[derive(Subcommand)]
enum Verb {
    Solve(solve::Solve),
    Threshold(threshold::Threshold),
    LocalEntropy(local_entropy::LocalEntropy),
    Simulate(Box<simulate::Simulate>),
    Classifiers(classifiers::Classifiers),
    Validate(validate::Validate),
    Figure(figure::Figure),
    Notebook(notebook::Notebook),
    Sweep(sweep::Sweep),
    Models(models::Models),
    Explain(explain::Explain),
    Completions(completions::Completions),
    Man(man::Man),
}

/// What every verb is told besides its own arguments.
struct Context {
    quiet: bool,
    verbose: bool,
    threads: Option<usize>,
    /// The command as one could type it again.
    command: String,
}

impl Context {
    /// A line of explanation, with `-v` only.
    fn explain(&self, line: impl FnOnce() -> String) {
        if self.verbose {
            exit::note(&line());
        }
    }
}

/// Runs the command line `args`, the program's name first, and returns its exit code: 0 done,
/// 1 the answer is no, 2 bad input, 3 nothing converged, 4 a file could not be read or written,
/// 130 interrupted.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let code = match dispatch(&args) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    };
    ExitCode::from(code)
}

fn dispatch(args: &[OsString]) -> Done {
    model_options::refuse_missing(args)?;
    let parsed = Cli::command()
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage::answer(&error, args),
    };
    let context = Context {
        quiet: cli.global.quiet,
        verbose: cli.global.verbose,
        threads: threads::parse(cli.global.threads.as_deref())?,
        command: usage::typed_again(args),
    };
    match cli.verb {
        Verb::Solve(verb) => verb.run(&context),
        Verb::Threshold(verb) => verb.run(&context),
        Verb::LocalEntropy(verb) => verb.run(&context),
        Verb::Simulate(verb) => verb.run(&context),
        Verb::Classifiers(verb) => verb.run(&context),
        Verb::Validate(verb) => verb.run(&context),
        Verb::Figure(verb) => verb.run(&context),
        Verb::Notebook(verb) => verb.run(&context),
        Verb::Sweep(verb) => verb.run(&context),
        Verb::Models(verb) => verb.run(&context),
        Verb::Explain(verb) => verb.run(),
        Verb::Completions(verb) => verb.run(),
        Verb::Man(verb) => verb.run(),
    }
}
