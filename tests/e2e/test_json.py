# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""--json and --yaml, member by member: what readers written for data_parser v0.0.44 expect is there, with its type."""
import json, os

import pytest

from harness import Cluster, wait_until

TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
# What Slurm's newer commands have beside the description, as recorded of sinfo --json.
BESIDE = {"partitions": (".partitions[].flags[]", ".partitions[].preempt_mode[]", ".partitions[].partition.exclusive",
                         ".partitions[].partition.oversubscribe"),
          "steps": (".last_update.set", ".last_update.infinite", ".last_update.number")}


def described(kind):
    rows = [line.split() for line in open(f"{os.path.dirname(__file__)}/json_members.txt") if line[0] != "#"]
    return {path: type_ for of, path, type_ in rows if of in (kind, "answer")}


def leaves(value, path=""):
    """(path, type) of every value; an empty list is (path[], "empty")."""
    if isinstance(value, dict):
        if not value:
            yield path, "object"
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        if not value:
            yield f"{path}[]", "empty"
        for inner in value:
            yield from leaves(inner, path + "[]")
    else:
        yield path, TYPES[type(value)]


def differences(kind, answer):
    want, have = described(kind), {}
    for path, type_ in leaves(answer):
        have.setdefault(path, set()).add(type_)
    empty = [path for path, types in have.items() if types <= {"empty", "object"}]
    for path, type_ in want.items():
        if path not in have and not any(path.startswith(e) for e in empty):
            yield f"missing {path} ({type_})"
    for path, types in have.items():
        if path in want:
            fits = {want[path], "empty"} | ({"integer"} if want[path] == "number" else set())
            if not types <= fits:
                yield f"{path} is {types}, not {want[path]}"
        elif not types <= {"empty", "object"} and path not in BESIDE.get(kind, ()):
            yield f"nobody expects {path}"


@pytest.fixture(scope="module")
def busy():
    """A job on two nodes with a step, one that waits, one that failed; a node with a reason; licences."""
    with Cluster(nodes=3, conf="Licenses=matlab:3,ansys\nPartitionName=p2 Nodes=n1 AllowGroups=root OverSubscribe=FORCE:4") as c:
        c("sbatch -N2 --comment=x --wrap 'srun sleep 1000'")
        c("sbatch -N9 -H --wrap true", code=None)
        c.wait_end(c.submit(body="exit 3"))
        c("scontrol update NodeName=n3 State=DRAIN Reason=disk")
        wait_until(lambda: "1.0" in c("squeue -hs -o %i"), 20, "a step")
        yield c


@pytest.mark.parametrize("command,kind", [
    ("squeue --json", "jobs"), ("scontrol show job --json", "jobs"), ("scontrol show nodes --json", "nodes"),
    ("scontrol show partitions --json", "partitions"), ("scontrol show step --json", "steps"),
    ("scontrol show licenses --json", "licenses"), ("scontrol ping --json", "pings")])
def test_every_member_that_is_described_is_there(busy, command, kind):
    answer = json.loads(busy(command))
    assert answer[kind]
    assert list(differences(kind, answer)) == []


def test_what_the_answers_say(busy):
    job = json.loads(busy("scontrol show job 1 --json"))["jobs"][0]
    sockets = job["job_resources"]["nodes"]["allocation"][0]["sockets"]
    held = [core for socket in sockets for core in socket["cores"] if core["status"] == ["ALLOCATED"]]
    assert len(held) >= 1 and job["step_id"]["job_id"]["number"] == 1
    steps = {s["step"]["id"]: s for s in json.loads(busy("scontrol show step --json"))["steps"]}
    assert set(steps) == {"1.batch", "1.0"}
    assert steps["1.0"]["nodes"] == {"count": 2, "range": "n[1-2]", "list": ["n1", "n2"]}
    assert steps["1.0"]["step"]["name"] == "sleep" and steps["1.0"]["state"] == ["RUNNING"]
    assert json.loads(busy("scontrol show licenses --json"))["licenses"][1] == {
        "LicenseName": "matlab", "Total": 3, "Used": 0, "Free": 3, "Remote": False, "Reserved": 0, "LastConsumed": 0,
        "LastDeficit": 0, "LastUpdate": 0, "Nodes": ""}
    assert json.loads(busy("scontrol show config --json"))["config"]["ClusterName"] == "e2e"
    assert json.loads(busy("scontrol show reservations --json"))["reservations"] == []
    assert json.loads(busy("scontrol show step 1.7 --json", code=1))["steps"] == []


def test_what_has_no_json_says_so(busy):
    code, err = busy.refused("scontrol show daemons --json")
    assert code == 1 and err == "scontrol: error: show daemons has no --json or --yaml\n"


def test_yaml_has_the_same_members(busy):
    text = busy("scontrol show step --yaml")
    names = {line.strip(' -').split('"')[1] for line in text.splitlines() if '": ' in line or line.endswith('":')}
    members = {part for path, _ in leaves(json.loads(busy("scontrol show step --json"))) for part in path.split(".")}
    assert {m.replace("[]", "") for m in members} - {""} <= names
