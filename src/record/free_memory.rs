//! Memory that is free, asked before anything large is allocated.

/// Memory that is free, in bytes, where the system tells.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Why `needed` bytes for `what` are too many, if they are.
pub(crate) fn refusal(what: &str, needed: u64) -> Option<String> {
    let free = available().filter(|free| needed > *free)?;
    let gib = |bytes: u64| bytes as f64 / (1u64 << 30) as f64;
    Some(format!(
        "{what} need {:.1} GiB of memory, {:.1} GiB are free",
        gib(needed),
        gib(free)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_not_refused() {
        assert_eq!(refusal("two bytes", 2), None);
        if available().is_some() {
            let line = refusal("all bytes", u64::MAX).unwrap_or_default();
            assert!(
                line.starts_with("all bytes need 17179869184.0 GiB"),
                "{line}"
            );
        }
    }
}
