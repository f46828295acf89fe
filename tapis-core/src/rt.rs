//! Used by the generated code. Not for direct use.

pub use std::fmt::Display;

pub use serde;
pub use serde_json;

pub use crate::body::{Body, FormPart};
pub use crate::byte_stream::ByteStream;
pub use crate::call::{Call, check_basic_name};
pub use crate::choices::{UnknownText, deserialize_open_enum};
pub use crate::clock::BoxFuture;
pub use crate::decode::{
    choice, decode, form, from_json, from_value, reply_from_json, request_from, strict,
};
pub use crate::error::Error;
pub use crate::object::{Object, Properties, Written, present, read_object};
pub use crate::operation::{
    Method, Operation, Paging, PathParameter, ReplyKind, Required, Slash, TokenUse,
};
pub use crate::options::Options;
pub use crate::paging::{Items, Pages, pages};
pub use crate::parameter::{
    ParameterError, ParameterValue, convert, convert_all, entries, items, maybe,
};
pub use crate::reply::{Acknowledged, Empty, Enveloped, Json, Outcome, Response, Streamed};
pub use crate::retry::Retry;
pub use crate::secret::{SECRET_NAMES, exposed_json};
pub use crate::session::Session;
pub use crate::text::is_harmful;
pub use crate::tolerant::{Members, Nullable, Scalar, lenient, list, nullable};

/// Declares the call of one operation: its struct, its options and the ways to send it.
#[doc(hidden)]
#[macro_export]
macro_rules! operation {
    ($(#[$meta:meta])* $name:ident, $operation:expr, $outcome:ty, $output:ty, $response:ty) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[must_use = "a call does nothing until it is awaited or sent"]
        pub struct $name {
            call: $crate::rt::Call,
        }

        impl $name {
            #[inline]
            pub(super) fn new(session: &$crate::rt::Session) -> Self {
                Self { call: $crate::rt::Call::new(session, &$operation) }
            }

            $crate::call_options!();

            /// Sends the call and returns the whole response: status, headers, and the result with
            /// the service's message and metadata. Bytes are returned as a stream.
            ///
            /// # Errors
            /// The errors of awaiting the call.
            #[inline]
            pub fn send(
                self,
            ) -> $crate::rt::BoxFuture<
                'static,
                ::std::result::Result<$response, $crate::rt::Error>,
            > {
                $crate::send::<$outcome>(self.call)
            }

            /// Sends the call and decodes its result as a type of your own.
            ///
            /// # Errors
            /// The errors of awaiting the call; [`Decoding`]($crate::ErrorKind::Decoding) if the
            /// result does not have that type.
            #[inline]
            pub fn send_as<T>(
                self,
            ) -> $crate::rt::BoxFuture<'static, ::std::result::Result<T, $crate::rt::Error>>
            where
                T: $crate::rt::serde::de::DeserializeOwned + ::std::marker::Send + 'static,
            {
                $crate::send_as(self.call)
            }
        }

        impl ::std::future::IntoFuture for $name {
            type Output = ::std::result::Result<$output, $crate::rt::Error>;
            type IntoFuture = $crate::rt::BoxFuture<'static, Self::Output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                $crate::output::<$outcome>(self.call)
            }
        }
    };
}

/// The options that every call has, for a type whose only field is `call`. This code is compiled
/// for each of hundreds of types, so it only delegates.
#[doc(hidden)]
#[macro_export]
macro_rules! call_options {
    () => {
        /// Limits the time of the whole call, attempts and pauses included. `None` removes the limit
        /// of the view or client.
        #[inline]
        pub fn with_timeout(
            self,
            timeout: impl ::std::convert::Into<::std::option::Option<::std::time::Duration>>,
        ) -> Self {
            Self { call: self.call.with_timeout(timeout) }
        }

        /// Adds a header.
        #[inline]
        pub fn with_header(
            self,
            name: impl ::std::convert::AsRef<str>,
            value: impl ::std::convert::AsRef<str>,
        ) -> Self {
            Self { call: self.call.with_header(name, value) }
        }

        /// Adds a query parameter.
        #[inline]
        pub fn with_query(
            self,
            name: impl ::std::convert::Into<::std::string::String>,
            value: impl ::std::convert::Into<::std::string::String>,
        ) -> Self {
            Self { call: self.call.with_query(name, value) }
        }

        /// Sets when the call is retried.
        #[inline]
        pub fn with_retry(self, retry: $crate::rt::Retry) -> Self {
            Self { call: self.call.with_retry(retry) }
        }

        /// Sets a tracking id, which the service logs, such as `portal.run-1`.
        #[inline]
        pub fn with_tracking_id(
            self,
            id: impl ::std::convert::Into<::std::string::String>,
        ) -> Self {
            Self { call: self.call.with_tracking_id(id) }
        }

        /// Sends a username and a password as HTTP Basic credentials, such as the id and the key of
        /// an OAuth client.
        #[inline]
        pub fn with_basic_auth(mut self, name: &str, password: &$crate::Secret) -> Self {
            self.call.basic_auth(name, password);
            self
        }

        /// Sets the options of this call. Options that are not set in `options` keep their value.
        #[inline]
        pub fn with_options(self, options: $crate::rt::Options) -> Self {
            Self { call: self.call.with_options(&options) }
        }
    };
}
