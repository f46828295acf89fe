//! Commands that do something for several things, of which some may fail.

use crate::exit::Exit;
use crate::failure::Failure;

/// The failures of single things: files, jobs, definitions.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<(String, Failure)>);

impl Failures {
    /// Takes note of the failure of `name`.
    ///
    /// # Errors
    /// The failure of a login, which all others would have, too, together with those collected before.
    pub(crate) fn push(
        &mut self,
        name: impl Into<String>,
        failure: Failure,
    ) -> Result<(), Failure> {
        let name = name.into();
        if failure.exit != Exit::Login {
            self.0.push((name, failure));
            return Ok(());
        }
        if self.0.is_empty() {
            return Err(failure);
        }
        let message = format!("stopped at {name}, because the login failed");
        self.0.push((name, failure));
        Err(Failure::of_parts(message, std::mem::take(&mut self.0)))
    }

    /// The outcome of a command for `total` of `things`.
    pub(crate) fn into_result(mut self, total: usize, things: &str) -> Result<(), Failure> {
        match (self.0.len(), total) {
            (0, _) => Ok(()),
            (1, 1) => {
                let (name, failure) = self.0.remove(0);
                Err(failure.about(&name))
            }
            (failed, _) => {
                let message = format!("{failed} of {total} {things} failed");
                Err(Failure::of_parts(message, self.0))
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_login_keeps_the_failures_before_it() {
        let mut failures = Failures::default();
        failures.push("a", Failure::new(Exit::NotFound, "no such job")).unwrap();
        let failure = failures.push("b", Failure::new(Exit::Login, "no login")).unwrap_err();
        assert_eq!(failure.exit, Exit::Login);
        let names: Vec<&str> = failure.parts().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
