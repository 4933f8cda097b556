# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""CLOUD nodes: switched on for the jobs that get them, off when nothing runs there; reboots and triggers."""
import json
import os
import time

from harness import Cluster, let_pass, wait_until

PROGRAM = """#!/bin/sh
[ -z "$SLURM_RESUME_FILE" ] || cp "$SLURM_RESUME_FILE" {d}/resume.json
echo "$0 $1" >>{d}/power.log
"""


def log(c):
    return open(f"{c.d}/power.log").read().split("\n")[:-1] if os.path.exists(f"{c.d}/power.log") else []


def programs(d):
    for name in ("resume", "suspend", "fail", "trigger"):
        with open(f"{d}/{name}", "w") as f:
            f.write(PROGRAM.format(d=d))
        os.chmod(f"{d}/{name}", 0o755)


def test_a_job_switches_a_cloud_node_on_and_waits_for_it(tmp_path):
    programs(tmp_path)
    conf = (f"ResumeProgram={tmp_path}/resume\nSuspendProgram={tmp_path}/suspend\nResumeFailProgram={tmp_path}/fail\n"
            "ResumeTimeout=5\nSuspendTimeout=1\nSuspendTime=100000\nPrivateData=cloud\n"
            "NodeName=n1 NodeHostname=localhost NodeAddr=127.0.0.1 Port=@PORT1@ CPUs=2 RealMemory=4000\n"
            "PartitionName=main Nodes=n1 Default=YES MaxTime=INFINITE\n"
            "NodeName=c[1-2] CPUs=2 RealMemory=100 State=CLOUD\nPartitionName=cloud Nodes=c[1-2] MaxTime=60")
    with Cluster(nodes=1, conf=conf) as c:
        seen = lambda: (open(tmp_path / "power.log").read() if os.path.exists(tmp_path / "power.log") else "")
        assert c.run("sinfo", "-h", "-N", "-p", "cloud", "-o", "%N %t").stdout == "c1 idle~\nc2 idle~\n"
        assert "State=IDLE+CLOUD+POWERED_DOWN " in c.run("scontrol", "show", "node", "c1").stdout
        job = c.run("sbatch", "--parsable", "-p", "cloud", "-N2", "--no-requeue", "--wrap", "true").stdout.strip()
        wait_until(lambda: c.run("squeue", "-h", "-j", job, "-o", "%t %N").stdout == "CF c[1-2]\n", 20, "CONFIGURING")
        assert c.job(job)["Reason"] == "None"  # no prolog is due before they are there
        wait_until(lambda: f"{tmp_path}/resume c[1-2]\n" in seen(), 20, "ResumeProgram runs")
        told = json.load(open(tmp_path / "resume.json"))
        assert told["all_nodes_resume"] == "c[1-2]"
        assert [(j["job_id"], j["nodes_alloc"], j["partition"]) for j in told["jobs"]] == [(int(job), "c[1-2]", "cloud")]
        assert c.run("sinfo", "-h", "-N", "-p", "cloud", "-o", "%t").stdout == "mix#\nmix#\n"
        wait_until(lambda: "DOWN" in c.run("scontrol", "show", "node", "c1").stdout, 30, "it has not come in time")
        wait_until(lambda: "/fail c[1-2]\n" in seen(), 20, "ResumeFailProgram runs, once for all")
        assert c.run("sinfo", "-h", "-N", "-p", "cloud", "-o", "%t").stdout == "down~\ndown~\n"
        c.wait_state(job, "NODE_FAIL")
        assert c.run("scontrol", "update", "NodeName=n1", "State=POWER_DOWN").returncode == 0
        wait_until(lambda: "/suspend n1\n" in seen(), 20, "SuspendProgram runs")
        wait_until(lambda: c.run("sinfo", "-h", "-n", "n1", "-o", "%t").stdout.startswith("idle~"), 20, "it is off")


def test_a_trigger_runs_its_program(tmp_path):
    programs(tmp_path)
    with Cluster(nodes=2) as c:
        assert c.run("strigger", "--get").stdout == ""
        assert c.run("strigger", "--set", "--node", "--down", f"--program={tmp_path}/trigger").returncode == 0
        assert "down" in c.run("strigger", "--get").stdout
        c.restart_ctld()
        assert c.run("strigger", "--get", "--noheader").stdout.split()[:4] == ["1", "node", "*", "down"]
        wait_until(lambda: c.run("sinfo", "-h", "-o", "%t").stdout == "idle\n", 30, "nodes are back")
        # Only what changes counts: it must have been looked at before.
        let_pass(2)
        c.run("scontrol", "update", "NodeName=n2", "State=DOWN", "Reason=test")
        wait_until(lambda: os.path.exists(tmp_path / "power.log"), 20, "it fires")
        assert open(tmp_path / "power.log").read() == f"{tmp_path}/trigger n2\n"
        wait_until(lambda: c.run("strigger", "--get").stdout == "", 20, "it has gone")
        assert c.run("strigger", "--set", "--node", "--up", f"--program={tmp_path}/trigger").returncode == 0
        assert c.run("strigger", "--clear", "--id=2").returncode == 0
        refused = c.run("strigger", "--clear", "--id=7")
        assert (refused.returncode, refused.stderr) == (1, "slurm_clear_trigger: No such process\n")


