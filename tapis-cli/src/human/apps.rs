//! `tapis apps`: what people do with apps.

use clap::{ArgMatches, Command};
use tapis_client::Tapis;

use super::parts::{call, required, show, text};
use super::sharing::{self, Shared};
use super::{list, search};
use crate::arguments::{Globals, yes_option};
use crate::failure::Failure;
use crate::input::confirm;
use crate::output::{Column, View};

const VIEW: View = View {
    identity: &["id", "version"],
    columns: &[
        Column::text("ID", "id"),
        Column::text("VERSION", "version"),
        Column::text("OWNER", "owner"),
        Column::text("ENABLED", "versionEnabled"),
        Column::long("DESCRIPTION", "description"),
    ],
    wide: &[
        Column::text("RUNTIME", "runtime"),
        Column::text("JOB TYPE", "jobType"),
        Column::text("LOCKED", "locked"),
        Column::time("UPDATED", "updated"),
        Column::long("IMAGE", "containerImage"),
    ],
};

const SHARED: Shared = Shared {
    service: "apps",
    value: "APP",
    parameter: "appId",
    share: ["shareApp", "shareAppPublic"],
    unshare: ["unShareApp", "unShareAppPublic"],
};

pub(super) fn verbs() -> Vec<Command> {
    let one_or_all = || required("APP", "The id of the app, with :VERSION for one version alone");
    let mut verbs = vec![
        list::search_options(
            Command::new("list").alias("ls").about("List your apps, each with its latest version"),
        ),
        Command::new("show")
            .aliases(["get", "describe"])
            .about("Show an app")
            .arg(required("APP", "The id of the app, with :VERSION for another than the latest")),
        list::options(Command::new("versions").about("List the versions of an app"))
            .arg(required("APP", "The id of the app")),
        Command::new("enable").about("Allow the use of an app").arg(one_or_all()),
        Command::new("disable").about("Forbid the use of an app").arg(one_or_all()),
        Command::new("delete")
            .about("Delete an app with all versions; `tapis apps undelete-app` brings it back")
            .alias("rm")
            .arg(required("APP", "The id of the app"))
            .arg(yes_option()),
    ];
    verbs.extend(sharing::verbs(&SHARED));
    verbs
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    verb: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (id, version) = split(text(matches, "APP"));
    if verb == "show" {
        return match version {
            Some(version) => {
                let path = [("appId", id), ("appVersion", version)];
                show(globals, t, ("apps", "getApp"), &path, &VIEW).await
            }
            None => {
                show(globals, t, ("apps", "getAppLatestVersion"), &[("appId", id)], &VIEW).await
            }
        };
    }
    if let Some(version) = version.filter(|_| !matches!(verb, "enable" | "disable")) {
        let message = format!("{id}:{version}: `tapis apps {verb}` takes no version");
        return Err(Failure::usage(message).with_hint("leave out the colon and the version"));
    }
    match verb {
        "enable" | "disable" => return switch(globals, t, verb, (id, version)).await,
        "delete" => {
            confirm(globals, &format!("Delete the app {id} with all versions?"))?;
            call(globals, t, ("apps", "deleteApp"), &[("appId", id)]).await?;
            globals.note(&format!("{id} is deleted."));
            return Ok(());
        }
        "share" | "unshare" | "permissions" => {
            return sharing::run(globals, t, &SHARED, verb, matches).await;
        }
        _ => {}
    }
    let call = t.operation("apps", "getApps")?;
    let call = call.text_argument("select", &list::select(globals, &VIEW));
    let call = match verb {
        "versions" => {
            // A condition on the version brings all that meet it, in place of the latest one.
            let id = search::joined(&[search::Condition::equals("id", id)?]);
            call.text_argument("search", &format!("{id}~(version.like.*)"))
                .text_argument("listType", "ALL")
        }
        _ => {
            let conditions = search::conditions(matches)?;
            let call = match super::parts::is_set(matches, "shared") {
                true => call.text_argument("listType", "ALL"),
                false => call,
            };
            match conditions.is_empty() {
                true => call,
                false => call.text_argument("search", &search::joined(&conditions)),
            }
        }
    };
    list::show(globals, matches, call, &VIEW).await
}

/// Enables or disables an app, or one of its versions.
async fn switch(
    globals: &Globals,
    t: &Tapis,
    verb: &str,
    (id, version): (&str, Option<&str>),
) -> Result<(), Failure> {
    let path = [("appId", id), ("appVersion", version.unwrap_or_default())];
    let (operation, path) = match (verb, version) {
        ("enable", None) => ("enableApp", &path[..1]),
        (_, None) => ("disableApp", &path[..1]),
        ("enable", Some(_)) => ("enableAppVersion", &path[..]),
        (_, Some(_)) => ("disableAppVersion", &path[..]),
    };
    call(globals, t, ("apps", operation), path).await?;
    let version = version.map(|version| format!(" {version}")).unwrap_or_default();
    globals.note(&format!("{id}{version} is {verb}d."));
    Ok(())
}

/// The id of an app and, after a colon, its version.
pub(super) fn split(app: &str) -> (&str, Option<&str>) {
    match app.split_once(':') {
        Some((id, version)) => (id, Some(version)),
        None => (app, None),
    }
}
