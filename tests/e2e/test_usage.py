# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""What steps use: measured on the nodes, kept with their records, shown by sacct, sstat and seff."""
import os, re, shlex

import pytest

from harness import wait_until
from test_accounting import AccountingCluster, told, wait_told

MIB = 1 << 20
# Takes its megabytes, computes for its seconds, says so, and then waits for its seconds.
EATER = """import signal, sys, time
mib, busy, idle = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
block = b'x' * (mib << 20)
end = time.process_time() + busy
while time.process_time() < end: pass
print('computed', flush=True)
signal.sigtimedwait([], idle)"""


def eat(mib, busy=0.3, idle=0.5):
    return f"/usr/bin/python3 -c {shlex.quote(EATER)} {mib} {busy} {idle}"


def seconds(text):
    """Of 00:01.250 and 01:02:03."""
    value = 0.0
    for part in text.split(":"):
        value = value * 60 + float(part)
    return value


@pytest.fixture(scope="module")
def measured():
    with AccountingCluster(nodes=2, conf="KillWait=1\nJobAcctGatherType=jobacct_gather/linux") as c:
        yield c


def of_step(c, step, fields):
    row = told(c, f"-j {step} --noconvert", fields)
    return row[0] if row and all(row[0]) else None


def test_a_script_s_time_and_memory(measured):
    c = measured
    job = c.submit("", eat(80))
    c.wait_end(job)
    cpu, user, rss, node, task, vmem = wait_until(
        lambda: of_step(c, f"{job}.batch", "TotalCPU,UserCPU,MaxRSS,MaxRSSNode,MaxRSSTask,MaxVMSize"), 30, "usage")
    assert 0.3 <= seconds(cpu) < 20 and 0 < seconds(user) <= seconds(cpu)
    assert 80 * MIB < int(rss) < 200 * MIB and int(vmem) > int(rss)
    assert re.fullmatch("n[12]", node) and task == "0"
    whole = told(c, f"-X -j {job}", "TotalCPU,MaxRSS")[0]
    assert whole == ["00:00:00", ""]  # of the steps, which -X leaves out
    assert told(c, f"-j {job}", "TotalCPU")[0] == [cpu]
    assert re.search(r"cpu=\S+,fs/disk=\d+,mem=\d+,pages=\d+,vmem=\d+", told(c, f"-j {job}.batch --noconvert", "TRESUsageInMax")[0][0])


def test_the_largest_task_of_a_step_is_named(measured):
    c = measured
    job = c.submit("-N2 -n2", f"srun -N2 -n2 sh -c 'if [ $SLURM_PROCID = 1 ]; then {eat(90).replace(chr(39), chr(39) + chr(92) + chr(39) + chr(39))}; else sleep 0.5; fi'")
    c.wait_end(job)
    rss, node, task, average, least = wait_until(lambda: of_step(c, f"{job}.0", "MaxRSS,MaxRSSNode,MaxRSSTask,AveRSS,MinCPUTask"), 30, "usage")
    assert int(rss) > 90 * MIB and node == "n2" and task == "1" and least == "0"
    assert int(average) < int(rss)


def test_a_cancelled_job_has_used_something(measured):
    c = measured
    job = c.submit("", f"{eat(60, 0.3, 0)}\nsrun {eat(60, 0.3, 600)}\n")
    wait_until(lambda: "STEP" in c(f"squeue -h -s -j {job} -o STEP%i", code=None), 30, "its step")
    wait_until(lambda: sstat(c, f"{job}.0", "MaxRSS", 60), 30, "memory")
    output = f"{c.d}/work/slurm-{job}.out"
    wait_until(lambda: os.path.exists(output) and open(output).read().count("computed") == 2, 30, "its computing")
    c(f"scancel {job}")
    c.wait_end(job)
    for step, name in ((f"{job}.batch", "batch"), (f"{job}.0", "0")):
        state, rss, cpu = wait_until(lambda: of_step(c, step, "State,MaxRSS,TotalCPU"), 30, f"usage of {name}")
        assert state == "CANCELLED" and int(rss) > 60 * MIB and seconds(cpu) >= 0.3


def test_the_life_that_a_requeue_ends_keeps_what_its_steps_used(measured):
    c = measured
    job = c.submit("", f"{eat(60, 0.3, 0)}\nsrun {eat(60, 0.3, 600)}\n")
    output = f"{c.d}/work/slurm-{job}.out"
    wait_until(lambda: os.path.exists(output) and open(output).read().count("computed") == 2, 30, "its computing")
    c(f"scontrol requeuehold {job}")
    fields = "JobID,State,TotalCPU,MaxRSS,Elapsed,End"

    def steps():
        rows = [row for row in told(c, f"-D -j {job} --noconvert", fields) if "." in row[0]]
        return rows if rows and all(all(row) for row in rows) else None

    rows = wait_until(steps, 30, "the usage of its first life")
    assert [row[:2] for row in rows] == [[f"{job}.batch", "CANCELLED"], [f"{job}.0", "CANCELLED"]]
    for _, _, cpu, rss, elapsed, end in rows:
        assert seconds(cpu) >= 0.3 and int(rss) > 60 * MIB and end != "Unknown" and seconds(elapsed) >= 0
    c(f"scontrol release {job}")
    c.wait_state(job, "RUNNING")
    c(f"scancel {job}")
    c.wait_end(job)
    wait_told(c, f"-X -D -j {job}", [["REQUEUED"], ["CANCELLED by 0"]], fields="State")
    assert [row[:4] for row in told(c, f"-D -j {job} --noconvert", fields) if "." in row[0]][:2] == [row[:4] for row in rows]


