//! Post-its: URLs from which anyone can download a path.

use std::time::Duration;

use tapis_core::{BoxFuture, Error, ErrorKind};

use crate::RemotePath;
use crate::types::{CreatePostItRequest, PostIt};

impl RemotePath {
    /// Creates a URL from which anyone can download the file or directory without a login: `POST
    /// /v3/files/postits/{systemId}/{path}`. By default it works once, within 30 days.
    ///
    /// The path is checked first, so a path that does not exist is an error of kind `NotFound`.
    #[doc(alias = "share link")]
    #[doc(alias = "presigned URL")]
    pub fn post_it(&self) -> NewPostIt {
        NewPostIt { remote: self.clone(), uses: None, lifetime: None }
    }
}

impl PostIt {
    /// The identifier of the post-it, for operations that redeem, change or delete it. It is `id`,
    /// or `postitId` in other versions of the service, or the last segment of the URL.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        let address = || self.redeem_url.as_deref()?.split('?').next()?.rsplit('/').next();
        let id = self.id.as_deref().or(self.postit_id.as_deref());
        id.or_else(address).filter(|id| !id.is_empty())
    }
}

/// A post-it to create; it is created when awaited.
#[derive(Clone, Debug)]
#[must_use = "no post-it is created until it is awaited"]
pub struct NewPostIt {
    remote: RemotePath,
    uses: Option<i32>,
    lifetime: Option<Duration>,
}

impl NewPostIt {
    /// Sets the maximum number of downloads. Default: 1; 0 is an error of kind `Input`.
    pub fn uses(mut self, times: u32) -> Self {
        self.uses = Some(i32::try_from(times).unwrap_or(i32::MAX));
        self
    }

    /// Allows any number of downloads.
    pub fn unlimited_uses(mut self) -> Self {
        self.uses = Some(-1);
        self
    }

    /// Sets the lifetime, in whole seconds. Default: 30 days; less than one second is an error of
    /// kind `Input`.
    pub fn valid_for(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    async fn run(self) -> Result<PostIt, Error> {
        let path = self.remote.path()?;
        let input = |message| Error::new(ErrorKind::Input, message);
        if self.uses == Some(0) {
            return Err(input("a post-it must allow at least one download"));
        }
        let seconds = self.lifetime.map(|lifetime| i32::try_from(lifetime.as_secs())).transpose();
        let seconds =
            seconds.map_err(|_| input("the lifetime of a post-it is at most 68 years"))?;
        if seconds == Some(0) {
            return Err(input("the lifetime of a post-it must be at least one second"));
        }
        self.remote.stat().await?;
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
