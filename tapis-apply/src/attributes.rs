//! What is particular to the attributes of a kind of resource.

/// The attributes of a kind that are not simply sent and returned.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attributes {
    /// The service takes them and does not return them: credentials.
    pub(crate) write_only: &'static [&'static str],
    /// The service returns the values of variables such as `${apiUserId}` in them, not the variables.
    pub(crate) resolved: &'static [&'static str],
    /// The service returns them as an empty list, and refuses that in a request.
    pub(crate) non_empty: &'static [&'static str],
    /// They are on or off, and calls of their own change them instead of `PATCH`.
    pub(crate) switches: &'static [&'static str],
}
