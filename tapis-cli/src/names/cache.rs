//! Lists of names in a file of their owner alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::config::Profile;

/// How long a list is used before it is fetched anew. Nobody waits for names that were just shown.
const FRESH: Duration = Duration::from_secs(30);
/// How long a list is used if a new one has not come in time.
const USABLE: Duration = Duration::from_secs(600);
/// How many lists are kept.
const MOST: usize = 20;

/// The lists of one user at one Tapis.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Cache {
    base_url: Option<String>,
    username: Option<String>,
    lists: BTreeMap<String, Kept>,
}

#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Kept {
    /// When it was fetched, in seconds since 1970.
    fetched: u64,
    names: Vec<String>,
}

impl Kept {
    fn is_younger(&self, limit: Duration, now: SystemTime) -> bool {
        let age = seconds(now).checked_sub(self.fetched);
        age.is_some_and(|age| age < limit.as_secs())
    }
}

impl Cache {
    /// What is kept for the profile; nothing if it is another user's, or cannot be read.
    pub(super) fn read(path: &Path, profile: &Profile) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let cache: Self = serde_json::from_str(&text).unwrap_or_default();
        match cache.base_url == profile.base_url && cache.username == profile.username {
            true => cache,
            false => Self {
                base_url: profile.base_url.clone(),
                username: profile.username.clone(),
                ..Self::default()
            },
        }
    }

    pub(super) fn is_fresh(&self, list: &str, now: SystemTime) -> bool {
        self.lists.get(list).is_some_and(|kept| kept.is_younger(FRESH, now))
    }

    pub(super) fn names(&self, list: &str, now: SystemTime) -> Vec<String> {
        let kept = self.lists.get(list).filter(|kept| kept.is_younger(USABLE, now));
        kept.map(|kept| kept.names.clone()).unwrap_or_default()
    }

    /// Keeps a list, in place of the oldest one if there are too many.
    pub(super) fn set(&mut self, list: &str, names: Vec<String>, now: SystemTime) {
        self.lists.insert(list.to_owned(), Kept { fetched: seconds(now), names });
        self.lists.retain(|_, kept| kept.is_younger(USABLE, now));
        while self.lists.len() > MOST {
            let oldest = self.lists.iter().min_by_key(|(name, kept)| (*name == list, kept.fetched));
            let Some(oldest) = oldest.map(|(name, _)| name.clone()) else { return };
            self.lists.remove(&oldest);
        }
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_value(self).as_ref().map(Value::to_string).unwrap_or_default()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn profile(user: &str) -> Profile {
        Profile {
            base_url: Some("https://a".into()),
            username: Some(user.into()),
            ..Profile::default()
        }
    }

    #[test]
    fn names_of_another_user_and_of_a_broken_file_are_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let (path, now) = (folder.path().join("x.json"), SystemTime::now());
        let mut cache = Cache::read(&path, &profile("jane"));
        assert!(!cache.is_fresh("systems", now));
        cache.set("systems", vec!["one".into()], now);
        config::write_private(&path, cache.to_text().as_bytes()).unwrap();
        let jane = Cache::read(&path, &profile("jane"));
        assert!(jane.is_fresh("systems", now) && !jane.is_fresh("jobs", now));
        assert_eq!(jane.names("systems", now), ["one"]);
        assert!(Cache::read(&path, &profile("john")).names("systems", now).is_empty());
        std::fs::write(&path, "{").unwrap();
        assert!(Cache::read(&path, &profile("jane")).names("systems", now).is_empty());
    }

    #[test]
    fn names_are_fetched_anew_after_half_a_minute_and_forgotten_after_ten() {
        let mut cache = Cache::read(Path::new("/none"), &profile("jane"));
        let now = SystemTime::now();
        cache.set("systems", vec!["one".into()], now);
        for (age, fresh, names) in [(29, true, 1), (31, false, 1), (599, false, 1), (601, false, 0)]
        {
            let then = now + Duration::from_secs(age);
            assert_eq!(
                (cache.is_fresh("systems", then), cache.names("systems", then).len()),
                (fresh, names),
                "{age}"
            );
        }
        // A clock that was set back makes nothing last longer.
        assert!(!cache.is_fresh("systems", now - Duration::from_secs(60)));
    }

    #[test]
    fn the_oldest_lists_make_room_for_new_ones() {
        let mut cache = Cache::read(Path::new("/none"), &profile("jane"));
        let now = SystemTime::now();
        for second in 0..30 {
            cache.set(
                &format!("tapis://s/{second}"),
                vec!["a".into()],
                now + Duration::from_secs(second),
            );
        }
        let now = now + Duration::from_secs(30);
        assert_eq!(cache.lists.len(), MOST);
        assert!(cache.names("tapis://s/9", now).is_empty());
        assert_eq!(cache.names("tapis://s/10", now), ["a"]);
    }
}
