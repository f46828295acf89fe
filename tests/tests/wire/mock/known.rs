//! What is known of the operations: their order, how many succeed and which refuse.

use super::super::world::{CASES, Case};

/// Operations, with blanks in between, and what their message holds.
pub(super) type Refusal = (&'static str, &'static str);

/// The refusals that are in order although the document allows the request: what it leaves out is
/// needed, or what it allows one by one does not go together.
pub(super) const REFUSALS: &[Refusal] = &[
    (
        "apps.getApps apps.searchAppsQueryParameters apps.searchAppsRequestBody files.listPostIts \
         jobs.getJobList jobs.getJobSearchList jobs.getJobSearchListByPostSqlStr \
         notifications.getSubscriptions notifications.searchSubscriptionsQueryParameters \
         notifications.searchSubscriptionsRequestBody \
         systems.getSystems systems.searchSystemsQueryParameters systems.searchSystemsRequestBody",
        "startAfter and skip cannot be given together",
    ),
    // A list of texts that are full of what has to be escaped, and no JSON.
    (
        "meta.submitLargeQuery meta.submitLargeAggregation meta.listDocuments",
        "illegal keys parameter: it is not a JSON object",
    ),
    // Each may be left out, but not both.
    ("systems.unlinkChildren", "HTTP 500 Internal Server Error"),
    // The document requires nothing of what replaces an app or a system.
    ("apps.putApp", "Attribute: containerImage"),
    ("systems.putSystem", "Missing attribute: host"),
    // Without a secret for the system's method.
    ("systems.createUserCredential systems.checkUserCredential", "SYSLIB_CRED_NOT_FOUND"),
    ("systems.getGlobusAuthUrl systems.generateGlobusTokens", "not of type GLOBUS"),
    // One of the two has to be there.
    ("pods.create_pod", "image is required if template is not provided"),
    // The service's own table of routes lacks them.
    ("pods.download_snapshot_file pods.download_volume_file", "does not match any Pods API route"),
    // The mock makes views of columns alone.
    ("pgrest.refresh_materialized_view", "is not a materialized view"),
    ("tenants.delete_site", "a tenant uses it"),
    // Deployed, the service says nothing.
    ("workflows.terminatePipeline", ""),
    ("workflows.createTask", "Duplicate entry"),
    ("workflows.removeGroupUser", "Users that own groups cannot be removed"),
    // Credentials of another kind.
    ("tokens.refresh_token", "Invalid PUT data"),
];

/// What the services fall over, with 500, and the mock imitates.
pub(super) const FALLING: [&str; 1] = ["systems.unlinkChildren"];

/// What no deployed service has.
pub(super) const UNSERVED: [&str; 1] = ["terminatePipeline"];

/// What a deployed service answers with whatever the actor gave, and the documents with JSON.
pub(super) const SYNCHRONOUS: [&str; 2] = ["send_binary_message", "send_message"];

/// How many operations of each service succeed at least.
pub(super) const SUCCEEDING: &[(&str, usize)] = &[
    ("actors", 30),
    ("apps", 29),
    ("authenticator", 17),
    ("datasets", 9),
    ("files", 32),
    ("globus-proxy", 11),
    ("jobs", 23),
    ("meta", 24),
    ("models", 11),
    ("notifications", 23),
    ("pgrest", 19),
    ("pods", 72),
    ("sk", 57),
    ("streams", 51),
    ("systems", 35),
    ("tenants", 16),
    ("tokens", 4),
    ("workflows", 50),
];

/// Who makes a call.
pub(super) enum Who {
    User,
    Service,
    SiteAdmin,
}

/// Who may make the call: what is reserved for services or those of the site is left to them.
pub(super) fn caller(case: &Case) -> Who {
    const OF_SERVICES: [&str; 10] = [
        "shareResource",
        "getShares",
        "getShare",
        "hasPrivilege",
        "deleteShare",
        "deleteShareById",
        "removePathPermissionFromAllRoles",
        "removePermissionFromAllRoles",
        "validateServicePassword",
        "validateSiteAdminPassword",
    ];
    match (case.typed.service, case.typed.id) {
        ("notifications", _) => Who::Service,
        ("sk", id) if OF_SERVICES.contains(&id) => Who::Service,
        ("sk", "reinitializeSite") => Who::SiteAdmin,
        _ => Who::User,
    }
}

/// What makes a thing that others are made in, although with a PUT.
const MAKING: [&str; 4] =
    ["meta.createDB", "meta.createCollection", "meta.createIndex", "meta.addAggregation"];

/// Whether the call may make something that takes its time.
pub(super) fn makes(case: &Case) -> bool {
    (case.operation.method == "POST" && case.typed.id != "updateTTL")
        || MAKING.contains(&case.to_string().as_str())
}

/// Making comes first, so that there is something to look at, and what ends things comes last.
pub(super) fn in_order() -> Vec<&'static Case> {
    const ENDING: [&str; 9] =
        ["delete", "remove", "disable", "revoke", "cancel", "terminate", "hide", "stop", "unshare"];
    const LATE: [&str; 3] = ["create_measurement", "add_table_rows", "add_table_row"];
    let mut cases: Vec<&Case> = CASES.iter().collect();
    cases.sort_by_key(|case| {
        let operation = &case.operation;
        let depth = operation.template.matches('/').count();
        let ends = ENDING.iter().any(|word| operation.id.to_lowercase().starts_with(word));
        // Files and jobs need systems and apps.
        let is_below_others = matches!(case.typed.service, "systems" | "apps");
        match operation.method.as_str() {
            // Before what is made in them.
            _ if MAKING.contains(&case.to_string().as_str()) => (0, depth - 1),
            // These need what is made further down; a hidden job is as good as gone.
            _ if LATE.contains(&operation.id.as_str()) => (1, 0),
            _ if operation.id == "hideJob" => (6, 0),
            // From then on there are minutes left.
            _ if operation.id == "updateTTL" => (3, 101),
            _ if ends && is_below_others => (5, 100 - depth),
            "DELETE" => (4, 100 - depth),
            _ if ends => (3, 100 - depth),
            "POST" => (0, depth),
            "GET" => (1, depth),
            _ => (2, depth),
        }
    });
    cases
}
