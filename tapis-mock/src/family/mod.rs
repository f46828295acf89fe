//! The conventions of the services. They use several frameworks, and each family has its own
//! envelope, messages and refusals of tokens.

mod refuse;

use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::reply::{Content, Failure, Kind, Reply};

/// The version that the mock's services report.
const VERSION: &str = "dev";
/// Exactly this text, because some clients compare all of it.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A family of services with the same conventions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Authenticator, Streams and Tokens: 400 for all errors of the caller, an HTML 500 for an
    /// unknown path.
    Core,
    /// Tenants: as these, but an HTML 404 for an unknown path.
    Tenants,
    /// The other Python services: the usual statuses in the same envelope.
    Python,
    /// Refuses a missing token with 403 and labels errors as HTML.
    Pgrest,
    /// Pods.
    FastApi,
    /// Workflows.
    Workflows,
    /// Systems, apps, jobs, notifications, security kernel.
    Java,
    /// Files: as the other Java services, with an empty object for missing metadata.
    Files,
    /// Meta: no envelope.
    Meta,
}

impl Family {
    /// The family of a service; by default that of the Python services.
    pub(crate) fn of(service: &str) -> Self {
        match service {
            "authenticator" | "streams" | "tokens" => Self::Core,
            "tenants" => Self::Tenants,
            "systems" | "apps" | "jobs" | "notifications" | "sk" => Self::Java,
            "files" => Self::Files,
            "pods" => Self::FastApi,
            "workflows" => Self::Workflows,
            "meta" => Self::Meta,
            "pgrest" => Self::Pgrest,
            _ => Self::Python,
        }
    }

    /// Converts a reply to the family's format; afterwards nothing needs to be wrapped.
    pub(crate) fn finish(self, reply: Reply, deployed: bool) -> Reply {
        let Reply { status, headers, content } = reply;
        let Content::Result { result, message, metadata } = content else {
            return Reply { status, headers, content };
        };
        let body = match self {
            Self::Meta => result,
            // The documents promise an object here, whatever the services send.
            _ if !deployed && self != Self::Workflows => {
                let metadata = metadata.or_else(|| Some(json!({})));
                self.envelope(result, message, metadata, "success")
            }
            _ => self.envelope(result, message, metadata, "success"),
        };
        with_json(Reply { status, headers, content: Content::Empty }, &body)
    }

