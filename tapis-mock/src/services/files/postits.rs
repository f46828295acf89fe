//! PostIts: URLs that allow everybody to download a path, for a limited time and number of uses.

use serde_json::{Map, Value, json};

use super::access::Wish;
use super::content::{attachment, cached, disposed, name, no_such_file, whole, zip, zip_name};
use super::target::Target;
use crate::call::Call;
use crate::query::Listing;
use crate::reply::{Failure, Outcome, Reply};
use crate::roles;
use crate::shared::files::media_type;
use crate::shared::java::change_reply;
use crate::store::{Store, in_tenant};
use crate::tokens::verify::Caller;

const DEFAULT_SECONDS: i64 = 2_592_000;
/// The suffix of every PostIt id.
const SUFFIX: &str = "-010";
/// The default attributes of a list.
const SUMMARY: [&str; 11] = [
    "id",
    "systemId",
    "path",
    "allowedUses",
    "timesUsed",
    "jwtUser",
    "owner",
    "tenantId",
    "redeemUrl",
    "expiration",
    "created",
];
const BEYOND: [&str; 2] = ["jwtTenantId", "updated"];

fn collection(tenant: &str) -> String {
    in_tenant(tenant, "files.postits")
}

pub(super) fn create(call: &Call<'_>) -> Outcome {
    let asked = Asked::read(call)?;
    let mut store = call.world.store();
    let target = Target::of(call, &store, Wish::Read)?;
    if target.look(call)?.is_none() {
        let sentence = "There is no such path.";
        let message = target.say(call, "POSTITS_SERVICE_ERROR", sentence);
        let message = format!("FAPI_POSTITS_OP_ERROR Not created. Error: {message}");
        return Err(Failure::server(message));
    }
    let id = format!("{}{SUFFIX}", call.world.random.uuid());
    let now = call.world.clock.timestamp();
    let postit = json!({
        "id": id,
        "systemId": target.system,
        "path": call.path_to_its_end("path"),
        "allowedUses": asked.uses.unwrap_or(1),
        "timesUsed": 0,
        "owner": call.user(),
        "jwtUser": call.user(),
        "jwtTenantId": call.tenant,
        "tenantId": call.tenant,
        "expiration": after(now, asked.seconds.unwrap_or(DEFAULT_SECONDS)),
        "created": now.to_string(),
        "updated": now.to_string(),
    });
    store.put(&collection(&call.tenant), id, postit.clone());
    Ok(Reply::result(show(call, postit), "FAPI_POSTITS_OP_COMPLETE Created."))
}

/// The attributes of a body; others are refused.
struct Asked {
    uses: Option<i64>,
    seconds: Option<i64>,
}

impl Asked {
    fn read(call: &Call<'_>) -> Result<Self, Failure> {
        let body = if call.body.is_empty() { Map::new() } else { call.object()? };
        let refuse = |what: &str| {
            let message = "TAPIS_JSON_VALIDATION_ERROR The body is not what it must be:";
            Err(Failure::bad_request(format!("{message} {what}")))
        };
        let (mut uses, mut seconds) = (None, None);
        for (name, value) in &body {
            let least = match name.as_str() {
                "allowedUses" => -1,
                "validSeconds" => 1,
                _ => return refuse(&format!("unknown attribute {name}")),
            };
            let number =
                value.as_i64().filter(|number| (least..=i64::from(i32::MAX)).contains(number));
            let Some(number) = number else { return refuse(&format!("{name} is {value}")) };
            *(if least == 1 { &mut seconds } else { &mut uses }) = Some(number);
        }
        Ok(Self { uses, seconds })
    }
}

fn after(now: jiff::Timestamp, seconds: i64) -> String {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now).to_string()
}

pub(super) fn list(call: &Call<'_>) -> Outcome {
    let listing = Listing::read(call)?.select_unless_told("summaryAttributes");
    let known = SUMMARY.into_iter().chain(BEYOND);
    let known = known.map(|name| (name.to_owned(), Value::Null)).collect();
    listing.check_attributes(&known)?;
    let sort = call.query("listType").unwrap_or("OWNED");
    if !["OWNED", "ALL"].contains(&sort) {
        return Err(Failure::bad_request(format!("FAPI_LISTTYPE_ERROR Invalid listType: {sort}")));
    }
    let store = call.world.store();
    let admin = sort == "ALL" && roles::is_admin(call, &store);
    let postits = store.records(&collection(&call.tenant)).map(|(_, postit)| postit);
    let visible: Vec<Value> = postits
        .filter(|postit| postit["owner"] == call.user() || admin)
        .map(|postit| show(call, postit.clone()))
        .collect();
    let (page, metadata) = listing.apply(visible);
    let page: Vec<Value> =
        page.into_iter().map(|postit| listing.select(postit, &["id"], &SUMMARY)).collect();
    let message = "FAPI_POSTITS_LIST_COMPLETE Listed.";
    Ok(Reply::result(page, message).with_metadata(metadata))
}

