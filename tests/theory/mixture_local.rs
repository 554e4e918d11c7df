//! Local landscapes of a Gaussian mixture, against `mixture/mixture-local-entropy.json`.

use crate::reference::{Entry, Ledger, table};
use quenched::model::Constraint;
use quenched::model::{Bias, Mixture, Parameters};
use quenched::replica::learning::Learning;
use quenched::replica::local::around_classifier::LocalMixture;
use quenched::replica::local::classifier_reference::MixtureReference;
use quenched::replica::local::point::LocalOutcome;

fn parameters(alpha: f64, beta: f64) -> Parameters {
    Parameters {
        alpha,
        beta,
        gamma: 0.5,
        ..Parameters::default()
    }
}

fn made(case: &Entry) -> MixtureReference {
    let mixture = Mixture::new(case.number("Delta"), case.number("rho")).expect("valid");
    let (alpha, from) = (case.number("alpha"), case.at("ref"));
    let norm = Constraint::Norm(from.number("q"));
    match from.text("loss") {
        "linear" => MixtureReference::bayes_optimal(&mixture, alpha),
        "square" => MixtureReference::square(&mixture, alpha, Bias::Learned, norm).expect("exists"),
        "ce0.5" => {
            let learning =
                Learning::new("cross-entropy", mixture, Bias::Learned, norm).expect("known");
            MixtureReference::minimiser(learning, &parameters(alpha, f64::INFINITY))
                .expect("exists")
        }
        other => panic!("reference {other}"),
    }
}

fn name(case: &Entry) -> String {
    let [alpha, delta, rho] = ["alpha", "Delta", "rho"].map(|key| case.number(key));
    let tag = case.at("ref").text("tag");
    format!("alpha={alpha} delta={delta} rho={rho} {tag}")
}

fn label(case: &Entry, row: &Entry) -> String {
    format!("{} {row}", name(case))
}

/// The row of `recomputed-local-entropy.json` in the place of one of the file whose quadrature is too
/// coarse: at low temperature, and where the probe's own field is narrow.
struct Settled {
    rows: Vec<Entry>,
    used: usize,
}

impl Settled {
    /// Those of a given error, or those of a given temperature.
    fn new(at_error: bool) -> Settled {
        let mut rows = table("mixture/recomputed-local-entropy.json").rows("rows");
        rows.retain(|row| row.has("target_err") == at_error);
        Settled { rows, used: 0 }
    }

    fn row(&mut self, case: &Entry, row: &Entry) -> Entry {
        let given = if row.has("target_err") {
            "target_err"
        } else {
            "beta"
        };
        let same = |other: &&Entry| {
            let of_case = ["alpha", "Delta", "rho"]
                .iter()
                .all(|key| other.number(key) == case.number(key));
            of_case
                && other.text("tag") == case.at("ref").text("tag")
                && ["S", given]
                    .iter()
                    .all(|key| other.number(key) == row.number(key))
        };
        match self.rows.iter().find(same) {
            Some(other) => {
                self.used += 1;
                other.clone()
            }
            None => row.clone(),
        }
    }

    /// Fails if a recomputed row had no place.
    fn end(self) {
        assert_eq!(self.used, self.rows.len(), "recomputed rows");
    }
}

fn compare(ledger: &mut Ledger, label: &str, outcome: &LocalOutcome, row: &Entry, tolerance: f64) {
    let Some(state) = outcome.dominant() else {
        ledger.check(&format!("{label}: {outcome:?}"), false);
        return;
    };
    let o = state.observables;
    // At zero temperature only solutions count.
    let phi = match row.number("beta") {
        f64::INFINITY => Some(o.entropy),
        _ => o.free_entropy,
    };
    for (key, got) in [
        ("q", o.q),
        ("m", o.m),
        ("r", o.response),
        ("phi", phi),
        ("train_err", o.training_error),
        ("entropy", Some(o.entropy)),
        ("entropy_minus_shell", Some(o.entropy - o.ball)),
        ("phi_minus_shell", phi.map(|phi| phi - o.ball)),
        ("gen_err", o.generalization_error),
        ("AT", o.at_stability),
    ] {
        let tolerance = tolerance.max(if key == "AT" { 3e-9 } else { 0.0 });
        ledger.close(label, key, got, row.number(key), tolerance);
    }
    ledger.check(
        &format!("{label} residual {}", state.residual),
        state.residual < 1e-9,
    );
    ledger.check(
        &format!("{label} error {}", state.error_estimate),
        state.error_estimate < 1e-9,
    );
}

