//! Creates, changes and deletes subscriptions. Only services can create them.

use serde_json::{Map, Value, json};

use super::progress::store;
use super::subscription::{
    denied, forget_subject, is_service, is_type, named, owner, require_owner, require_service,
    uuid_of,
};
use crate::call::{Call, text};
use crate::reply::{Failure, Outcome, Reply};
use crate::shared::java::{change_reply, url_reply};
use crate::shared::subscriptions::{SUBSCRIPTION, TTL_MINUTES, expiry, subscriptions};
use crate::store::Store;

/// The optional attributes of a new subscription.
const FIXED: [&str; 4] = ["name", "owner", "enabled", "ttlMinutes"];
/// The attributes that a request can change.
const CHANGEABLE: [&str; 4] = ["typeFilter", "subjectFilter", "deliveryTargets", "description"];

/// The attributes of a new subscription.
pub(super) struct New<'a> {
    pub(super) owner: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) ttl_minutes: i64,
    pub(super) enabled: bool,
    /// Filters, targets and description.
    pub(super) rest: Map<String, Value>,
}

/// Refuses attributes that the service's schema of the body does not have.
fn closed(body: &Map<String, Value>, known: &[&[&str]]) -> Result<(), Failure> {
    let is_known = |field: &str| known.iter().any(|known| known.contains(&field));
    match body.keys().find(|field| !is_known(field)) {
        None => Ok(()),
        Some(field) => Err(Failure::bad_request(format!(
            "TAPIS_JSON_VALIDATION_ERROR JSON validation error: #: extraneous key [{field}] is not \
             permitted"
        ))),
    }
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    closed(&body, &[&FIXED, &CHANGEABLE])?;
    let name = text(&body, "name");
    require_service(call, "NTFLIB_SUBSCR_UNAUTH", name.unwrap_or_default())?;
    let ttl_minutes = match body.get("ttlMinutes") {
        None | Some(Value::Null) => TTL_MINUTES,
        // The document sets no limits, but numbers have limits.
        Some(minutes) => minutes.as_i64().unwrap_or(i64::MAX),
    };
    let mut rest = body.clone();
    rest.retain(|field, _| CHANGEABLE.contains(&field.as_str()));
    let own = |owner: &&str| !owner.eq_ignore_ascii_case("${apiUserId}");
    let new = New {
        owner: text(&body, "owner").filter(own).unwrap_or(call.user()),
        name,
        ttl_minutes,
        enabled: body.get("enabled").is_none_or(|enabled| enabled != false),
        rest,
    };
    let made = add(call, &mut store(call), new)?;
    let name = made["name"].as_str().unwrap_or_default();
    let message = SUBSCRIPTION.message(call, "CREATED", "New subscription created.", name);
    Ok(url_reply(call, &format!("notifications/subscriptions/{name}"), message))
}

/// The default name of a subscription, from its owner and its filters.
fn built_name(call: &Call<'_>, new: &New<'_>) -> String {
    let caller = call.caller.as_ref().and_then(|caller| caller.service.as_deref());
    let subject = match text(&new.rest, "subjectFilter").unwrap_or_default() {
        "*" => "ALL".to_owned(),
        subject => subject.chars().take(40).collect(),
    };
    let (caller, random) = (caller.unwrap_or(call.user()), call.world.random.text(4));
    format!("{caller}~{}~{}~{subject}~{random}", new.owner, call.tenant)
}

/// Creates a subscription.
pub(super) fn add(call: &Call<'_>, store: &mut Store, new: New<'_>) -> Result<Value, Failure> {
    let uuid = call.world.random.uuid().to_string();
    let name = new.name.map_or_else(|| built_name(call, &new), str::to_owned);
    let now = call.world.clock.timestamp();
    let mut made = new.rest;
    made.insert("tenant".into(), call.tenant.as_str().into());
    made.insert("owner".into(), new.owner.into());
    made.insert("name".into(), name.as_str().into());
    made.insert("uuid".into(), uuid.as_str().into());
    made.insert("enabled".into(), new.enabled.into());
    made.insert("created".into(), now.to_string().into());
    made.insert("updated".into(), now.to_string().into());
    let mut made = Value::Object(made);
    live(&mut made, new.ttl_minutes, now);
    check(call, &made)?;
    if uuid_of(store, &call.tenant, new.owner, &name).is_some() {
        return Err(SUBSCRIPTION.exists(call, &name));
    }
    store.put(&subscriptions(&call.tenant), uuid, made.clone());
    Ok(made)
}

/// Sets the expiry of a subscription, from now on.
fn live(subscription: &mut Value, ttl_minutes: i64, now: jiff::Timestamp) {
    subscription["ttlMinutes"] = ttl_minutes.into();
    match expiry(now, ttl_minutes) {
        Some(expiry) => subscription["expiry"] = expiry.to_string().into(),
        None => {
            subscription.as_object_mut().map(|fields| fields.remove("expiry"));
        }
    }
}

