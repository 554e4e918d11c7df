//! Which shard a process has: as typed, or as Slurm says.

use crate::error::InputError;
use crate::sweep::Shard;

const TASK: &str = "SLURM_ARRAY_TASK_ID";

/// The shard of this process: that of `--shard`, else that of a job of Slurm's array, else all.
pub(super) fn shard(typed: Option<&str>) -> Result<Shard, InputError> {
    match typed {
        Some(text) => Shard::parse(text),
        None => of_array(|name| std::env::var(name).ok()),
    }
}

/// The shard of a job in an array: its place among the array's numbers.
fn of_array(variable: impl Fn(&str) -> Option<String>) -> Result<Shard, InputError> {
    let Some(id) = variable(TASK) else {
        return Ok(Shard::ALL);
    };
    let number = |name: &str| variable(name)?.parse::<usize>().ok();
    let place = || {
        let (id, first) = (number(TASK)?, number("SLURM_ARRAY_TASK_MIN")?);
        let (last, step) = (
            number("SLURM_ARRAY_TASK_MAX")?,
            number("SLURM_ARRAY_TASK_STEP")?,
        );
        let count = last.checked_sub(first)?.checked_div(step)? + 1;
        let whole = number("SLURM_ARRAY_TASK_COUNT")? == count;
        let place = id.checked_sub(first)?;
        let shard = Shard::new(place / step, count)?;
        (whole && place % step == 0).then_some(shard)
    };
    place().ok_or_else(|| {
        let reason =
            format!("{TASK} is {id}, but the array has gaps: which shard it is, is not clear");
        let allowed = "--shard i/n, or an array such as 1-20";
        InputError::missing("shard", reason, allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(id: &str, [min, max, step, count]: [&str; 4]) -> Result<Shard, InputError> {
        of_array(|name| {
            let value = match name.strip_prefix("SLURM_ARRAY_TASK_")? {
                "ID" => id,
                "MIN" => min,
                "MAX" => max,
                "STEP" => step,
                "COUNT" => count,
                _ => return None,
            };
            Some(value.to_owned())
        })
    }

    #[test]
    fn jobs_of_an_array_are_its_shards() {
        assert_eq!(of_array(|_| None), Ok(Shard::ALL));
        assert_eq!(
            Ok(with("3", ["1", "20", "1", "20"]).unwrap()),
            Shard::parse("2/20")
        );
        assert_eq!(with("19", ["0", "19", "1", "20"]), Shard::parse("19/20"));
        assert_eq!(with("7", ["1", "9", "2", "5"]), Shard::parse("3/5"));
    }

    #[test]
    fn arrays_with_gaps_need_the_shard_in_words() {
        for (id, array) in [
            ("3", ["3", "8", "1", "3"]),
            ("x", ["1", "20", "1", "20"]),
            ("2", ["1", "9", "2", "5"]),
            ("0", ["1", "20", "1", "20"]),
            ("1", ["1", "20", "0", "20"]),
        ] {
            let line = with(id, array).unwrap_err().to_string();
            assert!(
                line.contains("--shard") && line.contains("SLURM_ARRAY_TASK_ID"),
                "{line}"
            );
        }
    }
}
