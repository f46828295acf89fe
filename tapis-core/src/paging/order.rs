//! The order of pages: without one, a service may return an entry twice and omit another.

use crate::call::Call;
use crate::error::Error;
use crate::error_kind::ErrorKind;
use crate::operation::Operation;

/// The entry after which the next page begins, by the attribute that the list is ordered by.
pub(super) struct After {
    pub(super) attribute: String,
    pub(super) value: String,
}

/// Requests pages in a unique order if the service has no order of its own. Returns the start of
/// the first page, if it starts after an entry.
///
/// # Errors
/// [`ErrorKind::Input`] for a `startAfter` that would skip entries.
pub(super) fn settle(call: &mut Call) -> Result<Option<After>, Error> {
    let after = after(call)
        .map_err(|why| Error::new(ErrorKind::Input, why).with_operation(call.operation))?;
    if let Some(After { attribute, .. }) = &after
        && let Some(select) = call.query_value("select")
        && !selects(select, attribute)
    {
        let select = format!("{select},{attribute}");
        call.set_query("select", vec![select]);
    }
    // An order in the options cannot be replaced, and may be given only once.
    if !call.has_optional_query("orderBy")
        && let Some(order) = unique(call.query_value("orderBy").unwrap_or_default(), call.operation)
    {
        call.set_query("orderBy", vec![order]);
    }
    Ok(after)
}

fn after(call: &Call) -> Result<Option<After>, String> {
    let Some(value) = call.query_value("startAfter") else { return Ok(None) };
    let order = call.query_value("orderBy").unwrap_or_default();
    let Some(attribute) = attributes(order).next() else {
        return Err("startAfter needs orderBy, which names the attribute of its value".to_owned());
    };
    if call.query_value("skip").is_some() {
        return Err("startAfter and skip cannot be used together".to_owned());
    }
    match call.operation.page_order {
        [unique] if name(unique) == attribute => {
            Ok(Some(After { attribute: attribute.to_owned(), value: value.to_owned() }))
        }
        order => {
            let instead = match order {
                [unique] => format!("order by {} first, or ", name(unique)),
                _ => String::new(),
            };
            Err(format!(
                "startAfter would skip entries, because several can have the same \
                 {attribute}: {instead}remove startAfter"
            ))
        }
    }
}

/// `order`, completed by the missing part of the operation's unique order; `None` if nothing is
/// missing.
fn unique(order: &str, operation: &Operation) -> Option<String> {
    let missing = operation.page_order.iter().copied();
    let missing: Vec<&str> = missing
        .filter(|term| !attributes(order).any(|attribute| attribute == name(term)))
        .collect();
    match (order, missing.as_slice()) {
        (_, []) => None,
        ("", missing) => Some(missing.join(",")),
        (order, missing) => Some(format!("{order},{}", missing.join(","))),
    }
}

/// The attributes in an order such as `created(desc),id`.
fn attributes(order: &str) -> impl Iterator<Item = &str> {
    order.split(',').map(name).filter(|name| !name.is_empty())
}

/// The attribute in a term of an order, such as `created(desc)`.
pub(super) fn name(term: &str) -> &str {
    term.split('(').next().unwrap_or_default().trim()
}

