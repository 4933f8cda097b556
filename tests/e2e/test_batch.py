# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Batch jobs as users see them: where the output goes, what the environment says, how a job ends."""
import re

import pytest

from harness import wait_until


def environment(cluster, options):
    job = cluster.submit(f"-o env.out {options}", "env | grep ^SLURM | sort")
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
    r = cluster.run("srun", "--test-only", "-N2", "true")
    assert r.returncode == 0 and r.stderr.rstrip().endswith("on nodes n[1-2] in partition main"), r.stderr
    for command in (["sbatch", "--test-only", "-N50", "--wrap", "true"], ["srun", "--test-only", "-N50", "true"]):
        r = cluster.run(*command)
        assert (r.returncode, r.stderr) == (1, "allocation failure: Requested node configuration is not available\n")
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


def test_every_filename_pattern_of_a_batch_job(cluster):
    c = cluster
    user, host = c("id -un").strip(), c("hostname -s").strip()
    pattern = "all_%A_%a_%j_%J_%N_%n_%s_%t_%u_%x_%%_%5j_%3t"
    job = c.submit(f"-J pat -w n3 -o {pattern}.out -e {pattern}.err", "echo out; echo err >&2")
    assert c.wait_end(job) == "COMPLETED"
    name = f"all_{job}_4294967294_{job}_{job}_{host}_0_batch_0_{user}_pat_%_{int(job):05d}_000"
    assert (c.file(f"{name}.out"), c.file(f"{name}.err")) == ("out\n", "err\n")


def test_input_comes_from_the_file_that_is_named(cluster):
    c = cluster
    open(f"{c.d}/work/in-pat.txt", "w").write("from the file\n")
    job = c.submit("-J pat -i in-%x.txt -o in.out", "cat")
    assert c.wait_end(job) == "COMPLETED"
    assert c.file("in.out") == "from the file\n"


def test_every_filename_pattern_of_srun(cluster):
    c = cluster
    user = c("id -un").strip()
    body = "srun -N2 -n3 --job-name=stepname -o step_%j_%J_%s_%n_%t_%2t_%u_%x_%%.out sh -c 'echo $SLURM_PROCID $SLURMD_NODENAME'"
    job = c.submit("-w n1,n2 -N2 -n3 -o /dev/null", body)
    assert c.wait_end(job) == "COMPLETED"
    for task, node, place in ((0, "n1", 0), (1, "n1", 0), (2, "n2", 1)):
        assert c.file(f"step_{job}_{job}.0_0_{place}_{task}_0{task}_{user}_stepname_%.out") == f"{task} {node}\n"


def test_open_mode_decides_whether_the_file_is_kept(cluster):
    c = cluster
    for name, options, wanted in (("app", "--open-mode=append", "old\nnew\n"), ("tru", "--open-mode=truncate", "new\n"), ("def", "", "new\n")):
        open(f"{c.d}/work/mode-{name}.out", "w").write("old\n")
        job = c.submit(f"{options} -o mode-{name}.out", "echo new")
        assert c.wait_end(job) == "COMPLETED"
        assert c.file(f"mode-{name}.out") == wanted


def test_what_the_user_does_to_the_script_after_sbatch_does_not_matter(cluster):
    c = cluster
    job = c.submit("--hold -o spooled.out", 'echo original; echo "$0"', name="edited.sh")
    c.script("edited.sh", "echo edited")
    c(f"scontrol release {job}")
    assert c.wait_end(job) == "COMPLETED"
    first, path = c.file("spooled.out").splitlines()
    assert first == "original" and path.endswith(f"/job{int(job):05d}/slurm_script")


def test_the_environment_of_a_batch_job_is_whole(cluster):
    c = cluster
    job, env = environment(c, "-J whole -w n1 -N1 -n2 -c2 --mem=100 -t 7 --ntasks-per-node=2 --comment=x")
    wanted = {"SLURM_JOB_ID": job, "SLURM_JOBID": job, "SLURM_JOB_NAME": "whole", "SLURM_JOB_NODELIST": "n1", "SLURM_NODELIST": "n1",
              "SLURM_JOB_NUM_NODES": "1", "SLURM_NNODES": "1", "SLURM_NTASKS": "2", "SLURM_NPROCS": "2", "SLURM_CPUS_PER_TASK": "2",
              "SLURM_NTASKS_PER_NODE": "2", "SLURM_TASKS_PER_NODE": "2", "SLURM_JOB_CPUS_PER_NODE": "4", "SLURM_CPUS_ON_NODE": "4",
              "SLURM_MEM_PER_NODE": "100", "SLURM_JOB_PARTITION": "main", "SLURM_SUBMIT_DIR": f"{c.d}/work", "SLURM_CLUSTER_NAME": "e2e",
              "SLURM_CONF": c.conf, "SLURM_GTIDS": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0", "SLURM_PROCID": "0", "SLURMD_NODENAME": "n1",
              "SLURM_PRIO_PROCESS": "0", "SLURM_TOPOLOGY_ADDR": "n1", "SLURM_TOPOLOGY_ADDR_PATTERN": "node",
              "SLURM_JOB_UID": c("id -u").strip(), "SLURM_JOB_GID": c("id -g").strip(), "SLURM_JOB_USER": c("id -un").strip()}
    job2 = c.submit("-o env2.out", 'echo "$ENVIRONMENT $SLURM_TASK_PID $$"; hostname')
    assert c.wait_end(job2) == "COMPLETED"
    line, host = c.file("env2.out").splitlines()
    mode, task, own = line.split()
    assert (mode, task) == ("BATCH", own)
    assert {k: env.get(k) for k in wanted} == wanted
    assert env["SLURM_SUBMIT_HOST"] == host
    assert int(env["SLURM_JOB_END_TIME"]) - int(env["SLURM_JOB_START_TIME"]) == 7 * 60


