//! Setting up a client from environment variables and from a file with profiles.

use tapis_core::{Error, ErrorKind, Secret};

use crate::{Tapis, TapisBuilder};

/// What a client is set up from, wherever it was found.
#[derive(Debug, Default, Clone)]
#[cfg_attr(feature = "profiles", derive(serde::Deserialize))]
#[cfg_attr(feature = "profiles", serde(deny_unknown_fields, default))]
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
    /// A client set up from the environment; see [`TapisBuilder::from_env`].
    ///
    /// # Errors
    /// Settings that are missing or contradict each other, of kind [`ErrorKind::Configuration`].
    pub fn from_env() -> Result<Self, Error> {
        TapisBuilder::from_env()?.build()
    }
}

impl TapisBuilder {
    /// Reads `TAPIS_BASE_URL`, or `TAPIS_TENANT` for `https://<tenant>.tapis.io`; and one way to log
    /// in: `TAPIS_USERNAME` and `TAPIS_PASSWORD`, or `TAPIS_ACCESS_TOKEN` (or `JWT`), or
    /// `TAPIS_REFRESH_TOKEN`; and `TAPIS_CLIENT_ID` with `TAPIS_CLIENT_KEY` for an OAuth client. A
    /// variable that is empty counts as not set.
    ///
    /// With the feature `profiles`, `TAPIS_PROFILE` names a profile in `tapis/config.toml` in the
    /// user's configuration folder; variables win over the profile.
    ///
    /// # Errors
    /// Settings that are missing or contradict each other, of kind [`ErrorKind::Configuration`].
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let own = Settings::from_variables(&set)?;
        let settings = match set("TAPIS_PROFILE") {
            Some(name) => own.over(Settings::from_profile(&name)?),
            None => own,
        };
        settings.into_builder()
    }

    /// Reads the profile `name` from `tapis/config.toml` in the user's configuration folder:
    ///
    /// ```toml
    /// [profiles.tacc]
    /// base_url = "https://tacc.tapis.io"
    /// username = "me"
    /// password = "…"
    /// ```
    ///
    /// # Errors
    /// A file or profile that is missing, or settings that contradict each other.
    #[cfg(feature = "profiles")]
    pub fn from_profile(name: &str) -> Result<Self, Error> {
        Settings::from_profile(name)?.into_builder()
    }
}

fn fault(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, why)
}

impl Settings {
    fn from_variables(set: &impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let secret = |name: &str| set(name).map(Secret::from);
        let access_token = match (secret("TAPIS_ACCESS_TOKEN"), secret("JWT")) {
            (Some(one), Some(other)) if one != other => {
                return Err(fault("TAPIS_ACCESS_TOKEN and JWT hold different tokens"));
            }
            (one, other) => one.or(other),
        };
        Ok(Self {
            base_url: set("TAPIS_BASE_URL"),
            tenant: set("TAPIS_TENANT"),
            username: set("TAPIS_USERNAME"),
            password: secret("TAPIS_PASSWORD"),
            access_token,
            refresh_token: secret("TAPIS_REFRESH_TOKEN"),
            client_id: set("TAPIS_CLIENT_ID"),
            client_key: secret("TAPIS_CLIENT_KEY"),
        })
    }

    #[cfg(not(feature = "profiles"))]
    fn from_profile(name: &str) -> Result<Self, Error> {
        Err(fault(format!(
            "TAPIS_PROFILE is {name:?}, and this program was built without profiles"
        )))
    }

