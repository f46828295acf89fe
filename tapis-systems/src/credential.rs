//! Stores and checks the credentials with which Tapis logs in to a host.

use std::path::PathBuf;

use tapis_core::{BoxFuture, Error, ErrorKind, Secret, local};

use crate::Client;
use crate::calls::CreateUserCredentialArgs;
use crate::types::ReqUpdateCredential;

impl Client {
    /// Stores a credential for a system: `POST /v3/systems/credential/{systemId}/user/{userName}`.
    ///
    /// If the system's `effectiveUserId` is a fixed user, the credential is stored for that user. If it
    /// is `${apiUserId}`, the credential is stored for the user of the access token. To find this out,
    /// the system is read first, unless [`for_user`](SetCredential::for_user) is set.
    ///
    /// For systems of type `LINUX` and `S3`, the service tests the credential on the host before it
    /// stores it. Storing a password keeps existing keys, and vice versa;
    /// [`remove_user_credential`](Client::remove_user_credential) removes all of them.
    ///
    /// ```no_run
    /// # async fn example(systems: tapis_systems::Client) -> Result<(), tapis_core::Error> {
    /// systems.set_credential("my-system").from_key_files("id_rsa", "id_rsa.pub").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`SystemCredential`](ErrorKind::SystemCredential) if the host refuses the credential, which is
    ///   then not stored.
    /// - [`Input`](ErrorKind::Input) if no credential is set, if a key is malformed, or if the system
    ///   does not allow a login user or keys of the Trust Manager.
    /// - [`NotFound`](ErrorKind::NotFound) if the system does not exist.
    /// - [`Io`](ErrorKind::Io) if a key file cannot be read; otherwise the kinds of any call.
    #[doc(alias = "ssh key")]
    #[doc(alias = "register credential")]
    #[doc(alias = "system password")]
    pub fn set_credential(&self, system_id: impl Into<String>) -> SetCredential {
        SetCredential {
            client: self.clone(),
            system: system_id.into(),
            user: None,
            kind: None,
            login: None,
            skip_check: false,
        }
    }

    /// Tests the stored credential of a system by logging in: `POST
    /// /v3/systems/credential/{systemId}/user/{userName}/check`. Works for systems of type `LINUX`
    /// and `S3`, and for the same user as [`set_credential`](Self::set_credential).
    ///
    /// ```no_run
    /// # async fn example(systems: tapis_systems::Client) -> Result<(), tapis_core::Error> {
    /// use tapis_systems::CredentialStatus;
    ///
    /// match systems.check_credential("my-system").await? {
    ///     CredentialStatus::Accepted => println!("ready"),
    ///     CredentialStatus::Refused(why) => println!("the host refused the login: {why}"),
    ///     CredentialStatus::Missing => println!("store a credential first"),
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the system does not exist;
    /// [`SystemCredential`](ErrorKind::SystemCredential) if the service cannot check systems of its type;
    /// [`Server`](ErrorKind::Server) if the host cannot be reached. Otherwise the kinds of any call.
    #[doc(alias = "test credential")]
    pub fn check_credential(&self, system_id: impl Into<String>) -> CheckCredential {
        CheckCredential { client: self.clone(), system: system_id.into(), user: None }
    }
}

/// The result of a credential check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialStatus {
    /// The host accepted the login.
    Accepted,
    /// The host refused the stored credential, for this reason.
    Refused(String),
    /// No credential is stored for the user and the system's `defaultAuthnMethod`.
    Missing,
}

/// A credential check; it runs when awaited. Created by [`Client::check_credential`].
#[derive(Clone, Debug)]
#[must_use = "nothing is checked until it is awaited"]
pub struct CheckCredential {
    client: Client,
    system: String,
    user: Option<String>,
}

impl CheckCredential {
    /// Checks the credential of another user: of a Tapis user or, if the system's `effectiveUserId` is
    /// a fixed user, of that user of the host.
    pub fn for_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    async fn run(self) -> Result<CredentialStatus, Error> {
        let user = match self.user {
            Some(user) => user,
            None => Login::of(&self.client, &self.system).await?.user,
        };
        match self.client.check_user_credential(self.system, user).await {
            Ok(()) => Ok(CredentialStatus::Accepted),
            Err(error) if !error.is_system_credential() => Err(error),
            Err(error) if error.message().contains("CRED_NOT_FOUND") => {
                Ok(CredentialStatus::Missing)
            }
            Err(error) if error.message().contains("CRED_NOT_SUPPORTED") => Err(error),
            Err(error) => Ok(CredentialStatus::Refused(error.message().to_owned())),
        }
    }
}