#[test]
fn references_and_perturbations() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut ledger = Ledger::default();
    for case in &file.rows("table") {
        let reference = made(case);
        let name = name(case);
        ledger.close(
            &name,
            "m",
            Some(reference.m),
            case.at("ref").number("m_unit"),
            1e-11,
        );
        ledger.close(
            &name,
            "b",
            Some(reference.bias),
            case.at("ref").number("b_unit"),
            1e-11,
        );
        let error = Some(reference.generalization_error());
        ledger.close(
            &name,
            "gen_err",
            error,
            case.at("ref").number("gen_err"),
            1e-12,
        );
        for row in &case.rows("local") {
            let error = reference.perturbed_error(row.number("S"));
            ledger.close(
                &label(case, row),
                "local",
                Some(error),
                row.number("local_train_err"),
                1e-11,
            );
        }
    }
    ledger.end(20 * 3 + 280);
}

#[test]
fn curves() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut settled = Settled::new(false);
    let mut ledger = Ledger::default();
    for case in &file.rows("table") {
        let reference = made(case);
        let local = LocalMixture::new("theta", reference, None).expect("registered");
        let rows = case.rows("curves");
        for beta in [1.0, 3.0, f64::INFINITY] {
            let rows: Vec<&Entry> = rows.iter().filter(|r| r.number("beta") == beta).collect();
            let distances: Vec<f64> = rows.iter().map(|r| 0.5 * (1.0 - r.number("S"))).collect();
            let start = std::time::Instant::now();
            let outcomes = local.curve(&parameters(0.0, beta), &distances);
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{} {beta}: {:.2} ms a point",
                name(case),
                1e3 * seconds / rows.len() as f64
            );
            for (row, outcome) in rows.iter().zip(&outcomes) {
                let row = settled.row(case, row);
                compare(&mut ledger, &label(case, &row), outcome, &row, 1e-10);
            }
        }
    }
    settled.end();
    ledger.end(721 * 12);
}

#[test]
fn given_errors() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut settled = Settled::new(true);
    let mut ledger = Ledger::default();
    for case in &file.rows("table") {
        let local = LocalMixture::new("theta", made(case), None).expect("registered");
        for row in &case.rows_if_any("at_error") {
            let distance = 0.5 * (1.0 - row.number("S"));
            let error = row.number("target_err");
            let outcomes = local.curve_at_loss(&parameters(0.0, 1.0), error, &[distance]);
            let name = label(case, row);
            if !row.has("beta") {
                // The table asks for that error exactly: more than neighbours make that do not look
                // at the patterns. Of at most so many, every neighbour is one.
                let all = outcomes[0].dominant().is_some_and(|state| {
                    let o = state.observables;
                    let random = local.reference().perturbed_error(1.0 - 2.0 * distance);
                    let found = o.training_error.expect("counted");
                    let near = (found - random).abs() < 1e-11 && found <= error;
                    near && o.beta == Some(0.0) && (o.entropy - o.ball).abs() < 1e-12
                });
                ledger.check(&format!("{name}: {:?}", outcomes[0]), all);
                continue;
            }
            let beta = outcomes[0].dominant().and_then(|s| s.observables.beta);
            let row = settled.row(case, row);
            ledger.close(&name, "beta", beta, row.number("beta"), 1e-10);
            compare(&mut ledger, &name, &outcomes[0], &row, 1e-10);
        }
    }
    settled.end();
    ledger.end(155 * 13 + 12);
}

#[test]
fn nearest_solutions() {
    let file = table("mixture/mixture-local-entropy.json");
    let mut ledger = Ledger::default();
    for case in &file.rows("table") {
        let local = LocalMixture::new("theta", made(case), None).expect("registered");
        let start = std::time::Instant::now();
        let found = local.nearest(&parameters(0.0, f64::INFINITY));
        println!("{:.2} ms {found:?}", 1e3 * start.elapsed().as_secs_f64());
        let Ok(Some(nearest)) = found else {
            ledger.check(
                &format!("{} {found:?}", name(case)),
                case.at("smax_zero_error").is_null(),
            );
            continue;
        };
        let name = name(case);
        let want = case.at("smax_zero_error");
        if want.is_null() {
            ledger.check(&format!("{name} {nearest:?}"), 1.0 - nearest.overlap < 1e-5);
            continue;
        }
        ledger.close(
            &name,
            "S",
            Some(nearest.overlap),
            want.nth(0).value(),
            1e-10,
        );
        ledger.close(&name, "m", Some(nearest.m), want.nth(1).value(), 1e-9);
        ledger.close(
            &name,
            "r",
            Some(nearest.response),
            want.nth(2).value(),
            1e-9,
        );
    }
    ledger.end(16 * 3 + 4);
}

