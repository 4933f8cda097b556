# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Heterogeneous jobs: components with a ':' between them, or "#SBATCH hetjob" in the script."""
import json, os, re, signal, subprocess

import pytest

from harness import Cluster, wait_until

SCRIPT = """#!/bin/sh
#SBATCH -J het -n1 -t 5
#SBATCH hetjob
#SBATCH -N2 -n3
env | grep -E 'SLURM_(HET|JOB_ID|JOB_NODELIST|NTASKS|JOB_NUM)' | sort
sleep 1000
"""


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=4) as c:
        yield c


@pytest.fixture
def running(cluster):
    """The id of a heterogeneous job that runs, on n1 and n[2-3]; cancelled afterwards."""
    job = cluster.submit("--exclusive -o het-%j.out", body=SCRIPT, name="het.sh")
    cluster.wait_text(f"het-{job}.out", "SLURM_NTASKS_HET_GROUP_1")
    yield int(job)
    cluster(f"scancel {job}", code=None)
    wait_until(lambda: not cluster("squeue -h"), 30, "an empty queue")


def test_the_script_is_told_of_every_component(cluster, running):
    lines = dict(line.split("=", 1) for line in cluster.file(f"het-{running}.out").splitlines())
    assert lines["SLURM_HET_SIZE"] == "2"
    assert lines["SLURM_JOB_ID"] == lines["SLURM_JOB_ID_HET_GROUP_0"] == str(running)
    assert lines["SLURM_JOB_ID_HET_GROUP_1"] == str(running + 1)
    assert lines["SLURM_JOB_NODELIST"] == lines["SLURM_JOB_NODELIST_HET_GROUP_0"]
    assert lines["SLURM_JOB_NUM_NODES_HET_GROUP_1"] == "2"
    assert (lines["SLURM_NTASKS"], lines["SLURM_NTASKS_HET_GROUP_1"]) == ("1", "3")


def test_the_queue_and_the_records_name_the_components(cluster, running):
    assert cluster(f"squeue -h -j {running} -o '%i %D %t' -S i").splitlines() == [f"{running}+0 1 R", f"{running}+1 2 R"]
    assert cluster(f"squeue -h -j {running}+1 -o %i").split() == [f"{running}+1"]
    text = cluster(f"scontrol show job {running}")
    assert f"JobId={running} HetJobId={running} HetJobOffset=0 JobName=het\n   HetJobIdSet={running}-{running + 1}\n" in text
    assert f"JobId={running + 1} HetJobId={running} HetJobOffset=1 JobName=het\n" in text
    assert "HetJobOffset=0" not in cluster(f"scontrol show job {running}+1")
    parts = json.loads(cluster(f"squeue --json -j {running}"))["jobs"]
    assert {(p["job_id"], p["het_job_id"]["number"], p["het_job_offset"]["number"], p["het_job_id_set"]) for p in parts} == {
        (running, running, 0, f"{running}-{running + 1}"), (running + 1, running, 1, f"{running}-{running + 1}")}


def test_a_component_can_be_cancelled_alone_and_the_leader_takes_all(cluster, running):
    cluster(f"scancel {running}+1")
    assert cluster.wait_state(running + 1, "CANCELLED") and cluster.state(f"{running}+0") == "RUNNING"
    cluster(f"scancel {running}+5")  # no such component: as silent as for a job that is not there
    assert cluster.state(f"{running}+0") == "RUNNING"


def test_a_pending_one_can_only_be_cancelled_whole(cluster):
    job = int(cluster("sbatch --parsable -H -N1 : -N2 --wrap true"))
    code, err = cluster.refused(f"scancel {job}+1")
    assert code != 0 and "cannot be cancelled alone" in err
    cluster(f"scontrol update jobid={job} comment=all")
    cluster(f"scontrol update jobid={job}+1 timelimit=7")
    assert cluster.job(job + 1)["Comment"] == cluster.job(f"{job}+0")["Comment"] == "all"
    assert cluster.job(job + 1)["TimeLimit"] == "00:07:00"
    cluster(f"scancel {job}")
    assert cluster.state(job).split() == ["CANCELLED", "CANCELLED"]