pub(super) fn get(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    let postit = own(call, &mut store)?.clone();
    Ok(Reply::result(show(call, postit), "ok"))
}

pub(super) fn update(call: &Call<'_>) -> Outcome {
    let asked = Asked::read(call)?;
    let now = call.world.clock.timestamp();
    let mut store = call.world.store();
    let postit = own(call, &mut store)?;
    if let Some(uses) = asked.uses {
        postit["allowedUses"] = uses.into();
    }
    if let Some(seconds) = asked.seconds {
        postit["expiration"] = after(now, seconds).into();
    }
    postit["updated"] = now.to_string().into();
    let postit = postit.clone();
    Ok(Reply::result(show(call, postit), "FAPI_POSTITS_OP_COMPLETE Updated."))
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let mut store = call.world.store();
    own(call, &mut store)?;
    store.remove(&collection(&call.tenant), call.path("postitId"));
    Ok(change_reply(1, "ok".to_owned()))
}

/// Needs no token. It returns what its owner can currently read. Whether it can be redeemed is
/// checked last, after all checks of the path (`PostItsService.redeemPostIt`).
pub(super) fn redeem(call: &Call<'_>) -> Outcome {
    let id = call.path("postitId");
    let mut store = call.world.store();
    let postit = store.get(&collection(&call.tenant), id).ok_or_else(|| missing(id))?;
    let text = |name: &str| postit[name].as_str().unwrap_or_default().to_owned();
    let (owner, system, path) = (text("owner"), text("systemId"), text("path"));
    let owner = Caller { username: owner, tenant: call.tenant.clone(), service: None };
    let on_behalf = call.on_behalf_of(owner);
    let target = Target::at(&on_behalf, &store, &system, &path, Wish::Read)?;
    let entry = target.look(&on_behalf)?.ok_or_else(|| no_such_file(&on_behalf, &target))?;
    let zipped = match call.query("zip") {
        Some(_) => call.flag("zip"),
        None => entry.is_dir(),
    };
    if entry.is_dir() && !zipped {
        let sentence = "A directory comes as a zip file only.";
        let message = target.say(&on_behalf, "POSTITS_REDEEM_DIR_NOZIP", sentence);
        return Err(Failure::bad_request(message));
    }
    let postit = store.get_mut(&collection(&call.tenant), id).ok_or_else(|| missing(id))?;
    if !use_up(postit, call.world.clock.timestamp()) {
        let message = format!("POSTIT_NOT_REDEEMABLE The PostIt {id} cannot be redeemed any more.");
        return Err(Failure::bad_request(message));
    }
    let (name, bytes) = if zipped {
        (zip_name(&path), zip(&on_behalf, &target, &path)?)
    } else {
        (name(&path), whole(&on_behalf, &target)?)
    };
    let binary = "application/octet-stream";
    let reply = if call.flag("download") {
        disposed(Reply::raw(binary, bytes), &attachment(&name))
    } else {
        let reply = Reply::raw(media_type(&name).unwrap_or(binary), bytes);
        disposed(reply, &attachment(&name).replacen("attachment", "inline", 1))
    };
    Ok(if zipped { reply } else { cached(reply) })
}

/// Counts one use, if there is one left.
fn use_up(postit: &mut Value, now: jiff::Timestamp) -> bool {
    let number = |name: &str| postit[name].as_i64().unwrap_or_default();
    let (used, allowed) = (number("timesUsed"), number("allowedUses"));
    let expiration = postit["expiration"].as_str().unwrap_or_default();
    let expired = expiration.parse::<jiff::Timestamp>().unwrap_or_default() <= now;
    if expired || (allowed != -1 && used >= allowed) {
        return false;
    }
    postit["timesUsed"] = used.saturating_add(1).into();
    true
}

fn own<'a>(call: &Call<'_>, store: &'a mut Store) -> Result<&'a mut Value, Failure> {
    let id = call.path("postitId");
    let admin = roles::is_admin(call, store);
    let postit = store.get_mut(&collection(&call.tenant), id).ok_or_else(|| missing(id))?;
    if postit["owner"] == call.user() || admin {
        return Ok(postit);
    }
    Err(Failure::forbidden(format!("POSTIT_NOT_AUTHORIZED This is not yours. PostItId: {id}")))
}

fn missing(id: &str) -> Failure {
    Failure::not_found(format!("POSTIT_NOT_FOUND There is no such PostIt: {id}"))
}

fn show(call: &Call<'_>, mut postit: Value) -> Value {
    let id = postit["id"].as_str().unwrap_or_default();
    postit["redeemUrl"] = format!("{}/v3/files/postits/redeem/{id}", call.base_url).into();
    postit
}
