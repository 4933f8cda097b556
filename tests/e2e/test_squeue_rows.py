# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Rows that slurmctld makes in brief for a plain squeue say the same as whole ones."""
import pytest

from harness import Cluster

IN_BRIEF = "aeijlpqrtuACDFGKLMNPQRSTUVY"


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=2, conf="Licenses=tool:2\nMinJobAge=300") as c:
        yield c


def test_each_field_of_a_brief_row_is_that_of_a_whole_one(cluster):
    c = cluster
    c.sbatch("-J", "ended", "--wait", "--wrap", "true")
    runs = c.sbatch("-J", "runs", "-n2", "-t7", "-L", "tool:1", "--wrap", "sleep 1000")
    c.wait_state(runs, "RUNNING")
    c.sbatch("-J", "fills", "-N2", "--exclusive", "-t90", "--wrap", "true")
    c.sbatch("-J", "folds", "-N2", "--exclusive", "--array=0-99%3", "-t10-1", "--wrap", "true")
    c.sbatch("-J", "later", "--begin=now+3600", "--comment=x", "--nice=5", "--wrap", "true")
    c.sbatch("-J", "held", "-H", "-c3", "--mem=100", "--wrap", "true")
    c.sbatch("-J", "behind", f"--dependency=afterok:{runs}", "--wrap", "true")
    c.sbatch("-n1", "-J", "het", "-H", "--wrap", "true", ":", "-n2")
    for letter in IN_BRIEF:
        if letter in "LM":  # they move on from one call to the next
            continue
        for order in ("i", "-p,i", "j"):
            brief = c.run("squeue", "-h", "-t", "all", "-S", order, "-o", f"%i|%{letter}").stdout.splitlines()
            whole = c.run("squeue", "-h", "-t", "all", "-S", order, "-o", f"%i|%{letter}|%k").stdout.splitlines()
            assert len(brief) == 9
            assert brief == [line.rsplit("|", 1)[0] for line in whole], letter
    for choice in (["-L", "tool"], ["-n", "held,het"], ["-u", "root"], ["-A", "nobody"], ["-j", runs]):
        assert (c.run("squeue", "-h", "-o", "%i", *choice).stdout.splitlines() ==
                [line.split("|")[0] for line in c.run("squeue", "-h", "-o", "%i|%k", *choice).stdout.splitlines()])