def test_it_survives_a_restart_of_slurmctld(cluster, running):
    cluster.kill("slurmctld")
    cluster.restart_ctld()
    assert cluster(f"squeue -h -j {running} -o '%i %t' -S i").splitlines() == [f"{running}+0 R", f"{running}+1 R"]


def test_options_of_the_command_line_reach_their_component(cluster):
    job = int(cluster("sbatch --parsable -H -A acct -t 3 -N1 -C x : -N2 --comment=two --wrap true", code=None) or 0)
    if not job:  # no node has feature x
        job = int(cluster("sbatch --parsable -H -A acct -t 3 -N1 : -N2 --comment=two --wrap true"))
    one, two = cluster.job(f"{job}+0"), cluster.job(f"{job}+1")
    assert one["TimeLimit"] == two["TimeLimit"] == "00:03:00" and one["Account"] == two["Account"] == "acct"
    assert "Comment" not in one and two["Comment"] == "two"
    assert (one["NumNodes"].split("-")[0], two["NumNodes"].split("-")[0]) == ("1", "2")
    cluster(f"scancel {job}")


# ---- salloc and srun

ALLOCATION = ["salloc", "-n1", "--exclusive", "-t", "5", ":", "-N2", "-n3", "--exclusive"]


def inside(cluster, body):
    """What `body` prints in a heterogeneous allocation of 1 and 3 tasks on 1 and 2 nodes."""
    wait_until(lambda: not cluster("squeue -h"), 30, "an empty queue")  # nodes that a job before leaves are not free yet
    r = cluster.run(*ALLOCATION, cluster.script("inside.sh", body), timeout=120)
    assert r.returncode == 0, r.stderr
    return r.stdout


