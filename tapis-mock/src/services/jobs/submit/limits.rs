//! The type of a job, its queue and its resources (tapis-jobs `SubmitContext.java:366-414, 915-948,
//! 2638-2758`).

use serde_json::{Map, Value};

use super::text::{bad, field, in_map, list, refuse_dangerous};
use crate::reply::Failure;

/// The resources of a job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resources {
    pub(super) nodes: i64,
    pub(super) cores: i64,
    pub(super) memory: i64,
    pub(super) minutes: i64,
}

/// `BATCH` or `FORK`: from the request, or else from the application, which always has one.
pub(super) fn job_type<'a>(request: &'a Map<String, Value>, app: &'a Value) -> &'a str {
    in_map(request, "jobType").or_else(|| field(app, "jobType")).unwrap_or_default()
}

impl Resources {
    /// The value of the request, or else of the application. A missing value, or one that is not
    /// positive, has a default.
    pub(super) fn read(request: &Map<String, Value>, attributes: &Value) -> Self {
        let number = |name: &str, default: i64| {
            let asked = request.get(name).and_then(Value::as_i64);
            let value = asked.or_else(|| attributes[name].as_i64());
            value.filter(|value| *value > 0).unwrap_or(default)
        };
        Self {
            nodes: number("nodeCount", 1),
            cores: number("coresPerNode", 1),
            memory: number("memoryMB", 100),
            minutes: number("maxMinutes", 10),
        }
    }

    /// Whether a queue accepts a job with these resources.
    pub(super) fn fit(&self, queue: &Value) -> Result<(), Failure> {
        let most = [
            ("maxNodeCount", self.nodes, "JOBS_Q_EXCEEDED_MAX_NODES"),
            ("maxCoresPerNode", self.cores, "JOBS_Q_EXCEEDED_MAX_CORES"),
            ("maxMemoryMB", self.memory, "JOBS_Q_EXCEEDED_MAX_MEM"),
            ("maxMinutes", self.minutes, "JOBS_Q_EXCEEDED_MAX_MINUTES"),
        ];
        let least = [
            ("minNodeCount", self.nodes, "JOBS_Q_MIN_NODES_ERROR"),
            ("minCoresPerNode", self.cores, "JOBS_Q_MIN_CORES_ERROR"),
            ("minMemoryMB", self.memory, "JOBS_Q_MIN_MEM_ERROR"),
            // The service uses the message id of the upper limit here.
            ("minMinutes", self.minutes, "JOBS_Q_EXCEEDED_MAX_MINUTES"),
        ];
        let name = queue["name"].as_str().unwrap_or_default();
        let over =
            most.iter().find(|(limit, asked, _)| queue[limit].as_i64().is_some_and(|l| *asked > l));
        let under = least
            .iter()
            .find(|(limit, asked, _)| queue[limit].as_i64().is_some_and(|l| *asked < l));
        match over.or(under) {
            Some((limit, asked, id)) => {
                let what =
                    format!("{asked} requested, {limit} of queue {name} is {}.", queue[limit]);
                Err(bad(id, &what))
            }
            None => Ok(()),
        }
    }
}

/// The queue of a batch job: from the request, or else from the application, or else the default of
/// the system.
pub(super) fn queue<'a>(
    request: &Map<String, Value>,
    app: &Value,
    system: &'a Value,
) -> Result<&'a Value, Failure> {
    let name = in_map(request, "execSystemLogicalQueue")
        .or_else(|| field(&app["jobAttributes"], "execSystemLogicalQueue"))
        .or_else(|| field(system, "batchDefaultLogicalQueue"));
    let id = system["id"].as_str().unwrap_or_default();
    let Some(name) = name else {
        return Err(bad("JOBS_NO_LOGICAL_QUEUE", &format!("No queue is named for system {id}.")));
    };
    refuse_dangerous("", "execSystemLogicalQueue", name)?;
    let queues = list(system, "batchLogicalQueues");
    queues.iter().find(|queue| queue["name"] == name).ok_or_else(|| {
        let known: Vec<&str> = queues.iter().filter_map(|queue| queue["name"].as_str()).collect();
        let what = format!("System {id} has no queue {name}. It has: {}", known.join(", "));
        bad("JOBS_INVALID_LOGICAL_QUEUE", &what)
    })
}

/// The scheduler's name of a queue.
pub(super) fn hpc_queue<'a>(system: &'a Value, name: &str) -> Option<&'a str> {
    let queue = list(system, "batchLogicalQueues").iter().find(|queue| queue["name"] == name)?;
    field(queue, "hpcQueueName")
}
