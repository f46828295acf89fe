"""The Python client `tapipy`: the same works as the other contestants, in the same words.

`contestant.py WORK BASE_URL [COUNT [IN_FLIGHT]] [FILE]` writes one line of JSON to standard error.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tapipy.tapis import Tapis

WARM_UP = 20
LARGE = 1 << 30


def peak_kib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def userinfo(t):
    assert t.authenticator.get_userinfo().username == "testuser"


def systems(t):
    assert len(t.systems.getSystems()) == 100


def measured(count, work):
    cpu, start = time.process_time(), time.perf_counter()
    work()
    return {
        "count": count,
        "wall": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
        "peak_kib": peak_kib(),
    }


def one_by_one(t, call, count):
    os.sched_setaffinity(0, {0})
    for _ in range(WARM_UP):
        call(t)
    return measured(count, lambda: [call(t) for _ in range(count)])


def at_once(t, count, in_flight):
    with ThreadPoolExecutor(in_flight) as threads:
        return measured(count, lambda: list(threads.map(lambda _: userinfo(t), range(count))))


def upload(t, path):
    t.upload(source_file_path=path, system_id="system", dest_file_path="large")


def download(t, path):
    with open(path, "wb") as file:
        file.write(t.files.getContents(systemId="system", path=str(LARGE)))


def transfer(t, work, path):
    userinfo(t)
    idle = peak_kib()
    report = measured(1, lambda: work(t, path))
    return report | {"idle_kib": idle}


work, base_url, *rest = sys.argv[1:]
if work.startswith("command-"):
    # What a command of the command line does: one call with a token that is there, and its result as text.
    t = Tapis(base_url=base_url, access_token=os.environ["TAPIS_TOKEN"])
    match work:
        case "command-systems":
            for system in t.systems.getSystems():
                print(system.id, system.owner, system.systemType, system.host)
        case "command-userinfo":
            print(t.authenticator.get_userinfo())
    sys.exit()
t = Tapis(base_url=base_url, username="testuser", password="secret")
t.get_tokens()
if work == "hello":
    userinfo(t)
    report = {"first_reply": time.time(), "peak_kib": peak_kib()}
elif work == "calls":
    report = one_by_one(t, userinfo, int(rest[0]))
elif work == "list":
    report = one_by_one(t, systems, int(rest[0]))
elif work == "burst":
    userinfo(t)
    report = at_once(t, int(rest[0]), int(rest[1]))
elif work == "expiry":
    time.sleep(float(rest[1]) + 0.2)
    report = at_once(t, int(rest[0]), int(rest[0]))
elif work == "upload":
    report = transfer(t, upload, rest[0])
elif work == "download":
    report = transfer(t, download, rest[0])
else:
    raise SystemExit(f"{work} is no work")
print(json.dumps(report), file=sys.stderr)
