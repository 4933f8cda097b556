# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that come and go while the cluster runs: slurmd -Z, scontrol create and delete; and crontabs of users."""
import signal

import pytest

from harness import Cluster, free_base, wait_until

CONF = """MaxNodeCount=8
ScronParameters=enable
SlurmdParameters=config_overrides
NodeSet=fresh Feature=f1
PartitionName=dyn Nodes=fresh
PartitionName=every Nodes=ALL
"""


@pytest.fixture(scope="module")
def c():
    with Cluster(nodes=1, conf=CONF) as cluster:
        yield cluster


def states(c, name):
    return c.node(name)["State"].split("+")


def test_a_slurmd_registers_itself_runs_jobs_survives_a_restart_and_is_deleted(c):
    port = free_base(3) + 2
    c.spawn("slurmd.z1", [c.exe("slurmd"), "-D", "-Z", "-N", "z1", "--conf", f"Feature=f1 Port={port} RealMemory=500 CPUs=2"])
    wait_until(lambda: "z1" in c("sinfo -h -N -o %N"), 20, "z1 is there")
    c.wait_node("z1", "idle")
    assert "DYNAMIC_NORM" in states(c, "z1")
    assert c.node("z1")["Partitions"].split(",") == ["dyn", "every"]
    job = c.submit("-p dyn -o dyn.out", "echo $SLURMD_NODENAME")
    c.wait_end(job)
    assert c.file("dyn.out") == "z1\n"
    c("scontrol update NodeName=z1 AvailableFeatures=f1,extra ActiveFeatures=f1,extra Comment=mine")
    c.kill("slurmctld")
    c.restart_ctld()
    c.wait_node("z1", "idle")
    assert c.node("z1")["AvailableFeatures"] == "f1,extra"
    c("scontrol reconfigure")
    c.wait_node("z1", "idle")
    busy = c.submit("-p dyn -C extra", "sleep 1000")
    c.wait_state(busy, "RUNNING")
    assert "Requested nodes are busy" in c.refused("scontrol delete NodeName=z1")[1]
    c(f"scancel {busy}")
    c.wait_node("z1", "idle")
    c("scontrol delete NodeName=z1")
    assert "z1" not in c("sinfo -h -N -o %N")
    c.kill("slurmd.z1", signal.SIGKILL)


def test_nodes_are_created_and_refused_by_scontrol(c):
    c("scontrol create NodeName=d[1-2] CPUs=4 RealMemory=100 Feature=f1 State=FUTURE")
    assert "d1" not in c("sinfo -h -N -o %N")
    assert "d1" in c("sinfo -F -h -N -o %N")
    assert "FUTURE" in states(c, "d2")
    assert "Invalid node state specified" in c.refused("scontrol create NodeName=d3 CPUs=4")[1]
    assert "there already" in c.refused("scontrol create NodeName=d1 State=CLOUD")[1]
    assert "raise MaxNodeCount" in c.refused("scontrol create NodeName=e[1-9] State=CLOUD")[1]
    assert "Invalid node state specified" in c.refused("scontrol delete NodeName=n1")[1]
    c("scontrol delete NodeName=d[1-2]")
    assert "Invalid node name specified" in c.refused("scontrol delete NodeName=d1")[1]


def test_keys_of_partitions_are_changed(c):
    c("scontrol update PartitionName=every GraceTime=30 PreemptMode=REQUEUE LLN=YES MaxCPUsPerNode=2")
    shown = c("scontrol show partition every")
    for text in ("GraceTime=30", "PreemptMode=REQUEUE", "LLN=YES", "MaxCPUsPerNode=2"):
        assert text in shown


def test_a_crontab_is_installed_shown_cancelled_and_removed(c):
    path = c.script("tab", "#!/bin/sh\n")
    with open(path, "w") as out:
        out.write("#SCRON -J nightly\n0 3 * * * /bin/true\n@hourly /bin/date\n")
    assert c.run("scrontab", "-l").returncode == 1
    c(f"scrontab {path}")
    assert c("scrontab -l") == open(path).read()
    jobs = c("squeue -h -o '%i %j %r'").splitlines()
    nightly = next(line.split()[0] for line in jobs if "nightly" in line)
    assert len(jobs) == 2 and all("BeginTime" in line for line in jobs)
    assert 'CronJob=Yes CrontabSpec="0 3 * * *"' in c(f"scontrol show job {nightly}")
    assert "--cron" in c.run("scancel", nightly).stderr
    c(f"scancel --cron {nightly}")
    assert c("scrontab -l").startswith("#DISABLED: #SCRON -J nightly\n#DISABLED: 0 3")
    c.kill("slurmctld")
    c.restart_ctld()
    assert "@hourly" in c("scrontab -l")
    c("scrontab -r")
    assert c("squeue -h") == ""
