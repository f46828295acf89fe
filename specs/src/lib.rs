//! The OpenAPI documents of the Tapis v3 services as data: `openapi/<service>.json` inside this
//! package is a valid OpenAPI 3.0.3 description of the service as it really behaves.
//!
//! Build scripts read the files from [`folder`]; programs that need the documents at run time
//! switch on the feature `embed` and call `document`.

use std::path::Path;

mod documents {
    #![allow(missing_docs, reason = "a generated list")]
    include!(concat!(env!("OUT_DIR"), "/documents.rs"));

    #[cfg(feature = "embed")]
    pub(crate) fn at(index: usize) -> Option<&'static str> {
        DOCUMENTS.get(index).copied()
    }
}

/// The names of the services, sorted.
pub const SERVICES: &[&str] = documents::SERVICES;

/// The folder of this package, below which `openapi/<service>.json` stands. It is where the
/// package was when it was compiled.
#[must_use]
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The corrected document of `service` as JSON text; `None` when there is no such service.
#[cfg(feature = "embed")]
#[must_use]
pub fn document(service: &str) -> Option<&'static str> {
    let index = SERVICES.binary_search(&service).ok()?;
    documents::at(index)
}

#[cfg(test)]
mod tests {
    #[test]
    fn services_are_sorted_and_have_documents() {
        assert!(super::SERVICES.is_sorted());
        for service in super::SERVICES {
            assert!(super::folder().join(format!("openapi/{service}.json")).is_file());
        }
    }
}
