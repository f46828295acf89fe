//! What a careful author writes who has reqwest and serde and no SDK.

mod system;

use std::path::PathBuf;

use contest::{Contestant, Fault};
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

pub use crate::system::System;

/// How much of a file is read at a time.
const PIECE: usize = 64 * 1024;

/// A client with what the benchmark needs.
#[derive(Clone)]
pub struct ByHand {
    http: reqwest::Client,
    base_url: String,
    token: String,
}

/// What every reply is wrapped in.
#[derive(Deserialize)]
pub struct Envelope<T> {
    /// What the reply is for.
    pub result: T,
}

#[derive(Deserialize)]
struct TokenPair {
    access_token: Token,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoded, because the other contestants decode them")]
struct Profile {
    username: String,
    email: Option<String>,
    given_name: Option<String>,
    last_name: Option<String>,
    phone: Option<String>,
    mobile_phone: Option<String>,
    create_time: Option<String>,
    uid: Option<String>,
    dn: Option<String>,
}

impl ByHand {
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let request = self.http.get(format!("{}{path}", self.base_url));
        let reply = request.header("X-Tapis-Token", &self.token).send().await?;
        let envelope: Envelope<T> = reply.error_for_status()?.json().await?;
        Ok(envelope.result)
    }
}

impl Contestant for ByHand {
    async fn log_in(base_url: String) -> Result<Self, Fault> {
        // Another provider may have been installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build()?;
        let request = http.post(format!("{base_url}/v3/oauth2/tokens"));
        let grant = json!({
            "grant_type": "password", "username": "testuser", "password": "secret",
        });
        let reply = request.json(&grant).send().await?.error_for_status()?;
        let envelope: Envelope<TokenPair> = reply.json().await?;
        Ok(Self { http, base_url, token: envelope.result.access_token.access_token })
    }

    async fn userinfo(&self) -> Result<String, Fault> {
        Ok(self.get::<Profile>("/v3/oauth2/userinfo").await?.username)
    }

    async fn systems(&self) -> Result<Vec<String>, Fault> {
        let systems: Vec<System> = self.get("/v3/systems").await?;
        Ok(systems.into_iter().map(|system| system.id).collect())
    }

    async fn upload(&self, from: PathBuf) -> Result<(), Fault> {
        let file = File::open(&from).await?;
        let length = file.metadata().await?.len();
        let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, PIECE));
        let form = Form::new().part("file", Part::stream_with_length(body, length).file_name("f"));
        let request = self.http.post(format!("{}/v3/files/ops/system/large", self.base_url));
        let request = request.header("X-Tapis-Token", &self.token).multipart(form);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn download(&self, to: PathBuf) -> Result<(), Fault> {
        let size = contest::LARGE;
        let request = self.http.get(format!("{}/v3/files/content/system/{size}", self.base_url));
        let reply = request.header("X-Tapis-Token", &self.token).send().await?;
        let mut reply = reply.error_for_status()?;
        let mut file = File::create(to).await?;
        while let Some(piece) = reply.chunk().await? {
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        Ok(())
    }
}
