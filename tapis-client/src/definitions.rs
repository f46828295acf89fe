//! Systems and apps from definition files.
//!
//! A [`Definition`] has the attributes of the request that creates the resource. [`Tapis::apply`],
//! [`Tapis::diff`] and [`Tapis::export`] tell a system from an app by these attributes.

use tapis_core::{BoxFuture, Error};

use crate::Tapis;

pub use tapis_apply::{ApplyOutcome, Definition, Difference, Differences, Format, Kind, Target};

impl Tapis {
    /// Applies a definition: creates the system or the version of an app, or changes the attributes
    /// that differ. Needs the feature `definitions`.
    ///
    /// Attributes that the definition does not mention keep their value; `null` and a blank text
    /// reset an attribute to the service's default. Objects are compared attribute by attribute, so
    /// `notes: {}` changes nothing and `notes: null` empties them. Lists are compared and sent as a
    /// whole: entries with a name or key are matched by it and keep attributes that the definition
    /// does not mention, and entries that the definition lacks are removed. Values that the service
    /// fills in, resolves (such as `${owner}` and `HOST_EVAL(…)`), strips or normalises are not
    /// differences.
    ///
    /// Reads the resource, sends the necessary calls, and reads it again:
    ///
    /// - `POST` if it does not exist, and then the calls for attributes that the service does not
    ///   store with it. A deleted resource is undeleted.
    /// - `PATCH` with the attributes that differ, or `PUT` if an attribute can only be unset by
    ///   omitting it. A locked version of an app is unlocked before and locked again afterwards,
    ///   even if the change fails.
    /// - The calls that enable, disable, lock and unlock, if `enabled`, `versionEnabled` or
    ///   `locked` differ.
    /// - The call that changes the owner, last. If the definition's owner is `${apiUserId}`, the owner
    ///   of an existing resource is never a difference.
    ///
    /// The credential of a system with a fixed `effectiveUserId` is sent when the system is created, and
    /// later only if the service has none. To replace one, use
    /// [`set_credential`](crate::systems::Client::set_credential).
    ///
    /// If an apply fails halfway, the next one continues it. The exception is a locked version of an
    /// app whose definition does not mention `locked`: if the process ends between unlocking and
    /// locking it, it stays unlocked, and the next apply cannot know that it was locked. Set
    /// `locked: true` to lock it again. If only the call that locks it fails, that is the error.
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
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for an invalid definition, an ambiguous kind
    /// (see [`Definition::with_kind`]), or a change of a fixed attribute; nothing is changed then.
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) if the service accepted a change but did
    /// not store it; the error lists the differences. Otherwise the kinds of its calls.
    #[doc(alias = "provision")]
    #[doc(alias = "deploy")]
    #[doc(alias = "upsert")]
    #[doc(alias = "create or update")]
    pub fn apply(
        &self,
        definition: &Definition,
    ) -> BoxFuture<'static, Result<ApplyOutcome, Error>> {
        tapis_apply::apply(self.session(), definition)
    }

    /// Compares a definition with the system or the version of an app on the server, as
    /// [`apply`](Self::apply) does, without changing anything. Needs the feature `definitions`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) for an invalid definition or an ambiguous
    /// kind, [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the resource does not exist.
    #[doc(alias = "plan")]
    #[doc(alias = "compare")]
    pub fn diff(&self, definition: &Definition) -> BoxFuture<'static, Result<Differences, Error>> {
        tapis_apply::diff(self.session(), definition)
    }

    /// Exports a system or a version of an app on the server as a definition. It has the attributes
    /// of the request that creates the resource: without attributes that only the service sets,
    /// such as `uuid` and `created`, without credentials, and without attributes that have no
    /// value. No limit is -1. The same resource always returns the same text, and applying it
    /// changes nothing. Needs the feature `definitions`.
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
    #[doc(alias = "backup")]
    pub fn export(&self, target: Target) -> BoxFuture<'static, Result<Definition, Error>> {
        tapis_apply::export(self.session(), target)
    }
}
