//! How much memory a process needs.

/// The most memory that this process has had, in KiB.
///
/// # Errors
/// A system that does not say it as Linux does.
pub fn peak_kib() -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(number.ok_or("no VmHWM")?.trim().parse()?)
}
