# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Backfill: a job that waits has room set aside, users see when, and short jobs pass it."""
import datetime

from harness import Cluster, wait_until


def sbatch(c, *argv):
    r = c.run("sbatch", "--parsable", "--mem=1", *argv, "--wrap", "sleep 1000")
    assert r.returncode == 0, r.stderr
    return r.stdout.strip()


def shown(c, job, form):
    return c.run("squeue", "-h", "-j", job, "-o", form).stdout.strip()


def test_a_short_job_passes_one_that_waits_and_a_long_one_does_not():
    with Cluster(nodes=2) as c:
        runs = sbatch(c, "-N1", "--exclusive", "-t", "30", "-w", "n1")
        wait_until(lambda: shown(c, runs, "%t") == "R", 30, "the first runs")
        wide = sbatch(c, "-N2", "--exclusive", "-t", "60")
        long = sbatch(c, "-n1", "-t", "2-0")
        short = sbatch(c, "-n1", "-t", "10")
        wait_until(lambda: shown(c, short, "%t %N") == "R n2", 30, "the short job passes")
        assert shown(c, wide, "%t %r") == "PD Resources"
        assert shown(c, long, "%t %r") == "PD Priority"
        ends = datetime.datetime.fromisoformat(shown(c, runs, "%e"))
        assert shown(c, wide, "%S %Y") == f"{ends.isoformat()} n[1-2]"
        starts = (ends + datetime.timedelta(minutes=60)).isoformat()
        assert shown(c, long, "%S") == starts
        record = c.run("scontrol", "show", "job", wide).stdout
        assert f"StartTime={ends.isoformat()} " in record and "SchedNodeList=n[1-2]\n" in record
        in_order = [line.split()[0] for line in c.run("squeue", "-h", "--start", "-S", "S").stdout.splitlines()]
        assert in_order == [wide, long]


def test_builtin_lets_nothing_pass():
    with Cluster(nodes=2, conf="SchedulerType=sched/builtin") as c:
        runs = sbatch(c, "-N1", "--exclusive", "-t", "30", "-w", "n1")
        wide = sbatch(c, "-N2", "--exclusive", "-t", "60")
        short = sbatch(c, "-n1", "-t", "10")
        wait_until(lambda: shown(c, short, "%t %r") == "PD Priority", 30, "the short job waits behind")
        assert shown(c, wide, "%r %S") == "Resources N/A"
        c("scancel " + runs)
        wait_until(lambda: shown(c, wide, "%t") == "R", 30, "the wide job runs")
