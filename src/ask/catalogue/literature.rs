//! Where it is derived and who found it: equations of the book and papers, for each combination.

use super::super::choice::RIDGE;
use super::super::verb::Verb;
use super::combination::Combination;
use crate::experiment::Algorithm;
use crate::replica::local::critical::LocalQuantity;
use crate::replica::threshold::Quantity;

/// Prefixes of equations, and the chapters of `theory/` that they belong to.
pub const CHAPTERS: [(&str, &str); 14] = [
    ("GA", "gaussian-averages"),
    ("W", "models"),
    ("L", "models"),
    ("RS", "replica-symmetric"),
    ("ZT", "zero-temperature"),
    ("AT", "stability"),
    ("TH", "thresholds"),
    ("S", "solvers"),
    ("FP", "franz-parisi"),
    ("FN", "free-norm"),
    ("LD", "robust-ensemble"),
    ("MP", "message-passing"),
    ("BP", "belief-propagation"),
    ("MX", "gaussian-mixture"),
];

/// The chapter that an equation such as `RS.3` stands in.
pub fn chapter(equation: &str) -> Option<&'static str> {
    let (prefix, _) = equation.split_once('.')?;
    let found = CHAPTERS.iter().find(|(own, _)| *own == prefix);
    found.map(|(_, chapter)| *chapter)
}

/// A paper that results come from or are to be compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// How it is called here: first author and year.
    pub key: &'static str,
    /// Authors, journal and number, as far as they are known here.
    pub cited: &'static str,
    /// What of it is computed here.
    pub about: &'static str,
}

const fn paper(key: &'static str, cited: &'static str, about: &'static str) -> Paper {
    Paper { key, cited, about }
}

/// The papers, by year.
pub const PAPERS: [Paper; 16] = [
    paper(
        "almeida78",
        "de Almeida and Thouless (1978)",
        "stability of the replica-symmetric saddle point",
    ),
    paper(
        "gardner88",
        "Gardner (1988)",
        "the beginning of the statistical mechanics of learning",
    ),
    paper(
        "gardner-derrida88",
        "Gardner and Derrida (1988)",
        "the beginning of the statistical mechanics of learning",
    ),
    paper(
        "krauth89",
        "Krauth and Mézard (1989)",
        "capacity of the binary perceptron",
    ),
    paper(
        "gyorgyi90",
        "Györgyi (1990)",
        "binary student of a binary teacher: first-order transition",
    ),
    paper(
        "baldassi07",
        "Baldassi, Braunstein, Brunel and Zecchina (2007)",
        "search with integer fields (SBPI)",
    ),
    paper(
        "huang13",
        "Huang, Wong and Kabashima (2013), arXiv:1304.2850",
        "local entropy of typical solutions",
    ),
    paper(
        "huang14",
        "Huang and Kabashima (2014), arXiv:1408.1784",
        "typical solutions of the binary perceptron are isolated",
    ),
    paper(
        "baldassi15",
        "Baldassi et al., PRL (2015), arXiv:1509.05753",
        "dense clusters: large deviations of the local entropy",
    ),
    paper(
        "baldassi16",
        "Baldassi et al., PNAS (2016), arXiv:1605.06444",
        "robust ensemble of replicas, focusing belief propagation",
    ),
    paper(
        "baldassi20",
        "Baldassi, Pittorino and Zecchina, PNAS 117, 161 (2020), arXiv:1905.07833",
        "local entropy around minimisers of the cross-entropy",
    ),
    paper(
        "mignacco20",
        "Mignacco et al. (2020), arXiv:2002.11544",
        "risk minimisation on a Gaussian mixture",
    ),
    paper(
        "baldassi-mixture20",
        "Baldassi, Malatesta, Negri and Zecchina, J. Stat. Mech. (December 2020), arXiv:2010.14761",
        "flatness around classifiers of a Gaussian mixture",
    ),
    paper(
        "baldassi21",
        "Baldassi, Lauditi, Malatesta, Perugini and Zecchina, PRL 127, 278301 (2021), arXiv:2107.01163",
        "local entropy around solutions of large margin",
    ),
    paper(
        "baldassi23",
        "Baldassi, Malatesta, Perugini and Zecchina (2023), arXiv:2304.13871",
        "negative margins",
    ),
    paper(
        "malatesta26",
        "Malatesta, Passalacqua and Zecchina (2026), arXiv:2607.27000",
        "finite temperature, freezing, replicas at a distance",
    ),
];

impl Combination {
    fn on_mixture(&self) -> bool {
        self.data == "mixture"
    }