    #[cfg(feature = "profiles")]
    fn from_profile(name: &str) -> Result<Self, Error> {
        use etcetera::BaseStrategy as _;

        let folder = etcetera::choose_base_strategy()
            .map_err(|_| fault("there is no configuration folder, because there is no home"))?
            .config_dir();
        let path = folder.join("tapis/config.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            fault(format!("profile {name:?}: cannot read {}: {error}", path.display()))
        })?;
        Self::from_toml(&text, name)
            .map_err(|why| fault(format!("profile {name:?} in {}: {why}", path.display())))
    }

    #[cfg(feature = "profiles")]
    fn from_toml(text: &str, name: &str) -> Result<Self, String> {
        #[derive(serde::Deserialize)]
        struct File {
            #[serde(default)]
            profiles: std::collections::BTreeMap<String, Settings>,
        }
        // The message alone: what it would show of the text may be a secret.
        let mut file: File = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        file.profiles.remove(name).ok_or_else(|| "there is no such profile".to_owned())
    }

    /// These settings, and those of `under` where there are none. A way to log in counts as one
    /// setting, so that half of it never comes from elsewhere.
    fn over(self, under: Self) -> Self {
        let own_login =
            self.username.is_some() || self.access_token.is_some() || self.refresh_token.is_some();
        let under = if own_login {
            Self {
                username: None,
                password: None,
                access_token: None,
                refresh_token: None,
                ..under
            }
        } else {
            under
        };
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

    fn into_builder(self) -> Result<TapisBuilder, Error> {
        let base_url = match (self.base_url, self.tenant) {
            (Some(base_url), _) => base_url,
            (None, Some(tenant)) => format!("https://{tenant}.tapis.io"),
            (None, None) => return Err(fault("no base URL: set TAPIS_BASE_URL or TAPIS_TENANT")),
        };
        let mut builder = Tapis::builder(base_url);
        match (self.username, self.password) {
            (Some(username), Some(password)) => builder = builder.password(username, password),
            (Some(_), None) => return Err(fault("a username without a password")),
            (None, Some(_)) => return Err(fault("a password without a username")),
            (None, None) => {}
        }
        match (self.client_id, self.client_key) {
            (Some(id), Some(key)) => builder = builder.client(id, key),
            (Some(_), None) => return Err(fault("a client id without its key")),
            (None, Some(_)) => return Err(fault("a client key without its id")),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn built(variables: &[(&str, &str)]) -> Result<Tapis, Error> {
        let find = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned())
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
            &[("TAPIS_REFRESH_TOKEN", "r"), ("TAPIS_CLIENT_ID", "i"), ("TAPIS_CLIENT_KEY", "k")],
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
            (&[tenant, ("TAPIS_REFRESH_TOKEN", "planted")], "needs the client id and key"),
            (&[tenant, ("TAPIS_CLIENT_ID", "planted")], "a client id without its key"),
            (&[tenant, ("TAPIS_CLIENT_KEY", "planted")], "a client key without its id"),
            (
                &[
                    tenant,
                    ("TAPIS_USERNAME", "a"),
                    ("TAPIS_PASSWORD", "planted"),
                    ("JWT", "planted"),
                ],
                "more than one way to log in",
            ),
        ] {
            let error = built(variables).unwrap_err();
            assert!(error.is_configuration() && error.to_string().contains(why), "{error}");
            assert!(!format!("{error} {error:?}").contains("planted"), "{error}");
        }
    }

    #[cfg(feature = "profiles")]
    #[test]
    fn a_profile_is_read_and_variables_win() {
        let text =
            "[profiles.dev]\nbase_url = 'https://dev.tapis.io'\nusername = 'me'\npassword = 'pw'\n";
        let profile = Settings::from_toml(text, "dev").unwrap();
        let own = Settings { access_token: Some("a.b.c".into()), ..Settings::default() };
        let t = own.over(profile.clone()).into_builder().unwrap().build().unwrap();
        assert_eq!(t.base_url(), "https://dev.tapis.io");
        let own = Settings { tenant: Some("tacc".to_owned()), ..Settings::default() };
        assert_eq!(
            own.over(profile).into_builder().unwrap().build().unwrap().base_url(),
            "https://tacc.tapis.io"
        );
        for (text, why) in [
            ("[profiles.other]", "no such profile"),
            ("[profiles.dev]\npasword = 'planted'", "unknown field"),
            ("[profiles.dev", ""),
        ] {
            let error = Settings::from_toml(text, "dev").unwrap_err();
            assert!(error.contains(why) && !error.contains("planted"), "{error}");
        }
    }
}
