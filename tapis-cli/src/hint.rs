//! Hints of the library in the words of the command line.

use tapis_client::dynamic;

use crate::spelling::kebab;

/// The verbs for calls that are not operations.
const VERBS: [(&str, &str); 4] = [
    ("systems.set_credential", "credentials set"),
    ("jobs.watch", "wait"),
    ("jobs.outputs", "outputs ls"),
    ("jobs.download_output", "outputs get"),
];

/// Options of the library, and those of the command line.
const OPTIONS: [(&str, &str); 1] = [("with_timeout()", "`--timeout SECONDS`")];

/// Options of the library that the command line has not.
const NO_OPTIONS: [&str; 1] = ["with_attempt_timeout()"];

/// The hint with calls such as `t.systems.get_system("x")` as commands: `tapis systems get-system x`.
/// `None` for one that helps programs alone.
pub(crate) fn for_shell(hint: &str) -> Option<String> {
    if NO_OPTIONS.iter().any(|option| hint.contains(option)) {
        return None;
    }
    let hint = OPTIONS.iter().fold(hint.to_owned(), |hint, (own, shell)| hint.replace(own, shell));
    let (mut shown, mut rest) = (String::new(), &*hint);
    while let Some((before, call, after)) = next_call(rest) {
        shown.push_str(before);
        shown.push_str(&call);
        rest = after;
    }
    Some(shown + rest)
}

/// The text before the next call of an operation, the command that makes it, and the text after it.
fn next_call(text: &str) -> Option<(&str, String, &str)> {
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find("t.").map(|at| at.saturating_add(from)) {
        let call = text.get(at.saturating_add(2)..)?;
        let command = call.split_once('(').and_then(|(name, rest)| {
            let (service, operation) = name.split_once('.')?;
            let own =
                VERBS.iter().find(|(call, _)| *call == name).map(|(_, verb)| (*verb).to_owned());
            let verb =
                own.or_else(|| Some(kebab(dynamic::describe(service, operation).ok()?.id)))?;
            let (arguments, after) = rest.split_once(')')?;
            let values: String = arguments.split(',').map(|one| one.trim().trim_matches('"')).fold(
                String::new(),
                |all, one| {
                    if one.is_empty() { all } else { format!("{all} {one}") }
                },
            );
            Some((format!("`tapis {service} {verb}{values}`"), after))
        });
        match (command, text.get(..at)) {
            (Some((command, after)), Some(before)) => return Some((before, command, after)),
            _ => from = at.saturating_add(2),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_commands() {
        for (hint, shown) in [
            (
                "check it with t.systems.get_system(\"host\"), and more",
                "check it with `tapis systems get-system host`, and more",
            ),
            ("t.systems.enable_system() helps", "`tapis systems enable-system` helps"),
            ("t.jobs.outputs(\"u\") lists it", "`tapis jobs outputs ls u` lists it"),
            ("t.jobs.nothing() goes on", "t.jobs.nothing() goes on"),
            ("with_timeout() sets another limit", "`--timeout SECONDS` sets another limit"),
            ("it is not. (Really.)", "it is not. (Really.)"),
            ("naïve t.", "naïve t."),
        ] {
            assert_eq!(for_shell(hint).as_deref(), Some(shown));
        }
        assert_eq!(for_shell("with_attempt_timeout() sets another limit"), None);
    }
}
