# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""slurm-sim: a recorded workload on a cluster that is not there. The traces of the Parallel Workloads Archive are not
part of the project: SLURMXX_TRACES names the folder that has them."""
import gzip, json, os, re, subprocess, xml.dom.minidom

import pytest

PREFIX = os.environ.get("SLURMXX_PREFIX", "")
SIM = f"{PREFIX}/bin/slurm-sim"
TRACES = os.environ.get("SLURMXX_TRACES", "")
FCFS = "SchedulerType=sched/builtin"
EASY = "SchedulerParameters=bf_window=43200,bf_max_job_test=1000000,bf_job_part_count_reserve=1"

WORKLOAD = """; MaxProcs: 8
1 0 -1 600 4 -1 -1 4 600 -1 1 1 1
2 1 -1 600 8 -1 -1 8 600 -1 1 1 1
3 2 -1 300 4 -1 -1 4 300 -1 1 2 1
4 3 -1 900 4 -1 -1 4 900 -1 1 2 1
"""


def sim(*argv, text=WORKLOAD):
    return subprocess.run([SIM, *argv], input=text, capture_output=True, text=True)


def figures(*argv, text=WORKLOAD):
    r = sim("-", "--json", *argv, text=text)
    assert r.returncode == 0, r.stderr
    return json.loads(r.stdout)


def test_backfill_and_first_come_first_served_are_compared():
    d = figures("-s", FCFS, "--compare-set", "SchedulerType=sched/backfill")
    fcfs, backfill = (p["all"] for p in d["plays"])
    assert fcfs["wait_max"] == 1200 - 2 and backfill["wait_mean"] < fcfs["wait_mean"]
    text = sim("-", "-s", FCFS, "--compare-set", "SchedulerType=sched/backfill").stdout
    assert re.search(r"^change +-[0-9.]+%", text, re.M), text


def test_a_slurm_conf_is_obeyed(tmp_path):
    conf = tmp_path / "slurm.conf"
    conf.write_text("ClusterName=t\nSlurmctldHost=h\nNodeName=n[1-2] CPUs=4\nPartitionName=p Nodes=ALL Default=YES MaxNodes=1\n")
    d = figures("-f", str(conf))
    assert d["plays"][0]["cpus"] == 8
    assert d["plays"][0]["refused"] == 1 and d["plays"][0]["never_started"] == 0  # eight CPUs take two nodes
    assert "1 jobs could never run on this cluster" in sim("-", "-f", str(conf)).stdout


def test_a_picture_is_svg(tmp_path):
    path = tmp_path / "picture.svg"
    r = sim("-", "--svg", str(path))
    assert r.returncode == 0, r.stderr
    titles = xml.dom.minidom.parse(str(path)).getElementsByTagName("title")
    assert len(titles) == 4


@pytest.mark.parametrize("text, line", [
    ("1 0 -1 x 4 1 1 1 1\n", "slurm-sim: error: -: line 1: 'x' is no number; SWF has 18 numbers a line\n"),
    ("", "slurm-sim: error: -: no job has a size\n"),
])
def test_what_is_no_workload_is_refused_in_one_line(text, line):
    r = sim("-", text=text)
    assert (r.returncode, r.stderr) == (1, line)


def test_files_that_are_missing_or_packed_are_named(tmp_path):
    assert sim("/no/such.swf").stderr == "slurm-sim: error: Unable to open file /no/such.swf\n"
    packed = tmp_path / "a.swf.gz"
    packed.write_bytes(gzip.compress(WORKLOAD.encode()))
    assert sim(str(packed)).stderr == f"slurm-sim: error: {packed} is compressed: zcat {packed} | slurm-sim -\n"
    assert sim("-", "--set", "SchedulerType").stderr.startswith("slurm-sim: error: --set=SchedulerType: wants KEY=VALUE")
    assert sim().returncode == 1


# AVEbsld of an independent simulator: first come first served, EASY.
PUBLISHED = {"KTH-SP2-1996-2.1-cln": (4294, 86.4), "lublin_256": (66502, 590)}


@pytest.mark.parametrize("trace", PUBLISHED)
def test_figures_of_public_traces(trace):
    path = f"{TRACES}/{trace}.swf.gz"
    if not TRACES or not os.path.exists(path):
        pytest.skip(f"SLURMXX_TRACES names no folder with {trace}.swf.gz")
    text = gzip.open(path, "rt").read()
    machine = ["-p", "256"] if trace == "lublin_256" else []
    for setting, expected in zip((FCFS, EASY), PUBLISHED[trace]):
        found = figures(*machine, "-s", setting, text=text)["plays"][0]["all"]["slowdown_mean"]
        assert abs(found / expected - 1) < 0.01


@pytest.mark.parametrize("trace", PUBLISHED)
def test_an_order_by_slowdowns_beats_first_come_first_served(trace):
    path = f"{TRACES}/{trace}.swf.gz"
    if not TRACES or not os.path.exists(path):
        pytest.skip(f"SLURMXX_TRACES names no folder with {trace}.swf.gz")
    machine = ["-p", "256"] if trace == "lublin_256" else []
    both = figures(*machine, "-s", EASY, "--compare-set", EASY + ",slowdown_order", text=gzip.open(path, "rt").read())
    easy, ours = (play["all"] for play in both["plays"])
    assert ours["slowdown_mean"] <= 0.75 * easy["slowdown_mean"]
    assert ours["utilisation"] >= easy["utilisation"]
    assert ours["wait_mean"] <= easy["wait_mean"]
    assert ours["wait_max"] <= 1.2 * easy["wait_max"]