/// Changes the attributes in the request.
pub(super) fn patch(call: &Call<'_>) -> Outcome {
    let name = call.path("name");
    let body = call.object()?;
    closed(&body, &[&CHANGEABLE])?;
    // A missing filter is refused like an invalid one.
    if !is_type(text(&body, "typeFilter").unwrap_or_default(), true) {
        let message = SUBSCRIPTION.message(call, "SUBSCR_TYPE_ERR", "Invalid type filter.", name);
        return Err(Failure::bad_request(message));
    }
    let mut store = store(call);
    require_owner(call, &store, owner(call), name)?;
    let uuid = named(call, &store)?;
    let collection = subscriptions(&call.tenant);
    let mut changed = store.get(&collection, &uuid).cloned().unwrap_or_default();
    for (field, value) in body {
        if CHANGEABLE.contains(&field.as_str()) {
            changed[field] = value;
        }
    }
    check(call, &changed)?;
    touch(call, &mut changed);
    store.put(&collection, uuid, changed);
    let sentence = "Subscription updated. Operation: patch.";
    let message = SUBSCRIPTION.message(call, "UPDATED", sentence, name);
    Ok(url_reply(call, &format!("notifications/subscriptions/byName/{name}"), message))
}

pub(super) fn switch(call: &Call<'_>, enabled: bool) -> Outcome {
    change(call, |subscription| subscription["enabled"] = enabled.into())
}

/// Starts a new lifetime, however much was left of the old one.
pub(super) fn update_ttl(call: &Call<'_>) -> Outcome {
    let minutes = call.path("ttlMinutes").parse::<i64>().unwrap_or_default();
    let now = call.world.clock.timestamp();
    change(call, |subscription| live(subscription, minutes, now))
}

/// Changes one subscription, which always counts as one change.
fn change(call: &Call<'_>, change: impl Fn(&mut Value)) -> Outcome {
    let name = call.path("name");
    let mut store = store(call);
    require_owner(call, &store, owner(call), name)?;
    let uuid = named(call, &store)?;
    if let Some(subscription) = store.get_mut(&subscriptions(&call.tenant), &uuid) {
        change(subscription);
        touch(call, subscription);
    }
    let sentence = format!("Subscription updated. Operation: {}.", call.operation.id);
    Ok(change_reply(1, SUBSCRIPTION.message(call, "UPDATED", &sentence, name)))
}

pub(super) fn delete_by_name(call: &Call<'_>) -> Outcome {
    let name = call.path("name");
    let mut store = store(call);
    require_owner(call, &store, owner(call), name)?;
    let uuid = named(call, &store).ok();
    let gone = uuid.and_then(|uuid| store.remove(&subscriptions(&call.tenant), &uuid));
    Ok(deleted(call, usize::from(gone.is_some()), name))
}

pub(super) fn delete_by_uuid(call: &Call<'_>) -> Outcome {
    let uuid = call.path("uuid");
    let mut store = store(call);
    let all = subscriptions(&call.tenant);
    let Some(found) = store.get(&all, uuid) else { return Ok(deleted(call, 0, uuid)) };
    require_owner(call, &store, found["owner"].as_str().unwrap_or_default(), uuid)?;
    store.remove(&all, uuid);
    Ok(deleted(call, 1, uuid))
}

pub(super) fn delete_by_subject(call: &Call<'_>) -> Outcome {
    let subject = call.path("subject");
    let mut store = store(call);
    let owner = if call.flag("anyOwner") {
        if !is_service(call) {
            return Err(denied(call, "NTFLIB_UNAUTH1", "anyOwner"));
        }
        None
    } else {
        require_owner(call, &store, owner(call), "<ALL>")?;
        Some(owner(call))
    };
    let gone = forget_subject(&mut store, &call.tenant, owner, subject);
    Ok(deleted(call, gone, subject))
}

fn deleted(call: &Call<'_>, changes: usize, about: &str) -> Reply {
    let sentence = "Subscription deleted.";
    change_reply(changes, SUBSCRIPTION.message(call, "DELETED", sentence, about))
}

fn touch(call: &Call<'_>, subscription: &mut Value) {
    subscription["updated"] = call.world.clock.timestamp().to_string().into();
}

/// The constraints in the document besides types.
fn check(call: &Call<'_>, subscription: &Value) -> Result<(), Failure> {
    let name = subscription["name"].as_str().unwrap_or_default();
    let mut wrong = Vec::new();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !first || name.len() > 512 || !name.chars().all(allowed) {
        wrong.push("The name may hold letters, digits and -._~ only, 512 at most.".to_owned());
    }
    if !is_type(subscription["typeFilter"].as_str().unwrap_or_default(), true) {
        wrong.push("typeFilter must have three parts with dots between them.".to_owned());
    }
    let targets = subscription["deliveryTargets"].as_array().map(Vec::as_slice).unwrap_or_default();
    if targets.is_empty() {
        wrong.push("There must be at least one delivery target.".to_owned());
    }
    for target in targets {
        let address = target["deliveryAddress"].as_str().unwrap_or_default();
        let good = match target["deliveryMethod"].as_str() {
            Some("WEBHOOK") => address.starts_with("http://") || address.starts_with("https://"),
            _ => address.split_once('@').is_some_and(|(user, host)| {
                !user.is_empty() && !host.is_empty() && !host.contains('@')
            }),
        };
        if !good {
            wrong.push(format!("Not an address to deliver to: {}.", json!(target)));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(SUBSCRIPTION.invalid(call, &wrong.join(" "), name))
}
