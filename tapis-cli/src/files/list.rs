//! `tapis ls` and `tapis stat`.

use clap::ArgMatches;
use indicatif::HumanBytes;
use serde_json::{Value, json};
use tapis_client::Tapis;
use tapis_client::files::types::{FileInfo, FileType};
use tapis_client::files::{Stat, TapisPath};
use tapis_client::time::Timestamp;

use super::address::Address;
use super::output::{is_table, lines, show};
use super::parts::{addresses, failed_at};
use crate::arguments::Globals;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::format::Format;
use crate::session;

/// An entry, and where it is.
struct Entry {
    /// The path from the directory that was listed, with a slash behind a directory.
    name: String,
    address: String,
    info: FileInfo,
}

impl Entry {
    fn of(info: FileInfo, listed: &TapisPath) -> Self {
        let is_directory = info.type_ == Some(FileType::Dir);
        let Ok(path) = TapisPath::new(listed.system(), &info.path) else {
            // A name that no other command takes.
            let address = format!("tapis://{}/{}", listed.system(), info.path);
            return Self { name: info.path.clone(), address, info };
        };
        let below = match path.below(listed) {
            Some("") => path.file_name().unwrap_or_default(),
            Some(below) => below,
            None => path.path(),
        };
        let slash = if is_directory { "/" } else { "" };
        let name = format!("{below}{slash}");
        Self { name, address: Address { path, is_directory }.to_string(), info }
    }

    /// For programs: the attributes as the service names them, with sizes in bytes.
    fn for_programs(&self) -> Value {
        let info = &self.info;
        json!({
            "name": info.name,
            "path": info.path,
            "type": info.type_.as_ref().map(FileType::as_str),
            "size": info.size,
            "lastModified": info.last_modified.as_ref().map(Timestamp::as_str),
            "owner": info.owner,
            "group": info.group,
            "nativePermissions": info.native_permissions,
            "mimeType": info.mime_type,
            "url": self.address,
        })
    }

    /// For people.
    fn for_people(&self) -> Value {
        let info = &self.info;
        let letter = match info.type_ {
            Some(FileType::Dir) => 'd',
            Some(FileType::SymbolicLink) => 'l',
            Some(FileType::File) => '-',
            _ => '?',
        };
        let permissions = info.native_permissions.as_ref();
        let size = info.size.and_then(|size| u64::try_from(size).ok());
        json!({
            "permissions": permissions.map(|permissions| format!("{letter}{permissions}")),
            "owner": info.owner,
            "group": info.group,
            "size": size.map(|size| format!("{:>11}", HumanBytes(size).to_string())),
            "modified": info.last_modified.as_ref().map(to_the_minute),
            "name": self.name,
        })
    }
}

/// The time in minutes, in UTC.
fn to_the_minute(time: &Timestamp) -> String {
    let Some(parsed) = time.parsed() else { return time.as_str().to_owned() };
    parsed.strftime("%Y-%m-%d %H:%MZ").to_string()
}

pub(super) async fn ls(
    globals: &Globals,
    most: Option<usize>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let most = matches.get_one("max").copied().or(most).unwrap_or(usize::MAX);
    let addresses = addresses(matches)?;
    let t = session::tapis(globals)?;
    let (mut listed, mut failures) = (Vec::new(), Failures::default());
    for address in &addresses {
        let first = listed.len();
        if let Err(failure) = list(globals, &t, matches, address, most, &mut listed).await {
            failures.push(address.to_string(), failure)?;
        }
        if addresses.len() > 1 {
            // A name alone does not say where it is.
            let entries = listed.iter_mut().skip(first);
            entries.for_each(|entry: &mut Entry| entry.name.clone_from(&entry.address));
        }
    }
    let shown = match listed.is_empty() && failures.len() > 0 {
        true => Ok(()),
        false => show_entries(globals, matches, &listed),
    };
    // That the output cannot be written matters only if nothing else failed.
    failures.into_result(addresses.len(), "paths").and(shown)
}

/// Adds the entries of a directory to `listed`, which has at most `most` then.
async fn list(
    globals: &Globals,
    t: &Tapis,
    matches: &ArgMatches,
    address: &Address,
    most: usize,
    listed: &mut Vec<Entry>,
) -> Result<(), Failure> {
    let mut entries = t.files.at(&address.path).list();
    if matches.get_flag("recursive") {
        entries = entries.recursive();
    }
    if let Some(pattern) = matches.get_one::<String>("pattern") {
        entries = entries.pattern(pattern);
    }
    let failed = |error| failed_at(&address.path, error);
    while let Some(info) = entries.next().await.map_err(failed)? {
        if listed.len() == most {
            globals.note(&format!("There are more entries than {most}."));
            break;
        }
        listed.push(Entry::of(info, &address.path));
    }
    Ok(())
}

fn show_entries(globals: &Globals, matches: &ArgMatches, listed: &[Entry]) -> Result<(), Failure> {
    let output = globals.output();
    let long = matches.get_flag("long") || output.format == Format::Wide;
    if output.format == Format::Name {
        return lines(listed.iter().map(|entry| entry.address.as_str()));
    }
    if !is_table(output.format) || output.columns.is_some() {
        let value = listed.iter().map(Entry::for_programs).collect();
        return output.show(&value, &[]);
    }
    if !long {
        return lines(listed.iter().map(|entry| entry.name.as_str()));
    }
    let value = listed.iter().map(Entry::for_people).collect();
    show(globals, &value, &["permissions", "owner", "group", "size", "modified", "name"])
}

pub(super) async fn stat(globals: &Globals, matches: &ArgMatches) -> Result<(), Failure> {
    let addresses = addresses(matches)?;
    let t = session::tapis(globals)?;
    let (mut found, mut failures) = (Vec::new(), Failures::default());
    for address in &addresses {
        match t.files.at(&address.path).stat().await {
            Ok(stat) => found.push(stat),
            Err(error) => failures.push(address.to_string(), failed_at(&address.path, error))?,
        }
    }
    let in_table = is_table(globals.output().format);
    let shown = match (&found[..], addresses.len()) {
        ([stat], 1) if in_table => globals.output().show(&for_people(stat), &[]),
        ([stat], 1) => globals.output().show(&for_programs(stat), &["url".into()]),
        (_, 1) => Ok(()),
        _ => {
            let shown = if in_table { for_people } else { for_programs };
            let values = found.iter().map(shown).collect();
            show(globals, &values, &["url", "type", "size", "modified"])
        }
    };
    failures.into_result(addresses.len(), "paths").and(shown)
}

fn for_programs(stat: &Stat) -> Value {
    json!({
        "url": stat.path.to_string(),
        "type": kind(stat),
        "size": stat.size,
        "lastModified": stat.modified.as_ref().map(Timestamp::as_str),
    })
}

fn for_people(stat: &Stat) -> Value {
    json!({
        "url": stat.path.to_string(),
        "type": kind(stat),
        "size": stat.size.map(|size| HumanBytes(size).to_string()),
        "modified": stat.modified.as_ref().map(to_the_minute),
    })
}

fn kind(stat: &Stat) -> &'static str {
    if stat.is_dir { "dir" } else { "file" }
}
