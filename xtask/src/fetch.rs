//! Reads the documents that the services publish, from the network or from a directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use backon::{ExponentialBuilder, Retryable};
use futures_util::stream::{self, StreamExt};
use indicatif::{ProgressBar, ProgressStyle};

/// Time limits and number of attempts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    pub(crate) attempts: usize,
    pub(crate) first_pause: Duration,
}

/// A document as published.
pub(crate) struct Download {
    /// Its URL or path, for error messages.
    pub(crate) address: String,
    pub(crate) text: String,
}

/// The documents of the services, or why one is missing.
pub(crate) type Downloads = BTreeMap<String, Result<Download>>;

/// Downloads every `(service, address)`, eight at a time.
pub(crate) fn from_network(wanted: &[(String, String)], patience: Patience) -> Result<Downloads> {
    // An installed provider takes precedence.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(patience.timeout)
        .user_agent("tapis-rust-sdk regen-specs")
        .build()
        .context("cannot set up the HTTP client")?;
    let bar = ProgressBar::new(wanted.len() as u64).with_style(
        ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let downloads = runtime.block_on(
        stream::iter(wanted)
            .map(|(service, address)| {
                let (client, bar) = (&client, &bar);
                async move {
                    let text = fetch(client, address, patience)
                        .await
                        .with_context(|| format!("{service}: cannot fetch {address}"));
                    bar.set_message(service.clone());
                    bar.inc(1);
                    let download = text.map(|text| Download { address: address.clone(), text });
                    (service.clone(), download)
                }
            })
            .buffered(8)
            .collect(),
    );
    bar.finish_and_clear();
    Ok(downloads)
}

enum Failure {
    Passing(anyhow::Error),
    Final(anyhow::Error),
}

async fn fetch(client: &reqwest::Client, address: &str, patience: Patience) -> Result<String> {
    let backoff = ExponentialBuilder::default()
        .with_min_delay(patience.first_pause)
        .with_max_times(patience.attempts.saturating_sub(1))
        .with_jitter();
    (|| async {
        let response =
            client.get(address).send().await.map_err(|e| Failure::Passing(anyhow!(e)))?;
        let status = response.status();
        if status.is_server_error() || status.as_u16() == 429 {
            return Err(Failure::Passing(anyhow!("HTTP {status}")));
        }
        if !status.is_success() {
            return Err(Failure::Final(anyhow!("HTTP {status}")));
        }
        response.text().await.map_err(|e| Failure::Passing(anyhow!(e)))
    })
    .retry(backoff)
    .when(|failure| matches!(failure, Failure::Passing(_)))
    .await
    .map_err(|failure| match failure {
        Failure::Passing(error) | Failure::Final(error) => error,
    })
}

/// Reads every service's document from `folder`: `<service>.yml`, `.yaml` or `.json`.
pub(crate) fn from_folder(wanted: &[(String, String)], folder: &Path) -> Downloads {
    wanted.iter().map(|(service, _)| (service.clone(), from_file(service, folder))).collect()
}

fn from_file(service: &str, folder: &Path) -> Result<Download> {
    let Some(path) = ["yml", "yaml", "json"]
        .iter()
        .map(|ending| folder.join(format!("{service}.{ending}")))
        .find(|path| path.is_file())
    else {
        bail!("{service}: no {service}.yml, .yaml or .json in {}", folder.display());
    };
    let address = path.display().to_string();
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{service}: cannot read {address}"))?;
    Ok(Download { address, text })
}
