# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The operator's runbook, command by command: drain and resume a node, hold and release a job, requeue a running job."""

def test_a_drained_node_finishes_its_job_and_returns_to_service(cluster):
    job = cluster.submit("-w n2", "sleep 1000")
    cluster.wait_state(job, "RUNNING")
    cluster('scontrol update NodeName=n2 State=DRAIN Reason="scheduled maintenance"')
    assert job in cluster("squeue -w n2")
    assert cluster("sinfo -h -n n2 -o %T").strip() == "draining"
    assert cluster("sinfo -h -R -o %E|%N").strip() == "scheduled maintenance|n2"
    waiting = cluster.submit("-w n2", "true")
    cluster(f"scancel {job}")
    cluster.wait_node("n2", "drained")
    assert "IDLE+DRAIN" in cluster.node("n2")["State"]
    assert cluster.state(waiting) == "PENDING"
    cluster("scontrol update NodeName=n2 State=RESUME")
    assert cluster.wait_end(waiting) == "COMPLETED"
    assert "DRAIN" not in cluster.node("n2")["State"]


def test_a_held_job_waits_until_it_is_released(cluster):
    job = cluster.submit("--begin=now+1hour", "true")
    cluster(f"scontrol hold {job}")
    assert cluster(f"squeue -h -j {job} -o %r").strip() in ("JobHeldUser", "JobHeldAdmin")
    assert cluster.job(job)["Priority"] == "0"
    cluster(f"scontrol update JobId={job} StartTime=now")
    assert cluster.state(job) == "PENDING"
    cluster(f"scontrol release {job}")
    assert cluster.wait_end(job) == "COMPLETED"


def test_a_requeued_job_starts_again_under_its_id(cluster):
    job = cluster.submit("--requeue --open-mode=append -o again.out", 'echo "run ${SLURM_RESTART_COUNT:-0}"; [ "$SLURM_RESTART_COUNT" = 1 ] || sleep 1000')
    cluster.wait_state(job, "RUNNING")
    cluster.wait_text("again.out", "run")
    cluster(f"scontrol requeue {job}")
    # Elsewhere it waits for two minutes unless told otherwise; here it may have run by now, and then this is refused.
    cluster(f"scontrol update JobId={job} StartTime=now", code=None)
    assert cluster.wait_end(job, 180) == "COMPLETED"
    assert [l for l in cluster.file("again.out").splitlines() if l.startswith("run")] == ["run 0", "run 1"]
    assert cluster.job(job)["Restarts"] == "1"
