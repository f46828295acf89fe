//! This SDK.

use std::path::PathBuf;

use contest::{Contestant, Fault};
use tapis_client::Tapis;

pub use tapis_client;

/// A client that is logged in.
#[derive(Clone)]
pub struct Sdk(Tapis);

impl Contestant for Sdk {
    async fn log_in(base_url: String) -> Result<Self, Fault> {
        let t = Tapis::builder(base_url).password("testuser", "secret").build()?;
        t.get_tokens().await?;
        Ok(Self(t))
    }

    async fn userinfo(&self) -> Result<String, Fault> {
        Ok(self.0.authenticator.get_userinfo().await?.username)
    }

    async fn systems(&self) -> Result<Vec<String>, Fault> {
        let systems = self.0.systems.get_systems().await?;
        Ok(systems.into_iter().map(|system| system.id).collect())
    }

    async fn upload(&self, from: PathBuf) -> Result<(), Fault> {
        self.0.files.upload("system", "large").from_path(from).await?;
        Ok(())
    }

    async fn download(&self, to: PathBuf) -> Result<(), Fault> {
        self.0.files.download("system", &contest::LARGE.to_string()).to_path(to).await?;
        Ok(())
    }
}
