# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing acknowledged is lost: kill -9 of slurmctld among submissions, kill -9 of slurmd under running jobs.

SLURMXX_E2E_TRIALS and SLURMXX_E2E_JOBS raise the counts: 20 trials of 500 jobs are the release check.
"""
import collections, os, signal, threading

from harness import Cluster, wait_until

TRIALS = int(os.environ.get("SLURMXX_E2E_TRIALS", "3"))
JOBS = int(os.environ.get("SLURMXX_E2E_JOBS", "100"))


def submit_many(c, count, acknowledged):
    """Four loops of sbatch; an id counts as acknowledged when sbatch printed it."""
    todo, lock = iter(range(count)), threading.Lock()

    def loop():
        while True:
            with lock:
                if next(todo, None) is None:
                    return
            r = c.run("sbatch", "--parsable", "-o", "/dev/null", "mark.sh")
            if r.returncode == 0:
                with lock:
                    acknowledged.append(r.stdout.strip())

    threads = [threading.Thread(target=loop) for _ in range(4)]
    for t in threads:
        t.start()
    return threads


def test_every_acknowledged_job_survives_kill_9_and_runs_exactly_once():
    with Cluster(nodes=4, conf="SlurmdTimeout=300") as c:
        c.script("mark.sh", f'echo "$SLURM_JOB_ID" >> {c.d}/work/ran')
        everything = []
        for trial in range(TRIALS):
            acknowledged = []
            threads = submit_many(c, JOBS, acknowledged)
            wait_until(lambda: len(acknowledged) >= JOBS // (trial % 3 + 2), 120, "submissions before the kill")
            c.kill("slurmctld")
            c.restart_ctld()
            for t in threads:
                t.join()
            everything += acknowledged
            known = set(c("squeue -h -t all -o %i").split())
            assert [j for j in acknowledged if j not in known] == []
        assert len(everything) == len(set(everything)), "an id was acknowledged twice"
        wait_until(lambda: not c("squeue -h -t PD,CF,R,CG -o %i").strip(), 300, "the end of all jobs")
        runs = collections.Counter(c.file("ran").split())
        assert {j: runs[j] for j in everything if runs[j] != 1} == {}


def test_a_running_job_outlives_kill_9_of_its_slurmd():
    with Cluster(nodes=2, conf="SlurmdTimeout=300") as c:
        job = c.submit("-w n1 -o out.txt", "echo started; while [ ! -e go ]; do sleep 0.1; done; echo ended; exit 3")
        c.wait_state(job, "RUNNING")
        c.wait_text("out.txt", "started")
        c.kill("slurmd.n1", signal.SIGKILL)
        assert c.state(job) == "RUNNING"
        c.restart_slurmd(1)
        open(f"{c.d}/work/go", "w").close()
        assert c.wait_end(job) == "FAILED"
        assert c.job(job)["ExitCode"] == "3:0"
        assert c.file("out.txt").split() == ["started", "ended"]


def test_a_result_that_arises_while_slurmd_is_away_arrives_later():
    with Cluster(nodes=2, conf="SlurmdTimeout=300") as c:
        job = c.submit("-w n1 -o out.txt", "echo started; while [ ! -e go ]; do sleep 0.1; done; echo ended")
        c.wait_text("out.txt", "started")
        c.kill("slurmd.n1", signal.SIGKILL)
        open(f"{c.d}/work/go", "w").close()
        c.wait_text("out.txt", "ended")
        c.restart_slurmd(1)
        assert c.wait_end(job) == "COMPLETED"


def test_jobs_run_on_while_slurmctld_is_away():
    with Cluster(nodes=2, conf="SlurmdTimeout=300") as c:
        job = c.submit("-o out.txt", "echo started; while [ ! -e go ]; do sleep 0.1; done; echo ended")
        c.wait_text("out.txt", "started")
        c.kill("slurmctld")
        open(f"{c.d}/work/go", "w").close()
        c.wait_text("out.txt", "ended")
        c.restart_ctld()
        assert c.wait_end(job) == "COMPLETED"


def test_steps_that_begin_while_slurmctld_is_restarted_all_run():
    steps = "for i in $(seq 1 10); do srun sh -c 'echo $SLURM_JOB_ID.$SLURM_STEP_ID >> ran.log' || echo $SLURM_JOB_ID >> bad.log; done"
    with Cluster(nodes=2) as c:
        c.script("steps.sh", steps)
        ran = lambda: sum(1 for _ in open(f"{c.d}/work/ran.log")) if os.path.exists(f"{c.d}/work/ran.log") else 0
        jobs = [c("sbatch --parsable -n1 --mem=10 steps.sh").strip() for _ in range(3)]
        for more in (3, 9, 15):
            wait_until(lambda: ran() >= more, 60, f"{more} steps")
            c.kill("slurmctld")
            c.restart_ctld()
        for job in jobs:
            c.wait_state(job, "COMPLETED")
        assert not os.path.exists(f"{c.d}/work/bad.log") and ran() == 30
