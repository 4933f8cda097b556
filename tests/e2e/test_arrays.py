# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Job arrays: what users and their scripts see of them."""
import json, os, pytest

from harness import Cluster, wait_until


@pytest.fixture(scope="module")
def cluster():
    with Cluster(nodes=2, conf="KillWait=1") as c:
        yield c


def lines(c, *argv):
    return sorted(c.run(*argv).stdout.split("\n")[:-1])


def test_each_task_knows_its_place_and_writes_its_own_file(cluster):
    c = cluster
    script = "env | grep ^SLURM_ARRAY | sort; echo $SLURM_JOB_ID"
    job = c.sbatch("--array=1-7:3", "--wait", "--wrap", script)
    ids = set()
    for task in (1, 4, 7):
        *variables, raw = open(f"{c.d}/work/slurm-{job}_{task}.out").read().split("\n")[:-1]
        assert variables == [f"SLURM_ARRAY_JOB_ID={job}", "SLURM_ARRAY_TASK_COUNT=3", f"SLURM_ARRAY_TASK_ID={task}",
                             "SLURM_ARRAY_TASK_MAX=7", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_STEP=3"]
        ids.add(raw)
    assert len(ids) == 3 and job in ids


def test_patterns_of_file_names_and_steps_know_the_task(cluster):
    c = cluster
    job = c.sbatch("--array=2,5", "-o", "a-%A-%3a.out", "--wait", "--wrap", "srun -o s-%A_%a.%t hostname")
    assert all(os.path.exists(f"{c.d}/work/a-{job}-00{task}.out") for task in (2, 5))
    assert all(open(f"{c.d}/work/s-{job}_{task}.0").read() for task in (2, 5))


def test_squeue_folds_the_tasks_that_wait_and_r_shows_each(cluster):
    c = cluster
    job = c.sbatch("--array=0-9%2", "--mem=1", "--wrap", "sleep 1000")
    wait_until(lambda: lines(c, "squeue", "-h", "-t", "R", "-j", job, "-o", "%i") == [f"{job}_0", f"{job}_1"], 30, "tasks run")
    assert lines(c, "squeue", "-h", "-t", "PD", "-j", job, "-o", "%i %r %F %K") == [
        f"{job}_[2-9%2] JobArrayTaskLimit {job} 2-9%2"]
    assert lines(c, "squeue", "-h", "-r", "-j", job, "-o", "%i %t") == sorted(
        [f"{job}_{i} {'R' if i < 2 else 'PD'}" for i in range(10)])
    assert lines(c, "squeue", "-h", "-r", "-j", f"{job}_[1,8]", "-o", "%i") == [f"{job}_1", f"{job}_8"]
    assert lines(c, "squeue", "-h", "-s", "-j", job, "-o", "%i") == [f"{job}_0.batch", f"{job}_1.batch"]
    shown = c.run("scontrol", "show", "job", f"{job}_9").stdout
    assert f"StdOut={c.d}/work/slurm-{job}_9.out" in shown
    assert shown.startswith(f"JobId={job} ArrayJobId={job} ArrayTaskId=9 ArrayTaskThrottle=2 JobName=wrap\n")
    assert c.run("scontrol", "show", "job", job).stdout.count("ArrayJobId=") == 3
    jobs = json.loads(c.run("squeue", "--json", "-j", job).stdout)["jobs"]
    assert sorted((j["array_task_id"]["set"], j["array_task_id"]["number"], j["array_task_string"]) for j in jobs) == [
        (False, 0, "2-9%2"), (True, 0, ""), (True, 1, "")]
    c.run("scancel", job)


def test_ranges_are_held_released_updated_and_cancelled(cluster):
    c = cluster
    job = c.sbatch("--array=0-9%1", "--wrap", "sleep 1000")
    wait_until(lambda: lines(c, "squeue", "-h", "-t", "R", "-j", job, "-o", "%i") == [f"{job}_0"], 30, "tasks run")
    assert c.run("scancel", f"{job}_3").returncode == 0
    assert c.run("scancel", f"{job}_[4-6]").returncode == 0
    assert lines(c, "squeue", "-h", "-t", "PD", "-j", job, "-o", "%i") == [f"{job}_[1-2,7-9%1]"]
    assert c.run("scontrol", "hold", f"{job}_[8-9]").returncode == 0
    assert lines(c, "squeue", "-h", "-t", "PD", "-j", job, "-o", "%i %r") == [
        f"{job}_[1-2,7%1] JobArrayTaskLimit", f"{job}_[8-9%1] JobHeldAdmin"]
    assert c.run("scontrol", "update", f"JobId={job}", "ArrayTaskThrottle=2").returncode == 0
    wait_until(lambda: lines(c, "squeue", "-h", "-t", "R", "-j", job, "-o", "%i") == [f"{job}_0", f"{job}_1"], 30, "tasks run")
    assert c.run("scancel", "-t", "PENDING", "-n", "wrap").returncode == 0
    assert lines(c, "squeue", "-h", "-j", job, "-o", "%i") == [f"{job}_0", f"{job}_1"]
    r = c.run("scancel", f"{job}_77")
    assert r.returncode == 0
    r = c.run("scontrol", "hold", f"{job}_77")
    assert r.returncode == 1 and "Invalid job id specified" in r.stderr
    c.run("scancel", job)


def test_wait_gives_the_highest_exit_code_of_the_tasks(cluster):
    c = cluster
    r = c.run("sbatch", "--array=0-3", "--wait", "--wrap", "exit $SLURM_ARRAY_TASK_ID")
    assert r.returncode == 3, r.stderr


def test_a_bad_list_of_tasks_is_refused(cluster):
    for text in ("5-1", "abc", "0-99999999", "1,2,x", "0-3:0"):
        r = cluster.run("sbatch", f"--array={text}", "--wrap", "true")
        assert (r.returncode, r.stderr) == (1, "sbatch: error: Batch job submission failed: Invalid job array specification\n")
    assert cluster.run("sbatch", "--array=1-10%x", "--wrap", "true").returncode == 0


def test_jobs_wait_for_those_that_they_depend_on(cluster):
    c = cluster
    first = c.sbatch("--hold", "--wrap", "exit 3")
    ok = c.sbatch("-d", f"afterok:{first}", "--wrap", "true")
    killed = c.sbatch("-d", f"afterok:{first}", "--kill-on-invalid-dep=yes", "--wrap", "true")
    bad = c.sbatch("-d", f"afternotok:{first}", "--wrap", "true")
    single = c.sbatch("-J", "one", "-d", "singleton", "--wrap", "true")
    assert c.job(ok)["Dependency"] == f"afterok:{first}(unfulfilled)"
    assert c(f"squeue -h -j {ok} -o '%r %E'").strip() == f"Dependency afterok:{first}(unfulfilled)"
    c(f"scontrol release {first}")
    assert c.wait_end(bad) == "COMPLETED" and c.wait_end(single) == "COMPLETED"
    assert c.wait_end(killed) == "CANCELLED"
    assert c(f"squeue -h -j {ok} -o '%r %E'").strip() == f"DependencyNeverSatisfied afterok:{first}(failed)"
    c(f"scontrol update jobid={ok} dependency=")
    assert c.wait_end(ok) == "COMPLETED"
    code, err = c.refused("sbatch -d afterok:99999 --wrap true")
    assert (code, err) == (1, "sbatch: error: Batch job submission failed: Job dependency problem\n")


def test_each_task_of_an_array_follows_its_counterpart(cluster):
    c = cluster
    first = c.sbatch("--array=0-2", "-o", "/dev/null", "--wrap", "exit $((SLURM_ARRAY_TASK_ID == 1))")
    second = c.sbatch("--array=0-2", "-d", f"aftercorr:{first}", "-o", "/dev/null", "--wrap", "true")
    wait_until(lambda: lines(c, "squeue", "-h", "-t", "all", "-j", second, "-o", "%i %T") == [
        f"{second}_0 COMPLETED", f"{second}_1 PENDING", f"{second}_2 COMPLETED"], 60, "two of three tasks")
    assert c(f"squeue -h -j {second}_1 -o %r").strip() == "DependencyNeverSatisfied"
    c(f"scancel {second}")
