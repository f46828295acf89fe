//! Systems and apps from definition files.
//!
//! A [`Definition`] has the attributes of the request that creates the resource. [`Tapis::apply`],
//! [`Tapis::diff`] and [`Tapis::export`] find out from the attributes whether it describes a system or
//! an app.

use tapis_core::{BoxFuture, Error};

use crate::Tapis;

pub use tapis_apply::{ApplyOutcome, Definition, Difference, Differences, Format, Kind, Target};

impl Tapis {
    /// Creates the system or the version of an app that a definition describes, or changes the
    /// attributes that differ. Attributes that the definition does not mention stay as they are. Needs
    /// the feature `definitions`.
    ///
    /// Reads the resource, then sends `POST`, or `PATCH` with the attributes that differ. Where
    /// `enabled`, `versionEnabled` or `locked` differ, sends the calls that enable, disable, lock and
    /// unlock. Credentials of a system are sent only when it is created; later use
    /// [`set_credential`](crate::systems::Client::set_credential).
    ///
    /// ```no_run
    /// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
    /// use tapis_client::definitions::Definition;
    ///
    /// let definition = Definition::from_path("frontera.yaml").await?;
    /// print!("{}", t.diff(&definition).await?);
    /// println!("{}", t.apply(&definition).await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for a definition that is not valid, whose kind is not
    /// clear (see [`Definition::with_kind`]), or that changes what cannot be changed; nothing is changed
    /// then. Otherwise the kinds of the calls that it makes.
    pub fn apply(
        &self,
        definition: &Definition,
    ) -> BoxFuture<'static, Result<ApplyOutcome, Error>> {
        tapis_apply::apply(self.session(), definition)
    }

    /// Compares a definition with the system or the version of an app on the server, and changes
    /// nothing. Needs the feature `definitions`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for a definition that is not valid or whose kind is
    /// not clear, [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the resource does not exist.
    pub fn diff(&self, definition: &Definition) -> BoxFuture<'static, Result<Differences, Error>> {
        tapis_apply::diff(self.session(), definition)
    }

    /// Makes a definition of a system or a version of an app on the server. It has the attributes that
    /// the request for creating the resource knows: without those that only the service sets, such as
    /// `uuid` and `created`, and without credentials. Needs the feature `definitions`.
    ///
    /// ```no_run
    /// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
    /// use tapis_client::definitions::{Format, Target};
    ///
    /// let system = t.export(Target::system("frontera")).await?;
    /// print!("{}", system.to_text(Format::Yaml)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the resource does not exist,
    /// [`ErrorKind::Decoding`](crate::ErrorKind::Decoding) if the reply lacks a required attribute.
    pub fn export(&self, target: Target) -> BoxFuture<'static, Result<Definition, Error>> {
        tapis_apply::export(self.session(), target)
    }
}
