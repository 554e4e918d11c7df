//! A solution followed in the logarithm of a parameter: steps grow where they succeed and shrink where
//! they fail.

/// Factor by which steps grow.
const GROWTH: f64 = 1.5;

/// The steps of a walk, in the logarithm of the parameter.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The first one, and the longest.
    pub longest: f64,
    /// Shorter ones mean that there is nothing further on.
    pub shortest: f64,
    /// Factor by which a step that failed is shortened.
    pub shrinking: f64,
    /// Most steps that are tried.
    pub tries: usize,
}

/// What a step led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The next value.
    Onward,
    /// The target itself, from the value before.
    Arrived,
}

/// Walks from one value of a parameter to another of the same sign, which may be infinite. `step` goes to
/// the value that it is given.
///
/// # Errors
/// That of the last step, where steps became too short; none of a step (`None`) where they were too many.
pub fn walk<E>(
    from: f64,
    target: f64,
    pace: &Pace,
    step: &mut dyn FnMut(f64) -> Result<Progress, E>,
) -> Result<(), Option<E>> {
    let (mut here, mut longest, mut tried) = (from, pace.longest, 0);
    while here != target {
        tried += 1;
        if tried > pace.tries {
            return Err(None);
        }
        let left = (target / here).ln();
        let length = left.clamp(-longest, longest);
        let next = if length == left {
            target
        } else {
            here * length.exp()
        };
        match step(next) {
            Ok(Progress::Arrived) => break,
            Ok(Progress::Onward) => {
                here = next;
                longest = (GROWTH * longest).min(pace.longest);
            }
            Err(error) => {
                longest = pace.shrinking * length.abs();
                if longest < pace.shortest {
                    return Err(Some(error));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        longest: 1.0,
        shortest: 1e-3,
        shrinking: 0.4,
        tries: 100,
    };

    #[test]
    fn walks_end_at_their_target_or_where_nothing_goes_on() {
        let mut seen = Vec::new();
        let end = walk(1.0, 50.0, &PACE, &mut |x| {
            seen.push(x);
            Ok::<_, ()>(Progress::Onward)
        });
        assert_eq!(end, Ok(()));
        assert_eq!(seen.len(), 4);
        assert_eq!(seen.last(), Some(&50.0));
        let mut last = 1.0;
        let end = walk(1.0, 0.01, &PACE, &mut |x| {
            if x < 0.5 {
                return Err("beyond");
            }
            last = x;
            Ok(Progress::Onward)
        });
        assert_eq!(end, Err(Some("beyond")));
        assert!((last / 0.5 - 1.0).abs() < 5e-3, "{last}");
    }

    #[test]
    fn infinity_is_arrived_at_from_a_finite_value() {
        let mut at = 1.0;
        let end = walk(at, f64::INFINITY, &PACE, &mut |x| {
            if at > 10.0 {
                return Ok::<_, ()>(Progress::Arrived);
            }
            at = x;
            Ok(Progress::Onward)
        });
        assert_eq!(end, Ok(()));
        assert!(at > 10.0 && at < 50.0);
        let never = walk(1.0, f64::INFINITY, &PACE, &mut |_| {
            Ok::<_, ()>(Progress::Onward)
        });
        assert_eq!(never, Err(None));
    }
}
