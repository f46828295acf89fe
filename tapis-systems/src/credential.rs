//! What Tapis logs in to a host with.

use std::path::PathBuf;

use tapis_core::{BoxFuture, Error, ErrorKind, Secret, local};

use crate::Client;
use crate::calls::CreateUserCredentialArgs;
use crate::types::ReqUpdateCredential;

impl Client {
    /// Stores what Tapis logs in to a system with: `POST
    /// /v3/systems/credential/{systemId}/user/{userName}`. For the user who is logged in, unless
    /// [`for_user`](SetCredential::for_user) says otherwise.
    ///
    /// ```no_run
    /// # async fn example(systems: tapis_systems::Client) -> Result<(), tapis_core::Error> {
    /// systems.set_credential("my-system").from_key_files("id_rsa", "id_rsa.pub").await?;
    /// # Ok(())
    /// # }
    /// ```
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
}

#[derive(Clone, Debug)]
enum Kind {
    Password(Secret),
    /// Both secret, because they may have been handed over the wrong way round.
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
}

/// A credential that has not been stored; awaiting it stores it. Made by
/// [`Client::set_credential`].
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
    /// A password.
    pub fn password(self, password: impl Into<Secret>) -> Self {
        self.with(Kind::Password(password.into()))
    }

    /// A pair of SSH keys: the private one in PEM, the public one as a line. Keys that are the wrong
    /// way round are refused before anything is sent.
    pub fn key_pair(self, private: impl Into<Secret>, public: impl Into<String>) -> Self {
        let public: String = public.into();
        self.with(Kind::Keys { private: private.into(), public: public.into() })
    }

    /// A pair of SSH keys in files of this machine.
    pub fn from_key_files(self, private: impl Into<PathBuf>, public: impl Into<PathBuf>) -> Self {
        self.with(Kind::KeyFiles { private: private.into(), public: public.into() })
    }

    /// The key and the secret of an object store.
    pub fn access_key(self, key: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        self.with(Kind::AccessKey { key: key.into(), secret: secret.into() })
    }

    /// An access token and the refresh token that renews it.
    pub fn token_pair(self, access: impl Into<Secret>, refresh: impl Into<Secret>) -> Self {
        self.with(Kind::Token { access: access.into(), refresh: refresh.into() })
    }

    fn with(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// For another user of Tapis, or for a user of the host where the system is always used as that
    /// one.
    pub fn for_user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// The name on the host, where it is not that of the user of Tapis.
    pub fn login_user(mut self, name: impl Into<String>) -> Self {
        self.login = Some(name.into());
        self
    }

    /// Stores it without trying it.
    pub fn skip_check(mut self) -> Self {
        self.skip_check = true;
        self
    }

    async fn run(self) -> Result<(), Error> {
        let kind = self.kind.ok_or_else(|| {
            Error::new(ErrorKind::Input, "the credential is missing: a password, keys or a token")
        })?;
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
        };
        let user = match self.user {
            Some(user) => user,
            None => {
                let token = self.client.session().access_token().await?;
                token.claims().username.clone().ok_or_else(|| {
                    let message = "the token names no user: say for whom with for_user";
                    Error::new(ErrorKind::Input, message)
                })?
            }
        };
        let arguments = CreateUserCredentialArgs { system_id: self.system, user_name: user, body };
        let call = self.client.create_user_credential(arguments);
        call.maybe_skip_credential_check(self.skip_check.then_some(true)).await
    }
}

/// A private key as SSH writes it: lines that end with a line feed, the last one too.
fn lines(key: &Secret) -> Result<Secret, Error> {
    let text = key.expose_secret().trim();
    if is_public(text) {
        let message = "the private key is a public one; are the two the wrong way round?";
        return Err(Error::new(ErrorKind::Input, message));
    }
    if !text.starts_with("-----BEGIN ") || !text.ends_with("-----") {
        let message = "the private key is not in PEM, which begins with -----BEGIN";
        return Err(Error::new(ErrorKind::Input, message));
    }
    // Systems refuses it (Credential.java, isValidPrivateSshKey), with 500.
    if text.contains("BEGIN OPENSSH PRIVATE KEY") {
        let message = "Tapis takes no private key in OpenSSH's own format; `ssh-keygen -p -m PEM -f KEY` \
                       rewrites the file in PEM";
        return Err(Error::new(ErrorKind::Input, message));
    }
    let mut clean = String::with_capacity(text.len() + 1);
    for line in text.lines() {
        clean.push_str(line.trim_end());
        clean.push('\n');
    }
    Ok(Secret::from(clean))
}

/// A public key, if it is none that has to be kept secret.
fn line(key: &Secret) -> Result<String, Error> {
    let text = key.expose_secret().trim();
    if text.contains("PRIVATE KEY") || text.starts_with("PuTTY-User-Key-File") {
        let message = "the public key is a private one; are the two the wrong way round?";
        return Err(Error::new(ErrorKind::Input, message));
    }
    Ok(text.to_owned())
}

/// Whether it begins as SSH's public keys do.
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
            ("ssh-rsa AAAA planted", "wrong way round"),
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
            assert!(error.contains("wrong way round") && !error.contains("planted"), "{error}");
        }
        for private in [
            "-----BEGIN RSA PRIVATE KEY-----\nplanted",
            "\nPuTTY-User-Key-File-3: ssh-rsa\nplanted",
        ] {
            let error = line(&private.into()).unwrap_err().to_string();
            assert!(error.contains("wrong way round") && !error.contains("planted"), "{error}");
        }
        assert_eq!(line(&" ssh-rsa AAAA me\n".into()).unwrap(), "ssh-rsa AAAA me");
    }
}
