//! The OAuth client that a login goes by.

use tapis_client::auth::{OAuthClient, Password};
use tapis_client::authenticator::types::NewOAuthClient;
use tapis_client::{Secret, Tapis};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::ClientKeys;

/// How the ids of clients begin that this command created.
const PREFIX: &str = "tapis-cli-";

/// The port to which the browser is redirected. It is fixed, because the service compares the whole
/// callback URL with the one that the OAuth client is registered with.
pub(crate) const PORT: u16 = 47_821;

/// The callback URL that an OAuth client has to be registered with for logins that come back to `port`.
pub(crate) fn callback_url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/callback")
}

/// Whether `tapis login` created the client.
pub(crate) fn is_own(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// How the id of the client begins that this command creates on this machine for a user.
fn stem(user: &str) -> String {
    // The service takes 80 characters, of which a hyphen and six random ones follow.
    format!("{PREFIX}{user}-{}", host_name()).chars().take(73).collect()
}

/// The OAuth client of a profile, or else one that this command created on this machine for the user.
pub(crate) fn known(
    url: &str,
    user: &str,
    of_profile: Option<&str>,
) -> Result<Option<OAuthClient>, Failure> {
    let keys = ClientKeys::read()?;
    let known = of_profile.and_then(|id| keys.get(url, id));
    Ok(known.or_else(|| keys.get(url, keys.with_stem(url, &stem(user))?)))
}

/// Whether a login failed because the service does not know the client, or knows it with another key.
pub(crate) fn is_refused(failure: &Failure) -> bool {
    failure.message().contains("Invalid client credentials")
}

/// Forgets the key of a client.
pub(crate) fn forget(url: &str, id: &str) -> Result<(), Failure> {
    let mut keys = ClientKeys::read()?;
    keys.remove(url, id);
    keys.save()
}

/// Creates an OAuth client for this command on this machine, and keeps its key.
pub(crate) async fn create(url: &str, user: &str, grant: Password) -> Result<OAuthClient, Failure> {
    let t = Tapis::builder(url).token_source(grant).build()?;
    // A login that is refused is an error of the login, and not of what needs it.
    t.get_tokens().await?;
    let mut keys = ClientKeys::read()?;
    let id = format!("{}-{}", stem(user), random());
    let new = NewOAuthClient::new()
        .client_id(&id)
        .callback_url(callback_url(PORT))
        .description("The command line `tapis`.");
    let created = t.authenticator.create_client(new).await?;
    let key = created.client_key.ok_or_else(|| {
        Failure::new(Exit::Failed, "the service gave the OAuth client no key")
            .with_hint("log in with `tapis login --client none`")
    })?;
    keys.insert(url, &created.client_id, &key);
    keys.save()?;
    Ok(OAuthClient::new(created.client_id, key))
}

/// A client for a login with a browser, and its key where it is known.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) client: Option<OAuthClient>,
}

/// The client that is named by `--client`, by the environment, by the profile or by an earlier login at this server.
pub(crate) fn named(url: &str, asked: Option<&str>, known: Option<&str>) -> Result<Named, Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut keys = ClientKeys::read()?;
    let of_environment = variable("TAPIS_CLIENT_ID");
    let id = asked.or(of_environment.as_deref()).or(known).or(keys.any(url));
    let id = id.map(str::to_owned).ok_or_else(|| {
        Failure::usage("a login with a browser needs an OAuth client").with_hint(
            "add --client ID or set TAPIS_CLIENT_ID; a login with a password creates a client",
        )
    })?;
    // The key of a client of the user's own is kept, so that the login can be renewed.
    if of_environment.as_ref() == Some(&id)
        && let Some(key) = variable("TAPIS_CLIENT_KEY")
    {
        keys.insert(url, &id, &Secret::from(key));
        keys.save()?;
    }
    Ok(Named { client: keys.get(url, &id), id })
}

/// The name of this machine, as far as it can be in an id.
fn host_name() -> String {
    let name =
        std::env::var("HOSTNAME").ok().or_else(|| std::fs::read_to_string("/etc/hostname").ok());
    let name = name.unwrap_or_default();
    let label = name.trim().split('.').next().unwrap_or_default();
    let plain: String = label.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if plain.is_empty() { "host".to_owned() } else { plain }
}

/// Six letters and digits.
fn random() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 6];
    // A failure leaves zeros, and the service refuses an id that is taken.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}