    /// The reply for a failure.
    pub(crate) fn fail(self, failure: Failure) -> Reply {
        let Failure { kind, message, result } = failure;
        let status = self.status(kind);
        let reply = Reply::empty(status);
        match self {
            Self::Java | Self::Files if kind == Kind::BadQuery => {
                Reply::text(status, message).with_header(CONTENT_TYPE, JSON)
            }
            Self::Java | Self::Files => {
                // Here `status` is the reason phrase, not the usual word.
                let word = match kind {
                    Kind::NotFoundSuccessfully => "success",
                    // Sent as a reply, not thrown like the others.
                    Kind::Conflict => "error",
                    _ => status.canonical_reason().unwrap_or("error"),
                };
                with_json(reply, &self.envelope(result, message, None, word))
            }
            Self::FastApi if kind == Kind::MethodNotAllowed => {
                with_json(reply, &json!({ "detail": message }))
            }
            Self::Pgrest if matches!(kind, Kind::MethodNotAllowed | Kind::BadQuery) => {
                with_json(reply, &json!({ "detail": message }))
            }
            Self::Pgrest if status.is_server_error() => {
                with_json(reply, &self.envelope(result, message, None, "error"))
            }
            Self::FastApi if kind == Kind::BadRequest => {
                let message: Vec<&str> = message.lines().collect();
                with_json(reply, &self.envelope(result, message, None, "error"))
            }
            Self::Workflows if kind == Kind::MethodNotAllowed => reply,
            // A filter in front of the database server sends this reply.
            Self::Meta if kind == Kind::Forbidden => Reply::text(status, message),
            Self::Meta => with_json(
                reply,
                &json!({
                    "http status code": status.as_u16(),
                    "http status description": status.canonical_reason().unwrap_or_default(),
                    "message": message,
                }),
            ),
            Self::Pgrest => with_json(reply, &self.envelope(result, message, None, "error"))
                .with_header(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            _ => with_json(reply, &self.envelope(result, message, None, "error")),
        }
    }

    /// The reply for a path that the service does not have.
    pub(crate) fn unknown_path(self) -> Reply {
        let page = |status: StatusCode| {
            let reason = status.canonical_reason().unwrap_or_default();
            Reply::html(status, &format!("{} {reason}", status.as_u16()))
        };
        match self {
            Self::Core => page(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Tenants | Self::Workflows => page(StatusCode::NOT_FOUND),
            Self::FastApi => {
                with_json(Reply::empty(StatusCode::NOT_FOUND), &json!({ "detail": "Not Found" }))
            }
            Self::Pgrest => {
                let message = "The HTTP path and/or method are not available from this service.";
                let body = self.envelope(Value::Null, message, None, "error");
                with_json(Reply::empty(StatusCode::NOT_FOUND), &body)
            }
            _ => self.fail(Failure::not_found("HTTP 404 Not Found")),
        }
    }

    /// The reply for a method that the path does not have.
    pub(crate) fn wrong_method(self) -> Reply {
        let message = match self {
            Self::Java | Self::Files => "HTTP 405 Method Not Allowed",
            Self::FastApi => "Method Not Allowed",
            _ => "Invalid HTTP method.",
        };
        self.fail(Failure::new(Kind::MethodNotAllowed, message))
    }

    fn status(self, kind: Kind) -> StatusCode {
        match (self, kind) {
            (_, Kind::Unchanged) => StatusCode::OK,
            (_, Kind::Unprocessable) => StatusCode::UNPROCESSABLE_ENTITY,
            (_, Kind::MethodNotAllowed) => StatusCode::METHOD_NOT_ALLOWED,
            (_, Kind::Server | Kind::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
            (Self::Core | Self::Tenants, _) => StatusCode::BAD_REQUEST,
            (_, Kind::BadRequest | Kind::BadQuery) => StatusCode::BAD_REQUEST,
            (Self::FastApi | Self::Python, Kind::Unauthorized) => StatusCode::BAD_REQUEST,
            (_, Kind::Unauthorized) => StatusCode::UNAUTHORIZED,
            (_, Kind::Forbidden) => StatusCode::FORBIDDEN,
            (_, Kind::NotFound | Kind::NotFoundSuccessfully) => StatusCode::NOT_FOUND,
            // The message of the database is passed on unchanged.
            (Self::FastApi, Kind::Conflict) => StatusCode::INTERNAL_SERVER_ERROR,
            (_, Kind::Conflict) => StatusCode::CONFLICT,
            // The Java services map the framework's exceptions to their own replies.
            (Self::Java | Self::Files, Kind::MediaType) => StatusCode::NOT_IMPLEMENTED,
            (_, Kind::MediaType) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn envelope(
        self,
        result: Value,
        message: impl Into<Value>,
        metadata: Option<Value>,
        status: &str,
    ) -> Value {
        let message = message.into();
        match self {
            Self::Java | Self::Files => {
                let none = if self == Self::Files { json!({}) } else { Value::Null };
                json!({
                    "result": result,
                    "status": status,
                    "message": message,
                    "version": VERSION,
                    "commit": "mock",
                    "build": "mock",
                    "metadata": metadata.unwrap_or(none),
                })
            }
            Self::Workflows => json!({
                "status": status,
                "message": message,
                "result": result,
                "version": "v1",
                "metadata": metadata.unwrap_or_else(|| json!({ "success": status == "success" })),
            }),
            _ => json!({
                "message": message,
                "metadata": metadata.unwrap_or_else(|| json!({})),
                "result": result,
                "status": status,
                "version": VERSION,
            }),
        }
    }
}

/// The router's reply if it has no service for a path.
pub(crate) fn no_such_service() -> Reply {
    Reply::html(StatusCode::NOT_FOUND, "404 Not Found")
}

/// The router's reply to a body that exceeds its limit.
pub(crate) fn too_large() -> Reply {
    Reply::html(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large")
}

/// The router's reply if a body stops arriving.
pub(crate) fn too_slow() -> Reply {
    Reply::html(StatusCode::REQUEST_TIMEOUT, "408 Request Time-out")
        .with_header(CONNECTION, HeaderValue::from_static("close"))
}

/// The router's reply to a revoked token, for all services.
pub(crate) fn revoked() -> Reply {
    with_json(
        Reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
        &json!({
            "message": "Token is revoked.",
            "result": null,
            "status": "error",
            "version": VERSION,
        }),
    )
}

fn with_json(mut reply: Reply, body: &Value) -> Reply {
    reply.content = Content::Raw(serde_json::to_vec(body).unwrap_or_default().into());
    reply.with_header(CONTENT_TYPE, JSON)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reply: &Reply) -> Value {
        let Content::Raw(bytes) = &reply.content else { return Value::Null };
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn the_core_services_answer_400_to_everything_that_is_the_callers_fault() {
        for kind in [Kind::BadRequest, Kind::Forbidden, Kind::NotFound, Kind::Conflict] {
            let reply = Family::Core.fail(Failure::new(kind, "no"));
            assert_eq!(reply.status, 400);
            assert_eq!(body(&reply)["status"], "error");
            assert_eq!(body(&reply)["metadata"], json!({}));
        }
    }

    #[test]
    fn java_failures_carry_the_reason_phrase_as_status() {
        let reply = Family::Java.fail(Failure::not_found("no"));
        assert_eq!(reply.status, 404);
        assert_eq!(body(&reply)["status"], "Not Found");
        assert_eq!(body(&reply)["metadata"], Value::Null);
    }

    #[test]
    fn java_refuses_a_bad_query_with_bare_text() {
        let reply = Family::Java.fail(Failure::new(Kind::BadQuery, "no"));
        assert_eq!(reply.status, 400);
        let Content::Raw(bytes) = reply.content else { panic!("not raw") };
        assert_eq!(bytes, "no");
    }

    #[test]
    fn pods_list_what_is_wrong_with_a_request() {
        let reply = Family::FastApi.fail(Failure::bad_request("first\nsecond"));
        assert_eq!(body(&reply)["message"], json!(["first", "second"]));
    }

    #[test]
    fn meta_has_no_envelope() {
        let reply = Family::Meta.finish(Reply::result(json!([1]), "ignored"), false);
        assert_eq!(body(&reply), json!([1]));
    }
}
