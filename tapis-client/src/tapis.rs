//! The client: one object with a field for each service.

use std::fmt;
#[cfg(feature = "tenants")]
use std::sync::Arc;

#[cfg(feature = "verify")]
use tapis_core::Claims;
use tapis_core::{
    AccessToken, Error, ErrorKind, Method, Operation, Options, RawRequest, Secret, Session,
    TokenInfo,
};

#[cfg(feature = "tenants")]
use crate::tenant_cache::TenantCache;
#[cfg(feature = "verify")]
use crate::verify::Verifier;

/// The module of a service: its crate, unless this crate has a module with that name.
macro_rules! module {
    ($feature:literal $field:ident $krate:ident) => {
        #[cfg(feature = $feature)]
        #[doc(inline)]
        pub use $krate as $field;
    };
    ($feature:literal $field:ident $krate:ident own_module) => {};
}

/// Takes one line for each service: its feature, its field and its crate.
macro_rules! services {
    ($($(#[doc = $doc:literal])* $feature:literal $field:ident: $krate:ident $($own:ident)?,)*) => {
        /// The client for one tenant and one login, with a field for each service. Created by
        /// [`Tapis::builder`] or [`Tapis::from_env`].
        ///
        /// Cloning is cheap: clones share the token and the connections.
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct Tapis {
            session: Session,
            #[cfg(feature = "verify")]
            verifier: Verifier,
            #[cfg(feature = "tenants")]
            tenant_cache: TenantCache,
            $(
                $(#[doc = $doc])*
                #[cfg(feature = $feature)]
                pub $field: $krate::Client,
            )*
        }

        impl Tapis {
            /// Returns all operations of the enabled services, by service. Together with
            /// [`request`](Self::request), programs can call operations by name. With the feature
            /// `dynamic`, `dynamic::describe_all` also returns their descriptions and schemas.
            ///
            /// ```
            /// # #[cfg(feature = "systems")] {
            /// let mut operations = tapis_client::Tapis::operations();
            /// let operation = operations.find(|one| one.to_string() == "systems.getSystem");
            /// assert_eq!(operation.unwrap().template, "/v3/systems/{systemId}");
            /// # }
            /// ```
            pub fn operations() -> impl Iterator<Item = &'static Operation> {
                let none: &'static [&'static Operation] = &[];
                let tables = [
                    none,
                    $(
                        #[cfg(feature = $feature)]
                        $krate::operations::ALL,
                    )*
                ];
                tables.into_iter().flatten().copied()
            }

            /// Creates a client from a session that was built separately.
            #[must_use]
            pub fn from_session(session: Session) -> Self {
                Self {
                    $(
                        #[cfg(feature = $feature)]
                        $field: $krate::Client::new(&session),
                    )*
                    #[cfg(feature = "verify")]
                    verifier: Verifier::new(&session),
                    #[cfg(feature = "tenants")]
                    tenant_cache: TenantCache::default(),
                    session,
                }
            }
        }

        $(module! { $feature $field $krate $($own)? })*
    };
}

services! {
    /// Functions that run for each message; formerly Abaco.
    "actors" actors: tapis_actors,
    /// Applications for jobs.
    "apps" apps: tapis_apps,
    /// Logins, tokens, OAuth clients and user profiles.
    "authenticator" authenticator: tapis_authenticator own_module,
    /// Datasets of the ML Hub.
    "datasets" datasets: tapis_datasets,
    /// Files on the systems.
    "files" files: tapis_files own_module,
    /// Globus, through Tapis.
    "globus-proxy" globus_proxy: tapis_globus_proxy,
    /// Jobs on the systems.
    "jobs" jobs: tapis_jobs own_module,
    /// Documents in collections.
    "meta" meta: tapis_meta,
    /// Models of the ML Hub.
    "models" models: tapis_models,
    /// Events and their subscriptions.
    "notifications" notifications: tapis_notifications,
    /// Tables in a database.
    "pgrest" pgrest: tapis_pgrest,
    /// Long-running containers.
    "pods" pods: tapis_pods,
    /// Roles, permissions, shares and secrets.
    "sk" sk: tapis_sk,
    /// Measurements from instruments.
    "streams" streams: tapis_streams,
    /// Hosts and storage.
    "systems" systems: tapis_systems,
    /// Tenants and sites.
    "tenants" tenants: tapis_tenants,
    /// Tokens for services.
    "tokens" tokens: tapis_tokens own_module,
    /// Pipelines of tasks.
    "workflows" workflows: tapis_workflows,
}

impl fmt::Debug for Tapis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tapis").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}

impl Tapis {
    /// Logs in now and returns the user and the expiry of the tokens. It contacts the server even if
    /// there are tokens already, so it can be used to check a password. It is optional: the first
    /// call that needs a token logs in automatically.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`](crate::ErrorKind) if the login fails or none is configured,
    /// and the kinds of any call, such as `Connection` and `Server`.
    #[doc(alias = "log in")]
    #[doc(alias = "login")]
    #[doc(alias = "authenticate")]
    pub async fn get_tokens(&self) -> Result<TokenInfo, Error> {
        self.session.get_tokens().await
    }

    /// Returns the username in the session's token; logs in first if there is no token.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] if the login fails or none is configured;
    /// [`ErrorKind::Configuration`] if the token has no user; and the kinds of any call.
    #[doc(alias = "whoami")]
    pub async fn username(&self) -> Result<String, Error> {
        let token = self.access_token().await?;
        let nobody = || Error::new(ErrorKind::Configuration, "the session's token has no user");
        token.claims().user().map(str::to_owned).ok_or_else(nobody)
    }

    /// Returns the access token; logs in or renews the token if needed.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`] if the login fails or none is configured, and the kinds of any
    /// call.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.session.access_token().await
    }

    /// Creates a view that also shares the caches.
    fn view(&self, session: Session) -> Self {
        let view = Self::from_session(session);
        #[cfg(feature = "verify")]
        let view = Self { verifier: self.verifier.clone(), ..view };
        #[cfg(feature = "tenants")]
        let view = Self { tenant_cache: self.tenant_cache.clone(), ..view };
        view
    }

    /// Accepts only tokens of these tenants in [`validate_token`](Self::validate_token).
    #[cfg(feature = "verify")]
    pub(crate) fn accepting(self, tenants: std::collections::BTreeSet<String>) -> Self {
        Self { verifier: self.verifier.accepting(tenants), ..self }
    }

    /// Returns a view of this client that uses `options` for all its calls. It shares the login.
    #[must_use]
    #[doc(alias = "default headers")]
    pub fn with_options(&self, options: Options) -> Self {
        self.view(self.session.with_options(options))
    }

    /// Returns a view that makes its calls as the user of another access token, such as the token of a
    /// request to your web service. It is cheap, because it shares connections, options, the limit of
    /// concurrent calls and the keys of `validate_token` with this client.
    ///
    /// The token is not verified and cannot be renewed. A text that is not a JWT is an error of kind
    /// [`ErrorKind::Authentication`] in the first call. A leading `Bearer ` is removed.
    ///
    /// ```no_run
    /// # async fn example(t: tapis_client::Tapis, jwt: &str) -> Result<(), tapis_client::Error> {
    /// let theirs = t.with_access_token(jwt);
    /// let systems = theirs.systems.get_systems().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "per-user token")]
    #[doc(alias = "bearer")]
    #[must_use]
    pub fn with_access_token(&self, jwt: impl Into<Secret>) -> Self {
        let jwt = crate::token_text::trimmed(jwt.into());
        self.view(self.session.with_access_token(jwt))
    }

    /// Returns a view of this client that acts on behalf of `user` in `tenant`. Only services may do
    /// this: with a user's token, calls fail before they are sent.
    #[doc(alias = "impersonate")]
    #[doc(alias = "obo")]
    #[must_use]
    pub fn on_behalf_of(&self, user: &str, tenant: &str) -> Self {
        self.view(self.session.on_behalf_of(user, tenant))
    }

    /// Returns a view of this client that acts in another tenant of the service's site, as the service
    /// itself. Only services may do this. To act for a user of the tenant, use
    /// [`on_behalf_of`](Self::on_behalf_of).
    #[must_use]
    pub fn in_tenant(&self, tenant: &str) -> Self {
        self.view(self.session.in_tenant(tenant))
    }

    /// Returns a tenant with its base URL, site and keys: `GET /v3/tenants/{tenant_id}`. The reply
    /// is cached for ten minutes for this client and its views. Needs the feature `tenants`.
    ///
    /// # Errors
    /// The kinds of `get_tenant`, such as [`ErrorKind::NotFound`] for an unknown tenant. A failure is not
    /// cached.
    #[cfg(feature = "tenants")]
    pub async fn tenant(&self, id: &str) -> Result<Arc<tapis_tenants::types::Tenant>, Error> {
        self.tenant_cache.tenant(&self.session, id).await
    }

    /// Returns a site: `GET /v3/sites/{site_id}`. The reply is cached for ten minutes for this client
    /// and its views. Needs the feature `tenants`.
    ///
    /// # Errors
    /// The kinds of `get_site`, such as [`ErrorKind::NotFound`] for an unknown site. A failure is not
    /// cached.
    #[cfg(feature = "tenants")]
    pub async fn site(&self, id: &str) -> Result<Arc<tapis_tenants::types::Site>, Error> {
        self.tenant_cache.site(&self.session, id).await
    }

    /// Creates a request for a path that no OpenAPI document describes, with the same
    /// authentication, retries and errors as any call.
    ///
    /// ```no_run
    /// # async fn example(t: tapis_client::Tapis) -> Result<(), tapis_client::Error> {
    /// use tapis_client::http::Method;
    ///
    /// let value = t.request(Method::GET, "/v3/systems/newEndpoint").query("limit", "5").await?;
    /// println!("{}", value["id"]);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "raw request")]
    pub fn request(&self, method: Method, path: impl Into<String>) -> RawRequest {
        RawRequest::new(&self.session, method, path)
    }

    /// Verifies an access token from a request to your program and returns its claims. For services
    /// that authenticate users by Tapis tokens; needs the feature `verify`.
    ///
    /// A token is valid if it is an access token of a user or a service with consistent claims, is
    /// signed with RS256 by the key of its tenant, was issued by the token service of that tenant,
    /// and has not expired. The clock of this machine is used, with a tolerance of 60 seconds. By
    /// default, tokens of all tenants are accepted; see
    /// [`TapisBuilder::accept_tenants`](crate::TapisBuilder::accept_tenants).
    ///
    /// The keys come from `GET /v3/tenants`, and are cached for all views of this client. They are
    /// fetched again after ten minutes, and earlier if a tenant is unknown or a signature does not
    /// match, but at most every 90 seconds. If they cannot be fetched, the cached keys are used for
    /// up to an hour.
    ///
    /// # Errors
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) for a token that is not valid;
    /// the message states the reason. If there are no keys because they could not be fetched, the
    /// kind of that failure.
    #[cfg(feature = "verify")]
    #[doc(alias = "verify token")]
    #[doc(alias = "check token")]
    #[doc(alias = "JWKS")]
    pub async fn validate_token(&self, jwt: impl Into<Secret>) -> Result<Claims, Error> {
        self.verifier.validate(&jwt.into()).await
    }

    /// Revokes the tokens of the session, and deletes them in memory and in the store. If the session
    /// has not logged in, the tokens in the store are revoked, if the session may read them.
    ///
    /// # Errors
    /// The kinds of any call if a token could not be revoked. The tokens are deleted in any case.
    #[doc(alias = "log out")]
    #[doc(alias = "revoke")]
    pub async fn logout(&self) -> Result<(), Error> {
        let tokens = self.session.stored_tokens().await;
        let forgotten = self.session.forget_tokens().await;
        let Some(tokens) = tokens else { return forgotten };
        let authenticator = tapis_authenticator::Client::new(&self.session);
        let mut outcome = forgotten;
        // The service refuses to revoke an expired token, which is useless anyway.
        let alive = tokens.access.expires_at().is_none_or(|at| self.session.server_now() < at);
        let access = alive.then(|| tokens.access.secret());
        for token in tokens.refresh.iter().chain(access) {
            let body = tapis_authenticator::types::RevokeTokenRequest::new(token);
            outcome = outcome.and(authenticator.revoke_token(body).await);
        }
        outcome
    }

    /// The base URL, without `/v3` and without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.session.base_url()
    }

    /// The session of the client.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }
}
