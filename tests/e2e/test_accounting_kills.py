# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""slurmdbd and MariaDB are killed at random moments while jobs come and go: sacct tells of every job, once.

SLURMXX_E2E_KILL_JOBS is the number of jobs (10,000 by `./dev kills`), SLURMXX_E2E_SEED what the moments follow from.
"""
import collections, os, random, shutil, threading

import pytest

from harness import wait_until
from test_accounting import AccountingCluster, told

JOBS = int(os.environ.get("SLURMXX_E2E_KILL_JOBS", "300"))
SEED = int(os.environ.get("SLURMXX_E2E_SEED", "1"))
ARRAY = 100  # jobs that are submitted at once
ENDS = ("COMPLETED", "FAILED")


def test_every_job_once_although_slurmdbd_and_mariadb_are_killed():
    if not shutil.which("mariadbd"):
        pytest.skip("no mariadbd here: ./dev deps")
    dice, over, kills = random.Random(SEED), threading.Event(), collections.Counter()
    with AccountingCluster(dbd="mariadb", nodes=1, cpus=64, conf="MaxArraySize=20000\nMaxJobCount=50000\nMinJobAge=86400") as c:
        def kill_at_random():
            while not over.is_set():
                over.wait(dice.uniform(0.05, 0.8))
                victim = dice.choice(("slurmdbd", "mariadbd"))
                c.kill(victim)
                over.wait(dice.uniform(0, 0.3))
                dict(slurmdbd=c.restart_dbd, mariadbd=c.start_db)[victim]()
                kills[victim] += 1
        killer = threading.Thread(target=kill_at_random)
        killer.start()
        try:
            script = c.script("job.sh", "exit $((SLURM_ARRAY_TASK_ID % 2))")
            for _ in range(JOBS // ARRAY):
                c.sbatch("-o", "/dev/null", f"--array=0-{ARRAY - 1}", script)
            wait_until(lambda: not c("squeue -h -r -t PD,R,CG -o %i").strip(), 60 + JOBS / 5, "all jobs end")
        finally:
            over.set()
            killer.join(120)
        truth = {}
        for line in c("squeue -h -r -t all -o '%A %T'", timeout=120).splitlines():
            job, state = line.split()
            truth[int(job)] = state
        assert len(truth) == JOBS // ARRAY * ARRAY and set(truth.values()) <= set(ENDS)

        def all_told():
            rows = told(c, "-X -D", "JobIDRaw,State")
            return len(rows) >= len(truth) and all(row[1] in ENDS for row in rows)
        wait_until(all_told, 60 + JOBS / 100, "every job is told")
        rows = told(c, "-X -D", "JobIDRaw,State")
        assert len(rows) == len(truth) and {int(job): state for job, state in rows} == truth
        scripts = collections.Counter(line[0] for line in told(c, "-D", "JobIDRaw") if line[0].endswith(".batch"))
        assert scripts == collections.Counter(f"{job}.batch" for job in truth)
        assert c.run("slurmdbd", "--verify-audit").returncode == 0
        assert sum(kills.values()) >= 2, kills
        print(f"{len(truth)} jobs, kills: {dict(kills)}")
