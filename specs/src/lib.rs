//! The OpenAPI documents of the Tapis v3 services as data: `openapi/<service>.json` inside this
//! package is a valid OpenAPI 3.0.3 description of the service as it really behaves.
//!
//! Build scripts read the files from [`folder`]; programs that need the documents at run time
//! switch on the feature `embed` and call `document`. The feature `reader` has what reads them.

use std::path::Path;

#[cfg(feature = "reader")]
pub mod reader;

#[cfg(feature = "embed")]
mod documents {
    include!(concat!(env!("OUT_DIR"), "/documents.rs"));
}

/// The names of the services, sorted.
#[cfg(feature = "embed")]
pub const SERVICES: &[&str] = documents::SERVICES;

/// The directory of this package, which contains `openapi/<service>.json`. It is where the package
/// was when it was compiled.
#[must_use]
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The corrected document of `service` as JSON text; `None` when there is no such service.
#[cfg(feature = "embed")]
#[must_use]
pub fn document(service: &str) -> Option<&'static str> {
    let index = SERVICES.binary_search(&service).ok()?;
    documents::DOCUMENTS.get(index).copied()
}

#[cfg(all(test, feature = "embed"))]
mod tests {
    use super::*;

    #[test]
    fn services_are_sorted_and_have_documents() {
        assert!(SERVICES.is_sorted());
        for service in SERVICES {
            assert!(folder().join(format!("openapi/{service}.json")).is_file());
            assert!(document(service).is_some_and(|text| text.starts_with('{')));
        }
    }
}
