# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""scontrol reconfigure is a transaction: a bad slurm.conf is told with its line, and the old configuration goes on."""
import os, subprocess

import pytest

from harness import Cluster, wait_until

BAD = [("SlurmdTimout=3", "unknown key SlurmdTimout; did you mean SlurmdTimeout?"),
       ("KillWait=soon", "KillWait=soon: a number of seconds is wanted"),
       ("NodeName=n1 CPUs=4", "node n1 is defined twice"),
       ("NodeName=x[1-", "NodeName=x[1-"),
       ("PartitionName=p Nodes=gone", "there is no node gone"),
       ("Include missing.conf", "missing.conf"),
       ('NodeName=y Reason="open', "no closing quote")]


@pytest.mark.parametrize("line,message", BAD, ids=[b[0].split("=")[0] + str(i) for i, b in enumerate(BAD)])
def test_a_mistake_is_told_with_its_line_and_changes_nothing(cluster, line, message):
    before = cluster("scontrol show config").splitlines()[1:], cluster("sinfo -h")
    text = open(cluster.conf).read()
    try:
        with open(cluster.conf, "w") as out:
            out.write(text + line + "\n")
        r = subprocess.run([cluster.exe("scontrol"), "reconfigure"], text=True, capture_output=True, timeout=60,
                           env=dict(cluster.env(), SLURM_CONF=good_copy(cluster, text)))
        number = text.count("\n") + 1
        assert r.returncode == 1 and f"slurm.conf line {number}" in r.stderr and message in r.stderr, r.stderr
        assert len(r.stderr.strip().splitlines()) == 1
    finally:
        with open(cluster.conf, "w") as out:
            out.write(text)
    strip = lambda lines: [l for l in lines if not l.startswith(("BOOT_TIME", "NEXT_JOB_ID"))]
    assert strip(cluster("scontrol show config").splitlines()[1:]) == strip(before[0]) and cluster("sinfo -h") == before[1]


def good_copy(cluster, text):
    """The command reads a sound file; slurmctld reads its own."""
    folder = f"{cluster.d}/copy"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/slurm.conf", "w") as out:
        out.write(text)
    return f"{folder}/slurm.conf"


def test_a_good_file_is_in_force_when_the_command_returns():
    with Cluster(nodes=1) as c:
        text = open(c.conf).read()
        with open(c.conf, "w") as out:
            out.write(text + "PartitionName=more Nodes=n1 MaxTime=5\n")
        c("scontrol reconfigure")
        wait_until(lambda: "more" in c("sinfo -h -o %R").split(), 5, "the new partition")
        c("scontrol setdebug debug2 nodes=n1")
        wait_until(lambda: "SlurmdDebug=debug2, until slurm.conf is read again" in open(f"{c.d}/log/slurmd-n1.log").read(),
                   10, "slurmd takes the level")
