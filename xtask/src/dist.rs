//! `cargo xtask dist`: builds a release of the command line.
//!
//! The release is a directory with the stripped program, its completions, the licences of its components, an SBOM and
//! the SHA-256 of each file, in the format of `sha256sum --check`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::sbom::Program;
use crate::{cargo, notices};

const PACKAGE: &str = "tapis-cli";
const PROGRAM: &str = "tapis";
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The command's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The platform to build for. Defaults to the static musl target of this machine if it is installed, and
    /// to this machine's own target otherwise
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,

    /// The directory to write to; a directory with the release's name is created in it
    #[arg(long, value_name = "DIR", default_value_os_t = crate::workspace_root().join("target/distribution"))]
    output: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The program cannot be built or run, or the directory cannot be written.
pub fn run(options: &Options) -> Result<()> {
    let root = crate::workspace_root();
    let host = cargo::host()?;
    let target = match &options.target {
        Some(target) => target.clone(),
        None => static_target(&host).unwrap_or_else(|| host.clone()),
    };
    let program = build(&root, &target)?;
    let parts = Program::read(&root, PACKAGE, &target)?;
    let version = parts.version()?;
    let folder = options.output.join(format!("{PROGRAM}-{version}-{target}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    let completions = folder.join("completions");
    std::fs::create_dir_all(&completions).with_context(|| completions.display().to_string())?;
    let name = program.file_name().context("a program without a name")?;
    std::fs::copy(&program, folder.join(name)).context("cannot copy the program")?;
    std::fs::copy(root.join("LICENSE"), folder.join("LICENSE")).context("LICENSE")?;
    std::fs::write(folder.join("LICENSES-OF-DEPENDENCIES"), notices::of(&parts)?)?;
    std::fs::write(folder.join("sbom.cdx.json"), format!("{:#}\n", parts.sbom()))?;
    if runs_here(&target, &host) {
        for shell in SHELLS {
            std::fs::write(completions.join(shell), completion(&program, shell)?)?;
        }
    } else {
        println!("{target} programs do not run here: no completions");
    }
    std::fs::write(folder.join("SHA256SUMS"), checksums(&folder)?)?;
    let size = std::fs::metadata(&program)?.len();
    println!("{}: {:.1} MiB", folder.display(), size as f64 / f64::from(1 << 20));
    if target.ends_with("-gnu") {
        println!(
            "{PROGRAM} is dynamically linked to this machine's glibc, and runs where that version or a newer one is. For a \
             static program, install the target {}",
            target.replace("-gnu", "-musl")
        );
    }
    Ok(())
}

/// The musl target of this machine, if it is installed.
fn static_target(host: &str) -> Option<String> {
    let target = host.strip_suffix("-gnu").map(|rest| format!("{rest}-musl"))?;
    let output = Command::new(cargo::compiler())
        .args(["--print", "target-libdir", "--target", &target])
        .output()
        .ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Path::new(folder.trim()).is_dir().then_some(target)
}

fn runs_here(target: &str, host: &str) -> bool {
    target == host || target.replace("-musl", "-gnu") == host
}

/// Builds the program with the profile `dist` and returns its path.
fn build(root: &Path, target: &str) -> Result<PathBuf> {
    let arguments = ["build", "--locked", "--profile", "dist", "--package", PACKAGE];
    let status = Command::new(cargo::program())
        .args(arguments)
        .args(["--target", target])
        .env("TAPIS_COMMIT", commit(root)?)
        .current_dir(root)
        .status()
        .context("cargo cannot be run")?;
    ensure!(status.success(), "{PACKAGE} cannot be built for {target}");
    let folder = cargo::target_folder(root)?.join(target).join("dist");
    Ok(folder.join(if target.contains("windows") {
        format!("{PROGRAM}.exe")
    } else {
        PROGRAM.into()
    }))
}

/// The commit that is checked out, with `-dirty` where files were changed since.
fn commit(root: &Path) -> Result<String> {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"])
        .current_dir(root)
        .output()
        .context("git cannot be run")?;
    ensure!(output.status.success(), "git does not name the commit");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The script that completes the program wherever it is installed. The program is called by its name, because a script
/// of one that is called by its path calls that path.
fn completion(program: &Path, shell: &str) -> Result<String> {
    let folder = program.parent().context("a program without a folder")?;
    let name = program.file_name().context("a program without a name")?;
    let output = Command::new(name).args(["completions", shell]).env("PATH", folder).output();
    let output = output.with_context(|| format!("{} cannot be run", program.display()))?;
    ensure!(output.status.success(), "{PROGRAM} prints no completions for {shell}");
    let script = String::from_utf8(output.stdout).context("completions are not UTF-8")?;
    ensure!(!has_path(&script), "the completions for {shell} call {PROGRAM} by a path");
    Ok(script)
}

/// Whether a script calls the program by a path.
fn has_path(script: &str) -> bool {
    [format!("/{PROGRAM}"), format!("\\{PROGRAM}")].iter().any(|path| script.contains(path))
}

/// One line for each file below `folder`, sorted by path.
fn checksums(folder: &Path) -> Result<String> {
    let mut lines = String::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if entry.file_type().is_file() {
            let digest = Sha256::digest(std::fs::read(entry.path())?);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let path = entry.path().strip_prefix(folder)?;
            lines.push_str(&format!("{digest}  {}\n", path.display()));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_in_the_format_of_sha256sum() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("completions")).unwrap();
        std::fs::write(folder.path().join("tapis"), "abc").unwrap();
        std::fs::write(folder.path().join("completions/bash"), "").unwrap();
        assert_eq!(
            checksums(folder.path()).unwrap(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  completions/bash\n\
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  tapis\n"
        );
    }

    #[test]
    fn a_script_that_calls_the_program_by_a_path_is_found() {
        assert!(!has_path("complete -c tapis -a '(tapis -- 2>/dev/null)' # .config/fish"));
        assert!(has_path("'/home/me/target/dist/tapis' -- \"$@\""));
        assert!(has_path(r"& C:\target\dist\tapis.exe --"));
    }

    #[test]
    fn a_static_program_runs_on_its_own_kind_of_machine() {
        assert!(runs_here("x86_64-unknown-linux-musl", "x86_64-unknown-linux-gnu"));
        assert!(!runs_here("aarch64-unknown-linux-musl", "x86_64-unknown-linux-gnu"));
    }
}
