# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Backfill: a job that waits has room set aside, users see when, and short jobs pass it."""
import datetime

from harness import Cluster, wait_until


def sbatch(c, *argv):
    return c.sbatch("--mem=1", *argv, "--wrap", "sleep 1000")


def test_a_short_job_passes_one_that_waits_and_a_long_one_does_not():
    with Cluster(nodes=2) as c:
        runs = sbatch(c, "-N1", "--exclusive", "-t", "30", "-w", "n1")
        wait_until(lambda: c.shown(runs, "%t") == "R", 30, "the first runs")
        wide = sbatch(c, "-N2", "--exclusive", "-t", "60")
        long = sbatch(c, "-n1", "-t", "2-0")
        short = sbatch(c, "-n1", "-t", "10")
        wait_until(lambda: c.shown(short, "%t %N") == "R n2", 30, "the short job passes")
        assert c.shown(wide, "%t %r") == "PD Resources"
        assert c.shown(long, "%t %r") == "PD Priority"
        ends = datetime.datetime.fromisoformat(c.shown(runs, "%e"))
        assert c.shown(wide, "%S %Y") == f"{ends.isoformat()} n[1-2]"
        starts = (ends + datetime.timedelta(minutes=60)).isoformat()
        assert c.shown(long, "%S") == starts
        record = c.run("scontrol", "show", "job", wide).stdout
        assert f"StartTime={ends.isoformat()} " in record and "SchedNodeList=n[1-2]\n" in record
        in_order = [line.split()[0] for line in c.run("squeue", "-h", "--start", "-S", "S").stdout.splitlines()]
        assert in_order == [wide, long]
        folder = next(line.split("=")[1].strip() for line in c("scontrol show config").splitlines() if line.startswith("StateSaveLocation"))
        again = c.run("slurm-sim", folder)
        assert again.returncode == 0, again.stdout + again.stderr
        assert "2 of 2 starts decided the same once more" in again.stdout and "difference" not in again.stdout


def test_time_min_takes_the_minutes_there_are():
    with Cluster(nodes=2) as c:
        runs = sbatch(c, "-N1", "--exclusive", "-t", "30", "-w", "n1")
        wait_until(lambda: c.shown(runs, "%t") == "R", 30, "the first runs")
        sbatch(c, "-N2", "--exclusive", "-t", "60")
        shortened = sbatch(c, "-n1", "-t", "2-0", "--time-min", "10")
        wait_until(lambda: c.shown(shortened, "%t %N") == "R n2", 30, "the job that is content with less passes")
        assert 25 <= int(c.shown(shortened, "%l").split(":")[0]) <= 30
        again = c.run("slurm-sim", f"{c.d}/state")
        assert again.returncode == 0 and "2 of 2 starts decided the same" in again.stdout, again.stdout + again.stderr


def test_builtin_lets_nothing_pass():
    with Cluster(nodes=2, conf="SchedulerType=sched/builtin") as c:
        runs = sbatch(c, "-N1", "--exclusive", "-t", "30", "-w", "n1")
        wide = sbatch(c, "-N2", "--exclusive", "-t", "60")
        short = sbatch(c, "-n1", "-t", "10")
        wait_until(lambda: c.shown(short, "%t %r") == "PD Priority", 30, "the short job waits behind")
        assert c.shown(wide, "%r %S") == "Resources N/A"
        c("scancel " + runs)
        wait_until(lambda: c.shown(wide, "%t") == "R", 30, "the wide job runs")
