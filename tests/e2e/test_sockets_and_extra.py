# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Partitions that count sockets, nodes that are chosen by their Extra, and what scontrol tells of a node's slurmd and steps."""
import os
import pwd
import re
import signal

import pytest

from harness import Cluster, wait_until

NODES = """
SelectTypeParameters=CR_Core
SchedulerParameters=extra_constraints
NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ Sockets=2 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=4000
NodeName=n2 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT2@ Sockets=2 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=4000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE
PartitionName=whole Nodes=ALL SelectTypeParameters=CR_Socket
PartitionName=part Nodes=ALL MaxCPUsPerSocket=1
"""


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=2, conf=NODES, name="own") as cluster:  # getent looks at all of the host
        yield cluster


def cpu_ids(c, options):
    text = c(f"salloc -Q {options} sh -c 'scontrol show job -d $SLURM_JOB_ID'")
    return re.findall(r"CPU_IDs=(\S+)", text)


def test_a_partition_gives_out_whole_sockets(c):
    beside = c.submit("-w n1", "sleep 300")
    c.wait_state(beside, "RUNNING")
    assert cpu_ids(c, "-p whole -w n1 -n1") == ["4-7"]
    assert c.refused("salloc -Q -I1 -p whole -w n1 -N1 -n5 true")[1]
    c(f"scancel {beside}")
    c.wait_end(beside)


def test_a_partition_has_a_part_of_each_socket(c):
    assert cpu_ids(c, "-p part -w n2 -n2") == ["0,4"]
    assert "configuration is not available" in c.refused("salloc -Q -p part -w n2 -N1 -n3 true")[1]


def test_extra_chooses_nodes(c):
    c("""scontrol update NodeName=n1 Extra='{"zone":"a","disk":100}'""")
    c.kill("slurmd.n2", signal.SIGTERM)
    c.spawn("slurmd.n2", [c.exe("slurmd"), "-D", "-f", c.conf, "-N", "n2", "--extra", '{"zone":"b","disk":900}'])
    c.save()
    wait_until(lambda: c.node("n2").get("Extra") == '{"zone":"b","disk":900}', 20, "what slurmd says of Extra")
    c.wait_node("n2", "idle")
    assert c("srun --extra 'disk>500' printenv SLURMD_NODENAME") == "n2\n"
    assert c("srun --extra '(zone=a|zone=c)&disk<=100' printenv SLURMD_NODENAME") == "n1\n"
    waits = c.submit("--extra zone=c")
    c.wait_state(waits, "PENDING")
    c("""scontrol update NodeName=n2 Extra='{"zone":"c"}'""")
    assert c.wait_end(waits) == "COMPLETED"
    assert "--extra: 'zone=' cannot be read at ''" in c.refused("srun --extra zone= true")[1]


def test_scontrol_tells_of_a_node_and_its_steps(c):
    job = c.submit("-w n1 -o out", "srun sleep 300")
    wait_until(lambda: f"{job}.0" in c("scontrol show slurmd n1"), 20, "step 0")
    told = dict(line.split(" = ") for line in re.sub(" +", " ", c("scontrol show slurmd n1")).splitlines())
    assert told["Active Steps"] == f"{job}.batch,{job}.0" and told["Hostname"] == "n1"
    assert told["Slurmd PID"] == str(c.m["pids"]["slurmd.n1"])
    me = pwd.getpwuid(os.getuid())
    wait_until(lambda: f"JobId={job}.0:" in c("scontrol getent n1"), 20, "the processes of step 0")
    assert f"JobId={job}.batch:\nUser:\n{me.pw_name}:x:{me.pw_uid}:{me.pw_gid}:" in c("scontrol getent n1")
    assert f"JobId={job}.batch:\nHost:\n127.0.0.1 n1\n" in c("scontrol gethost n1 n1")
    assert f"JobId={job}.batch:\nHost:\n\n" in c("scontrol gethost n1 n2")
    assert c("scontrol getent n2") == ""
    c(f"scancel {job}")
