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
    id="count", version="1", containerImage="busybox", jobAttributes={"execSystemId": "here"}
)
assert t.apps.getAppLatestVersion(appId="count").version == "1"
job = t.jobs.submitJob(
    name="counting",
    appId="count",
    appVersion="1",
    fileInputs=[{"sourceUrl": "tapis://here/data/b.txt"}],
)
for _ in range(200):
    status = t.jobs.getJobStatus(jobUuid=job.uuid).status
    if status in ("FINISHED", "FAILED", "CANCELLED"):
        break
    time.sleep(0.05)
assert status == "FINISHED", status
assert len(t.jobs.getJobHistory(jobUuid=job.uuid)) == 9
output = t.jobs.getJobOutputList(jobUuid=job.uuid, outputPath="/")
assert [f.name for f in output] == ["tapisjob.out"]
text = t.jobs.getJobOutputDownload(jobUuid=job.uuid, outputPath="tapisjob.out")
assert b"name: counting" in text, text

# Pods.
t.pods.create_pod(pod_id="mypod", image="busybox", description="a pod")
assert t.pods.get_pod(pod_id="mypod").pod_id == "mypod"
assert "mypod" in [p.pod_id for p in t.pods.list_pods()]
t.pods.create_volume(volume_id="myvolume", description="a volume")
t.pods.delete_pod(pod_id="mypod")
refused(errors.NotFoundError, t.pods.get_pod, pod_id="mypod")

# Workflows.
t.workflows.createGroup(id="group")
t.workflows.createPipeline(group_id="group", id="pipeline", type="workflow")
assert t.workflows.getPipeline(group_id="group", pipeline_id="pipeline").id == "pipeline"

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
print("tapipy gets along with the mock.")
