//! The configuration file with its profiles, and where tokens are kept.
//!
//! The file is the one that the library reads: `tapis/config.toml` in the user's configuration folder. This command
//! writes no secret into it.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::exit::Exit;
use crate::failure::Failure;

/// A tenant and a user, as the file has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) base_url: Option<String>,
    pub(crate) username: Option<String>,
    /// The OAuth client that the tokens are issued to.
    pub(crate) client_id: Option<String>,
    /// Whether the file holds a password or a token of the user's own, for which the library logs in.
    pub(crate) has_login: bool,
}

impl Profile {
    /// Whether it is of the server at `url`.
    pub(crate) fn leads_to(&self, url: &str) -> bool {
        self.base_url.as_deref().is_some_and(|base| is_same_server(base, url))
    }

    /// Whether it names a server that is not the one at `url`.
    pub(crate) fn leads_elsewhere(&self, url: &str) -> bool {
        self.base_url.is_some() && !self.leads_to(url)
    }
}

/// Whether two base URLs are of one server. The library, too, takes them with `/v3` and a slash at the end.
pub(crate) fn is_same_server(one: &str, other: &str) -> bool {
    let plain = |url: &str| {
        let url = url.trim_end_matches('/');
        url.strip_suffix("/v3").unwrap_or(url).trim_end_matches('/').to_owned()
    };
    plain(one) == plain(other)
}

/// The file.
pub(crate) struct Config {
    path: PathBuf,
    document: DocumentMut,
}

fn strategy() -> Result<impl etcetera::BaseStrategy, Failure> {
    etcetera::choose_base_strategy()
        .map_err(|_| Failure::new(Exit::Failed, "there is no home directory"))
}

/// The folder for state that is kept between commands and not edited by users.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    let strategy = strategy()?;
    Ok(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()).join("tapis"))
}

impl Config {
    /// Reads the file; one that is missing is empty.
    pub(crate) fn read() -> Result<Self, Failure> {
        Self::at(strategy()?.config_dir().join("tapis/config.toml"))
    }

    fn at(path: PathBuf) -> Result<Self, Failure> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Failure::new(Exit::Failed, format!("{}: {error}", path.display())));
            }
        };
        // The text of the error would quote the line, which may hold a secret.
        let document = text
            .parse()
            .map_err(|_| Failure::new(Exit::Usage, format!("{} is not TOML", path.display())))?;
        Ok(Self { path, document })
    }

    /// The name of the profile that is used when none is named.
    pub(crate) fn current(&self) -> Option<&str> {
        self.document.get("current")?.as_str()
    }

    /// The names of the profiles.
    pub(crate) fn names(&self) -> Vec<String> {
        let profiles = self.document.get("profiles").and_then(Item::as_table_like);
        let names = profiles.into_iter().flat_map(|table| table.iter());
        names.map(|(name, _)| name.to_owned()).collect()
    }

    /// The profile of that name.
    pub(crate) fn profile(&self, name: &str) -> Option<Profile> {
        let profile = self.document.get("profiles")?.get(name)?;
        let text = |key: &str| profile.get(key).and_then(Item::as_str).map(str::to_owned);
        let tenant = || text("tenant").map(|tenant| format!("https://{tenant}.tapis.io"));
        Some(Profile {
            base_url: text("base_url").or_else(tenant),
            username: text("username"),
            client_id: text("client_id"),
            has_login: ["password", "access_token", "refresh_token"]
                .iter()
                .any(|key| profile.get(key).is_some()),
        })
    }

    /// The name of the profile for a server: the current one if it is of this server, or else the first label of the
    /// host, or the whole host where another server has that name.
    pub(crate) fn name_for(&self, url: &str) -> String {
        let is_free = |name: &str| self.profile(name).is_none_or(|known| known.leads_to(url));
        if let Some(current) = self.current().filter(|name| is_free(name)) {
            return current.to_owned();
        }
        let host = url.split("://").nth(1).unwrap_or(url);
        let host = host.split('/').next().unwrap_or_default();
        let label = host.split(['.', ':']).next().unwrap_or_default();
        let names = [label, host].into_iter().find(|name| !name.is_empty() && is_free(name));
        names.unwrap_or("default").to_owned()
    }

    /// Writes the server, the user and the OAuth client of a profile, and leaves what else is written there. A client
    /// beside which the file has a key stays, because that key is of no other client.
    pub(crate) fn set(&mut self, name: &str, profile: &Profile) {
        let known = self.profile(name);
        let is_server_kept = known.is_some_and(|known| known.base_url == profile.base_url);
        let profiles = self.document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let Some(profiles) = profiles.as_table_like_mut() else { return };
        if profiles.get(name).is_none_or(|known| !known.is_table_like()) {
            profiles.insert(name, Item::Table(Table::new()));
        }
        let Some(table) = profiles.get_mut(name).and_then(Item::as_table_like_mut) else { return };
        if !is_server_kept {
            table.remove("tenant");
            put(table, "base_url", profile.base_url.as_deref());
        }
        put(table, "username", profile.username.as_deref());
        if !table.contains_key("client_key") {
            put(table, "client_id", profile.client_id.as_deref());
        }
    }

    /// Makes a profile the one that is used.
    pub(crate) fn use_by_default(&mut self, name: &str) {
        put(self.document.as_table_mut(), "current", Some(name));
    }

    /// Removes a profile; false if there is none of that name.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let profiles = self.document.get_mut("profiles").and_then(Item::as_table_like_mut);
        let removed = profiles.and_then(|profiles| profiles.remove(name)).is_some();
        if self.current() == Some(name) {
            self.document.remove("current");
        }
        removed
    }

    /// Writes the file as a whole, for its owner alone.
    pub(crate) fn save(&self) -> Result<(), Failure> {
        write_private(&self.path, self.document.to_string().as_bytes())
    }
}

