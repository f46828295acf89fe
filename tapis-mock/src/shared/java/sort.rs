//! A kind of resource: its collection and its messages.

use serde_json::Value;

use crate::call::Call;
use crate::reply::Failure;
use crate::store::{Store, in_tenant};

/// A kind of resource.
pub(crate) struct Sort {
    /// The name of its collection.
    pub(crate) collection: &'static str,
    /// The prefix of the service's message ids.
    pub(crate) key: &'static str,
    /// The prefix of the message ids of the service's library.
    pub(crate) lib: &'static str,
    /// The id of the message for a caller without permission.
    pub(crate) refusal: &'static str,
    /// The id of the message for an existing id.
    pub(crate) taken: &'static str,
    /// The name of the kind in messages.
    pub(crate) noun: &'static str,
    /// The path parameter that names it.
    pub(crate) id: &'static str,
}

impl Sort {
    pub(crate) fn in_tenant(&self, tenant: &str) -> String {
        in_tenant(tenant, self.collection)
    }

    /// A collection of items that belong to resources of this kind.
    pub(crate) fn of(&self, tenant: &str, what: &str) -> String {
        format!("{tenant}:{}.{what}", self.collection)
    }

    /// A message in the format of these services: an id, a sentence, the caller and the resource.
    pub(crate) fn message(&self, call: &Call<'_>, key: &str, sentence: &str, id: &str) -> String {
        self.say(call, &format!("{}_{key}", self.key), sentence, id)
    }

    /// The same with a complete message id.
    pub(crate) fn say(&self, call: &Call<'_>, key: &str, sentence: &str, id: &str) -> String {
        let noun = self.noun;
        let caller = call.caller.as_ref();
        let api_user = caller.and_then(|caller| caller.service.as_deref()).unwrap_or(call.user());
        format!(
            "{key} {sentence} Tenant: {} ApiUserId: {api_user} OboTenant: {} OboUser: {} \
             {noun}: {id}",
            call.tenant,
            call.tenant,
            call.user(),
        )
    }

    /// The message when reading a resource that does not exist.
    pub(crate) fn missing(&self, call: &Call<'_>, id: &str) -> Failure {
        Failure::not_found(self.message(call, "NOT_FOUND", "Record not found.", id))
    }

    /// The message when changing a resource that does not exist.
    pub(crate) fn nothing_to_change(&self, call: &Call<'_>, id: &str) -> Failure {
        let key = format!("{}_NOT_FOUND", self.lib);
        Failure::not_found(self.say(call, &key, "Record not found.", id))
    }

    pub(crate) fn unauthorized(&self, call: &Call<'_>, id: &str) -> Failure {
        let operation = &call.operation.id;
        let message = self.say(call, self.refusal, "User not authorized.", id);
        Failure::forbidden(format!("{message} Operation: {operation}"))
    }

    pub(crate) fn exists(&self, call: &Call<'_>, id: &str) -> Failure {
        let sentence = format!("{} already exists.", self.noun);
        Failure::conflict(self.say(call, self.taken, &sentence, id))
    }

    pub(crate) fn invalid(&self, call: &Call<'_>, what: &str, id: &str) -> Failure {
        let sentence = format!("Unable to create/update resource due to invalid input. {what}");
        Failure::bad_request(self.message(call, "CREATE_INVALID_ERRORLIST", &sentence, id))
    }

    /// The resource of the path, unless it is deleted.
    pub(crate) fn find<'a>(&self, call: &Call<'_>, store: &'a Store) -> Result<&'a Value, Failure> {
        let id = call.path(self.id);
        self.live(call, store, id).ok_or_else(|| self.missing(call, id))
    }

    /// The resource with that name, unless it is deleted.
    pub(crate) fn live<'a>(
        &self,
        call: &Call<'_>,
        store: &'a Store,
        id: &str,
    ) -> Option<&'a Value> {
        let record = store.get(&self.in_tenant(&call.tenant), id);
        record.filter(|record| record["deleted"] != true)
    }
}
