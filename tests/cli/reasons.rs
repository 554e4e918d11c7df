//! Every row without an answer says why, and where one was looked for.

use crate::common::{Folder, json};
use serde_json::Value;

/// Whether a reason names a range, starts at one value, or says where it holds anyhow.
fn places(reason: &str) -> bool {
    let Some((why, place)) = reason.split_once(": ") else {
        return false;
    };
    let numbers = |text: &str| -> Vec<f64> {
        let words = text.split(' ');
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let named = place.starts_with("at every ") || place.starts_with("at alpha ");
    let range = match numbers(place)[..] {
        [low, high] => place.ends_with(" searched") && low < high,
        [_] => place.starts_with("starts at ") && place.ends_with(" searched"),
        _ => false,
    };
    !why.is_empty() && (named || range)
}

/// Rows of a command that are not answers; each is checked.
fn missing(folder: &Folder, line: &str) -> usize {
    let ran = folder.run(&format!("{line} --threads 1 --format json"));
    assert!(matches!(ran.code, 0 | 3), "{line}: {}", ran.stderr);
    let rows = json(ran.text())["rows"].as_array().unwrap().clone();
    let empty = |row: &&Value| row["status"] == "no_solution" || row["status"] == "not_converged";
    let empty: Vec<&Value> = rows.iter().filter(empty).collect();
    for row in &empty {
        let reason = row["reason"].as_str().unwrap_or_default();
        let more_than_all = reason.starts_with("more than all");
        assert!(places(reason) || more_than_all, "{line}: {reason:?}");
    }
    empty.len()
}

fn listed(folder: &Folder) -> Vec<Value> {
    let ran = folder.run("models --format json");
    json(ran.text())["rows"].as_array().unwrap().clone()
}

fn typed(row: &Value) -> String {
    let words = ["verb", "quantity"].iter().filter_map(|w| row[*w].as_str());
    let mut line = words.collect::<Vec<_>>().join(" ");
    for option in ["weights", "data", "loss"] {
        if let Some(value) = row[option].as_str() {
            line += &format!(" --{option} {value}");
        }
    }
    line
}

#[test]
fn thresholds_of_every_model_say_why_there_is_none() {
    let folder = Folder::new("reasons");
    let mut empty = 0;
    let quick = ["capacity", "interpolation", "kappa-max"];
    for row in listed(&folder)
        .iter()
        .filter(|row| row["verb"] == "threshold")
    {
        let quantity = row["quantity"].as_str().unwrap();
        let continuous = matches!(row["weights"].as_str(), Some("spherical"));
        let isolation = quantity.starts_with("isolation") && continuous;
        if !quick.contains(&quantity) && !isolation {
            continue;
        }
        let mut line = typed(row);
        if row["of"].as_str().is_some_and(|of| of != "margin:K") {
            line += &format!(" --reference {}", row["of"].as_str().unwrap());
        } else if row["of"] == "margin:K" {
            line += " --reference margin:0.4";
        }
        if quantity == "kappa-max" || matches!(quantity, "isolation-distance" | "isolation-margin")
        {
            line += " --alpha 0.2";
        }
        empty += missing(&folder, &line);
    }
    assert!(empty > 80, "{empty}");
}

#[test]
fn states_that_are_not_there_say_why() {
    let folder = Folder::new("reasons-solve");
    let mut empty = 0;
    for row in listed(&folder).iter().filter(|row| row["verb"] == "solve") {
        if row["weights"] == "spherical" || row["weights"] == "ridge" {
            let load = if row["beta"] == "inf" {
                "--alpha 0.3"
            } else {
                "--alpha 60"
            };
            empty += missing(&folder, &format!("{} {load}", typed(row)));
        }
    }
    for line in [
        "solve --alpha 2.05 --gamma 0.0002 --loss cross-entropy --data teacher",
        "solve --data teacher --alpha 1.6 --kappa 0.1",
        "solve --weights ridge --data mixture --loss square --lambda 0 --alpha 0.3",
    ] {
        empty += missing(&folder, line);
    }
    assert!(empty >= 5, "{empty}");
}

#[test]
fn local_entropies_say_why_there_is_none() {
    let folder = Folder::new("reasons-local");
    let mut empty = 0;
    for line in [
        "local-entropy --alpha 2 --distance 0.1,0.2,0.5",
        "local-entropy --alpha 0.6 --reference margin:2 --distance 0.2",
        "local-entropy --loss square --alpha 0.25 --distance 0.2 --reference margin:0.3",
        "local-entropy --loss square --alpha 0.25 --distance 0.2 --reference robust",
        "local-entropy --weights spherical --alpha 0.5 --reference margin:0.5 --distance 0.0001,0.2",
        "local-entropy --weights spherical --data mixture --loss theta --kappa 3 --alpha 5 \
         --distance 0.1",
        "threshold closest-distance --gamma 1.07 --alpha 0.29 --loss cross-entropy",
        "threshold isolation-distance --alpha 0.3 --kappa -1",
        "threshold isolation-margin --alpha 3",
        "threshold closest-distance --weights spherical --data mixture --alpha 0.5 --kappa 3",
    ] {
        empty += missing(&folder, line);
    }
    assert!(empty >= 9, "{empty}");
}