    /// The defining equations, by their tags in the book.
    pub fn equations(&self) -> Vec<&'static str> {
        let spherical = self.weights == Some("spherical");
        match self.verb {
            Verb::Solve if self.weights == Some(RIDGE) && self.on_mixture() => {
                vec!["MX.11", "MX.12"]
            }
            Verb::Solve if self.weights == Some(RIDGE) => vec!["FN.31", "FN.32"],
            Verb::Solve if self.on_mixture() => vec!["MX.23", "MX.24"],
            Verb::Solve => {
                let labels = if self.data == "teacher" {
                    "RS.4"
                } else {
                    "RS.3"
                };
                let hard = if spherical { "ZT.2" } else { "ZT.5" };
                vec![labels, "RS.5", hard]
            }
            Verb::Threshold(quantity) => self.critical(quantity, spherical),
            Verb::LocalEntropy => vec![self.around()],
            Verb::LocalThreshold(quantity) => {
                let robust = self
                    .of
                    .as_deref()
                    .is_some_and(|name| name.starts_with("robust"));
                match quantity {
                    LocalQuantity::Break if robust => vec!["LD.10"],
                    LocalQuantity::Break => vec!["FP.15"],
                    LocalQuantity::ClosestDistance if self.on_mixture() => vec!["MX.35"],
                    LocalQuantity::ClosestDistance => vec![self.around()],
                    LocalQuantity::IsolationDistance
                    | LocalQuantity::IsolationMargin
                    | LocalQuantity::IsolationLoad => vec!["FP.14"],
                }
            }
            Verb::Classifiers => match self.of.as_deref() {
                Some("hebb" | "plug-in") => vec!["MX.8"],
                _ => vec!["MX.5", "MX.6"],
            },
            Verb::Simulate(algorithm) => self.simulated(algorithm),
            // Its checks are of all models.
            Verb::Validate => Vec::new(),
        }
    }

    fn critical(&self, quantity: Quantity, spherical: bool) -> Vec<&'static str> {
        match quantity {
            Quantity::Capacity if spherical => vec!["TH.2"],
            Quantity::Capacity => vec!["TH.1"],
            Quantity::KappaMax => vec!["TH.3"],
            Quantity::At => vec!["TH.4", "AT.1"],
            Quantity::Spinodal => vec!["TH.5"],
            Quantity::FirstOrder => vec!["TH.6"],
            Quantity::Freezing => vec!["TH.7", "ZT.5"],
            Quantity::Interpolation if spherical => vec!["MX.28"],
            Quantity::Interpolation => vec!["MX.24", "TH.1"],
        }
    }

    /// The free entropy around a reference.
    fn around(&self) -> &'static str {
        match self.of.as_deref() {
            Some("tilted:H") => "MX.43",
            Some(_) if self.on_mixture() => "MX.32",
            Some("robust") => "LD.6",
            Some("robust:complexity-zero") => "LD.9",
            Some("robust:Y") => "LD.2",
            _ if self.data == "teacher" => "FP.38",
            _ => "FP.2",
        }
    }

    fn simulated(&self, algorithm: Algorithm) -> Vec<&'static str> {
        let committee = self.machine.is_some_and(|machine| machine != "perceptron");
        match algorithm {
            Algorithm::Amp if committee => vec!["MP.15", "MP.16", "MP.17"],
            Algorithm::Amp if self.on_mixture() => vec!["MX.60", "MX.61"],
            Algorithm::Amp => vec!["MP.4", "MP.8"],
            Algorithm::Bp => vec!["BP.2", "BP.8"],
            Algorithm::ReinforcedBp => vec!["MP.12"],
            Algorithm::FocusingBp => vec!["MP.13"],
            Algorithm::MaxSum => vec!["BP.13", "BP.14"],
            Algorithm::Sbpi => vec!["BP.15"],
            Algorithm::Planted => vec!["BP.16"],
            Algorithm::Minimise => vec!["MX.51"],
            Algorithm::BayesOptimal => vec!["MX.6", "MX.58"],
            Algorithm::Hebb | Algorithm::PlugIn => vec!["MX.8", "MX.58"],
        }
    }

    /// Keys of the papers that it goes back to, or is to be compared with.
    pub fn papers(&self) -> Vec<&'static str> {
        let binary = self.weights == Some("binary");
        let of = self.of.as_deref().unwrap_or("");
        match self.verb {
            Verb::LocalEntropy | Verb::LocalThreshold(_) if self.on_mixture() => {
                vec!["baldassi-mixture20"]
            }
            Verb::LocalEntropy | Verb::LocalThreshold(_) => match of.split(':').next() {
                Some("typical") if binary => vec!["huang13", "huang14"],
                Some("margin") => vec!["baldassi21", "baldassi23"],
                Some("cross-entropy") => vec!["baldassi20"],
                Some("robust") => vec!["baldassi15", "baldassi16", "malatesta26"],
                _ if matches!(
                    self.verb,
                    Verb::LocalThreshold(LocalQuantity::IsolationMargin)
                ) =>
                {
                    vec!["baldassi21"]
                }
                _ => Vec::new(),
            },
            Verb::Threshold(Quantity::At) => vec!["almeida78"],
            Verb::Threshold(Quantity::Freezing) => vec!["malatesta26"],
            Verb::Simulate(Algorithm::FocusingBp) => vec!["baldassi16"],
            Verb::Simulate(Algorithm::Sbpi) => vec!["baldassi07"],
            Verb::Simulate(Algorithm::Minimise) => vec!["mignacco20"],
            Verb::Simulate(Algorithm::Amp) if self.on_mixture() => vec!["mignacco20"],
            Verb::Simulate(_) => Vec::new(),
            _ if self.on_mixture() => vec!["mignacco20"],
            _ if self.data == "teacher" => {
                if binary {
                    vec!["gyorgyi90"]
                } else {
                    Vec::new()
                }
            }
            Verb::Solve | Verb::Threshold(_) if self.loss == Some("theta") => {
                if binary {
                    vec!["krauth89", "gardner-derrida88"]
                } else {
                    vec!["gardner88", "gardner-derrida88"]
                }
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::combinations;
    use super::*;

    #[test]
    fn every_paper_is_cited_and_every_key_is_one() {
        let all = combinations();
        let cited: Vec<_> = all.iter().flat_map(Combination::papers).collect();
        for paper in PAPERS {
            assert!(cited.contains(&paper.key), "{} is not cited", paper.key);
        }
        for key in cited {
            assert!(PAPERS.iter().any(|paper| paper.key == key), "{key}");
        }
    }

    #[test]
    fn every_equation_has_a_chapter() {
        for combination in combinations() {
            for equation in combination.equations() {
                assert!(chapter(equation).is_some(), "{equation}");
            }
        }
        assert_eq!(chapter("XY.1"), None);
    }
}