/// Whether entries have `attribute` with this `select`.
fn selects(select: &str, attribute: &str) -> bool {
    // The names of whole sets of attributes include the unique one.
    let all = ["allAttributes", "summaryAttributes", attribute];
    select.split(',').any(|name| all.contains(&name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{EXAMPLE, Paging};
    use crate::session::Session;

    const LIST: Operation =
        Operation { paging: Some(Paging::LimitSkip), page_order: &["id"], ..EXAMPLE };
    static BY_ID: Operation = LIST;
    static BY_BOTH: Operation = Operation { page_order: &["id", "version"], ..LIST };
    static NEWEST: Operation = Operation { page_order: &["created(desc)", "id"], ..LIST };
    static UNORDERED: Operation = Operation { page_order: &[], ..LIST };

    fn call(operation: &'static Operation, query: &[(&'static str, &str)]) -> Call {
        let session = Session::builder("http://localhost").build().unwrap();
        let mut call = Call::new(&session, operation);
        for (name, value) in query {
            call.set_query(name, vec![(*value).to_owned()]);
        }
        call
    }

    #[test]
    fn pages_are_in_an_order_in_which_no_two_entries_are_equal() {
        for (operation, asked, sent) in [
            (&BY_ID, None, Some("id")),
            (&BY_ID, Some("id(desc)"), Some("id(desc)")),
            (&BY_ID, Some("owner(asc)"), Some("owner(asc),id")),
            (&BY_ID, Some("owner,id(desc)"), Some("owner,id(desc)")),
            (&BY_BOTH, None, Some("id,version")),
            (&BY_BOTH, Some("version"), Some("version,id")),
            (&NEWEST, None, Some("created(desc),id")),
            (&NEWEST, Some("created"), Some("created,id")),
            (&NEWEST, Some("name"), Some("name,created(desc),id")),
            (&UNORDERED, None, None),
            (&UNORDERED, Some("owner"), Some("owner")),
        ] {
            let query: Vec<_> = asked.into_iter().map(|order| ("orderBy", order)).collect();
            let mut call = call(operation, &query);
            assert!(settle(&mut call).unwrap().is_none());
            assert_eq!(call.query_value("orderBy"), sent, "{asked:?}");
        }
    }

    #[test]
    fn an_order_among_the_options_stays_the_only_one() {
        let mut of_the_call = call(&BY_ID, &[]).with_query("orderBy", "owner");
        settle(&mut of_the_call).unwrap();
        assert_eq!(of_the_call.query_value("orderBy"), None);
        let options = crate::Options::new().with_query("orderBy", "owner");
        let view = Session::builder("http://localhost").build().unwrap().with_options(options);
        let mut of_the_view = Call::new(&view, &BY_ID);
        settle(&mut of_the_view).unwrap();
        assert_eq!(of_the_view.query_value("orderBy"), None);
    }

    #[test]
    fn a_start_after_what_several_entries_share_is_refused() {
        let refused = |operation, query: &[(&'static str, &str)]| {
            let error = settle(&mut call(operation, query)).err()?;
            assert!(error.is_input() && !error.maybe_sent(), "{error}");
            Some(error.message().to_owned())
        };
        let after = ("startAfter", "a");
        assert_eq!(refused(&BY_ID, &[after, ("orderBy", "id")]), None);
        assert_eq!(refused(&BY_ID, &[after, ("orderBy", "id(desc),owner")]), None);
        for (operation, query, why) in [
            (
                &BY_ID,
                vec![("orderBy", "owner")],
                "have the same owner: order by id first, or remove",
            ),
            (&BY_ID, vec![("orderBy", "owner,id")], "have the same owner"),
            (&BY_BOTH, vec![("orderBy", "id")], "have the same id: remove startAfter"),
            (&UNORDERED, vec![("orderBy", "id")], "have the same id: remove startAfter"),
            (&BY_ID, vec![], "startAfter needs orderBy"),
            (&BY_ID, vec![("orderBy", "id"), ("skip", "0")], "startAfter and skip"),
        ] {
            let message = refused(operation, &[query, vec![after]].concat()).unwrap();
            assert!(message.contains(why), "{message}");
        }
    }

    #[test]
    fn the_attribute_that_pages_begin_after_is_selected() {
        for (select, sent) in [
            (Some("host"), Some("host,id")),
            (Some("host,id"), Some("host,id")),
            (Some("allAttributes"), Some("allAttributes")),
            (Some("summaryAttributes"), Some("summaryAttributes")),
            (None, None),
        ] {
            let mut query = vec![("orderBy", "id"), ("startAfter", "a")];
            query.extend(select.map(|select| ("select", select)));
            let mut call = call(&BY_ID, &query);
            settle(&mut call).unwrap();
            assert_eq!(call.query_value("select"), sent);
        }
        let mut without = call(&BY_ID, &[("select", "host")]);
        settle(&mut without).unwrap();
        assert_eq!(without.query_value("select"), Some("host"), "only where it is needed");
    }
}
