"""Uses a running mock through the Python client `tapipy`, unchanged, and compares results.

Usage: python_client.py BASE_URL (a mock with the user `testuser`, password `secret`, the OAuth client
`cli`, key `key`, and a step of 0.05 seconds).
"""

import os
import sys
import tempfile
import time

from tapipy import errors
from tapipy.tapis import Tapis

base_url = sys.argv[1]
t = Tapis(
    base_url=base_url,
    username="testuser",
    password="secret",
    client_id="cli",
    client_key="key",
)
assert t.tenant_id == "dev", t.tenant_id


def refused(error, call, **arguments):
    try:
        call(**arguments)
    except error:
        return
    raise AssertionError(f"{call.operation_id} was not refused")


def wait_for(status, ask):
    """Asks until the answer has this status."""
    for _ in range(200):
        answer = ask()
        if answer.status == status:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{answer.status} instead of {status}")


# Logging in, and renewing.
t.get_tokens()
first = t.access_token.access_token
assert t.access_token.claims["tapis/username"] == "testuser"
assert t.validate_token(first)["sub"] == "testuser@dev"
t.refresh_tokens()
assert t.access_token.access_token != first
assert t.authenticator.get_userinfo().username == "testuser"
refused(errors.BadRequestError, t.authenticator.get_profile, username="nobody")

# Systems.
t.systems.createSystem(
    id="here",
    systemType="LINUX",
    host="localhost",
    defaultAuthnMethod="PASSWORD",
    rootDir="/",
    canExec=True,
    jobWorkingDir="work",
    jobRuntimes=[{"runtimeType": "DOCKER"}],
)
assert t.systems.getSystem(systemId="here").owner == "testuser"
assert [s.id for s in t.systems.getSystems(search="(id.like.he*)")] == ["here"]
t.systems.patchSystem(systemId="here", description="changed")
assert t.systems.getSystem(systemId="here").description == "changed"
refused(errors.NotFoundError, t.systems.getSystem, systemId="nowhere")

# Files.
t.files.mkdir(systemId="here", path="data")
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "hello.txt")
    with open(path, "w") as file:
        file.write("Hello, Tapis.")
    t.upload(source_file_path=path, system_id="here", dest_file_path="data/hello.txt")
assert [f.name for f in t.files.listFiles(systemId="here", path="data")] == ["hello.txt"]
assert t.files.getContents(systemId="here", path="data/hello.txt") == b"Hello, Tapis."
t.files.moveCopy(systemId="here", path="data/hello.txt", operation="COPY", newPath="data/b.txt")
t.files.delete(systemId="here", path="data/hello.txt")
listed = t.files.listFiles(systemId="here", path="/", recurse=True)
assert [f.path for f in listed] == ["data", "data/b.txt"], listed

# Apps, and a job to its end.
t.apps.createAppVersion(
    id="count",
    version="1",
    containerImage="busybox",
    runtime="SINGULARITY",
    runtimeOptions=["SINGULARITY_RUN"],
    jobAttributes={"execSystemId": "here"},
)
assert t.apps.getAppLatestVersion(appId="count").version == "1"
job = t.jobs.submitJob(
    name="counting",
    appId="count",
    appVersion="1",
    fileInputs=[{"sourceUrl": "tapis://here/data/b.txt"}],
)
wait_for("FINISHED", lambda: t.jobs.getJobStatus(jobUuid=job.uuid))
history = t.jobs.getJobHistory(jobUuid=job.uuid)
assert len([e for e in history if e.event == "JOB_NEW_STATUS"]) == 9, history
output = t.jobs.getJobOutputList(jobUuid=job.uuid, outputPath="/")
assert "tapisjob.out" in [f.name for f in output], output
text = t.jobs.getJobOutputDownload(jobUuid=job.uuid, outputPath="tapisjob.out")
assert b"name: counting" in text, text

# Pods, up and down, and a volume.
pod = t.pods.create_pod(pod_id="mypod", image="busybox", description="a pod")
assert (pod.pod_id, pod.status_requested) == ("mypod", "ON"), pod


def get_pod():
    return t.pods.get_pod(pod_id="mypod")


assert wait_for("AVAILABLE", get_pod).description == "a pod"
assert "mypod" in [p.pod_id for p in t.pods.list_pods()]
assert t.pods.stop_pod(pod_id="mypod").status_requested == "OFF"
wait_for("STOPPED", get_pod)
assert t.pods.start_pod(pod_id="mypod").status_requested == "ON"
wait_for("AVAILABLE", get_pod)
assert t.pods.restart_pod(pod_id="mypod").status_requested == "RESTART"
while get_pod().status_requested == "RESTART":
    time.sleep(0.05)
wait_for("AVAILABLE", get_pod)
logs = t.pods.get_pod_logs(pod_id="mypod")
assert logs.logs == "mypod is up\n", logs.logs
actions = [line.split(": ", 1)[1] for line in logs.action_logs]
for action in ("stop_pod", "start_pod", "restart_pod"):
    assert any(action in line for line in actions), (action, actions)