/// Values at the maximum over distances are those of the Gibbs measure itself.
#[test]
fn the_whole_sphere_and_derivatives() {
    use quenched::model::Control;
    use quenched::replica::model::mixture_model;
    use quenched::replica::sweep::Branches;
    let mixture = Mixture::new(0.8, 0.3).expect("valid");
    let bias = 0.2;
    let learning = |loss: &str| {
        Learning::new(loss, mixture, Bias::Fixed(bias), Constraint::Norm(1.0)).expect("known")
    };
    let hot = parameters(1.5, 1.2);
    let references = [
        MixtureReference::bayes_optimal(&mixture, 1.5),
        MixtureReference::square(&mixture, 1.5, Bias::Learned, Constraint::Ridge(0.5)).unwrap(),
        MixtureReference::minimiser(learning("cross-entropy"), &hot).unwrap(),
        MixtureReference::minimiser(learning("hinge"), &hot).unwrap(),
    ];
    for (reference, loss) in references
        .into_iter()
        .zip(["theta", "square", "theta", "hinge"])
    {
        let model = mixture_model("spherical", loss, mixture, Bias::Fixed(bias)).expect("known");
        let gibbs = model
            .sweep(&hot, Control::Alpha, &[1.5], Branches::Dominant)
            .remove(0);
        let gibbs = gibbs.dominant().expect("converges").observables;
        let local = LocalMixture::new(loss, reference, Some(bias)).expect("known");
        let at = |d: f64, beta: f64| {
            let outcome = local.curve(&parameters(1.5, beta), &[d]).remove(0);
            outcome
                .dominant()
                .unwrap_or_else(|| panic!("{outcome:?}"))
                .clone()
        };
        // Newton on the slope dφ/dd finds the typical distance, where the response vanishes.
        let mut d = 0.3;
        for _ in 0..40 {
            let [_, slope, bend] = at(d, 1.2).potential;
            d = (d - slope / bend).clamp(0.5 * d, 0.5 * (d + 0.9));
            if slope.abs() < 1e-13 {
                break;
            }
        }
        let top = at(d, 1.2);
        let o = top.observables;
        assert!(
            (o.free_entropy.unwrap() - gibbs.free_entropy.unwrap()).abs() < 1e-12,
            "{loss}"
        );
        assert!(o.response.unwrap().abs() < 1e-6, "{loss} {:?}", o.response);
        assert!((o.m.unwrap() - gibbs.m.unwrap()).abs() < 1e-6, "{loss}");
        // Derivatives in distance and temperature by central differences.
        let (h, d) = (1e-4, 0.12);
        let value = |d: f64, beta: f64| at(d, beta).observables.free_entropy.unwrap();
        let slope = (value(d + h, 1.2) - value(d - h, 1.2)) / (2.0 * h);
        let here = at(d, 1.2);
        assert!(
            (here.potential[1] - slope).abs() < 1e-6 * (1.0 + slope.abs()),
            "{loss}"
        );
        let by_beta = (value(d, 1.2 + h) - value(d, 1.2 - h)) / (2.0 * h);
        let loss_there = here.observables.training_loss.unwrap();
        assert!(
            (by_beta + 1.5 * loss_there).abs() < 1e-8,
            "{loss} {by_beta} {loss_there}"
        );
        // No information left: β → 0 is the isotropic perturbation.
        let weak = at(d, 1e-5).observables;
        if loss == "theta" {
            let mut free = local.reference().clone();
            free.bias = bias;
            // The displacement knows the reference's own bias, the probe has another.
            if local.reference().bias == bias {
                let error = free.perturbed_error(1.0 - 2.0 * d);
                assert!((weak.training_error.unwrap() - error).abs() < 1e-5);
            }
        }
    }
}

/// Around the Bayes-optimal classifier probes know the axis exactly as well as their distance says.
#[test]
fn nishimori() {
    let mixture = Mixture::new(1.3, 0.3).expect("valid");
    let reference = MixtureReference::bayes_optimal(&mixture, 1.1);
    let known = reference.m;
    let local = LocalMixture::new("theta", reference, Some(0.1)).expect("known");
    for beta in [0.5, 2.0, f64::INFINITY] {
        let distances = [0.4, 0.3, 0.2, 0.1];
        let curve = local.curve(&parameters(1.1, beta), &distances);
        for (outcome, d) in curve.iter().zip(distances) {
            let m = outcome
                .dominant()
                .expect("converges")
                .observables
                .m
                .unwrap();
            assert!((m - (1.0 - 2.0 * d) * known).abs() < 1e-10, "{beta} {d}");
        }
    }
}

/// Around a classifier, probes that satisfy every pattern depend on the set of stabilities that cost
/// nothing, not on the cost of the others.
#[test]
fn losses_of_one_zero_set_have_the_same_probes() {
    let mixture = Mixture::new(0.5, 0.5).expect("a mixture");
    let p = Parameters {
        alpha: 0.6,
        ..Parameters::default()
    };
    let entropy = |loss: &str| {
        let optimal = MixtureReference::bayes_optimal(&mixture, p.alpha);
        let local = LocalMixture::new(loss, optimal, None).expect("registered");
        let curve = local.curve(&p, &[0.05, 0.2]);
        let of = |outcome: &LocalOutcome| outcome.dominant().expect("a state").observables.entropy;
        curve.iter().map(of).collect::<Vec<_>>()
    };
    let want = entropy("theta");
    for loss in ["squared-hinge", "perceptron"] {
        let got = entropy(loss);
        let off = got.iter().zip(&want).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f64::max) < 1e-13, "{loss}: {got:?} {want:?}");
    }
}
