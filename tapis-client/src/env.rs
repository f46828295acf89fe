//! Builds a client from environment variables and from profiles in a file.

use std::ffi::OsString;

use tapis_core::{Error, ErrorKind, Secret};

use crate::{Tapis, TapisBuilder, token_text};

/// The settings of a client, from any source.
#[derive(Debug, Default, Clone)]
#[cfg_attr(feature = "profiles", derive(serde::Deserialize))]
#[cfg_attr(
    feature = "profiles",
    serde(deny_unknown_fields, default, expecting = "a table such as [profiles.tacc]")
)]
pub(crate) struct Settings {
    base_url: Option<String>,
    tenant: Option<String>,
    username: Option<String>,
    password: Option<Secret>,
    access_token: Option<Secret>,
    refresh_token: Option<Secret>,
    client_id: Option<String>,
    client_key: Option<Secret>,
}

impl Tapis {
    /// Builds a client from environment variables, such as `TAPIS_BASE_URL`, `TAPIS_USERNAME` and
    /// `TAPIS_PASSWORD`; see [`TapisBuilder::from_env`].
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for missing or contradictory settings.
    pub fn from_env() -> Result<Self, Error> {
        TapisBuilder::from_env()?.build()
    }
}

impl TapisBuilder {
    /// Reads the settings from environment variables:
    ///
    /// | variables | setting |
    /// |---|---|
    /// | `TAPIS_BASE_URL` | the base URL |
    /// | `TAPIS_TENANT` | the name of the tenant, such as `tacc`, for the base URL `https://tacc.tapis.io` |
    /// | `TAPIS_USERNAME`, `TAPIS_PASSWORD` | a login with a [`password`](Self::password) |
    /// | `TAPIS_ACCESS_TOKEN` or `JWT` | an [`access_token`](Self::access_token) |
    /// | `TAPIS_REFRESH_TOKEN` | a [`refresh_token`](Self::refresh_token) |
    /// | `TAPIS_CLIENT_ID`, `TAPIS_CLIENT_KEY` | the OAuth [`client`](Self::client) |
    /// | `TAPIS_PROFILE` | a profile for all other settings; see [Profiles](#profiles) |
    ///
    /// An empty variable counts as not set. `TAPIS_BASE_URL` takes precedence over `TAPIS_TENANT`.
    ///
    /// # Profiles
    /// With the feature `profiles`, `TAPIS_PROFILE` names a profile in `tapis/config.toml` in the
    /// user's configuration directory. Variables override the settings of the profile. A login in
    /// variables replaces the whole login of the profile.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for missing or contradictory settings, and for a variable that is
    /// not UTF-8.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let set = |name: &str| match variable(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value).filter(|value| !value.is_empty())),
            Some(Err(_)) => Err(fault(format!("{name} is not UTF-8"))),
        };
        let own = Settings::from_variables(&set)?;
        let settings = match set("TAPIS_PROFILE")? {
            Some(name) => own.over(Settings::from_profile(&name)?),
            None => own,
        };
        settings.into_builder()
    }

    /// Reads the profile `name` from `tapis/config.toml` in the user's configuration directory:
    ///
    /// ```toml
    /// [profiles.tacc]
    /// base_url = "https://tacc.tapis.io"
    /// username = "me"
    /// password = "…"
    /// ```
    ///
    /// The keys are `base_url` or `tenant`, `username`, `password`, `access_token`, `refresh_token`,
    /// `client_id` and `client_key`. If other users can read or change the file, a warning is logged
    /// once.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] for a missing or invalid file, a missing profile, or contradictory
    /// settings. No error shows the content of the file.
    #[cfg(feature = "profiles")]
    pub fn from_profile(name: &str) -> Result<Self, Error> {
        Settings::from_profile(name)?.into_builder()
    }
}

pub(crate) fn fault(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, why)
}

impl Settings {
    fn from_variables(set: &impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let secret = |name: &str| Ok::<_, Error>(set(name)?.map(Secret::from));
        let token = |name: &str| Ok::<_, Error>(secret(name)?.map(token_text::trimmed));
        let access_token = match (token("TAPIS_ACCESS_TOKEN")?, token("JWT")?) {
            (Some(one), Some(other)) if one != other => {
                return Err(fault(
                    "TAPIS_ACCESS_TOKEN and JWT contain different tokens; unset one of them",
                ));
            }
            (one, other) => one.or(other),
        };
        Ok(Self {
            base_url: set("TAPIS_BASE_URL")?,
            tenant: set("TAPIS_TENANT")?,
            username: set("TAPIS_USERNAME")?,
            password: secret("TAPIS_PASSWORD")?,
            access_token,
            refresh_token: secret("TAPIS_REFRESH_TOKEN")?,
            client_id: set("TAPIS_CLIENT_ID")?,
            client_key: secret("TAPIS_CLIENT_KEY")?,
        })
    }

