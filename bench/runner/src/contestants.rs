//! Who takes part, and how each is started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// The official SDK, as the workspace pins it.
pub(crate) const OFFICIAL: &str = "0.4.4";
const TAPIPY: &str = "25.4.0";

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Who {
    ByHand,
    Sdk,
    Official,
    Tapipy,
    Curl,
}

impl Who {
    pub(crate) const ALL: [Self; 5] =
        [Self::ByHand, Self::Sdk, Self::Official, Self::Tapipy, Self::Curl];

    pub(crate) fn name(self) -> String {
        match self {
            Self::ByHand => "reqwest by hand".to_owned(),
            Self::Sdk => "this SDK".to_owned(),
            Self::Official => format!("tapis-sdk {OFFICIAL}"),
            Self::Tapipy => format!("tapipy {TAPIPY}"),
            Self::Curl => "curl".to_owned(),
        }
    }
}

/// The contestants, built and installed.
pub(crate) struct Contestants {
    folder: PathBuf,
    pub(crate) server: PathBuf,
    /// The Python that has tapipy; why there is none.
    python: Result<PathBuf, String>,
    script: PathBuf,
}

impl Contestants {
    /// Builds the server and `programs`, each by itself, so that none pays for the features of another's dependencies.
    pub(crate) fn build(workspace: &Path, programs: &[&str]) -> Result<Self> {
        let runner = std::env::current_exe()?;
        let folder = runner.parent().context("no folder")?.to_owned();
        let target = folder.parent().context("no target folder")?;
        for package in std::iter::once(&"server").chain(programs) {
            let mut command = Command::new(cargo());
            command.args(["build", "--release", "--package", package, "--target-dir"]);
            let status = command.arg(target).current_dir(workspace).status()?;
            if !status.success() {
                bail!("{package} cannot be built");
            }
        }
        let python = python(&target.join(format!("tapipy-{TAPIPY}")));
        if let Err(why) = &python {
            eprintln!("tapipy is left out: {why}");
        }
        let (server, script) = (folder.join("server"), workspace.join("tapipy/contestant.py"));
        Ok(Self { folder, server, python, script })
    }

    /// Those who do the works that take a program.
    pub(crate) fn programs(&self) -> Vec<Who> {
        let mut all = vec![Who::ByHand, Who::Sdk, Who::Official];
        all.extend(self.python.is_ok().then_some(Who::Tapipy));
        all
    }

    /// The program of one of them, without arguments.
    pub(crate) fn command(&self, who: Who) -> Result<Command> {
        Ok(match who {
            Who::ByHand => Command::new(self.folder.join("by-hand")),
            Who::Sdk => Command::new(self.folder.join("sdk")),
            Who::Official => Command::new(self.folder.join("official")),
            Who::Tapipy => {
                let python = self.python.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
                let mut command = Command::new(python);
                command.arg(&self.script);
                command
            }
            Who::Curl => Command::new("curl"),
        })
    }

    /// Why somebody is missing.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.python.as_ref().err().map(String::as_str)
    }
}

pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A virtual environment with tapipy, made once.
fn python(folder: &Path) -> Result<PathBuf, String> {
    let (python, installed) = (folder.join("bin/python"), folder.join("installed"));
    if installed.exists() {
        return Ok(python);
    }
    let run = |command: &mut Command| match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let package = format!("tapipy=={TAPIPY}");
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", &package]))?;
    std::fs::write(installed, package).map_err(|error| error.to_string())?;
    Ok(python)
}
