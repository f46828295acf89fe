//! The paths of secrets.

use super::super::parameters::null_parameter;
use crate::call::Call;
use crate::reply::Failure;

/// The type of a secret, which determines its path and its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    System,
    Database,
    Signing,
    User,
    Service,
}

impl Sort {
    pub(super) fn read(word: &str) -> Result<Self, Failure> {
        Ok(match word {
            "system" => Self::System,
            "dbcred" => Self::Database,
            "jwtsigning" => Self::Signing,
            "user" => Self::User,
            "service" => Self::Service,
            _ => {
                let message = format!("SK_VAULT_INVALID_SECRET_TYPE Not a type: {word}.");
                return Err(Failure::bad_request(message));
            }
        })
    }

    /// The check that refused a caller.
    pub(super) fn check(self) -> &'static str {
        match self {
            Self::System => "SystemSecret",
            Self::Database => "DBCredentialSecret",
            Self::Signing => "JWTSigningSecret",
            Self::User => "UserSecret",
            Self::Service => "ServicePwdSecret",
        }
    }
}

/// The path of a secret, or of a folder.
pub(super) struct Place {
    folder: String,
    name: String,
    path: String,
}

impl Place {
    /// The path of a call. Without a name it is the folder.
    pub(super) fn new(
        call: &Call<'_>,
        sort: Sort,
        tenant: &str,
        user: &str,
    ) -> Result<Self, Failure> {
        let of_tenant = format!("secret/tapis/tenant/{tenant}");
        let folder = match sort {
            Sort::User => format!("{of_tenant}/user/{user}/kv/"),
            Sort::Service => format!("{of_tenant}/service/{user}/kv/"),
            Sort::Signing => format!("{of_tenant}/jwtkey/"),
            Sort::System => format!("{of_tenant}/system/{}", system(call)?),
            Sort::Database => format!(
                "secret/tapis/service/{}/dbhost/{}/dbname/{}/dbuser/{user}/credentials/",
                named(call, "dbservice")?,
                named(call, "dbhost")?,
                named(call, "dbname")?,
            ),
        };
        // A path parameter cannot contain a slash.
        let name = call.path("secretName").replace('+', "/");
        let path = format!("{folder}{name}");
        Ok(Self { folder, name, path })
    }

    pub(super) fn path(&self) -> &str {
        if self.name.is_empty() { &self.folder } else { &self.path }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// A query parameter that the type of a secret requires.
fn named<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a str, Failure> {
    call.query(name).filter(|value| !value.is_empty()).ok_or_else(|| null_parameter(name))
}

/// The folder of a system, its user and a type of key.
fn system(call: &Call<'_>) -> Result<String, Failure> {
    let system = named(call, "sysid")?;
    match call.query("keytype").filter(|kind| !kind.is_empty()).unwrap_or("sshkey") {
        "cert" => Ok(format!("{system}/dynamicUserId/sshkey/")),
        kind @ ("sshkey" | "password" | "accesskey" | "token" | "tmskey") => {
            Ok(format!("{system}/user/{}/{kind}/", named(call, "sysuser")?))
        }
        other => {
            let message = format!("SK_VAULT_INVALID_KEYTYPE Not a kind of key: {other}.");
            Err(Failure::bad_request(message))
        }
    }
}
