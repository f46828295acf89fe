//! Files in lists, and their URLs.

use serde_json::{Value, json};

use crate::dates::{self, Style};
use crate::folder::{Entry, Kind, Within};

/// The numeric user and group of every file on a host.
pub(crate) const OWNER: u32 = 1000;

/// An entry of a list.
pub(crate) fn info(system: &str, entry: &Entry) -> Value {
    let path = entry.path.to_string();
    let modified = jiff::Timestamp::try_from(entry.modified).unwrap_or_default();
    let modified = dates::write(modified, Style::Java);
    let mut info = json!({
        "name": entry.path.name(),
        "path": path,
        "url": format!("tapis://{system}/{path}"),
        "type": match entry.kind {
            Kind::Dir => "dir",
            Kind::File => "file",
            Kind::Link => "symbolic_link",
            Kind::Other => "other",
        },
        "size": entry.size,
        "lastModified": modified,
        "owner": OWNER.to_string(),
        "group": OWNER.to_string(),
        "nativePermissions": permissions(entry.mode),
    });
    if let Some(media_type) = media_type(entry.path.name()) {
        info["mimeType"] = media_type.into();
    }
    info
}

/// Permission bits as nine letters.
pub(crate) fn permissions(mode: u32) -> String {
    let letters = (0..9_u32).rev().zip("rwx".chars().cycle());
    letters.map(|(bit, letter)| if mode >> bit & 1 == 1 { letter } else { '-' }).collect()
}

/// The system and the path of `tapis://system/path`.
pub(crate) fn tapis_uri(uri: &str) -> Option<(String, Within)> {
    let (system, path) = uri.strip_prefix("tapis://")?.split_once('/')?;
    Some((system.to_owned(), Within::clean(path)?))
}

/// The media type that Java derives from a name; none for most.
pub(crate) fn media_type(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    Some(match end.to_ascii_lowercase().as_str() {
        "txt" | "text" | "java" | "c" | "cc" | "h" | "pl" => "text/plain",
        "json" => "application/json",
        "csv" => "text/csv",
        "md" => "text/markdown",
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "js" => "text/javascript",
        "xml" => "application/xml",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "tar" => "application/x-tar",
        "sh" => "application/x-sh",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_have_nine_letters() {
        assert_eq!(permissions(0o755), "rwxr-xr-x");
        assert_eq!(permissions(0o640), "rw-r-----");
        assert_eq!(permissions(0), "---------");
    }
}