def sstat(c, step, field, mib):
    out = c(f"sstat -n -P --noconvert -o {field} -j {step}", code=None).strip()
    return out.isdigit() and int(out) > mib * MIB and int(out)


def test_sstat_looks_at_what_runs(measured):
    c = measured
    job = c.submit("-n2 -N2", f"srun -n2 -N2 {eat(70, 0.2, 600)}")
    wait_until(lambda: sstat(c, job, "MaxRSS", 70), 40, "memory of the step")
    out = c(f"sstat -a -n -P -o JobID,NTasks -j {job}")
    assert out.splitlines() == [f"{job}.batch|1", f"{job}.0|2"]
    pids = [line.split("|") for line in c(f"sstat -i -n -P -j {job}.0").splitlines()]
    assert sorted((pid[0], pid[1]) for pid in pids) == [(f"{job}.0", "n1"), (f"{job}.0", "n2")] and all(pid[2] for pid in pids)
    lines = c(f"sstat -j {job}.batch -o JobID,AveCPU").splitlines()
    assert lines[0] == "JobID            AveCPU " and lines[1] == "------------ ---------- "
    c(f"scancel {job}")
    c.wait_end(job)
    assert c.refused(f"sstat -n -j {job}")[0] == 1
    assert c.refused("sstat") == (1, "sstat: error: You didn't give me any jobs to stat.\n")


def test_how_often_a_job_is_looked_at_is_its_own(measured):
    c = measured
    often, never = c.submit("--acctg-freq=task=1,energy=5 -o often.out", eat(60, 0.2, 600)), c.submit("--acctg-freq=0 -o never.out", eat(60, 0.2, 3))
    c.wait_text("never.out", "computed")
    wait_until(lambda: sstat(c, f"{often}.batch", "MaxRSS", 60), 30, "memory")
    if c.state(never) == "RUNNING":
        assert not sstat(c, f"{never}.batch", "MaxRSS", 0)
    c(f"scancel {often}")
    c.wait_end(never)
    rss, = wait_until(lambda: of_step(c, f"{never}.batch", "MaxRSS"), 30, "usage")
    assert int(rss) > 60 * MIB  # known at its end
    assert "Invalid --acctg-freq specification: bogus=3" in c.refused("sbatch --acctg-freq=task=1,bogus=3 --wrap true")[1]


def test_seff_tells_how_well_a_job_used_what_it_had(measured):
    c = measured
    job = c.submit("-n2 --mem=400", eat(100, 0.5, 0.6))
    c.wait_end(job)
    wait_until(lambda: of_step(c, f"{job}.batch", "MaxRSS"), 30, "usage")
    lines = dict(line.split(": ", 1) for line in c(f"seff {job}").splitlines())
    assert lines["Job ID"] == job and lines["Cluster"] == "e2e" and lines["State"] == "COMPLETED (exit code 0)"
    assert lines["Nodes"] == "1" and lines["Cores per node"] == "2"
    efficiency = re.fullmatch(r"(\d+\.\d\d)% of (\S+) core-walltime", lines["CPU Efficiency"])
    hours, minutes, seconds = map(int, efficiency[2].split(":"))
    elapsed = (hours * 3600 + minutes * 60 + seconds) / 2  # whole seconds: up to one more
    assert 25 / (elapsed + 1) <= float(efficiency[1]) <= 50 * (elapsed + 1) / elapsed
    assert re.fullmatch(r"1\d\d\.\d\d MB", lines["Memory Utilized"])
    assert re.fullmatch(r"2\d\.\d\d% of 400\.00 MB \(400\.00 MB/node\)", lines["Memory Efficiency"])
    assert c.refused("seff 999999") == (2, "Job not found.\n")


def test_without_a_gatherer_only_time_is_told():
    with AccountingCluster(nodes=1, conf="JobAcctGatherType=jobacct_gather/none") as c:
        job = c.submit("", eat(20, 0.3, 0))
        c.wait_end(job)
        wait_told(c, f"-j {job}.batch", [[f"{job}.batch", "COMPLETED", "0:0"]])
        cpu, rss = told(c, f"-j {job}.batch", "TotalCPU,MaxRSS")[0]
        assert seconds(cpu) >= 0.3 and rss == ""
