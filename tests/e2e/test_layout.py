# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Where the tasks of a step go, what they are bound to and what they are told of it, on four emulated nodes of unequal size."""
import collections
import os
import re

import pytest

from harness import Cluster

NODES = """
TaskPlugin=task/affinity
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=10
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ Sockets=2 CoresPerSocket=4 ThreadsPerCore=2 RealMemory=4000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT2@ Sockets=2 CoresPerSocket=4 ThreadsPerCore=2 RealMemory=4000
NodeName=n3 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT3@ Sockets=1 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=4000
NodeName=n4 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT4@ Sockets=2 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=4000
PartitionName=main Nodes=n[1-4] Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="module")
def cluster_of_four():
    with Cluster(nodes=4, conf=NODES) as c:
        yield c


def calm(c):
    """The cores of the job before are not in use any more."""
    for node in ("n1", "n2", "n3", "n4"):
        c.wait_node(node, "idle")
    return c


@pytest.fixture
def uneven(cluster_of_four):
    return calm(cluster_of_four)


def places(cluster, options):
    """{"n1": [0, 1], ...}: which task ran where."""
    found = collections.defaultdict(list)
    for line in cluster(f"srun -l {options} sh -c 'echo $SLURMD_NODENAME'").splitlines():
        task, node = re.match(r" *(\d+): (n\d)$", line).groups()
        found[node].append(int(task))
    return {node: sorted(tasks) for node, tasks in found.items()}


def cpu_ids(cluster, options):
    text = cluster(f"salloc -Q {options} sh -c 'scontrol show job -d $SLURM_JOB_ID'")
    return re.findall(r"Nodes=(\S+) CPU_IDs=(\S+)", text)


def masks(cluster, options):
    return cluster(f"srun {options} sh -c 'test $SLURM_PROCID != 0 || echo $SLURM_CPU_BIND'").strip()


@pytest.mark.parametrize("options, wanted", [
    ("-w n[1-2] -n6", {"n1": [0, 1, 2, 3], "n2": [4, 5]}),
    ("-w n[1-2] -n7", {"n1": [0, 1, 2, 3, 4], "n2": [5, 6]}),
    ("-w n[1-3] -n12 -m cyclic", {"n1": [0, 3, 6, 7, 8, 9, 10, 11], "n2": [1, 4], "n3": [2, 5]}),
    ("-w n[1-3] -n12 -m plane=2", {"n1": [0, 1, 6, 7, 8, 9, 10, 11], "n2": [2, 3], "n3": [4, 5]}),
    ("-N4 --ntasks-per-node=2", {"n1": [0, 1], "n2": [2, 3], "n3": [4, 5], "n4": [6, 7]}),
    ("-w n[1-2] -n6 --exclusive", {"n1": [0, 1, 2], "n2": [3, 4, 5]}),
    ("-N4 -n20 --exclusive -m plane=4", {"n1": [0, 1, 2, 3, 16, 17, 18, 19], "n2": [4, 5, 6, 7], "n3": [8, 9, 10, 11], "n4": [12, 13, 14, 15]}),
    ("-n3 -N2 -w n2,n1,n2 -m arbitrary", {"n1": [1], "n2": [0, 2]}),
])
def test_tasks_are_dealt_as_asked_for(uneven, options, wanted):
    assert places(uneven, options) == wanted


def test_a_host_file_places_each_task(uneven):
    path = f"{uneven.d}/work/hosts"
    with open(path, "w") as out:
        out.write("n3\nn1\nn3\nn3\n")
    assert places(uneven, f"-m arbitrary -w {path}") == {"n1": [1], "n3": [0, 2, 3]}
    code, said = uneven.refused("srun -n3 -m arbitrary true")
    assert "arbitrary" in said.lower() and code == 1


@pytest.mark.parametrize("options, wanted", [
    ("-w n1 -n6", [("n1", "0-3,8-9")]),
    ("-w n1 -n6 -m *:block", [("n1", "0-5")]),
    ("-w n1 -n4 -c2", [("n1", "0-7")]),
    ("-w n1 -n2 -c6", [("n1", "0-5,8-13")]),
    ("-w n1 -n4 --hint=nomultithread", [("n1", "0-3,8-11")]),
    ("-w n4 -n2", [("n4", "0,2")]),
    ("-w n[1-2] -n6", [("n1", "0-1,8-9"), ("n2", "0-1")]),
])
def test_a_job_holds_the_cores_that_its_distribution_says(uneven, options, wanted):
    assert cpu_ids(uneven, options) == wanted


@pytest.mark.parametrize("options, wanted", [
    ("-w n1 -n4", "quiet,mask_cpu:0x0001,0x0100,0x0002,0x0200"),
    ("-w n1 -n3", "quiet,mask_cpu:0x0303"),
    ("-w n1 -n2 -c3", "quiet,mask_cpu:0x0007,0x0038"),
    ("-w n1 -n4 --cpu-bind=cores", "quiet,mask_cpu:0x0003,0x0300,0x0300,0x0003"),
    ("-w n1 -n4 --cpu-bind=sockets", "quiet,mask_cpu:0x0003,0x0300,0x0003,0x0300"),
    ("-w n1 -n4 --threads-per-core=1", "quiet,mask_cpu:0x0001,0x0100,0x0004,0x0400"),
    ("-w n1 -n2 --cpu-bind=none", "quiet,none"),
    ("-w n1 -n2 --cpu-bind=mask_cpu:0x1,0x2", "quiet,mask_cpu:1,2"),
])
def test_tasks_are_bound_as_asked_for(uneven, options, wanted):
    assert masks(uneven, options) == wanted


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a second CPU to bind to")
def test_the_kernel_knows_of_the_binding_and_verbose_tells_it(uneven):
    r = uneven.run("srun", "-l", "-w", "n3", "-n2", "--cpu-bind=v,map_cpu:0,1", "grep", "Cpus_allowed_list", "/proc/self/status")
    assert r.returncode == 0, r.stderr
    assert sorted(re.findall(r"(\d): Cpus_allowed_list:\s(\S+)", r.stdout)) == [("0", "0"), ("1", "1")]
    assert sorted(re.findall(r"cpu-bind=MAP  - n3, task  (\d)  \d \[\d+\]: mask (\S+) set", r.stderr)) == [("0", "0x1"), ("1", "0x2")]


def test_what_cannot_be_bound_is_said(uneven):
    _, said = uneven.refused("srun -w n1 -n2 --cpu-bind=map_cpu:12,13 true")
    assert "CPU binding outside of job step allocation, allocated CPUs are: 0x0003." in said
    code, said = uneven.refused("srun --cpu-bind=bogus true")
    assert (code, said) == (1, 'srun: error: unrecognized --cpu-bind argument "bogus"\nsrun: fatal: Failed to parse --cpu-bind= values.\n')
    _, said = uneven.refused("srun -m plane true")
    assert said.startswith("srun: error: Invalid plane size or size not specified\nsrun: error: Invalid --distribution specification\n")


def test_a_step_has_its_nodes_whole_unless_it_is_exact(uneven):
    body = "for o in '' --exact -c2; do srun -n2 $o sh -c 'test $SLURM_PROCID != 0 || echo $SLURM_CPUS_ON_NODE'; done"
    job = uneven.submit("-w n1 --exclusive -o exact.out", body)
    assert uneven.wait_end(job) == "COMPLETED"
    assert uneven.file("exact.out").split() == ["16", "2", "4"]


def test_a_task_of_a_batch_step_knows_everything(uneven):
    body = "srun -l sh -c 'test $SLURM_PROCID != 2 || env | grep ^SLURM_'"
    job = uneven.submit("-w n[1-2] -n3 -c2 -m plane=2 --ntasks-per-node=2 --hint=multithread -o all.out", body)
    assert uneven.wait_end(job) == "COMPLETED"
    env = dict(re.match(r" *2: ([A-Z_]+)=(.*)", l).groups() for l in uneven.file("all.out").splitlines())
    wanted = {"SLURM_STEP_NODELIST": "n[1-2]", "SLURM_STEP_NUM_NODES": "2", "SLURM_STEP_NUM_TASKS": "3", "SLURM_STEP_TASKS_PER_NODE": "2,1",
              "SLURM_TASKS_PER_NODE": "2,1", "SLURM_LOCALID": "0", "SLURM_PROCID": "2", "SLURM_NODEID": "1", "SLURM_GTIDS": "2",
              "SLURM_DISTRIBUTION": "plane", "SLURM_DIST_PLANESIZE": "2", "SLURM_CPUS_ON_NODE": "2", "SLURM_CPUS_PER_TASK": "2",
              "SLURM_NTASKS_PER_NODE": "2", "SLURM_HINT": "multithread", "SLURM_CPU_BIND_TYPE": "mask_cpu:", "SLURM_CPU_BIND_VERBOSE": "quiet",
              "SLURM_LAUNCH_NODE_IPADDR": "127.0.0.1", "SLURM_SRUN_COMM_HOST": "127.0.0.1", "SLURM_JOB_NODELIST": "n[1-2]", "SLURM_UMASK": "0022"}
    assert {k: env.get(k) for k in wanted} == wanted
    assert env["SLURM_SRUN_COMM_PORT"] == env["SLURM_STEP_LAUNCHER_PORT"] != "0"
    assert env["SLURM_TASK_PID"].isdigit() and "SLURM_SUBMIT_DIR" in env and "SLURM_JOB_UID" in env


def test_the_command_line_wins_over_the_environment(uneven):
    said = lambda line: calm(uneven)(f"env SLURM_DISTRIBUTION=plane SLURM_DIST_PLANESIZE=3 SLURM_CPU_BIND=none {line}").strip()
    show = "sh -c 'test $SLURM_PROCID != 0 || echo $SLURM_DISTRIBUTION $SLURM_CPU_BIND'"
    assert said(f"srun -w n1 -n2 {show}") == "plane quiet,none"
    assert said(f"srun -w n1 -n2 -m cyclic --cpu-bind=threads {show}") == "cyclic quiet,mask_cpu:0x0001,0x0002"
