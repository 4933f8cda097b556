# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Batch jobs as users see them: where the output goes, what the environment says, how a job ends."""
import re

from harness import wait_until


def environment(cluster, options):
    job = cluster.submit(f"-o env.out {options}", "env | grep ^SLURM_ | sort")
    assert cluster.wait_end(job) == "COMPLETED"
    return job, dict(l.split("=", 1) for l in cluster.file("env.out").splitlines() if "=" in l)


def test_the_output_goes_to_slurm_jobid_out_in_the_submit_folder(cluster):
    job = cluster.submit("", "echo out; echo err >&2")
    assert cluster.wait_end(job) == "COMPLETED"
    assert cluster.file(f"slurm-{job}.out") == "out\nerr\n"


def test_filename_patterns_are_replaced(cluster):
    user, host = cluster("id -un").strip(), cluster("hostname -s").strip()
    job = cluster.submit("-J pat -w n2 -o p-%j-%x-%u-%N-%n-%%.out -e e-%6j.err", "echo out; echo err >&2")
    assert cluster.wait_end(job) == "COMPLETED"
    assert cluster.file(f"p-{job}-pat-{user}-{host}-0-%.out") == "out\n"
    assert cluster.file(f"e-{int(job):06d}.err") == "err\n"


def test_a_job_on_two_nodes_learns_its_place(cluster):
    job, env = environment(cluster, "-N2 -n4 -J envjob --time=5")
    wanted = {"SLURM_JOB_ID": job, "SLURM_JOBID": job, "SLURM_JOB_NAME": "envjob", "SLURM_JOB_NODELIST": "n[1-2]", "SLURM_NNODES": "2",
              "SLURM_JOB_NUM_NODES": "2", "SLURM_NTASKS": "4", "SLURM_JOB_PARTITION": "main", "SLURM_SUBMIT_DIR": f"{cluster.d}/work",
              "SLURM_CLUSTER_NAME": "e2e", "SLURM_NODEID": "0", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"}
    assert {k: env.get(k) for k in wanted} == wanted


def test_directives_of_the_script_count_and_the_command_line_wins(cluster):
    cluster.script("directives.sh", "#!/bin/sh\n#SBATCH -J fromscript\n#SBATCH --comment='two words'\n#SBATCH -t 15\ntrue\n#SBATCH -N 3\n")
    job = cluster("sbatch --parsable --hold -t 20 directives.sh").strip()
    shown = cluster.job(job)
    assert (shown["JobName"], shown["TimeLimit"], shown["NumNodes"]) == ("fromscript", "00:20:00", "1-1")
    assert shown["Comment"] == "two words"
    cluster(f"scancel {job}")


def test_the_exit_code_arrives_and_wait_returns_it(cluster):
    cluster("sbatch --wait --wrap 'exit 7'", code=7)
    job = cluster.submit("", "exit 9")
    assert cluster.wait_end(job) == "FAILED"
    assert cluster.job(job)["ExitCode"] == "9:0"
    assert cluster.job(job)["Reason"] == "NonZeroExitCode"


def test_a_signal_that_ends_the_script_is_told(cluster):
    job = cluster.submit("", "kill -KILL $$")
    assert cluster.wait_end(job) == "FAILED"
    assert cluster.job(job)["ExitCode"] == "0:9"


def test_cancel_ends_a_running_job(cluster):
    job = cluster.submit("-o cancel.out", "echo here; sleep 1000")
    cluster.wait_text("cancel.out", "here")
    cluster(f"scancel {job}")
    assert cluster.wait_end(job) == "CANCELLED"
    wait_until(lambda: cluster("sinfo -h -o %T").split() == ["idle"], 20, "idle nodes")


def test_a_chosen_signal_reaches_the_steps(cluster):
    job = cluster.submit("-o usr1.out", "trap 'echo got it; exit 0' USR1; echo ready; while :; do sleep 0.1; done")
    cluster.wait_text("usr1.out", "ready")
    cluster(f"scancel --batch --signal=USR1 {job}")
    assert cluster.wait_end(job) == "COMPLETED"
    assert cluster.file("usr1.out").splitlines()[:2] == ["ready", "got it"]


def test_umask_limits_and_folder_are_those_of_the_submission(cluster):
    cluster.script("where.sh", "umask; pwd; ulimit -n")
    line = f"umask 027; ulimit -n 777; cd {cluster.d} && sbatch -W -o {cluster.d}/work/where.out work/where.sh"
    r = cluster.run("sh", "-c", line)
    assert r.returncode == 0, r.stderr
    assert cluster.file("where.out").splitlines() == ["0027", cluster.d, "777"]


def test_export_none_hides_the_callers_environment(cluster):
    cluster.script("seen.sh", 'echo "[$MINE]"')
    assert cluster.run("env", "MINE=yes", cluster.exe("sbatch"), "-W", "-o", "all.out", "seen.sh").returncode == 0
    assert cluster.run("env", "MINE=yes", cluster.exe("sbatch"), "-W", "-o", "none.out", "--export=NONE", "seen.sh").returncode == 0
    assert cluster.run("env", "MINE=yes", cluster.exe("sbatch"), "-W", "-o", "some.out", "--export=NONE,MINE=other", "seen.sh").returncode == 0
    assert [cluster.file(f"{n}.out") for n in ("all", "none", "some")] == ["[yes]\n", "[]\n", "[other]\n"]


def test_test_only_submits_nothing(cluster):
    before = cluster("squeue -h -t all -o %i").split()
    r = cluster.run("sbatch", "--test-only", "--wrap", "true")
    assert r.returncode == 0 and re.search(r"to start at \d{4}-", r.stderr), r.stderr
    assert cluster("squeue -h -t all -o %i").split() == before


def test_srun_shows_the_output_of_every_task(cluster):
    r = cluster.run("srun", "-N3", "-l", "sh", "-c", "echo $SLURMD_NODENAME")
    assert (r.returncode, sorted(r.stdout.splitlines())) == (0, ["0: n1", "1: n2", "2: n3"])


def test_a_step_inside_a_job_runs_on_its_nodes(cluster):
    job = cluster.submit("-N2 -n2 -o step.out", "srun sh -c 'echo $SLURM_STEP_ID $SLURM_PROCID'")
    assert cluster.wait_end(job) == "COMPLETED"
    assert sorted(cluster.file("step.out").splitlines()) == ["0 0", "0 1"]


def test_jobs_that_do_not_fit_together_run_one_after_the_other(cluster):
    first = cluster.submit("-N3 --exclusive", "while [ ! -e turn ]; do sleep 0.1; done")
    cluster.wait_state(first, "RUNNING")
    second = cluster.submit("-N1", "true")
    wait_until(lambda: cluster(f"squeue -h -j {second} -o %r").strip() in ("Resources", "Priority"), 20, "the waiting reason")
    open(f"{cluster.d}/work/turn", "w").close()
    assert cluster.wait_end(second) == "COMPLETED"
