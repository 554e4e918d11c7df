//! The command line's entry: everything it does is a call into the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    quenched::cli::run(std::env::args_os())
}