    #[cfg(not(feature = "profiles"))]
    fn from_profile(name: &str) -> Result<Self, Error> {
        Err(fault(format!(
            "TAPIS_PROFILE is {name:?}, but this program was built without the feature `profiles`"
        )))
    }

    /// Completes these settings from `under`. A login is one setting, and so is a client with its
    /// key, so they are never combined from two sources.
    fn over(self, under: Self) -> Self {
        let own_login =
            self.username.is_some() || self.access_token.is_some() || self.refresh_token.is_some();
        let own_client = self.client_id.is_some() || self.client_key.is_some();
        // An access token alone needs no client; the client in `under` belongs to the login there.
        let token_alone = self.access_token.is_some() && self.refresh_token.is_none();
        let mut under = under;
        if own_login {
            under.username = None;
            under.password = None;
            under.access_token = None;
            under.refresh_token = None;
        }
        if own_client || token_alone {
            under.client_id = None;
            under.client_key = None;
        }
        Self {
            base_url: self.base_url.or(if self.tenant.is_some() { None } else { under.base_url }),
            tenant: self.tenant.or(under.tenant),
            username: self.username.or(under.username),
            password: self.password.or(under.password),
            access_token: self.access_token.or(under.access_token),
            refresh_token: self.refresh_token.or(under.refresh_token),
            client_id: self.client_id.or(under.client_id),
            client_key: self.client_key.or(under.client_key),
        }
    }

    pub(crate) fn into_builder(self) -> Result<TapisBuilder, Error> {
        let base_url = match (self.base_url, self.tenant) {
            (Some(base_url), _) => base_url,
            (None, Some(tenant)) if is_label(&tenant) => format!("https://{tenant}.tapis.io"),
            (None, Some(_)) => {
                return Err(fault(
                    "TAPIS_TENANT, or `tenant` in the profile, must be the name of a tenant such as \
                     tacc; for a URL, use TAPIS_BASE_URL, or `base_url`",
                ));
            }
            (None, None) => {
                return Err(fault(
                    "no base URL: set TAPIS_BASE_URL, such as https://tacc.tapis.io, or TAPIS_TENANT",
                ));
            }
        };
        let mut builder = Tapis::builder(base_url);
        match (self.username, self.password) {
            (Some(username), Some(password)) => builder = builder.password(username, password),
            (Some(_), None) => {
                return Err(fault(
                    "a username without a password; set TAPIS_PASSWORD, or `password` in the profile",
                ));
            }
            (None, Some(_)) => {
                return Err(fault(
                    "a password without a username; set TAPIS_USERNAME, or `username` in the profile",
                ));
            }
            (None, None) => {}
        }
        match (self.client_id, self.client_key) {
            (Some(id), Some(key)) => builder = builder.client(id, key),
            (Some(_), None) => {
                return Err(fault(
                    "a client id without its key; set TAPIS_CLIENT_KEY, or `client_key` in the \
                 profile",
                ));
            }
            (None, Some(_)) => {
                return Err(fault(
                    "a client key without its id; set TAPIS_CLIENT_ID, or `client_id` in the profile",
                ));
            }
            (None, None) => {}
        }
        if let Some(jwt) = self.access_token {
            builder = builder.access_token(jwt);
        }
        if let Some(token) = self.refresh_token {
            builder = builder.refresh_token(token);
        }
        Ok(builder)
    }
}