impl IntoFuture for CheckCredential {
    type Output = Result<CredentialStatus, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The user whose credential a system uses.
struct Login {
    user: String,
    /// Whether the user is the same for all callers.
    is_fixed: bool,
}

impl Login {
    async fn of(client: &Client, system: &str) -> Result<Self, Error> {
        let found = match client.get_system(system).await {
            Ok(found) => Some(found),
            // Callers who may not read the system can still store their own credential.
            Err(error) if error.is_permission() => None,
            Err(error) => return Err(error),
        };
        if let Some(found) = found {
            let user = found.effective_user_id.unwrap_or_default();
            let is_fixed = !found.is_dynamic_effective_user.unwrap_or(user == EACH_CALLER);
            if is_fixed && !user.is_empty() {
                return Ok(Self { user, is_fixed });
            }
        }
        let token = client.session().access_token().await?;
        let user = token.claims().username.clone().ok_or_else(|| {
            Error::new(ErrorKind::Input, "the token has no user: set the user with `for_user`")
        })?;
        Ok(Self { user, is_fixed: false })
    }
}

/// The `effectiveUserId` of a system that each caller uses with their own credential.
const EACH_CALLER: &str = "${apiUserId}";

#[derive(Clone, Debug)]
enum Kind {
    Password(Secret),
    /// Both are secret, because the caller may have swapped them.
    Keys {
        private: Secret,
        public: Secret,
    },
    KeyFiles {
        private: PathBuf,
        public: PathBuf,
    },
    AccessKey {
        key: Secret,
        secret: Secret,
    },
    Token {
        access: Secret,
        refresh: Secret,
    },
    TrustManager,
}

/// A credential to store; it is stored when awaited. Created by [`Client::set_credential`].
#[derive(Clone, Debug)]
#[must_use = "nothing is stored until it is awaited"]
pub struct SetCredential {
    client: Client,
    system: String,
    user: Option<String>,
    kind: Option<Kind>,
    login: Option<String>,
    skip_check: bool,
}

impl SetCredential {
    /// Sets a password.
    pub fn password(self, password: impl Into<Secret>) -> Self {
        self.with(Kind::Password(password.into()))
    }

    /// Sets an SSH key pair: the private key in PEM format, the public key as one line. Swapped
    /// keys are refused before anything is sent.
    pub fn key_pair(self, private: impl Into<Secret>, public: impl Into<String>) -> Self {
        let public: String = public.into();
        self.with(Kind::Keys { private: private.into(), public: public.into() })
    }

    /// Sets an SSH key pair from local files.
    pub fn from_key_files(self, private: impl Into<PathBuf>, public: impl Into<PathBuf>) -> Self {
        self.with(Kind::KeyFiles { private: private.into(), public: public.into() })
    }

    /// Sets the access key and the secret key of an object store.
    pub fn access_key(self, key: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        self.with(Kind::AccessKey { key: key.into(), secret: secret.into() })
    }

    /// Sets an access token and the refresh token that renews it.
    pub fn token_pair(self, access: impl Into<Secret>, refresh: impl Into<Secret>) -> Self {
        self.with(Kind::Token { access: access.into(), refresh: refresh.into() })
    }

    /// Lets the site's Trust Manager (TMS) generate and register keys, for systems whose
    /// `defaultAuthnMethod` is `TMS_KEYS`. Works only for systems of type `LINUX` whose
    /// `effectiveUserId` is `${apiUserId}`, and not with a [login user](Self::login_user).
    pub fn create_tms_keys(self) -> Self {
        self.with(Kind::TrustManager)
    }

