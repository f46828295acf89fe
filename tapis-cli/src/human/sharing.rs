//! Who may use a system or an app: shares and permissions.

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};
use serde_json::{Value, json};
use tapis_client::Tapis;

use super::parts::{call, flag, is_set, required, text, texts};
use crate::arguments::Globals;
use crate::failure::Failure;

/// What can be shared, with the names that its service has for that.
pub(super) struct Shared {
    pub(super) service: &'static str,
    /// The value on the command line, such as `SYSTEM`.
    pub(super) value: &'static str,
    /// The parameter of the path, such as `systemId`.
    pub(super) parameter: &'static str,
    /// The operations that share and unshare with users, and with the tenant.
    pub(super) share: [&'static str; 2],
    pub(super) unshare: [&'static str; 2],
}

/// The permissions of Systems and Apps.
const PERMISSIONS: [&str; 3] = ["READ", "MODIFY", "EXECUTE"];

pub(super) fn verbs(kind: &Shared) -> [Command; 3] {
    let thing = kind.value.to_lowercase();
    let id = || required(kind.value, "").help(format!("The id of the {thing}"));
    let users = || Arg::new("USER").value_name("USER").num_args(0..).help("The users");
    let permissions = |name: &'static str, help: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("A,B")
            .value_delimiter(',')
            .action(ArgAction::Append)
            .ignore_case(true)
            .value_parser(PossibleValuesParser::new(PERMISSIONS))
            .help(help)
    };
    [
        Command::new("share")
            .about(format!("Share the {thing} with users, or show with whom it is shared"))
            .args([id(), users(), flag("public", "Share it with all users of the tenant")]),
        Command::new("unshare").about(format!("End the sharing of the {thing}")).args([
            id(),
            users().required_unless_present("public"),
            flag("public", "End the sharing with all users of the tenant"),
        ]),
        Command::new("permissions")
            .about(format!("Show, grant and revoke the permissions of a user for the {thing}"))
            .args([id(), required("USER", "The user")])
            .arg(permissions("grant", "Permissions to grant"))
            .arg(permissions("revoke", "Permissions to revoke")),
    ]
}

/// Runs one of the verbs.
pub(super) async fn run(
    globals: &Globals,
    t: &Tapis,
    kind: &Shared,
    verb: &str,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let id = text(matches, kind.value);
    let path = [(kind.parameter, id)];
    if verb == "permissions" {
        return permissions(globals, t, kind, matches).await;
    }
    let users: Vec<&str> = texts(matches, "USER").collect();
    let everybody = is_set(matches, "public");
    let (operations, done) = match verb {
        "share" => (kind.share, "is shared"),
        _ => (kind.unshare, "is no longer shared"),
    };
    if users.is_empty() && !everybody {
        let mut shares = call(globals, t, (kind.service, "getShareInfo"), &path).await?;
        // The same in an older form.
        if let (Value::Object(members), true) = (&mut shares, globals.output().is_table()) {
            members.retain(|name, _| name == "users" || name == "publicShare");
        }
        return globals.output().show(&shares, &[]);
    }
    if !users.is_empty() {
        let call = t.operation(kind.service, operations[0])?.text_argument(kind.parameter, id);
        call.body(json!({"users": users})).await?;
        globals.note(&format!("{id} {done} with {}.", users.join(", ")));
    }
    if everybody {
        call(globals, t, (kind.service, operations[1]), &path).await?;
        globals.note(&format!("{id} {done} with all users of the tenant."));
    }
    Ok(())
}

async fn permissions(
    globals: &Globals,
    t: &Tapis,
    kind: &Shared,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let (id, user) = (text(matches, kind.value), text(matches, "USER"));
    let path = [(kind.parameter, id), ("userName", user)];
    for (option, operation) in [("grant", "grantUserPerms"), ("revoke", "revokeUserPerms")] {
        let names: Vec<String> = texts(matches, option).map(str::to_uppercase).collect();
        if names.is_empty() {
            continue;
        }
        let mut call = t.operation(kind.service, operation)?;
        for (name, value) in path {
            call = call.text_argument(name, value);
        }
        call.body(json!({"permissions": names})).await?;
    }
    let held = call(globals, t, (kind.service, "getUserPerms"), &path).await?;
    let shown = json!({"id": id, "user": user, "permissions": held["names"]});
    globals.output().show(&shown, &["id".into(), "user".into()])
}