/// Whether `text` is a valid label of a host name. Other characters could change the host.
fn is_label(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&text.len())
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(variables: &[(&str, &str)]) -> Result<Tapis, Error> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, v)| OsString::from(v))
        };
        TapisBuilder::from_variables(find)?.build()
    }

    #[test]
    fn variables_set_up_a_client() {
        let url = ("TAPIS_BASE_URL", "https://dev.tapis.io/v3");
        for login in [
            &[("TAPIS_USERNAME", "me"), ("TAPIS_PASSWORD", "pw")][..],
            &[("TAPIS_ACCESS_TOKEN", "a.b.c")],
            &[("JWT", "a.b.c"), ("TAPIS_ACCESS_TOKEN", "a.b.c"), ("TAPIS_PASSWORD", "")],
            &[("JWT", "Bearer a.b.c\r\n"), ("TAPIS_ACCESS_TOKEN", "\"a.b.c\"\n")],
            &[
                ("TAPIS_REFRESH_TOKEN", "a.b.c"),
                ("TAPIS_CLIENT_ID", "i"),
                ("TAPIS_CLIENT_KEY", "k"),
            ],
            &[],
        ] {
            let t = built(&[&[url], login].concat()).unwrap();
            assert_eq!(t.base_url(), "https://dev.tapis.io");
        }
        assert_eq!(built(&[("TAPIS_TENANT", "tacc")]).unwrap().base_url(), "https://tacc.tapis.io");
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused_without_their_values() {
        let tenant = ("TAPIS_TENANT", "tacc");
        for (variables, why) in [
            (&[][..], "no base URL"),
            (&[tenant, ("TAPIS_USERNAME", "planted")], "a username without a password"),
            (&[tenant, ("TAPIS_PASSWORD", "planted")], "a password without a username"),
            (&[tenant, ("TAPIS_ACCESS_TOKEN", "planted"), ("JWT", "other")], "different tokens"),
            (&[tenant, ("TAPIS_ACCESS_TOKEN", "planted")], "access token: it is not a JWT"),
            (&[tenant, ("JWT", "undefined")], "access token: it is the text undefined"),
            (
                &[tenant, ("TAPIS_REFRESH_TOKEN", "planted")],
                "needs the id and key of its OAuth client",
            ),
            (&[tenant, ("TAPIS_CLIENT_ID", "planted")], "a client id without its key"),
            (&[tenant, ("TAPIS_CLIENT_KEY", "planted")], "a client key without its id"),
            (
                &[
                    tenant,
                    ("TAPIS_USERNAME", "a"),
                    ("TAPIS_PASSWORD", "planted"),
                    ("JWT", "planted"),
                ],
                "more than one login is configured",
            ),
        ] {
            let error = built(variables).unwrap_err();
            assert!(error.is_configuration() && error.to_string().contains(why), "{error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error}");
        }
    }

    #[test]
    fn a_tenant_is_a_name_and_no_address() {
        let long = "a".repeat(64);
        for tenant in [
            "https://tacc.tapis.io",
            "evil.example/",
            "tacc.tapis.io",
            "a b",
            "-a",
            "a-",
            "é",
            &long,
        ] {
            let error = built(&[("TAPIS_TENANT", tenant)]).unwrap_err();
            assert!(error.is_configuration(), "{error}");
            assert!(error.message().contains("for a URL, use TAPIS_BASE_URL"), "{error}");
        }
        assert_eq!(
            built(&[("TAPIS_TENANT", "a2-cps")]).unwrap().base_url(),
            "https://a2-cps.tapis.io"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_not_passed_over() {
        use std::os::unix::ffi::OsStringExt as _;

        let find = |name: &str| match name {
            "TAPIS_BASE_URL" => Some(OsString::from_vec(b"https://\xff".to_vec())),
            "TAPIS_TENANT" => Some("tacc".into()),
            _ => None,
        };
        let error = TapisBuilder::from_variables(find).unwrap_err();
        assert!(error.is_configuration(), "{error}");
        assert!(error.message().contains("TAPIS_BASE_URL is not UTF-8"), "{error}");
    }

    #[test]
    fn own_settings_win_and_a_login_or_a_client_is_taken_as_a_whole() {
        let profile = Settings {
            base_url: Some("https://dev.tapis.io".to_owned()),
            username: Some("me".to_owned()),
            password: Some("pw".into()),
            client_id: Some("portal".to_owned()),
            client_key: Some("key".into()),
            ..Settings::default()
        };
        let over = |own: Settings| own.over(profile.clone());
        let built = |settings: Settings| settings.into_builder().unwrap().build().unwrap();
        let token = Settings { access_token: Some("a.b.c".into()), ..Settings::default() };
        let settings = over(token.clone());
        assert_eq!((&settings.client_id, &settings.username), (&None, &None));
        assert_eq!(built(settings).base_url(), "https://dev.tapis.io");
        // A refresh token needs the client of the profile.
        let refresh = Settings { refresh_token: Some("a.b.c".into()), ..token };
        assert_eq!(over(refresh.clone()).client_id.as_deref(), Some("portal"));
        built(over(refresh));
        let half = Settings { client_id: Some("other".to_owned()), ..Settings::default() };
        assert_eq!(over(half).client_key, None);
        let tenant = Settings { tenant: Some("tacc".to_owned()), ..Settings::default() };
        assert_eq!(built(over(tenant)).base_url(), "https://tacc.tapis.io");
    }
}
