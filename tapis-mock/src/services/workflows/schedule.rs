//! The schedule of a run's tasks: when each starts, how it ends, and the final status of the run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::shared::stages;

/// The stages of a run and of its tasks. Those of a task count from the same time as those of the
/// run; before the run is active there are none.
pub(super) struct Schedule {
    pub(super) run: Vec<&'static str>,
    pub(super) tasks: BTreeMap<String, Vec<&'static str>>,
    /// The message of a run that cannot start.
    pub(super) fault: Option<&'static str>,
}

/// The number of stages of a run before its tasks: submitted. The engine stages a run too, but
/// reports it before the part that informs the service listens.
const BEFORE: usize = 1;

/// Tasks take one step each, and run concurrently if possible. When the last one ends, the run is
/// completed, even if that task failed; if a task that must not fail does so before, the run is
/// failed.
pub(super) fn plan(tasks: &[Value]) -> Schedule {
    let mut run = vec!["submitted"];
    if tasks.iter().all(|task| !dependencies(task).is_empty()) {
        run.push("failed");
        let fault = "Expected: 1 or more tasks with no dependencies - Found: 0";
        return Schedule { run, tasks: BTreeMap::new(), fault: Some(fault) };
    }
    let mut stages: BTreeMap<String, Vec<&'static str>> =
        tasks.iter().map(|task| (id(task).to_owned(), vec![""; BEFORE])).collect();
    let mut finished = BTreeSet::new();
    let end = loop {
        let ready: Vec<&Value> = tasks
            .iter()
            .filter(|task| !finished.contains(id(task)))
            .filter(|task| dependencies(task).iter().all(|it| finished.contains(name(it))))
            .collect();
        if ready.is_empty() {
            // They wait for each other.
            break "failed";
        }
        run.push("active");
        for task in tasks.iter().filter(|task| !finished.contains(id(task))) {
            let stage = if ready.contains(&task) { "active" } else { "pending" };
            stages.entry(id(task).to_owned()).or_default().push(stage);
        }
        if let Some(end) = ends(tasks, &ready, &mut finished, &mut stages) {
            break end;
        }
    };
    run.push(end);
    Schedule { run, tasks: stages, fault: None }
}

/// Ends the active tasks one after the other, and returns the final status of the run, if it has
/// ended.
fn ends<'t>(
    tasks: &'t [Value],
    ready: &[&'t Value],
    finished: &mut BTreeSet<&'t str>,
    stages: &mut BTreeMap<String, Vec<&'static str>>,
) -> Option<&'static str> {
    for task in ready {
        let fails = stages::is_to_fail(id(task));
        let stage = if fails { "failed" } else { "completed" };
        stages.entry(id(task).to_owned()).or_default().push(stage);
        finished.insert(id(task));
        if finished.len() == tasks.len() {
            return Some("completed");
        }
        if fails && !may_fail(tasks, id(task)) {
            return Some("failed");
        }
    }
    None
}

/// Whether others depend on a task, and all of them allow it to fail.
fn may_fail(tasks: &[Value], task: &str) -> bool {
    let mut on_it = tasks.iter().flat_map(dependencies).filter(|it| name(it) == task).peekable();
    on_it.peek().is_some() && on_it.all(|it| it["can_fail"] == true)
}

fn dependencies(task: &Value) -> &[Value] {
    task["depends_on"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn name(dependency: &Value) -> &str {
    dependency["id"].as_str().unwrap_or_default()
}

fn id(task: &Value) -> &str {
    task["id"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn end(tasks: Value) -> &'static str {
        let Value::Array(tasks) = tasks else { return "" };
        plan(&tasks).run.last().copied().unwrap_or_default()
    }

    #[test]
    fn a_run_is_judged_by_when_a_task_fails() {
        let after = |id: &str, can_fail: bool| json!([{ "id": "fails" }, { "id": id, "depends_on": [{ "id": "fails", "can_fail": can_fail }] }]);
        assert_eq!(end(json!([])), "failed");
        assert_eq!(end(json!([{ "id": "a" }])), "completed");
        assert_eq!(end(json!([{ "id": "fails" }])), "completed");
        assert_eq!(end(after("b", false)), "failed");
        assert_eq!(end(after("b", true)), "completed");
        assert_eq!(end(json!([{ "id": "a" }, { "id": "fails" }])), "completed");
        assert_eq!(end(json!([{ "id": "fails" }, { "id": "a" }])), "failed");
        let circle = json!([{ "id": "a" }, { "id": "b", "depends_on": [{ "id": "c" }] },
            { "id": "c", "depends_on": [{ "id": "b" }] }]);
        assert_eq!(end(circle), "failed");
    }

    #[test]
    fn tasks_wait_for_those_before_them() {
        let tasks = [json!({ "id": "a" }), json!({ "id": "b", "depends_on": [{ "id": "a" }] })];
        let schedule = plan(&tasks);
        assert_eq!(schedule.run, ["submitted", "active", "active", "completed"]);
        assert_eq!(schedule.tasks["a"], ["", "active", "completed"]);
        assert_eq!(schedule.tasks["b"], ["", "pending", "active", "completed"]);
    }
}