    fn with(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Stores the credential for another user: for a Tapis user or, if the system's `effectiveUserId` is
    /// a fixed user, for that user of the host. A credential for another user of the host is not used
    /// until `effectiveUserId` is changed to that user.
    pub fn for_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Sets the login user on the host, if it differs from the Tapis user. Only for systems whose
    /// `effectiveUserId` is `${apiUserId}`. The service keeps the login user when a credential is
    /// stored without one; [`remove_user_credential`](Client::remove_user_credential) removes it.
    pub fn login_user(mut self, name: impl Into<String>) -> Self {
        self.login = Some(name.into());
        self
    }

    /// Stores the credential without testing it on the host.
    pub fn skip_check(mut self) -> Self {
        self.skip_check = true;
        self
    }

    async fn run(self) -> Result<(), Error> {
        let kind = self.kind.ok_or_else(|| {
            Error::new(
                ErrorKind::Input,
                "no credential is set: call `password`, `key_pair` or another setter",
            )
        })?;
        let makes_keys = matches!(kind, Kind::TrustManager);
        if makes_keys && self.login.is_some() {
            let message = "keys of the Trust Manager cannot be combined with a login user";
            return Err(Error::new(ErrorKind::Input, message));
        }
        let needs_own = makes_keys || self.login.is_some();
        let body = ReqUpdateCredential { login_user: self.login, ..ReqUpdateCredential::new() };
        let body = match kind {
            Kind::Password(password) => body.password(password),
            Kind::Keys { private, public } => {
                body.private_key(lines(&private)?).public_key(line(&public)?)
            }
            Kind::KeyFiles { private, public } => {
                let (private, public) = read(private, public).await?;
                body.private_key(lines(&private)?).public_key(line(&public)?)
            }
            Kind::AccessKey { key, secret } => body.access_key(key).access_secret(secret),
            Kind::Token { access, refresh } => body.access_token(access).refresh_token(refresh),
            Kind::TrustManager => body,
        };
        let user = match self.user {
            Some(user) if !needs_own => user,
            user => {
                let login = Login::of(&self.client, &self.system).await?;
                if needs_own && login.is_fixed {
                    let what =
                        if makes_keys { "keys of the Trust Manager" } else { "a login user" };
                    let (system, fixed) = (&self.system, &login.user);
                    let message = format!(
                        "{what} cannot be used with the system {system}: its effectiveUserId is the fixed \
                         user {fixed}, not ${{apiUserId}}"
                    );
                    return Err(Error::new(ErrorKind::Input, message));
                }
                user.unwrap_or(login.user)
            }
        };
        let arguments = CreateUserCredentialArgs { system_id: self.system, user_name: user, body };
        let call = self.client.create_user_credential(arguments);
        let call = call.maybe_create_tms_keys(makes_keys.then_some(true));
        call.maybe_skip_credential_check(self.skip_check.then_some(true)).await
    }
}

/// Returns a private key with a line feed at the end of each line, as SSH requires.
fn lines(key: &Secret) -> Result<Secret, Error> {
    let text = key.expose_secret().trim();
    if is_public(text) {
        let message =
            "the private key is a public key: pass the private key first, then the public key";
        return Err(Error::new(ErrorKind::Input, message));
    }
    if !text.starts_with("-----BEGIN ") || !text.ends_with("-----") {
        let message = "the private key is not in PEM format, which begins with -----BEGIN";
        return Err(Error::new(ErrorKind::Input, message));
    }
    // The service would return 500 (Credential.java, isValidPrivateSshKey).
    if text.contains("BEGIN OPENSSH PRIVATE KEY") {
        let message = "Tapis does not accept private keys in the OpenSSH format; convert the file to PEM with \
                       `ssh-keygen -p -m PEM -f KEY`";
        return Err(Error::new(ErrorKind::Input, message));
    }
    let mut clean = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        clean.push_str(line.trim_end());
        clean.push('\n');
    }
    Ok(Secret::from(clean))
}

/// Returns the public key; fails if it is a private key.
fn line(key: &Secret) -> Result<String, Error> {
    let text = key.expose_secret().trim();
    if text.contains("PRIVATE KEY") || text.starts_with("PuTTY-User-Key-File") {
        let message =
            "the public key is a private key: pass the private key first, then the public key";
        return Err(Error::new(ErrorKind::Input, message));
    }
    Ok(text.to_owned())
}

/// Whether a text begins like an SSH public key.
fn is_public(text: &str) -> bool {
    let kinds = [
        "ssh-",
        "ecdsa-",
        "sk-ssh-",
        "sk-ecdsa-",
        "-----BEGIN PUBLIC KEY",
        "---- BEGIN SSH2 PUBLIC",
    ];
    kinds.iter().any(|kind| text.starts_with(kind))
}

async fn read(private: PathBuf, public: PathBuf) -> Result<(Secret, Secret), Error> {
    local::blocking(move || {
        let text = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|error| local::fault(path, "read", error))
        };
        Ok((Secret::from(text(&private)?), Secret::from(text(&public)?)))
    })
    .await
}

impl IntoFuture for SetCredential {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gets_the_lines_that_ssh_wants() {
        let key = Secret::from("\r\n-----BEGIN X-----\r\nabc  \r\n-----END X-----\r\n\r\n");
        let clean = lines(&key).unwrap();
        assert_eq!(clean.expose_secret(), "-----BEGIN X-----\nabc\n-----END X-----\n");
        for (wrong, why) in [
            ("", "not in PEM"),
            ("ssh-rsa AAAA planted", "is a public key"),
            ("-----BEGIN X-----\nplanted", "not in PEM"),
            (
                "-----BEGIN OPENSSH PRIVATE KEY-----\nplanted\n-----END OPENSSH PRIVATE KEY-----",
                "ssh-keygen -p -m PEM",
            ),
        ] {
            let error = lines(&Secret::from(wrong)).unwrap_err();
            assert!(error.is_input() && error.to_string().contains(why), "{error}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    #[test]
    fn keys_that_are_the_wrong_way_round_are_noticed() {
        for public in [
            "ssh-rsa AAAA planted",
            "ecdsa-sha2-nistp256 planted",
            "-----BEGIN PUBLIC KEY-----\nplanted\n-----",
        ] {
            let error = lines(&public.into()).unwrap_err().to_string();
            assert!(error.contains("is a public key") && !error.contains("planted"), "{error}");
        }
        for private in [
            "-----BEGIN RSA PRIVATE KEY-----\nplanted",
            "\nPuTTY-User-Key-File-3: ssh-rsa\nplanted",
        ] {
            let error = line(&private.into()).unwrap_err().to_string();
            assert!(error.contains("is a private key") && !error.contains("planted"), "{error}");
        }
        assert_eq!(line(&" ssh-rsa AAAA me\n".into()).unwrap(), "ssh-rsa AAAA me");
    }
}