/// Sets or removes a text, and keeps the comments beside it.
fn put(table: &mut dyn TableLike, key: &str, text: Option<&str>) {
    let Some(text) = text else {
        table.remove(key);
        return;
    };
    let mut new = Value::from(text);
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        None => {
            table.insert(key, Item::Value(new));
        }
    }
}

/// Writes a file that only its owner can read, beside and then in place of what was there.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::new(Exit::Failed, format!("{}: {error}", path.display()));
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut file, content).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_of_another_server_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::at(folder.path().join("config.toml")).unwrap();
        assert_eq!(config.name_for("https://tacc.tapis.io"), "tacc");
        let of = |url: &str| Profile { base_url: Some(url.to_owned()), ..Profile::default() };
        config.set("mine", &of("https://tacc.tapis.io/"));
        config.use_by_default("mine");
        assert_eq!(config.name_for("https://tacc.tapis.io"), "mine");
        assert_eq!(config.name_for("https://dev.tapis.io"), "dev");
        config.set("dev", &of("https://dev.tapis.io"));
        assert_eq!(config.name_for("https://dev.develop.tapis.io"), "dev.develop.tapis.io");
        assert_eq!(config.name_for("http://127.0.0.1:9"), "127");
    }

    #[test]
    fn a_login_keeps_what_people_wrote_into_its_profile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let written = |text: &str, url: &str, client: Option<&str>| {
            std::fs::write(&path, text).unwrap();
            let mut config = Config::at(path.clone()).unwrap();
            let profile = Profile {
                base_url: Some(url.into()),
                username: Some("jane".into()),
                client_id: client.map(str::to_owned),
                has_login: false,
            };
            config.set("tacc", &profile);
            config.save().unwrap();
            std::fs::read_to_string(&path).unwrap()
        };
        let tacc = "https://tacc.tapis.io";
        let own = "# mine\n[profiles.tacc]\n# short\ntenant = \"tacc\"\nusername = \"bob\" # me\n\
                   password = \"x\" # kept\nclient_id = \"portal\"\nclient_key = \"k\"\n";
        let kept = own.replace("bob", "jane");
        assert_eq!(written(own, tacc, Some("tapis-cli-1")), kept);
        assert_eq!(written(own, tacc, None), kept);
        let inline = "profiles = { tacc = { base_url = \"https://tacc.tapis.io/\", access_token = \"t\" } }\n";
        let kept = written(inline, tacc, Some("c"));
        assert!(
            kept.contains("access_token = \"t\"") && kept.contains("client_id = \"c\""),
            "{kept}"
        );
        // A tenant that it is not of any more goes.
        let moved = written(own, "https://dev.tapis.io", None);
        assert!(!moved.contains("tenant") && moved.contains("https://dev.tapis.io"), "{moved}");
        assert!(!written("[profiles.tacc]\nclient_id = \"c\"\n", tacc, None).contains("client_id"));
    }

    #[test]
    fn a_profile_is_kept_beside_what_people_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tapis/config.toml");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "# mine\n[profiles.old]\ntenant = \"dev\"\npassword = \"x\"\n")
            .unwrap();
        let mut config = Config::at(path.clone()).unwrap();
        let profile = Profile {
            base_url: Some("https://tacc.tapis.io".into()),
            username: Some("me".into()),
            ..Profile::default()
        };
        config.set("tacc", &profile);
        config.use_by_default("tacc");
        config.save().unwrap();
        let mut config = Config::at(path.clone()).unwrap();
        assert_eq!(config.names(), ["old", "tacc"]);
        assert_eq!((config.current(), config.profile("tacc")), (Some("tacc"), Some(profile)));
        let old = config.profile("old").unwrap();
        assert_eq!((old.base_url.as_deref(), old.has_login), (Some("https://dev.tapis.io"), true));
        assert!(std::fs::read_to_string(&path).unwrap().contains("# mine"));
        assert!(config.remove("tacc") && !config.remove("tacc"));
        assert_eq!(config.current(), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
