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
    /// attributes that differ. Needs the feature `definitions`.
    ///
    /// Attributes that the definition does not mention stay as they are; `null` and a blank text ask for
    /// the service's default. Objects are compared attribute by attribute, so `notes: {}` asks for nothing and
    /// `notes: null` empties them. Lists are compared and sent as a whole: entries with a name or key are
    /// matched by it and keep the attributes that the definition does not mention, and entries that the
    /// definition does not have are removed. Values that the service fills in, resolves (such as
    /// `${owner}` and `HOST_EVAL(…)`), strips or normalises are no differences.
    ///
    /// Reads the resource, sends the calls that are needed, and reads it again:
    ///
    /// - `POST` if it does not exist, and then the calls for what the service does not store with it. A
    ///   deleted resource is undeleted.
    /// - `PATCH` with the attributes that differ, or `PUT` if an attribute can only be unset by leaving it
    ///   out. A locked version of an app is unlocked before and locked again afterwards, even if the
    ///   change fails.
    /// - The calls that enable, disable, lock and unlock, where `enabled`, `versionEnabled` or `locked`
    ///   differ.
    /// - The call that changes the owner, last. `${apiUserId}` as the owner accepts any owner of a
    ///   resource that exists.
    ///
    /// The credential of a system with a fixed `effectiveUserId` is sent when the system is created, and
    /// later only if the service has none. To replace one, use
    /// [`set_credential`](crate::systems::Client::set_credential).
    ///
    /// An apply that breaks off is continued by the next one. The exception is a version of an app that was
    /// locked and whose definition does not mention `locked`: if the process ends between unlocking it and
    /// locking it again, it stays unlocked, and the next apply cannot know that it was locked. Write
    /// `locked: true` to have it locked again. If only the call that locks it fails, that is the error.
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
    /// then. [`ErrorKind::Request`](crate::ErrorKind::Request) if the service accepted a change and did
    /// not store it, with what differs. Otherwise the kinds of the calls that it makes.
    pub fn apply(
        &self,
        definition: &Definition,
    ) -> BoxFuture<'static, Result<ApplyOutcome, Error>> {
        tapis_apply::apply(self.session(), definition)
    }

    /// Compares a definition with the system or the version of an app on the server, as
    /// [`apply`](Self::apply) does, and changes nothing. Needs the feature `definitions`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for a definition that is not valid or whose kind is
    /// not clear, [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the resource does not exist.
    pub fn diff(&self, definition: &Definition) -> BoxFuture<'static, Result<Differences, Error>> {
        tapis_apply::diff(self.session(), definition)
    }

    /// Makes a definition of a system or a version of an app on the server. It has the attributes that
    /// the request for creating the resource knows: without those that only the service sets, such as
    /// `uuid` and `created`, without credentials, and without attributes that have no value. No limit is
    /// -1. The same resource gives the same text, and applying it changes nothing. Needs the feature
    /// `definitions`.
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
