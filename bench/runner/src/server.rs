//! The server as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

/// A running server, which ends with its value.
pub(crate) struct Server {
    child: Child,
    pub(crate) base_url: String,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Result<Self> {
        let mut child =
            Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
        Ok(Self { child, base_url: line.trim().to_owned() })
    }

    /// What it has counted since the last time.
    pub(crate) fn counts(&self) -> Result<Counts> {
        self.ask("/counts")
    }

    /// The same, and from now on tokens live for so many seconds.
    pub(crate) fn tokens_live(&self, seconds: u64) -> Result<Counts> {
        self.ask(&format!("/counts/life/{seconds}"))
    }

    fn ask(&self, path: &str) -> Result<Counts> {
        let mut reply = ureq::get(format!("{}{path}", self.base_url)).call()?;
        let counts: Value = serde_json::from_str(&reply.body_mut().read_to_string()?)?;
        let number = |name: &str| counts[name].as_f64().with_context(|| format!("no {name}"));
        Ok(Counts {
            connections: number("connections")?,
            tokens: number("tokens")?,
            uploaded: number("uploaded")?,
        })
    }
}

/// What the server has counted.
pub(crate) struct Counts {
    pub(crate) connections: f64,
    pub(crate) tokens: f64,
    pub(crate) uploaded: f64,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