volume = t.pods.create_volume(volume_id="myvolume", description="a volume")
assert (volume.volume_id, volume.description) == ("myvolume", "a volume"), volume
t.pods.update_volume(volume_id="myvolume", description="changed")
assert t.pods.get_volume(volume_id="myvolume").description == "changed"
assert [v.volume_id for v in t.pods.list_volumes()] == ["myvolume"]
t.pods.delete_volume(volume_id="myvolume")
assert t.pods.list_volumes() == []
t.pods.delete_pod(pod_id="mypod")
refused(errors.NotFoundError, t.pods.get_pod, pod_id="mypod")

# Workflows: a pipeline with a task, run to its end.
t.workflows.createGroup(id="group")
t.workflows.createPipeline(group_id="group", id="pipeline", type="workflow")
pipeline = {"group_id": "group", "pipeline_id": "pipeline"}
assert t.workflows.getPipeline(**pipeline).id == "pipeline"
task = {"id": "task", "type": "request", "http_method": "get", "url": "https://example.org"}
made = t.workflows.createTask(**pipeline, request_body=task)
assert made.url.endswith("/groups/group/pipelines/pipeline/tasks/task"), made
assert [k.id for k in t.workflows.listTasks(**pipeline)] == ["task"]
run = t.workflows.runPipeline(**pipeline, name="first")
run = {**pipeline, "pipeline_run_uuid": run.uuid}
done = wait_for("completed", lambda: t.workflows.getPipelineRun(**run))
assert done.name == run["pipeline_run_uuid"], done
executions = t.workflows.listTaskExecutions(**run)
assert [(e.task_id, e.status, e.stdout) for e in executions] == [
    ("task", "completed", "task is done\n")
], executions
execution = t.workflows.getTaskExecution(**run, task_execution_uuid=executions[0].uuid)
assert execution.uuid == executions[0].uuid
assert len(t.workflows.listPipelineRuns(**pipeline)) == 1

# Streams.
project = t.streams.create_project(
    project_name="project",
    description="d",
    owner="testuser",
    pi="testuser",
    funding_resource="f",
    project_url="u",
)
assert project.project_name == "project"
t.streams.create_site(
    project_id=project.project_id,
    request_body=[
        {
            "site_name": "site",
            "site_id": "site",
            "latitude": 1,
            "longitude": 2,
            "elevation": 3,
            "description": "d",
        }
    ],
)
sites = t.streams.list_sites(project_id=project.project_id)
assert [s.site_name for s in sites] == ["site"]
site = {"project_id": project.project_id, "site_id": "site"}
t.streams.create_instrument(
    **site, request_body=[{"inst_id": "inst", "inst_name": "inst", "inst_description": "d"}]
)
assert [i.inst_id for i in t.streams.list_instruments(**site)] == ["inst"]
t.streams.create_variable(
    **site,
    inst_id="inst",
    request_body=[{"var_id": name, "var_name": name, "unit": "u"} for name in ("temp", "rain")],
)
variables = t.streams.list_variables(**site, inst_id="inst")
assert sorted(v.var_id for v in variables) == ["rain", "temp"], variables
first, second = "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"
t.streams.create_measurement(
    inst_id="inst",
    vars=[{"datetime": first, "temp": 1.5, "rain": 0}, {"datetime": second, "temp": 2.5}],
)
measured = t.streams.list_measurements(**site, inst_id="inst")
at = [f"2026-11-0{day} 00:00:00+00:00" for day in (1, 2)]
assert vars(measured.temp) == {at[0]: 1.5, at[1]: 2.5}, measured
assert vars(measured.rain) == {at[0]: 0, at[1]: None}, measured
assert measured.measurements_in_file == 2, measured
later = t.streams.list_measurements(**site, inst_id="inst", start_date=second)
assert vars(later.temp) == {at[1]: 2.5}, later
table = t.streams.download_measurements(inst_id="inst", format="csv")
assert table == f"time,temp,rain\n{at[0]},1.5,0.0\n{at[1]},2.5,\n".encode(), table

# Actors: a message, and what comes of it.
actor = t.actors.create_actor(image="abacosamples/test", name="echo")
assert [a.id for a in t.actors.list_actors()] == [actor.id]
sent = t.actors.send_message(actor_id=actor.id, message="Hello, actor.")
execution = {"actor_id": actor.id, "execution_id": sent.execution_id}
wait_for("COMPLETE", lambda: t.actors.get_execution(**execution))
assert t.actors.get_execution_result(**execution) == b"Hello, actor."
assert "Hello, actor." in t.actors.get_execution_logs(**execution).logs
t.actors.delete_actor(actor_id=actor.id)
refused(errors.NotFoundError, t.actors.get_actor, actor_id=actor.id)
print("tapipy gets along with the mock.")