def let_the_second_end():
    """slurmd tells in whole seconds when it began: one that begins again in that second is taken for the one before."""
    now = int(time.time())
    wait_until(lambda: int(time.time()) > now, 5, "the next second")


def test_a_reboot_waits_for_the_jobs_and_for_the_node(tmp_path):
    programs(tmp_path)
    with Cluster(nodes=1, conf=f"RebootProgram={tmp_path}/resume\nResumeTimeout=60\nKillWait=1") as c:
        job = c.run("sbatch", "--parsable", "--wrap", "sleep 1000").stdout.strip()
        c.wait_state(job, "RUNNING")
        assert c.run("scontrol", "reboot", "ASAP", "reason=kernel", "n1").returncode == 0
        assert "REBOOT_REQUESTED" in c.run("scontrol", "show", "node", "n1").stdout
        waiting = c.run("sbatch", "--parsable", "--wrap", "true").stdout.strip()
        c.run("scancel", job)
        wait_until(lambda: os.path.exists(tmp_path / "power.log"), 20, "RebootProgram runs")
        assert c.run("sinfo", "-h", "-o", "%t").stdout == "drain^\n"
        let_the_second_end()
        c.kill("slurmd.n1")
        c.restart_slurmd(1)
        c.wait_state(waiting, "COMPLETED")


HELPER = """#!/bin/sh
[ -z "$1" ] || {{ echo "$1" >{d}/next; exit; }}
cat {d}/feature
"""
REBOOT = """#!/bin/sh
cp {d}/next {d}/feature
echo "$SLURM_NODE_FEATURES" >>{d}/power.log
"""


def test_a_node_is_booted_with_the_feature_that_a_job_asks_for(tmp_path):
    for name, text in (("helper", HELPER), ("reboot", REBOOT)):
        (tmp_path / name).write_text(text.format(d=tmp_path))
        os.chmod(tmp_path / name, 0o755)
    (tmp_path / "feature").write_text("nps1\n")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/helpers.conf").write_text(
        f"BootTime=60\nFeature=nps1,nps2 Helper={tmp_path}/helper\nMutuallyExclusive=nps1,nps2\n")
    conf = f"NodeFeaturesPlugins=node_features/helpers\nRebootProgram={tmp_path}/reboot\n"
    with Cluster(nodes=1, conf=conf, conf_dir=str(tmp_path / "etc")) as c:
        shown = c.run("scontrol", "show", "node", "n1").stdout
        assert "AvailableFeatures=nps1,nps2\n" in shown and "ActiveFeatures=nps1\n" in shown
        later = c.run("sbatch", "--parsable", "-C", "nps2", "--delay-boot=60", "--wrap", "true").stdout.strip()
        assert "DelayBoot=01:00:00" in c.run("scontrol", "show", "job", later).stdout
        assert c.run("sbatch", "-W", "-C", "nps1", "--wrap", "true").returncode == 0  # as the node is
        job = c.run("sbatch", "--parsable", "-C", "nps2", "--wrap", "true").stdout.strip()
        wait_until(lambda: os.path.exists(tmp_path / "power.log"), 20, "RebootProgram runs")
        assert (tmp_path / "power.log").read_text() == "nps2\n"
        assert c.run("squeue", "-h", "-j", job, "-o", "%t").stdout == "CF\n"
        let_the_second_end()
        c.kill("slurmd.n1")
        c.restart_slurmd(1)
        c.wait_state(job, "COMPLETED")
        c.wait_state(later, "COMPLETED")  # now the node has it
        assert "ActiveFeatures=nps2\n" in c.run("scontrol", "show", "node", "n1").stdout


SLOW = """#!/bin/sh
echo began >>{d}/power.log
(sleep 1; echo "still there" >>{d}/power.log) >/dev/null 2>&1 &
"""


def test_a_slurmctld_that_begins_anew_does_not_boot_a_node_twice(tmp_path):
    (tmp_path / "reboot").write_text(SLOW.format(d=tmp_path))
    os.chmod(tmp_path / "reboot", 0o755)
    with Cluster(nodes=1, conf=f"RebootProgram={tmp_path}/reboot\nResumeTimeout=60\nKillWait=1") as c:
        job = c.run("sbatch", "--parsable", "--hold", "--wrap", "true").stdout.strip()
        assert c.job(job)["Reboot"] == "0"
        c(f"scontrol update JobId={job} Reboot=yes")
        assert c.job(job)["Reboot"] == "1"
        c(f"scontrol release {job}")
        seen = lambda: open(tmp_path / "power.log").read() if os.path.exists(tmp_path / "power.log") else ""
        wait_until(lambda: seen() == "began\nstill there\n", 20, "RebootProgram, and what it has put in the background")
        c.kill("slurmctld")
        c.restart_ctld()
        wait_until(lambda: "asks again" in open(f"{c.d}/log/slurmd-n1.log").read(), 30, "the order comes again")
        assert seen() == "began\nstill there\n"
        let_the_second_end()
        c.kill("slurmd.n1")
        c.restart_slurmd(1)
        c.wait_state(job, "COMPLETED")
