//! How each family refuses a token.

use http::StatusCode;
use http::header::CONTENT_TYPE;

use super::Family;
use crate::reply::{Failure, Kind, Reply};
use crate::tokens::verify::Refusal;

impl Family {
    /// The reply to a request with a refused token.
    pub(crate) fn refuse(self, refusal: &Refusal) -> Reply {
        if *refusal == Refusal::Revoked {
            return super::revoked();
        }
        match self {
            // Their filters reply before the envelope is available.
            Self::Java | Self::Files | Self::Meta => {
                // With the content type of the operation's normal reply.
                Reply::text(StatusCode::UNAUTHORIZED, java(refusal))
                    .with_header(CONTENT_TYPE, super::JSON)
            }
            // A sentence, not the list of fields.
            Self::FastApi => {
                self.fail(Failure::forbidden(python(refusal))).with_status(StatusCode::BAD_REQUEST)
            }
            Self::Workflows => {
                let missing = *refusal == Refusal::Missing;
                let status =
                    if missing { StatusCode::BAD_REQUEST } else { StatusCode::UNAUTHORIZED };
                self.fail(Failure::bad_request(python(refusal))).with_status(status)
            }
            Self::Pgrest => self.fail(Failure::forbidden(pgrest(refusal))),
            Self::Core if *refusal == Refusal::NotAccess => {
                self.fail(Failure::new(Kind::Server, "Unrecognized exception type: KeyError"))
            }
            _ => self.fail(Failure::bad_request(python(refusal))),
        }
    }
}

fn python(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Missing => "No Tapis access token found in the request.".to_owned(),
        Refusal::Unparsable => "Could not parse the Tapis access token.".to_owned(),
        // A caller cannot distinguish an expired token from one with a wrong signature.
        Refusal::Signature | Refusal::Expired { .. } | Refusal::NotAccess | Refusal::Revoked => {
            "Invalid Tapis token.".to_owned()
        }
        Refusal::Tenant { token, address } => format!(
            "The tenant_id claim in the token, {token} does not match the URL tenant, {address}."
        ),
        Refusal::UnknownTenant(_) => {
            "Unable to process Tapis token; unexpected tenant_id.".to_owned()
        }
        Refusal::Claim(name) => {
            format!("Unable to process Tapis token; could not parse the {name} claim.")
        }
        Refusal::OnBehalfWithUserToken => "Invalid request: cannot set OBO headers with a user \
                                           token."
            .to_owned(),
        Refusal::OnBehalfMissing => {
            "Invalid request: a service token needs both OBO headers.".to_owned()
        }
        Refusal::Site(site) => {
            format!("The target_site claim in the token, {site} does not match this site.")
        }
    }
}

/// PgREST adds its own message before that of the library that validates tokens.
fn pgrest(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Missing => "No Tapis token found.".to_owned(),
        Refusal::Tenant { token, address } => format!(
            "Unauthorized; the tenant claim in the token ({token}) did not match the associated tenant \
             in the request ({address})."
        ),
        other => format!("Unable to validate the Tapis token; details: message: {}", python(other)),
    }
}

fn java(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Missing => {
            "TAPIS_SECURITY_MISSING_JWT_INFO No JWT in the request headers.".to_owned()
        }
        Refusal::Unparsable => {
            "TAPIS_SECURITY_JWT_PARSE_ERROR Unable to parse JWT: it is not a JWT.".to_owned()
        }
        Refusal::Signature => "TAPIS_SECURITY_JWT_PARSE_ERROR Unable to parse JWT: JWT signature \
                               does not match locally computed signature."
            .to_owned(),
        Refusal::Expired { at } => {
            let at = jiff::Timestamp::from_second(*at).unwrap_or_default();
            format!("TAPIS_SECURITY_JWT_EXPIRED Exception message: JWT expired at {at}.")
        }
        Refusal::Revoked => "TAPIS_SECURITY_JWT_REVOKED".to_owned(),
        Refusal::Tenant { token, address } => format!(
            "TAPIS_SECURITY_TENANT_MISMATCH Token tenant {token} is not the request's tenant \
             {address}."
        ),
        Refusal::UnknownTenant(tenant) => {
            format!("TAPIS_SECURITY_TENANT_NOT_FOUND Unknown tenant: {tenant}")
        }
        Refusal::NotAccess => {
            "TAPIS_SECURITY_JWT_INVALID_CLAIM Invalid claim: tapis/token_type = refresh".to_owned()
        }
        Refusal::Claim(name) => {
            format!("TAPIS_SECURITY_JWT_CLAIM_NOT_FOUND Claim not found: {name}")
        }
        Refusal::OnBehalfWithUserToken => "TAPIS_SECURITY_UNEXPECTED_HEADER A user token cannot \
                                           come with on-behalf-of headers."
            .to_owned(),
        Refusal::OnBehalfMissing => {
            "TAPIS_SECURITY_MISSING_HEADER A service token needs on-behalf-of headers.".to_owned()
        }
        Refusal::Site(site) => {
            format!("TAPIS_SECURITY_SITE_MISMATCH The token is for site {site}.")
        }
    }
}
