//! Systems and apps from definition files, which can be kept under version control.
//!
//! A [`Definition`] is JSON, YAML or TOML with the attributes of the request that creates the resource.
//! [`Tapis::apply`] creates the resource or updates the attributes that differ, [`Tapis::diff`] shows the differences,
//! and [`Tapis::export`] converts a resource on the server to a definition. Whether a definition describes a system or
//! an app is inferred from its attributes. `JobDefinition` in the module `jobs` reads jobs from files.
//!
//! ```no_run
//! # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
//! use tapis_client::definitions::{Definition, Format};
//!
//! let definition = Definition::from_text(
//!     "id: my-system\nsystemType: LINUX\nhost: login.example.org\ndefaultAuthnMethod: PKI_KEYS\ncanExec: false\n",
//!     Format::Yaml,
//! )?;
//! println!("{}", t.apply(&definition).await?); // created
//! println!("{}", t.apply(&definition).await?); // unchanged
//! # Ok(())
//! # }
//! ```
//!
//! The guide has a chapter *Systems, apps and definitions*.

use tapis_core::{BoxFuture, Error};

use crate::Tapis;

pub use tapis_apply::{ApplyOutcome, Definition, Difference, Differences, Format, Kind, Target};

impl Tapis {
    /// Applies a definition: creates the system or the version of an app, or updates the attributes
    /// that differ. Needs the feature `definitions`.
    ///
    /// Attributes that the definition does not mention keep their value; `null` and a blank string
    /// reset an attribute to the service's default. Objects are compared attribute by attribute, so
    /// `notes: {}` changes nothing and `notes: null` empties them. Lists are compared and sent as a
    /// whole: entries that the definition lacks are removed; entries with a name or key are matched
    /// by it, and keep attributes that the definition does not mention. A value that the service
    /// sets by default, resolves (such as `${owner}` and `HOST_EVAL(…)`), trims or normalises is not
    /// a difference.
    ///
    /// Reads the resource, sends the necessary calls, and reads it again:
    ///
    /// - `POST` if it does not exist, and then the calls for attributes that `POST` does not store. A
    ///   deleted resource is undeleted.
    /// - `PATCH` with the attributes that differ, or `PUT` if an attribute can only be unset by
    ///   omitting it. A locked version of an app is unlocked before and locked again afterwards,
    ///   even if the change fails.
    /// - The calls that enable, disable, lock and unlock, if `enabled`, `versionEnabled` or
    ///   `locked` differ.
    /// - The call that changes the owner, last. If the definition's owner is `${apiUserId}`, the owner
    ///   of an existing resource is never a difference.
    ///
    /// The credential of a system with a fixed `effectiveUserId` is sent when the system is created, and
    /// later only if the service has none. To replace a credential, use
    /// [`set_credential`](crate::systems::Client::set_credential).
    ///
    /// If an apply fails halfway, the next one completes it, with one exception: if the process ends
    /// while a locked version of an app is unlocked, and its definition does not mention `locked`, the
    /// version stays unlocked. Set `locked: true` to lock it again. If only the call that locks it
    /// fails, its error is returned.
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
    /// not store it; the error lists the differences. Otherwise the kinds of the calls.
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

    /// Compares a definition with the system or the version of an app on the server, without changing
    /// anything: returns the differences that [`apply`](Self::apply) would change. Needs the feature
    /// `definitions`.
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
    /// of the request that creates the resource. It has no credentials, no attributes that only the
    /// service sets, such as `uuid` and `created`, and no attributes without a value; -1 means no
    /// limit. The same resource always gives the same text, and applying it changes nothing. Needs
    /// the feature `definitions`.
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
