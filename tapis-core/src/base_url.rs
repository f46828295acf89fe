//! The base URL of a Tapis server.

use std::sync::Arc;

use reqwest::Url;

use crate::error::Error;
use crate::error_kind::ErrorKind;

/// The checked base URL: scheme, host and an optional prefix, without `/v3` and without a trailing
/// slash.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl {
    text: Arc<str>,
    url: Url,
    /// The length of the text that ends with the prefix.
    prefix: usize,
}

impl BaseUrl {
    /// Parses and checks `text`. Plain http is allowed only for this machine unless `any_http` is
    /// set, because it sends the token unencrypted.
    pub(crate) fn parse(text: &str, any_http: bool) -> Result<Self, Error> {
        let fault = |why: &str| Error::new(ErrorKind::Configuration, format!("base URL: {why}"));
        let given = text.trim();
        if given.is_empty() {
            return Err(fault("it is empty; an example is https://tacc.tapis.io"));
        }
        if !given.contains("://") {
            return Err(fault("no scheme; write https:// in front of the host"));
        }
        let url = Url::parse(given).map_err(|error| fault(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(fault(
                "it contains a username or password; pass them to the builder instead",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fault("it contains a query or fragment; remove it"));
        }
        match url.scheme() {
            "https" => {}
            "http" if any_http || is_loopback(&url) => {}
            "http" => {
                return Err(fault(
                    "plain http would send the token unencrypted; use https, or call allow_http()",
                ));
            }
            other => return Err(fault(&format!("the scheme {other} is not supported; use https"))),
        }
        let whole = url.as_str().trim_end_matches('/');
        let whole = whole.strip_suffix("/v3").unwrap_or(whole).trim_end_matches('/');
        let prefix = whole.len().min(url.as_str().len() - url.path().len());
        Ok(Self { text: whole.into(), url, prefix })
    }

    /// Returns the URL of a percent-encoded path below the base URL, with a percent-encoded query.
    pub(crate) fn join(&self, path: &str, query: Option<&str>) -> Url {
        // This is faster than parsing the whole URL again, including its host.
        let mut url = self.url.clone();
        match self.text.get(self.prefix..).unwrap_or_default() {
            "" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        if query.is_some() {
            url.set_query(query);
        }
        url
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `url` has the same scheme, host and port.
    pub(crate) fn same_origin(&self, url: &Url) -> bool {
        self.url.origin() == url.origin()
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Whether the URL is plain http on this machine.
    pub(crate) fn is_local_http(&self) -> bool {
        self.scheme() == "http" && is_loopback(&self.url)
    }
}

/// Names below `localhost` are not loopback: they are resolved like any other name and may lead to
/// another machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address
        .parse::<std::net::IpAddr>()
        .map_or_else(|_| host == "localhost", |address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_end_in_a_slash_or_in_v3() {
        for text in [
            "https://tacc.tapis.io",
            "https://tacc.tapis.io/",
            "https://tacc.tapis.io/v3",
            " https://tacc.tapis.io/v3/ ",
        ] {
            assert_eq!(BaseUrl::parse(text, false).unwrap().as_str(), "https://tacc.tapis.io");
        }
        let proxied = BaseUrl::parse("https://host/tapis/v3", false).unwrap();
        assert_eq!(proxied.as_str(), "https://host/tapis");
    }

    #[test]
    fn a_path_and_a_query_are_joined_as_they_stand() {
        for base in ["https://tacc.tapis.io", "http://localhost:8000/", "https://h/a/b/v3/"] {
            let base = BaseUrl::parse(base, true).unwrap();
            for (path, query) in [
                ("/v3/systems", None),
                ("/v3/systems/%2E%2F%5Cx%3F%23", Some("a=b%26&c=%C3%A4")),
                ("//v3/x/", Some("q=%25")),
                ("/", None),
            ] {
                let end = query.map(|query| format!("?{query}")).unwrap_or_default();
                let whole = Url::parse(&format!("{}{path}{end}", base.as_str())).unwrap();
                assert_eq!(base.join(path, query), whole);
            }
        }
    }

    #[test]
    fn a_bad_base_url_is_an_error_that_says_why() {
        for (text, why) in [
            ("", "it is empty"),
            ("tacc.tapis.io", "no scheme"),
            ("https://", "empty host"),
            ("ftp://host", "the scheme ftp is not supported"),
            ("https://me:pw@host", "username or password"),
            ("https://host?x=1", "query or fragment"),
            ("http://tacc.tapis.io", "plain http"),
        ] {
            let error = BaseUrl::parse(text, false).unwrap_err();
            assert!(error.is_configuration());
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert!(!format!("{error:?}").contains("pw"));
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_or_needs_permission() {
        for text in ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1"] {
            assert!(BaseUrl::parse(text, false).is_ok(), "{text}");
        }
        assert!(BaseUrl::parse("http://10.0.0.1", true).is_ok());
    }

    #[test]
    fn a_name_below_localhost_is_not_this_machine() {
        for text in ["http://x.localhost", "http://localhost.", "http://localhost.example.org"] {
            let error = BaseUrl::parse(text, false).unwrap_err();
            assert!(error.to_string().contains("plain http"), "{text}: {error}");
            assert!(!BaseUrl::parse(text, true).unwrap().is_local_http(), "{text}");
        }
    }
}
