//! The official SDK on crates.io, as its README says.

use std::path::PathBuf;
use std::sync::Arc;

use contest::{Contestant, Fault};
use tapis_sdk::authenticator::{TapisAuthenticator, models::NewToken};
use tapis_sdk::core::TokenProvider;
use tapis_sdk::files::TapisFiles;
use tapis_sdk::systems::TapisSystems;

fn main() -> Result<(), Fault> {
    contest::run::<Official>()
}

/// A client for each service, each with a pool of connections of its own; made when it is needed,
/// because making one is not cheap.
#[derive(Clone)]
struct Official {
    base_url: String,
    token: String,
    authenticator: TapisAuthenticator,
    systems: Option<TapisSystems>,
}

struct PasswordTokenProvider {
    base_url: String,
}

#[async_trait::async_trait]
impl TokenProvider for PasswordTokenProvider {
    async fn get_token(&self) -> Option<String> {
        token(&self.base_url).await.ok()
    }
}

async fn token(base_url: &str) -> Result<String, Fault> {
    let authenticator = TapisAuthenticator::new(base_url, None).map_err(said)?;
    let mut request = NewToken::new();
    request.username = Some("testuser".to_owned());
    request.password = Some("secret".to_owned());
    request.grant_type = Some("password".to_owned());
    let reply = authenticator.tokens.create_token(request).await?;
    let token = reply.result.and_then(|result| result.access_token.access_token);
    token.ok_or_else(|| "no token".into())
}

/// Its constructors' errors cannot go to another thread.
#[allow(clippy::needless_pass_by_value, reason = "what `map_err` gives")]
fn said(error: Box<dyn std::error::Error>) -> Fault {
    error.to_string().into()
}

impl Contestant for Official {
    async fn log_in(base_url: String) -> Result<Self, Fault> {
        let token = token(&base_url).await?;
        let provider = Arc::new(PasswordTokenProvider { base_url: base_url.clone() });
        let authenticator =
            TapisAuthenticator::with_token_provider(&base_url, Some(&token), provider)
                .map_err(said)?;
        let systems = match std::env::args().nth(1).as_deref() {
            Some("list") => Some(TapisSystems::new(&base_url, Some(&token)).map_err(said)?),
            _ => None,
        };
        Ok(Self { base_url, token, authenticator, systems })
    }

    async fn userinfo(&self) -> Result<String, Fault> {
        let reply = self.authenticator.profiles.get_userinfo().await?;
        reply.result.and_then(|profile| profile.username).ok_or_else(|| "no username".into())
    }

    async fn systems(&self) -> Result<Vec<String>, Fault> {
        let client = self.systems.as_ref().ok_or("no client")?;
        let call = client
            .systems
            .get_systems(None, None, None, None, None, None, None, None, None, None, None);
        let systems = call.await?.result.unwrap_or_default();
        Ok(systems.into_iter().filter_map(|system| system.id).collect())
    }

    async fn upload(&self, from: PathBuf) -> Result<(), Fault> {
        let files = TapisFiles::new(&self.base_url, Some(&self.token)).map_err(said)?;
        files.file_operations.insert("system", "large", from).await?;
        Ok(())
    }

    async fn download(&self, _to: PathBuf) -> Result<(), Fault> {
        Err("its download drops the content".into())
    }
}
