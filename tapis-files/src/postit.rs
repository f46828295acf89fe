//! Post-its: addresses from which anybody can download a path.

use std::time::Duration;

use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::RemotePath;
use crate::types::{CreatePostItRequest, PostIt};

impl RemotePath {
    /// Makes an address from which anybody who has it can download what is here: `POST
    /// /v3/files/postits/{systemId}/{path}`. Once and within 30 days, unless told otherwise.
    pub fn post_it(&self) -> NewPostIt {
        NewPostIt { remote: self.clone(), uses: None, lifetime: None }
    }
}

/// A post-it that has not been made; awaiting it makes it.
#[derive(Clone, Debug)]
#[must_use = "no post-it is made until it is awaited"]
pub struct NewPostIt {
    remote: RemotePath,
    uses: Option<i32>,
    lifetime: Option<Duration>,
}

impl NewPostIt {
    /// How often it may be used.
    pub fn uses(mut self, times: u32) -> Self {
        self.uses = Some(i32::try_from(times).unwrap_or(i32::MAX));
        self
    }

    /// As often as anybody likes.
    pub fn unlimited_uses(mut self) -> Self {
        self.uses = Some(-1);
        self
    }

    /// How long it may be used, in whole seconds.
    pub fn valid_for(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    async fn run(self) -> Result<PostIt, Error> {
        let path = self.remote.path()?;
        let seconds = self.lifetime.map(|lifetime| i32::try_from(lifetime.as_secs())).transpose();
        let seconds = seconds.map_err(|_| {
            Error::new(ErrorKind::Input, "a post-it cannot be valid for so many seconds")
        })?;
        let body = CreatePostItRequest {
            allowed_uses: self.uses,
            valid_seconds: seconds,
            ..CreatePostItRequest::default()
        };
        self.remote.client.create_post_it(path.system(), path.path(), body).await
    }
}

impl IntoFuture for NewPostIt {
    type Output = Result<PostIt, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
