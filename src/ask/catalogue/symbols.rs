//! Names and parameters with the symbols of the theory.

use super::super::choice::{DATA_NAMES, RIDGE};
use super::super::parameter::Parameter;
use super::super::spelling::MACHINE_FORMS;
use crate::model::registry::{self, LOSSES, WEIGHTS};

/// A name of the command line with what it means in formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The option: `machine`, `weights`, `data`, `loss` or a parameter.
    pub option: &'static str,
    /// The value of a choice; none for a parameter.
    pub name: Option<&'static str>,
    /// Letter or formula.
    pub symbol: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// The equation that it stands in, by its tag in the book.
    pub equation: &'static str,
}

type Meaning = (&'static str, &'static str, &'static str);

/// Every name and every parameter, in the order of the command line.
pub fn symbols() -> Vec<Symbol> {
    let named = |option, names: &[&'static str], of: fn(&str) -> Meaning| {
        let symbol = |&name: &&'static str| {
            let (symbol, meaning, equation) = of(name);
            Symbol {
                option,
                name: Some(name),
                symbol,
                meaning,
                equation,
            }
        };
        names.iter().map(symbol).collect::<Vec<_>>()
    };
    let parameter = |p: Parameter| {
        let (symbol, meaning, equation) = p.meaning();
        Symbol {
            option: p.name(),
            name: None,
            symbol,
            meaning,
            equation,
        }
    };
    let mut all = named("machine", &MACHINE_FORMS, machine);
    all.extend(named("weights", &WEIGHTS, weights));
    all.extend(named("data", DATA_NAMES, data));
    all.extend(named("loss", &LOSSES, loss));
    all.extend(Parameter::ALL.map(parameter));
    all
}

/// What a name that is registered, but not described here, is said to be.
const UNKNOWN: Meaning = ("", "", "");

fn machine(name: &str) -> Meaning {
    match name {
        "perceptron" => ("y = sign(w·x/√N)", "one unit", "RS.1"),
        "tree-committee:K" => (
            "y = sign Σ_k sign(w_k·x_k)",
            "majority of K units, each with inputs of its own",
            "BP.1",
        ),
        "committee:K" => (
            "y = sign Σ_k sign(w_k·x)",
            "majority of K units on the same inputs",
            "BP.1",
        ),
        _ => UNKNOWN,
    }
}

fn weights(name: &str) -> Meaning {
    match name {
        "binary" => ("w_i = ±1", "counting measure", "W.2"),
        "spherical" => ("|w|² = N", "uniform measure on the sphere", "W.3"),
        "ternary" => ("w_i ∈ {-1, 0, 1}", "counting measure", "FN.10"),
        "gaussian" => ("w_i ~ N(0, 1)", "Gaussian weights", "FN.11"),
        "laplace" => ("½ e^(-|w_i|)", "Laplace weights", "FN.13"),
        RIDGE => ("λ|w|²/2", "minimiser of a loss with a ridge", "MX.11"),
        _ => UNKNOWN,
    }
}

fn data(name: &str) -> Meaning {
    match name {
        "storage" => (
            "y = ±1 at random",
            "random patterns with random labels",
            "RS.3",
        ),
        "teacher" => (
            "y = sign(w⁰·x)",
            "labels of a teacher drawn like the weights",
            "RS.4",
        ),
        "mixture" => (
            "x = y v/√N + √Δ z",
            "two Gaussian clusters, one for each label",
            "MX.1",
        ),
        _ => UNKNOWN,
    }
}

fn loss(name: &str) -> Meaning {
    match name {
        "theta" => (
            "ℓ(x) = Θ(κ - x)",
            "counts stabilities below the margin",
            "L.2",
        ),
        "cross-entropy" => (
            "ℓ(x) = ln(1 + e^(-2γx))/(2γ)",
            "logistic loss at γ = 1/2",
            "L.3",
        ),
        "square" => (
            "ℓ(x) = (1 - x)²/2",
            "squared distance of the stability from one",
            "L.4",
        ),
        "hinge" => ("ℓ(x) = max(0, 1 - x)", "support vector machine", "L.5"),
        "squared-hinge" => (
            "ℓ(x) = max(0, κ - x)²/2",
            "squared distance from a margin",
            "L.30",
        ),
        "perceptron" => ("ℓ(x) = max(0, -x)", "the perceptron's rule", "L.29"),
        "huber-hinge" => (
            "ℓ(x) = max(0, 1 - x), rounded over a width below x = 1",
            "smoothed support vector machine",
            "L.31",
        ),
        "window" => (
            "ℓ(x) = Θ(|x| - κ)",
            "counts stabilities outside a window",
            "L.32",
        ),
        _ => (registry::formula(name), "", ""),
    }
}

impl Parameter {
    /// Letter, meaning and equation.
    fn meaning(self) -> Meaning {
        match self {
            Parameter::Alpha => ("α", "patterns per weight, M/N", "RS.1"),
            Parameter::Kappa => (
                "κ",
                "margin of losses theta, squared-hinge and window",
                "L.2",
            ),
            Parameter::Beta => ("β", "inverse temperature", "RS.1"),
            Parameter::Gamma => ("γ", "sharpness of loss cross-entropy", "L.3"),
            Parameter::Lambda => ("λ", "strength of the ridge", "MX.11"),
            Parameter::Norm => ("Q", "squared norm |w|²/N of a classifier", "MX.6"),
            Parameter::Delta => ("Δ", "variance of the noise of a mixture", "MX.1"),
            Parameter::Rho => ("ρ", "fraction of patterns of label +1 in a mixture", "MX.1"),
            Parameter::TrainingError => {
                ("ε_t", "fraction of patterns that probes get wrong", "MX.32")
            }
            Parameter::Own { name, .. } => (name, "parameter of one loss", "L.31"),
            Parameter::Distance => (
                "d",
                "distance (1 - S)/2 from the reference, S the overlap with it",
                "FP.2",
            ),
        }
    }

    /// Its letter in the theory.
    pub fn symbol(self) -> &'static str {
        self.meaning().0
    }
}

#[cfg(test)]
mod tests {
    use super::super::chapter;
    use super::*;

    #[test]
    fn every_name_has_a_symbol_a_meaning_and_an_equation() {
        for symbol in symbols() {
            assert!(
                !symbol.symbol.is_empty() && !symbol.meaning.is_empty(),
                "{symbol:?}"
            );
            assert!(chapter(symbol.equation).is_some(), "{symbol:?}");
        }
    }
}