def variables(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def test_salloc_gets_all_components_and_tells_of_them(cluster):
    r = cluster.run(*ALLOCATION, "env", timeout=60)
    v = variables(r.stdout)
    job = int(v["SLURM_JOB_ID"])
    assert (v["SLURM_HET_SIZE"], v["SLURM_NTASKS"]) == ("2", "4")
    assert (v["SLURM_JOB_ID_HET_GROUP_0"], v["SLURM_JOB_ID_HET_GROUP_1"]) == (str(job), str(job + 1))
    assert (v["SLURM_NTASKS_HET_GROUP_1"], v["SLURM_JOB_NUM_NODES_HET_GROUP_1"]) == ("3", "2")
    assert (v["SLURM_JOBID_HET_GROUP_1"], v["SLURM_NNODES_HET_GROUP_1"]) == (str(job + 1), "2")
    assert "SLURM_JOB_NODELIST" not in v and v["SLURM_JOB_NODELIST_HET_GROUP_0"] == "n1"
    assert f"salloc: Granted job allocation {job}\n" in r.stderr and f"salloc: Relinquishing job allocation {job}\n" in r.stderr
    assert "salloc: Nodes n1 are ready for job\nsalloc: Nodes n[2-3] are ready for job\n" in r.stderr
    wait_until(lambda: not cluster("squeue -h"), 30, "an empty queue")


def test_srun_runs_in_the_first_component_unless_told_otherwise(cluster):
    out = inside(cluster, """srun printenv SLURMD_NODENAME
srun -l --het-group=1 printenv SLURMD_NODENAME | sort
srun --het-group=1 -n1 env | grep -E '^SLURM_(JOB_ID|NTASKS|JOB_NODELIST|STEP_ID)=' | sort""")
    first, *second = out.splitlines()
    assert first == "n1" and [line[:1] for line in second[:3]] == ["0", "1", "2"]
    assert {line[3:] for line in second[:3]} == {"n2", "n3"}
    v = variables("\n".join(second[3:]))
    assert (v["SLURM_NTASKS"], v["SLURM_JOB_NODELIST"], v["SLURM_STEP_ID"]) == ("1", "n[2-3]", "1")


def test_one_application_over_components_has_one_space_of_ranks(cluster):
    out = inside(cluster, """srun -l --het-group=0,1 sh -c 'echo $SLURM_PROCID $SLURM_NTASKS $SLURM_NODEID $SLURMD_NODENAME $SLURM_JOB_ID' | sort
srun --het-group=0-1 -n1 env | grep -E '^SLURM_(JOB_NODELIST|STEP_NODELIST|NNODES|NPROCS|STEP_ID|JOB_NUM_NODES)=' | sort -u
for i in $(seq 100); do test -z "$(squeue -h -s -j $SLURM_JOB_ID)" && break; sleep 0.1; done
squeue -h -s -o %i -j $SLURM_JOB_ID; echo $SLURM_JOB_ID""")
    *lines, job = out.splitlines()
    rows = [line.split() for line in lines[:4]]
    assert [(r[0], r[1], r[2]) for r in rows] == [(f"{i}:", str(i), "4") for i in range(4)]
    assert (rows[0][3:], rows[3][3:]) == (["0", "n1", job], ["2", "n3", job]) and {r[3] for r in rows} == {"0", "1", "2"}
    v = variables("\n".join(lines[4:]))
    assert v["SLURM_JOB_NODELIST"] == "n[1-3]" and (v["SLURM_JOB_NUM_NODES"], v["SLURM_STEP_ID"]) == ("3", "1")


def test_parts_of_srun_run_their_own_programs(cluster):
    out = inside(cluster, """srun -l -n1 echo a : -n2 echo b | sort
srun -l -n1 : -n2 printenv SLURM_NTASKS | sort
srun -l --het-group=1 -n1 echo only | sort
srun a : b : c; echo $?""")
    assert out == "0: a\n1: b\n2: b\n0: 3\n1: 3\n2: 3\n0: only\n1\n"


def test_the_highest_status_counts_and_a_failure_names_its_task(cluster):
    r = cluster.run(*ALLOCATION, cluster.script("status.sh", """srun --het-group=0,1 sh -c 'exit $SLURM_PROCID'; echo $?
srun true : false; echo $?
srun -n1 sleep 100 : -n1 sh -c 'kill -9 $$'; echo $?"""), timeout=120)
    assert r.stdout == "3\n1\n143\n"  # the other component got SIGTERM
    assert re.search(r"^srun: error: n\d: task 3: Exited with exit code 3$", r.stderr, re.M) and "task 1: Killed\n" in r.stderr


def test_a_group_that_is_not_there_is_refused_by_number(cluster):
    r = cluster.run(*ALLOCATION, "srun", "--het-group=2", "true", timeout=60)
    said = "srun: error: Attempt to run a job step with het group value of 2, but the job allocation has maximum value of 1\n"
    assert r.returncode == 1 and said in r.stderr
    r = cluster.run("salloc", "-n1", "srun", "true", ":", "true", timeout=60)
    assert r.returncode == 1 and "maximum value of 0" in r.stderr
    r = cluster.run("srun", "--het-group=1", "true", timeout=60)
    assert r.returncode == 1 and "call it in a heterogeneous job" in r.stderr
    assert "Duplicate het groups" in cluster.run("srun", "a", ":", "--het-group=0", "b").stderr
    wait_until(lambda: not cluster("squeue -h"), 30, "an empty queue")


def test_outside_srun_gets_a_heterogeneous_job_of_its_own(cluster):
    r = cluster.run("srun", "-l", "-n1", "echo", "a", ":", "-n2", "sh", "-c", "echo $SLURM_HET_SIZE; exit 5", timeout=60)
    assert sorted(r.stdout.splitlines()) == ["0: a", "1: 2", "2: 2"] and r.returncode == 5
    wait_until(lambda: not cluster("squeue -h"), 30, "an empty queue")


def begin(cluster, *arguments):
    return subprocess.Popen([cluster.exe(arguments[0]), *arguments[1:]], env=cluster.env(), cwd=f"{cluster.d}/work", text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def begun(cluster, name):
    """An srun whose three tasks, on n1 and two others, sleep."""
    run = begin(cluster, "srun", "--exclusive", "-n1", "sh", "-c", f"touch {name}.0; exec sleep 1000", ":", "--exclusive", "-n2", "-N2",
                "sh", "-c", f"touch {name}.$SLURM_PROCID; exec sleep 1000")
    wait_until(lambda: all(os.path.exists(f"{cluster.d}/work/{name}.{i}") for i in range(3)), 30, "the tasks")
    return run


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_srun_ends_all_components(cluster, sent):
    run = begun(cluster, f"ended{int(sent)}")
    run.send_signal(sent)
    run.communicate(timeout=60)
    assert run.returncode in (-signal.SIGKILL, 128 + signal.SIGTERM)
    wait_until(lambda: not cluster("squeue -h"), 60, "an empty queue")


def test_a_signal_goes_to_the_tasks_of_all(cluster):
    run = begin(cluster, "srun", "-l", "-n1", "sh", "-c", "trap 'echo got; exit 0' USR1; touch usr.0; while :; do sleep 0.1; done", ":",
                        "-n1", "sh", "-c", "trap 'echo got; exit 0' USR1; touch usr.1; while :; do sleep 0.1; done")
    wait_until(lambda: all(os.path.exists(f"{cluster.d}/work/usr.{i}") for i in range(2)), 30, "the tasks")
    run.send_signal(signal.SIGUSR1)
    assert sorted(run.communicate(timeout=30)[0].splitlines()) == ["0: got", "1: got"]


def test_a_component_that_is_cancelled_ends_the_step_of_all(cluster):
    run = begun(cluster, "cut")
    job = min(int(i.split("+")[0]) for i in cluster("squeue -h -o %i").split())
    cluster(f"scancel {job}+1")
    said = run.communicate(timeout=60)[1]
    assert run.returncode != 0 and "Terminating StepId=" in said or "Force Terminated" in said
    wait_until(lambda: not cluster("squeue -h"), 60, "an empty queue")


def test_components_on_one_machine_end_by_themselves(cluster):
    """A component's leftovers are looked for by job: it must not take the other's tasks for its own."""
    out = cluster.run("srun", "-n1", "true", ":", "-n1", "sh", "-c", "sleep 2; echo alive", timeout=60)
    assert out.stdout == "alive\n" and out.returncode == 0


def test_components_have_nodes_of_their_own(cluster):
    out = cluster.run("srun", "-n1", "printenv", "SLURMD_NODENAME", ":", "-n1", "printenv", "SLURMD_NODENAME", timeout=60)
    assert sorted(out.stdout.split()) == ["n1", "n2"], out.stderr
    job = cluster("sbatch --parsable -n1 -w n1 --wrap true : -n1 -w n1").split(";")[0].strip()
    wait_until(lambda: "beside its other components" in cluster(f"scontrol explain job {job}+1"), 20, "the reason")
    cluster(f"scancel {job}")


def test_the_program_is_sent_to_the_nodes_of_every_component(cluster):
    r = cluster.run("srun", f"--bcast={cluster.d}/copied",  "-n1", "/bin/echo", "a", ":", "-n1", "/bin/echo", "b", timeout=60)
    assert sorted(r.stdout.split()) == ["a", "b"], r.stderr


def test_sbcast_reaches_all_components_or_one(cluster):
    r = cluster.run(*ALLOCATION, cluster.script("cast.sh", f"""set -e
echo text > sent.txt
sbcast -fv sent.txt {cluster.d}/there.txt
sbcast -fv --jobid=$SLURM_JOB_ID+1 sent.txt {cluster.d}/there.txt
! sbcast -f --jobid=$SLURM_JOB_ID+7 sent.txt {cluster.d}/there.txt
cat {cluster.d}/there.txt"""), timeout=120)
    assert (r.returncode, r.stdout) == (0, "text\n"), r.stderr
    assert re.findall(r"bytes, to (\d) nodes", r.stderr) == ["1", "2", "2"] and "lookup error: Invalid job id" in r.stderr


def test_sattach_reads_one_component(cluster):
    run = begin(cluster, "srun", "--exclusive", "-n1", "sleep", "1000", ":", "--exclusive", "-n1", "sh", "-c",
                "while :; do echo tick; sleep 0.1; done")
    assert run.stdout.readline() == "tick\n"
    job = min(int(i.split("+")[0]) for i in cluster("squeue -h -o %i").split())
    reader = begin(cluster, "sattach", "-l", f"{job}+1.0")
    assert reader.stdout.readline() == "1: tick\n"
    reader.kill()
    reader.communicate()
    assert "Invalid job id" in cluster.refused(f"sattach {job}+3.0")[1]
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    wait_until(lambda: not cluster("squeue -h"), 60, "an empty queue")
