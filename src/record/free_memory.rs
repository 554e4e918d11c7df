//! Memory that is free, asked before anything large is allocated: what the machine has, and what the
//! limits of this process (`ulimit`) and of its control groups (containers, jobs of a cluster) leave.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// Memory that is free, in bytes, where the system tells.
pub(crate) fn available() -> Option<u64> {
    [machine(), process(), groups()].into_iter().flatten().min()
}

/// What the machine has.
fn machine() -> Option<u64> {
    let text = read_to_string("/proc/meminfo").ok()?;
    kib(&text, "MemAvailable:")
}

/// What `ulimit -v` and `ulimit -d` leave.
fn process() -> Option<u64> {
    let limits = read_to_string("/proc/self/limits").ok()?;
    let status = read_to_string("/proc/self/status").ok()?;
    let left = |limit: &str, used: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(limit))?;
        let most: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(most.saturating_sub(kib(&status, used).unwrap_or(0)))
    };
    let all = [
        left("Max address space", "VmSize:"),
        left("Max data size", "VmData:"),
    ];
    all.into_iter().flatten().min()
}

/// The number of a line in units of 1024 bytes.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// What the control groups leave that this process is in.
fn groups() -> Option<u64> {
    let own = read_to_string("/proc/self/cgroup").ok()?;
    let root = Path::new("/sys/fs/cgroup");
    // A line is NUMBER:CONTROLLERS:PATH; version 2 has no controllers there.
    let of_line = |line: &str| -> Option<u64> {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let path = path.trim_start_matches('/');
        if controllers.is_empty() {
            least(root, path, &VERSION_2)
        } else if controllers.split(',').any(|name| name == "memory") {
            least(&root.join("memory"), path, &VERSION_1)
        } else {
            None
        }
    };
    own.lines().filter_map(of_line).min()
}

/// The files of a control group: its limit, what it uses, and the line of `memory.stat` with what of
/// that the system takes back when it is needed.
struct Files {
    limit: &'static str,
    used: &'static str,
    cache: &'static str,
}

const VERSION_2: Files = Files {
    limit: "memory.max",
    used: "memory.current",
    cache: "inactive_file ",
};

const VERSION_1: Files = Files {
    limit: "memory.limit_in_bytes",
    used: "memory.usage_in_bytes",
    cache: "total_inactive_file ",
};

/// The least that a group and those around it leave. Within a container the path may not be there;
/// what holds then stands at the root.
fn least(root: &Path, path: &str, files: &Files) -> Option<u64> {
    let mut folder: PathBuf = root.join(path);
    let mut all = Vec::new();
    loop {
        all.extend(left(&folder, files));
        if folder == root || !folder.pop() {
            return all.into_iter().min();
        }
    }
}

fn left(folder: &Path, files: &Files) -> Option<u64> {
    let number = |name: &str| -> Option<u64> {
        let text = read_to_string(folder.join(name)).ok()?;
        text.trim().parse().ok()
    };
    let limit = number(files.limit)?;
    let stat = read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let cache = stat.lines().find_map(|line| line.strip_prefix(files.cache));
    let cache: u64 = cache.and_then(|n| n.trim().parse().ok()).unwrap_or(0);
    Some(limit.saturating_sub(number(files.used)?.saturating_sub(cache)))
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

    #[test]
    fn a_group_leaves_its_limit_without_what_it_uses() {
        let root = std::env::temp_dir().join(format!("quenched-group-{}", std::process::id()));
        let inner = root.join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        let write = |folder: &Path, name: &str, text: &str| {
            std::fs::write(folder.join(name), text).unwrap();
        };
        for (folder, limit) in [(&root, "1000\n"), (&inner, "max\n")] {
            write(folder, "memory.max", limit);
            write(folder, "memory.current", "500\n");
            write(folder, "memory.stat", "anon 9\ninactive_file 200\n");
        }
        assert_eq!(least(&root, "a/b", &VERSION_2), Some(700));
        write(&inner, "memory.max", "600");
        assert_eq!(least(&root, "a/b", &VERSION_2), Some(300));
        assert_eq!(least(&root, "not/there", &VERSION_2), Some(700));
        assert_eq!(least(&root.join("none"), "", &VERSION_2), None);
        std::fs::remove_dir_all(&root).unwrap();
    }
}
