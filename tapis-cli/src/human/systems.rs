//! `tapis systems`: what people do with systems.

use clap::{Arg, ArgMatches, Command};
use serde_json::json;
use tapis_client::systems::CredentialStatus;
use tapis_client::{Secret, Tapis};

use super::parts::{call, flag, is_set, required, show, text};
use super::sharing::{self, Shared};
use super::{list, search};
use crate::arguments::{Globals, yes_option};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::{confirm, content};
use crate::output::{Column, View};

const VIEW: View = View {
    identity: &["id"],
    columns: &[
        Column::text("ID", "id"),
        Column::text("TYPE", "systemType"),
        Column::long("HOST", "host"),
        Column::text("LOGIN", "effectiveUserId"),
        Column::text("JOBS", "canExec"),
        Column::text("ENABLED", "enabled"),
    ],
    wide: &[
        Column::text("OWNER", "owner"),
        Column::text("AUTHENTICATION", "defaultAuthnMethod"),
        Column::text("ROOT", "rootDir"),
        Column::time("UPDATED", "updated"),
        Column::long("DESCRIPTION", "description"),
    ],
};

const SHARED: Shared = Shared {
    service: "systems",
    value: "SYSTEM",
    parameter: "systemId",
    share: ["shareSystem", "shareSystemPublic"],
    unshare: ["unShareSystem", "unShareSystemPublic"],
};

pub(super) fn verbs() -> Vec<Command> {
    let id = || required("SYSTEM", "The id of the system");
    let user = || {
        Arg::new("user")
            .long("user")
            .value_name("NAME")
            .help("Another user than the one whose credential the system uses for you")
    };
    let variable = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("VARIABLE").help(help)
    };
    let file = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name("FILE").help(help)
    };
    let mut verbs = vec![
        list::search_options(Command::new("list").alias("ls").about("List your systems")),
        Command::new("show").aliases(["get", "describe"]).about("Show a system").arg(id()),
        Command::new("credentials")
            .about("Store and check what Tapis logs in to a system with")
            .subcommand(
                Command::new("check")
                    .about("Check that Tapis can log in to a system")
                    .arg(id())
                    .arg(user()),
            )
            .subcommand(
                Command::new("set")
                    .about("Store what Tapis logs in to a system with, after a login with it")
                    .arg(id())
                    .arg(user())
                    .arg(
                        Arg::new("login-user")
                            .long("login-user")
                            .value_name("NAME")
                            .help("Your name on the host, if it differs from your name in Tapis"),
                    )
                    .arg(flag("password-stdin", "Read a password from stdin"))
                    .arg(variable("password-from-env", "The environment variable with a password"))
                    .arg(
                        file("private-key", "The file with a private SSH key, in PEM")
                            .requires("public-key"),
                    )
                    .arg(
                        file("public-key", "The file with the public SSH key")
                            .requires("private-key"),
                    )
                    .arg(
                        variable(
                            "access-key-from-env",
                            "The variable with the key of an object store",
                        )
                        .requires("access-secret-from-env"),
                    )
                    .arg(
                        variable(
                            "access-secret-from-env",
                            "The variable with the secret of that key",
                        )
                        .requires("access-key-from-env"),
                    )
                    .arg(flag("skip-check", "Store it without a login"))
                    .group(
                        clap::ArgGroup::new("kind")
                            .args([
                                "password-stdin",
                                "password-from-env",
                                "private-key",
                                "access-key-from-env",
                            ])
                            .required(true),
                    ),
            ),
        Command::new("enable").about("Allow the use of a system").arg(id()),
        Command::new("disable").about("Forbid the use of a system").arg(id()),
        Command::new("delete")
            .about(
                "Delete a system; its id stays taken, and `tapis systems undelete` brings it back",
            )
            .alias("rm")
            .arg(id())
            .arg(yes_option()),
        Command::new("undelete").about("Bring back a system that was deleted").arg(id()),
    ];
    verbs.extend(sharing::verbs(&SHARED));
    verbs
}

pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    verb: (&str, Option<&str>),
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let id = text(matches, "SYSTEM");
    let path = [("systemId", id)];
    match verb {
        ("list", _) => {
            let mut call = t
                .operation("systems", "getSystems")?
                .text_argument("select", &list::select(globals, &VIEW));
            let conditions = search::conditions(matches)?;
            if !conditions.is_empty() {
                call = call.text_argument("search", &search::joined(&conditions));
            }
            if is_set(matches, "shared") {
                call = call.text_argument("listType", "ALL");
            }
            list::show(globals, matches, call, &VIEW).await
        }
        ("show", _) => show(globals, t, ("systems", "getSystem"), &path, &VIEW).await,
        ("credentials", Some("check")) => check_credential(globals, t, id, matches).await,
        ("credentials", _) => set_credential(globals, t, id, matches).await,
        ("enable", _) => {
            call(globals, t, ("systems", "enableSystem"), &path).await?;
            done(globals, &format!("{id} is enabled."))
        }
        ("disable", _) => {
            call(globals, t, ("systems", "disableSystem"), &path).await?;
            done(globals, &format!("{id} is disabled."))
        }
        ("undelete", _) => {
            call(globals, t, ("systems", "undeleteSystem"), &path).await?;
            done(globals, &format!("{id} is back."))
        }
        (verb @ ("share" | "unshare" | "permissions"), _) => {
            sharing::run(globals, t, &SHARED, verb, matches).await
        }
        _ => {
            confirm(globals, &format!("Delete the system {id}?"))?;
            call(globals, t, ("systems", "deleteSystem"), &path).await?;
            done(globals, &format!("{id} is deleted."))
        }
    }
}

fn done(globals: &Globals, what: &str) -> Result<(), Failure> {
    globals.note(what);
    Ok(())
}

async fn check_credential(
    globals: &Globals,
    t: &Tapis,
    id: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    const VIEW: View = View {
        identity: &["system"],
        columns: &[Column::text("SYSTEM", "system"), Column::text("LOGIN", "login")],
        wide: &[],
    };
    let hint = |store: &str| format!("{store} with `tapis systems credentials set {id}`");
    let mut check = t.systems.check_credential(id);
    if !text(matches, "user").is_empty() {
        check = check.for_user(text(matches, "user"));
    }
    match check.await? {
        CredentialStatus::Accepted => {
            globals.output().show_as(&json!([{"system": id, "login": "accepted"}]), &VIEW)
        }
        CredentialStatus::Missing => {
            let message = format!("no credential is stored for the system {id}");
            Err(Failure::new(Exit::SystemCredential, message).with_hint(hint("store one")))
        }
        CredentialStatus::Refused(why) => {
            let message = format!("the host of {id} refused the login: {why}");
            Err(Failure::new(Exit::SystemCredential, message).with_hint(hint("store another")))
        }
        other => Err(Failure::new(Exit::Failed, format!("unexpected: {other:?}"))),
    }
}

async fn set_credential(
    globals: &Globals,
    t: &Tapis,
    id: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let from_env = |name: &str| -> Result<Secret, Failure> {
        let variable = text(matches, name);
        std::env::var(variable)
            .map(Secret::from)
            .map_err(|_| Failure::usage(format!("the environment has no variable {variable}")))
    };
    let given = |name: &str| !text(matches, name).is_empty();
    let mut set = t.systems.set_credential(id);
    set = if given("password-from-env") {
        set.password(from_env("password-from-env")?)
    } else if given("private-key") {
        set.from_key_files(text(matches, "private-key"), text(matches, "public-key"))
    } else if given("access-key-from-env") {
        set.access_key(from_env("access-key-from-env")?, from_env("access-secret-from-env")?)
    } else {
        let bytes = content("-")?;
        let password = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::usage("the password on stdin is not UTF-8"))?;
        set.password(password.trim_end_matches(['\r', '\n']))
    };
    if given("user") {
        set = set.for_user(text(matches, "user"));
    }
    if given("login-user") {
        set = set.login_user(text(matches, "login-user"));
    }
    if is_set(matches, "skip-check") {
        set = set.skip_check();
    }
    set.await?;
    done(globals, &format!("The credential for {id} is stored."))
}