def test_the_highest_exit_code_of_the_steps_is_the_derived_one(cluster):
    c = cluster
    job = c.submit("-o /dev/null", "srun sh -c 'exit 4'; srun sh -c 'exit 2'; exit 0")
    assert c.wait_end(job) == "COMPLETED"
    shown = c(f"scontrol show job -dd {job}")
    assert "DerivedExitCode=4:0" in shown and " ExitCode=0:0" in shown


def test_a_warning_signal_comes_before_the_limit_to_the_shell_or_the_steps(cluster):
    c = cluster
    body = "trap 'echo shell warned; exit 0' USR1; echo ready; while :; do sleep 0.1; done"
    shell = c.submit("-t 1 --signal=B:USR1@58 -o warn-b.out", body)
    steps = c.submit("-t 1 --signal=USR2@58 -o warn-s.out", "srun sh -c \"trap 'echo step warned; exit 0' USR2; while :; do sleep 0.1; done\"; echo script goes on")
    assert c.wait_end(shell) == "COMPLETED" and c.wait_end(steps) == "COMPLETED"
    assert c.file("warn-b.out").splitlines() == ["ready", "shell warned"]
    lines = c.file("warn-s.out").splitlines()  # the signal ends the sleep of the step too, and its shell says so
    assert "step warned" in lines and lines[-1] == "script goes on"


def test_a_cancelled_job_gets_sigterm_then_after_kill_wait_sigkill(cluster):
    c = cluster
    job = c.submit("-o term.out", "trap 'echo got TERM' TERM; echo on; while :; do sleep 0.1; done")
    c.wait_text("term.out", "on")
    c(f"scancel {job}")
    assert c.wait_end(job) == "CANCELLED"
    wait_until(lambda: c("sinfo -h -o %T").split() == ["idle"], 20, "idle nodes")
    assert "got TERM" in c.file("term.out")
    assert re.search(rf"\*\*\* JOB {job} ON n\d CANCELLED AT \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d \*\*\*", c.file("term.out"))
    assert c.job(job)["ExitCode"] == "0:15"


def limits(cluster, script, submit_line):
    c = cluster
    c.script(script, "ulimit -Sn; ulimit -Sc")
    r = c.run("sh", "-c", f"ulimit -Sn 700; ulimit -Sc 0; {submit_line} {script}")
    assert r.returncode == 0, r.stderr
    return c.file("limits.out").split()


def test_propagate_chooses_the_limits_that_travel(cluster):
    own = cluster("sh -c 'ulimit -Sn'").strip()
    assert limits(cluster, "limits.sh", "sbatch -W -o limits.out") == ["700", "0"]
    assert limits(cluster, "limits.sh", "sbatch -W -o limits.out --propagate=NOFILE")[0] == "700"
    assert limits(cluster, "limits.sh", "sbatch -W -o limits.out --propagate=NONE")[0] == own
    r = cluster.run("sh", "-c", "ulimit -Sn 700; srun --propagate=NONE sh -c 'ulimit -Sn'; srun sh -c 'ulimit -Sn'")
    assert r.stdout.split() == [own, "700"]


@pytest.mark.parametrize("line,travels", [("PropagateResourceLimits=NONE", False), ("PropagateResourceLimits=CORE", False), ("PropagateResourceLimitsExcept=NOFILE", False),
                                          ("PropagateResourceLimitsExcept=CORE", True)])
def test_the_site_chooses_the_limits_that_travel(cluster, line, travels):
    own = cluster("sh -c 'ulimit -Sn'").strip()
    text = open(cluster.conf).read()
    try:
        open(cluster.conf, "w").write(f"{text}\n{line}\n")
        assert limits(cluster, "limits.sh", "sbatch -W -o limits.out")[0] == ("700" if travels else own)
        assert limits(cluster, "limits.sh", "sbatch -W -o limits.out --propagate=NOFILE")[0] == "700"
    finally:
        open(cluster.conf, "w").write(text)


def test_a_requeued_job_begins_its_output_anew_unless_it_appends(cluster):
    c = cluster
    body = 'echo "life ${SLURM_RESTART_COUNT:-0}"; [ "$SLURM_RESTART_COUNT" = 1 ] || sleep 1000'
    for name, options, lives in (("anew", "", ["life 1"]), ("kept", "--open-mode=append", ["life 0", "life 1"])):
        job = c.submit(f"--requeue {options} -o life-{name}.out", body)
        c.wait_text(f"life-{name}.out", "life 0")
        c(f"scontrol requeue {job}")
        wait_until(lambda: "CG" not in c(f"squeue -h -t all -j {job} -o %t"), 30, "the first life cleared")
        c(f"scontrol update JobId={job} StartTime=now", code=None)
        assert c.wait_end(job, 180) == "COMPLETED"
        assert [l for l in c.file(f"life-{name}.out").splitlines() if l.startswith("life")] == lives


def test_a_job_that_is_expedited_starts_again_at_once_on_its_nodes(cluster):
    job = cluster.submit("--requeue=expedite -w n2 -o expedited.out", "echo $SLURM_RESTART_COUNT >> told; test $SLURM_RESTART_COUNT = 1")
    assert cluster.wait_end(job) == "COMPLETED"
    assert cluster.file("told") == "0\n1\n"
    assert cluster.job(job)["Restarts"] == "1"
