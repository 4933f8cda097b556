# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""StateSaveLocation fills up: slurmctld says so and ends, nothing acknowledged is lost, and it starts when there is room again.

The small disk is a tmpfs in a mount namespace of the test's own.
"""
import os, subprocess

import pytest

from harness import Cluster, wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0 or subprocess.call(["unshare", "-m", "true"]) != 0, reason="mounts, so it wants root")


class ClusterOnSmallDisk(Cluster):
    """slurmctld alone sees the tmpfs; a sleeping process holds its namespace."""

    def start_munge(self):
        super().start_munge()
        ready = f"{self.d}/run/mounted"
        self.spawn("holder", ["unshare", "-m", "sh", "-c",
                              f"mount -t tmpfs -o size=1m,mode=755 none {self.d}/state && touch {ready} && exec sleep 1000000"])
        wait_until(lambda: os.path.exists(ready), 20, "the tmpfs")

    def inside(self, *argv):
        return ["nsenter", "-m", "-t", str(self.m["pids"]["holder"]), *argv]

    def start_ctld(self, wait=True, extra=()):
        self.spawn("slurmctld", self.inside(self.exe("slurmctld"), "-D", "-f", self.conf, *extra))
        self.save()
        if wait:
            self.wait_ping(60)


def test_a_full_disk_ends_slurmctld_with_a_word_and_loses_nothing_acknowledged():
    with ClusterOnSmallDisk(nodes=1, conf="MessageTimeout=2") as c:
        acknowledged = []
        for number in range(1000):
            c.script("big.sh", f"true  # {number} " + "x" * 20000)
            r = c.run("sbatch", "--parsable", "--hold", "-o", "/dev/null", "big.sh")
            if r.returncode != 0:
                break
            acknowledged.append(r.stdout.strip())
        assert 10 < len(acknowledged) < 1000
        wait_until(lambda: not c.alive(c.m["pids"]["slurmctld"]), 20, "the end of slurmctld")
        log = open(f"{c.d}/log/slurmctld.out").read()
        assert "No space left on device" in log.splitlines()[-1], log[-500:]
        subprocess.check_call(c.inside("mount", "-o", "remount,size=64m", f"{c.d}/state"))
        c.restart_ctld()
        known = set(c("squeue -h -t all -o %i").split())
        assert [j for j in acknowledged if j not in known] == []
        job = c.submit("-o out.txt", "echo again")
        assert c.wait_end(job) == "COMPLETED"
        assert len({*acknowledged, job}) == len(acknowledged) + 1
