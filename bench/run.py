#!/usr/bin/env python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Workloads for SLURM-compatible implementations, measured side by side.

  run.py --peers real=/usr,ours=PREFIX -w w1,w3 --rounds 2
         [--profile default|htcdoc|tuned] [--nodes 8] [--quick]
         [--set w4.sizes=10000,50000] [--port-base 28100] [--dir DIR] [--out F]

Order is A B A B ...: per workload, per round, each peer gets a fresh cluster
(cluster.py), so no peer profits from a warm one.  One JSON line per run, then
one "summary" line per workload with medians over rounds and ratios against
the first peer.  Every timing uses only public commands and their output; a
result that fails its own correctness check is reported in "checks".

w1  sbatch latency and rate            w6  controller restart with jobs in state
w2  2000 short jobs / one array        w7  100k-task array
w3  srun launch latency                w8  accounting through slurmdbd
w4  queries with 10k/50k pending jobs  w9  srun stdout throughput
w5  main + backfill scheduler          w10 kill -9 of slurmctld during submits
                                       w11 1,000 steps of one job
w12 500 waiting jobs on 10,000 nodes: CPU time of the scheduler
"""
import argparse, json, os, random, re, signal, statistics, subprocess, sys, threading, time, tempfile
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cluster as cl

SIZES = {  # full, quick
    "w1.n": (300, 100), "w1.par": (600, 200),
    "w2.jobs": (2000, 400),
    "w3.reps": (50, 10),
    "w4.sizes": ("10000,50000", "2000"), "w4.reps": (5, 3), "w4.restart_at": (0, 0), "w4.restart_reps": (3, 2),
    "w5.jobs": (5000, 1000), "w5.fake": (200, 50), "w5.settle": (40, 35),
    "w6.jobs": (20000, 2000), "w6.reps": (3, 2),
    "w7.tasks": (100000, 10000),
    "w8.jobs": (2000, 500), "w8.queued": (20000, 2000), "w8.reps": (5, 3),
    "w9.mb": (200, 40), "w9.reps": (3, 1),
    # pace: seconds one submit loop sleeps between two submits
    "w10.jobs": (500, 200), "w10.trials": (3, 1), "w10.pace": (0, 0),
    "w11.steps": (1000, 200),
    "w12.jobs": (500, 100), "w12.fake": (10000, 500), "w12.seconds": (900, 180), "w12.quiet": (120, 70),
}
now = time.monotonic


class Out:
    """Collects metrics: a list of samples each, reduced to median/min/max/p95."""
    def __init__(self):
        self.m, self.checks, self.skipped = {}, [], []

    def add(self, name, samples, unit="s", better="lower"):
        s = samples if isinstance(samples, list) else [samples]
        r = dict(median=round(statistics.median(s), 6), n=len(s), unit=unit, better=better)
        if len(s) > 1:
            q = sorted(s)
            r.update(min=round(q[0], 6), max=round(q[-1], 6), p95=round(q[min(len(q) - 1, int(len(q) * .95))], 6))
        self.m[name] = r

    def skip(self, why):
        self.skipped.append(why)

    def check(self, name, ok, detail=""):
        self.checks.append(dict(check=name, ok=bool(ok), detail=str(detail)))


def script(c, body="true", name="t.sh"):
    p = f"{c.d}/work/{name}"
    open(p, "w").write(f"#!/bin/sh\n{body}\n")
    os.chmod(p, 0o755)
    return p


def timed(c, *argv, n=1, expect0=True):
    """Wall times of n runs of a command, output discarded."""
    out, env, full = [], c.env(), [c.exe(argv[0]), *map(str, argv[1:])]
    for _ in range(n):
        t = now()
        rc = subprocess.call(full, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, cwd=f"{c.d}/work")
        out.append(now() - t)
        if expect0 and rc:
            raise RuntimeError(f"{argv}: rc={rc}")
    return out


def lines(c, *argv):
    return [l for l in c.run(*argv).stdout.splitlines() if l.strip()]


def par_submit(c, total, loops, args):
    """`loops` shell loops submitting `total` jobs; returns seconds, accepted, failed."""
    per, env = total // loops, c.env()
    cmd = 'n=$1; shift; i=0; while [ $i -lt $n ]; do i=$((i+1)); "$0" "$@" >/dev/null || echo FAIL; done'
    t = now()
    ps = [subprocess.Popen(["sh", "-c", cmd, c.exe("sbatch"), str(per), *args], env=env, cwd=f"{c.d}/work",
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) for _ in range(loops)]
    fails = sum(p.communicate()[0].count("FAIL") for p in ps)
    return now() - t, per * loops - fails, fails


def count_jobs(c, states, *extra):
    return len(lines(c, "squeue", "-h", "-r", "-t", states, "-o", "%i", *extra))


def wait_drained(c, limit=900, step=0.2):
    """Until nothing is pending/running/completing; returns time of first such poll."""
    end = now() + limit
    while now() < end:
        r = c.run("squeue", "-h", "-t", "PD,CF,R,CG", "-o", "%i")
        if r.returncode == 0 and not r.stdout.strip():
            return now()
        time.sleep(step)
    raise RuntimeError("jobs never drained")


# ------------------------------------------------------------------ workloads
def w1(c, o, S):
    t = script(c)
    for tag, extra in (("held", ["--hold"]), ("run", [])):
        lat, t0 = [], now()
        for _ in range(S["n"]):
            lat += timed(c, "sbatch", "-o", "/dev/null", *extra, t)
        o.add(f"seq_{tag}_latency", lat)
        o.add(f"seq_{tag}_rate", S["n"] / (now() - t0), "jobs/s", "higher")
        if not extra:
            wait_drained(c)
        secs, ok, fails = par_submit(c, S["par"], 4, ["-o", "/dev/null", *extra, t])
        o.add(f"par4_{tag}_rate", ok / secs, "jobs/s", "higher")
        o.check(f"par4_{tag} all accepted", fails == 0, fails)
        if extra:
            c.run("scancel", "-u", "root")
        wait_drained(c)
        time.sleep(0.5)


def w2(c, o, S):
    n, t = S["jobs"], script(c)
    cpu0, t0 = c.cpu_s(), now()
    secs, ok, fails = par_submit(c, n, 4, ["-n1", "-o", "/dev/null", t])
    end = wait_drained(c)
    o.add("jobs_submit_rate", ok / secs, "jobs/s", "higher")
    o.add("jobs_end_to_end", end - t0)
    o.add("jobs_throughput", ok / (end - t0), "jobs/s", "higher")
    o.add("jobs_ctld_cpu", c.cpu_s() - cpu0, "cpu-s")
    got = count_jobs(c, "CD")
    o.check("jobs all COMPLETED", got == ok and not fails, (got, ok, fails))
    cpu0, t0 = c.cpu_s(), now()
    sent = c.run("sbatch", "-n1", "-o", "/dev/null", f"--array=0-{n - 1}", t)
    if sent.returncode:
        return o.skip("one array: " + sent.stderr.strip())
    end = wait_drained(c)
    o.add("array_end_to_end", end - t0)
    o.add("array_throughput", n / (end - t0), "jobs/s", "higher")
    o.add("array_ctld_cpu", c.cpu_s() - cpu0, "cpu-s")
    got = count_jobs(c, "CD")
    o.check("array all COMPLETED", got == ok + n, (got, ok + n))


def w3(c, o, S):
    n = c.m["nodes"]
    timed(c, "srun", "-N1", "true", n=2)
    o.add("srun_N1_true", timed(c, "srun", "-N1", "true", n=S["reps"]))
    r = c.run("srun", f"-N{n}", f"-n{n}", "hostname")
    o.check("hostname lines", len(r.stdout.split()) == n, len(r.stdout.split()))
    o.add(f"srun_N{n}_hostname", timed(c, "srun", f"-N{n}", f"-n{n}", "hostname", n=S["reps"]))
    # steps inside one allocation (launch without the allocation cost)
    body = "\n".join([f't0=$(date +%s%N); for i in $(seq {S["reps"]}); do srun -N1 -n1 true; done',
                      f't1=$(date +%s%N); echo $t0 $t1 > {c.d}/work/step.times'])
    c.run("salloc", "-N1", "-Q", "sh", "-c", body, check=True)
    a, b = map(int, open(f"{c.d}/work/step.times").read().split())
    o.add("step_in_alloc", (b - a) / 1e9 / S["reps"])


def populate(c, total):
    """Top the queue up to `total` separate held jobs."""
    have, t = count_jobs(c, "PD"), script(c)
    if have >= total:
        return 0, 0
    secs, ok, fails = par_submit(c, total - have, 4, ["--hold", "-n1", "-t60", "-o", "/dev/null", t])
    return secs, ok


def w4(c, o, S):
    rss0, r = c.rss_kb(), S["reps"]
    for size in [int(x) for x in str(S["sizes"]).split(",")]:
        secs, ok = populate(c, size)
        k = f"{size // 1000}k_"
        if ok:
            o.add(k + "populate_rate", ok / secs, "jobs/s", "higher")
        time.sleep(2)
        got = lines(c, "squeue", "-h", "-o", "%i")
        o.check(k + "all listed", len(got) == size, len(got))
        rss, j = c.rss_kb(), got[len(got) // 2]
        o.add(k + "ctld_rss", rss / 1024, "MiB")
        o.add(k + "bytes_per_job", (rss - rss0) * 1024 / size, "B")
        o.add(k + "squeue_full", timed(c, "squeue", n=r))
        o.add(k + "squeue_fmt_all", timed(c, "squeue", "-o", "%all", n=max(2, r // 2)))
        o.add(k + "squeue_j_one", timed(c, "squeue", "-j", j, n=r * 2))
        o.add(k + "squeue_u_user", timed(c, "squeue", "-u", "root", n=r))
        o.add(k + "squeue_u_other", timed(c, "squeue", "-u", "daemon", n=r * 2))
        o.add(k + "sinfo", timed(c, "sinfo", n=r * 2))
        o.add(k + "scontrol_show_job_one", timed(c, "scontrol", "show", "job", j, n=r * 2))
        o.add(k + "scontrol_show_jobs", timed(c, "scontrol", "show", "job", n=max(2, r // 2)))
        o.add(k + "ctld_rss_after_queries", c.rss_kb() / 1024, "MiB")
        if S["restart_at"] == size:   # w6 on the same population
            restart(c, o, S["restart_reps"], k, size)
    t0 = now()
    c.run("scancel", "-u", "root", "--state=PD")
    wait_drained(c)
    o.add("scancel_all", now() - t0)


def restart(c, o, reps, k, expect):
    for tag, sig in (("clean", signal.SIGTERM), ("kill9", signal.SIGKILL)):
        stop, port, first, full = [], [], [], []
        for _ in range(reps):
            time.sleep(6)  # let periodic state saves finish
            t = now()
            c.kill_ctld(sig)
            stop.append(now() - t)
            t = now()
            c.start_ctld(wait=False)
            c.wait_for(lambda: c.tcp_open(c.m["port"]), 120, "slurmctld port")
            port.append(now() - t)
            while c.run("squeue", "-h", "-o", "%i", "-n", "nosuchname").returncode != 0:
                time.sleep(0.02)
            first.append(now() - t)
            n = count_jobs(c, "PD")
            full.append(now() - t)
            o.check(f"{k}{tag} restart keeps jobs", n == expect, (n, expect))
        if tag == "clean":
            o.add(k + "shutdown", stop)
        o.add(f"{k}restart_{tag}_first_answer", first)
        o.add(f"{k}restart_{tag}_full_squeue", full)


def w6(c, o, S):
    populate(c, S["jobs"])
    restart(c, o, S["reps"], f"{S['jobs'] // 1000}k_", S["jobs"])


def sdiag(c):
    """{'main.Mean cycle': usec, 'bf.Max cycle': ...} from sdiag text."""
    sec, d = "", {}
    for l in c.run("sdiag").stdout.splitlines():
        if l.startswith("Main schedule"):
            sec = "main."
        elif l.startswith("Backfilling"):
            sec = "bf."
        elif l and not l[0].isspace():
            sec = ""
        m = re.match(r"\s+([A-Za-z() /]+?):\s+(\d+)\b", l)
        if m and sec:
            d.setdefault(sec + m.group(1), int(m.group(2)))
    return d


def w5(c, o, S):
    """Mixed sizes on CLOUD nodes (allocated, never launched): pure scheduling."""
    t, rnd, n = script(c, "sleep 3600"), random.Random(7), S["jobs"]
    c.run("scontrol", "update", "PartitionName=fake", "State=DOWN", check=True)
    specs = []
    for i in range(n):
        nodes = rnd.choice([1] * 6 + [2, 2, 4, 8])
        cpus = rnd.choice([1, 2, 4, 8, 16]) * nodes
        specs.append(f"-p fake -N{nodes} -n{cpus} -t{rnd.choice([10, 30, 60, 240, 720, 1440])} --nice={rnd.randrange(1000)}")
    ps, t0 = [], now()
    for k in range(4):
        f = f"{c.d}/work/specs{k}"
        open(f, "w").write("\n".join(specs[k::4]) + "\n")
        ps.append(subprocess.Popen(["sh", "-c", f'while read s; do "$0" $s -o /dev/null {t} >/dev/null </dev/null || echo FAIL; done < {f}',
                                    c.exe("sbatch")], env=c.env(), cwd=f"{c.d}/work", stdout=subprocess.PIPE, text=True))
    fails = sum(p.communicate()[0].count("FAIL") for p in ps)
    o.add("submit_rate", n / (now() - t0), "jobs/s", "higher")
    o.check("accepted", fails == 0, fails)
    time.sleep(3)
    c.run("sdiag", "-r")
    cpu0, t0 = c.cpu_s(), now()
    c.run("scontrol", "update", "PartitionName=fake", "State=UP", check=True)
    last, when, first, qlat, curve = -1, t0, None, [], []
    while now() - when < S["settle"] and now() - t0 < 400:
        q = now()
        k = count_jobs(c, "R,CF", "-p", "fake")
        qlat.append(now() - q)
        if k != last:
            last, when = k, now()
            curve.append((round(now() - t0, 2), k))
            if k and first is None:
                first = now()
        time.sleep(0.25)
    o.add("first_start", (first or now()) - t0)
    o.add("all_startable_started", when - t0)
    o.add("started_jobs", last, "jobs", "higher")
    al = c.run("sinfo", "-h", "-p", "fake", "-o", "%C").stdout.strip().split("/")
    o.add("cpus_allocated_pct", 100 * int(al[0]) / int(al[3]), "%", "higher")
    o.add("squeue_during_sched", qlat)
    o.add("ctld_cpu", c.cpu_s() - cpu0, "cpu-s")
    d = sdiag(c)
    for key, name in (("main.Mean cycle", "main_mean"), ("main.Max cycle", "main_max"), ("main.Mean depth cycle", "main_depth"),
                      ("main.Total cycles", "main_cycles"), ("bf.Mean cycle", "bf_mean"), ("bf.Max cycle", "bf_max"),
                      ("bf.Total cycles", "bf_cycles"),
                      ("bf.Depth Mean", "bf_depth_mean"), ("bf.Last depth cycle", "bf_last_depth"),
                      ("bf.Total backfilled jobs (since last stats cycle start)", "bf_started")):
        if key in d:
            o.add(name, d[key], "usec" if key.endswith(("Mean cycle", "Max cycle")) else "count")
    o.m["curve"] = curve[:4] + curve[-4:]


def w12(c, o, S):
    """Mixed jobs that all have to wait on 10,000 CLOUD nodes that are taken: what the scheduler costs while nothing can start."""
    t, rnd, n = script(c, "sleep 3600"), random.Random(12), S["jobs"]
    took = c.run("sbatch", "--parsable", "-p", "fake", f"-N{S['fake']}", "--exclusive", "-t", "600", "-o", "/dev/null", t)
    o.check("the nodes are taken", took.returncode == 0, took.stderr.strip())
    c.wait_for(lambda: count_jobs(c, "R,CF", "-p", "fake") == 1, 120, "the large job on all nodes")
    for _ in range(n):
        nodes = rnd.choice([1] * 6 + [2, 4, 16, 64])
        c.run("sbatch", "-p", "fake", f"-N{nodes}", f"-n{nodes * rnd.choice([1, 2, 4, 8, 16])}", f"-t{rnd.choice([10, 30, 60, 240, 720])}",
              f"--nice={rnd.randrange(1000)}", "-o", "/dev/null", t, check=True)
    o.check("all others wait", count_jobs(c, "PD", "-p", "fake") == n)
    c.run("sdiag", "-r")
    cycles = lambda: sdiag(c).get("bf.Total cycles", 0)
    # From the end of one cycle to the end of another, at least a minute. A look is an RPC, which the daemon pays for: one a
    # second. Who plans only when there is a reason is given one, a job that waits, and then left alone for two minutes.
    c.run("sbatch", "-p", "fake", "-N1", "-t10", "-o", "/dev/null", t, check=True)
    c.wait_for(lambda: cycles() > 0, S["seconds"], "the end of a backfill cycle", step=1)
    looks = []
    c.wait_for(lambda: looks.append(sdiag(c).get("main.Total cycles")) or len(looks) > 2 and len(set(looks[-3:])) == 1,
               S["seconds"], "the end of what the job that waits set off", step=1)
    first, cpu0, t0 = cycles(), c.cpu_s(), now()
    c.wait_for(lambda: now() - t0 > 60 and (cycles() > first or now() - t0 > S["quiet"]),
               S["seconds"], "the end of another backfill cycle, or quiet", step=1)
    used, d = c.cpu_s() - cpu0, sdiag(c)
    o.check("a whole backfill cycle was seen", first and d["bf.Last depth cycle"] > 0, d.get("bf.Last depth cycle"))
    passes = d.get("bf.Total cycles", 0) - first
    if passes > 0:
        o.add("ctld_cpu_a_pass", used / passes, "cpu-s")
    o.add("passes", passes, "count")
    o.add("ctld_cpu_per_minute", used / (now() - t0) * 60, "cpu-s")
    o.add("seconds", now() - t0)
    for key, name in (("main.Mean cycle", "main_mean"), ("main.Max cycle", "main_max"), ("bf.Mean cycle", "bf_mean"), ("bf.Max cycle", "bf_max"),
                      ("bf.Last cycle", "bf_last")):
        if key in d:
            o.add(name, d[key], "usec")
    for key, name in (("main.Total cycles", "main_cycles"), ("bf.Total cycles", "bf_cycles"), ("bf.Last depth cycle", "bf_depth")):
        if key in d:
            o.add(name, d[key], "count")


def w7(c, o, S):
    n, t = S["tasks"], script(c)
    rss0 = c.rss_kb()
    t0 = now()
    j = c.run("sbatch", "--parsable", "--hold", "-n1", "-o", "/dev/null", f"--array=0-{n - 1}", t, check=True).stdout.strip()
    o.add("submit", now() - t0)
    time.sleep(1)
    o.add("rss_growth", (c.rss_kb() - rss0) / 1024, "MiB")
    got = lines(c, "squeue", "-h", "-r", "-o", "%i")
    o.check("squeue -r lists all", len(got) == n, len(got))
    o.add("squeue_collapsed", timed(c, "squeue", n=5))
    o.add("squeue_r", timed(c, "squeue", "-r", n=3))
    o.add("show_job_one_task", timed(c, "scontrol", "show", "job", f"{j}_777", n=5))
    t0 = now()
    c.run("scancel", f"{j}_[0-{n // 10 - 1}]", check=True)
    o.add("scancel_10pct_range", now() - t0)
    left = count_jobs(c, "PD")
    o.check("range cancelled", left == n - n // 10, left)
    o.add("rss_after_range_cancel", (c.rss_kb() - rss0) / 1024, "MiB")
    t0 = now()
    c.run("scancel", j, check=True)
    wait_drained(c)
    o.add("scancel_rest", now() - t0)


def w8(c, o, S):
    n, t, since = S["jobs"], script(c), "now-1days"

    def rows(state):
        # real sacct with -s needs -E as well: without it the window is empty
        return len(lines(c, "sacct", "-a", "-X", "-n", "-P", "-S", since, "-E", "now", "-s", state, "-o", "jobid"))

    t0 = now()
    c.run("sbatch", "-n1", "-o", "/dev/null", f"--array=0-{n - 1}", t, check=True)
    end = wait_drained(c)
    o.add("run_throughput", n / (end - t0), "jobs/s", "higher")
    while rows("CD") < n and now() - end < 300:
        time.sleep(0.2)
    o.add("record_lag", now() - end)
    # records queued in slurmctld while slurmdbd is down, then ingested
    c.stop_pid(c.m["pids"]["slurmdbd"], wait=30)
    # pending behind a DOWN partition: eligible, so the cancelled jobs are recorded (held ones are not)
    c.run("scontrol", "update", "PartitionName=main", "State=DOWN", check=True)
    secs, ok, fails = par_submit(c, S["queued"], 4, ["-n1", "-o", "/dev/null", t])
    o.add("submit_rate_dbd_down", ok / secs, "jobs/s", "higher")
    last = max(int(x) for x in lines(c, "squeue", "-h", "-o", "%A"))
    c.run("scancel", "-u", "root", "--state=PD")
    wait_drained(c)
    t0, k = now(), 0
    c.start_dbd()
    # one job is asked for often and all of them seldom: the questions cost, too
    c.wait_for(lambda: "CANCELLED" in c.run("sacct", "-n", "-X", "-j", str(last), "-o", "state").stdout, 600,
               "the record of the last job")
    while now() - t0 < 600 and k < ok:
        k = rows("CA")
    o.add("ingest_backlog", now() - t0)
    o.add("ingest_rate", k / (now() - t0), "jobs/s", "higher")
    o.check("all recorded", k == ok and rows("CD") == n, (k, ok))
    o.add("rows", k + n, "rows", "higher")
    o.add("sacct_all", timed(c, "sacct", "-a", "-X", "-S", since, n=S["reps"]))
    o.add("sacct_one_job", timed(c, "sacct", "-X", "-j", "2", n=S["reps"]))
    o.add("sacct_other_user", timed(c, "sacct", "-X", "-u", "daemon", "-S", since, n=S["reps"]))
    o.add("sreport_util", timed(c, "sreport", "cluster", "utilization", "start=" + since, "end=now", n=S["reps"]))
    o.add("sreport_sizes", timed(c, "sreport", "job", "sizesbyaccount", "start=" + since, "end=now", n=S["reps"]))
    o.add("sacctmgr_show_assoc", timed(c, "sacctmgr", "show", "assoc", n=S["reps"]))
    o.add("dbd_rss", c.rss_kb("slurmdbd") / 1024, "MiB")


def w9(c, o, S):
    per = S["mb"] * 1024 * 1024 // 4 // 64 * 64
    gen = script(c, f"yes {('0123456789abcdef' * 4)[:63]} | head -c {per}", "gen.sh")
    out = f"{c.d}/work/big.out"
    for tag, args in (("stdout", []), ("stdout_label", ["-l"]), ("file", ["-o", f"{c.d}/work/big-%t.out"])):
        rates = []
        for _ in range(S["reps"]):
            with open(out, "wb") as f:
                t = now()
                rc = subprocess.call([c.exe("srun"), "-n4", *args, gen], env=c.env(), stdin=subprocess.DEVNULL,
                                     stdout=f, cwd=f"{c.d}/work")
                rates.append(4 * per / 1e6 / (now() - t))
            if tag == "stdout":
                o.check("exact size", rc == 0 and os.path.getsize(out) == 4 * per, os.path.getsize(out))
        o.add(f"{tag}_rate", rates, "MB/s", "higher")


def w10(c, o, S):
    """Every id sbatch printed must still exist, with the same name, after kill -9."""
    lost_all, fail_all, dup_all, extra_all = [], [], [], []
    t = script(c)
    for trial in range(S["trials"]):
        acked, fails, lock = [], [0], threading.Lock()
        idx = iter(range(S["jobs"]))

        def worker():
            while True:
                with lock:
                    i = next(idx, None)
                if i is None:
                    return
                name = f"d{trial}-{i}"
                for _ in range(20):
                    r = c.run("sbatch", "--parsable", "--hold", "-J", name, "-o", "/dev/null", t)
                    if r.returncode == 0:
                        with lock:
                            acked.append((r.stdout.strip(), name))
                        break
                    fails[0] += 1
                    time.sleep(0.2)
                time.sleep(float(S["pace"]))

        ths = [threading.Thread(target=worker) for _ in range(4)]
        [x.start() for x in ths]
        while len(acked) < S["jobs"] // 2:
            time.sleep(0.005)
        c.kill_ctld(signal.SIGKILL)
        time.sleep(1)
        c.start_ctld(wait=False)
        [x.join() for x in ths]
        c.wait_ping(60)
        have = dict(l.split() for l in lines(c, "squeue", "-h", "-t", "all", "-o", "%i %j"))
        lost = [a for a in acked if have.get(a[0]) != a[1]]
        ids = [a[0] for a in acked]
        lost_all.append(len(lost))
        fail_all.append(fails[0])
        dup_all.append(len(ids) - len(set(ids)))
        extra_all.append(sum(1 for v in have.values() if v.startswith(f"d{trial}-")) - len(acked) + len(lost))
        o.check(f"trial {trial} acked", len(acked) == S["jobs"], len(acked))
    for name, v, unit in (("lost_acked_jobs", lost_all, "jobs"), ("ids_acked_twice", dup_all, "jobs"),
                          ("failed_sbatch_calls", fail_all, "calls"), ("unacked_but_present", extra_all, "jobs")):
        o.add(name, v, unit)
        o.m[name]["all"] = v


def w11(c, o, S):
    """One step after the other in one allocation: does the last one cost more than the first?"""
    log, part, n = f"{c.d}/work/steps.times", S["steps"] // 10, S["steps"]
    body = (f"for i in $(seq {n}); do t=$EPOCHREALTIME; read -r cpu < /proc/{c.m['pids']['slurmctld']}/stat; "
            f"srun -N1 -n1 true; echo $? $t $EPOCHREALTIME $cpu; done > {log}")
    c.run("salloc", "-N1", "-Q", "bash", "-c", body, check=True)
    rows = [l.split() for l in open(log)]
    took = [float(r[2]) - float(r[1]) for r in rows]
    ticks = [sum(map(int, l.rsplit(")", 1)[1].split()[11:13])) for l in open(log)]
    cpu = [(b - a) / os.sysconf("SC_CLK_TCK") / (part - 1) for a, b in ((ticks[0], ticks[part - 1]), (ticks[-part], ticks[-1]))]
    o.check("all steps ended well", len(rows) == n and all(r[0] == "0" for r in rows), len(rows))
    o.add("steps_rate", n / sum(took), "steps/s", "higher")
    o.add(f"step_first_{part}", took[:part])
    o.add(f"step_last_{part}", took[-part:])
    o.add(f"ctld_cpu_a_step_first_{part}", cpu[0], "cpu-s")
    o.add(f"ctld_cpu_a_step_last_{part}", cpu[1], "cpu-s")


# --------------------------------------------------------------------- driver
def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--peers", default="real=/usr")
    ap.add_argument("-w", "--workloads", default="w1,w2,w3,w4,w5,w6,w7,w8,w9,w10,w11,w12")
    ap.add_argument("--rounds", type=int, default=1)
    ap.add_argument("--profile", default="default", choices=list(cl.PROFILES))
    ap.add_argument("--nodes", type=int, default=8)
    ap.add_argument("--cpus", type=int, default=16)
    ap.add_argument("--dbd", default="none", help="for all workloads but w8")
    ap.add_argument("--w8-dbd", default="mariadb", help="one kind, or name=kind,name=kind")
    ap.add_argument("--auth", default="munge")
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--set", action="append", default=[], metavar="wN.key=value")
    ap.add_argument("--dir", default=None, help="work folder (default: a fresh temporary one)")
    ap.add_argument("--port-base", type=int, default=28100)
    ap.add_argument("--out", default=None)
    ap.add_argument("--conf-extra")
    a = ap.parse_args()
    a.dir = a.dir or tempfile.mkdtemp(prefix="slurm-bench.")
    peers = [p.split("=", 1) for p in a.peers.split(",")]
    sizes = {k: v[1 if a.quick else 0] for k, v in SIZES.items()}
    for s in a.set:
        k, v = s.split("=", 1)
        sizes[k] = int(v) if v.isdigit() else v

    def emit(rec):
        line = json.dumps(rec)
        print(line, flush=True)
        if a.out:
            open(a.out, "a").write(line + "\n")

    for w in a.workloads.split(","):
        S = {k.split(".")[1]: v for k, v in sizes.items() if k.startswith(w + ".")}
        got = {}
        for rnd in range(a.rounds):
            for name, prefix in peers:
                d, o, dbd = f"{a.dir}/{name}-{w}", Out(), a.dbd
                if w == "w8":
                    dbd = dict(x.split("=") for x in a.w8_dbd.split(",")).get(name, "mariadb") if "=" in a.w8_dbd else a.w8_dbd
                args = ["up", "--prefix", prefix, "--dir", d, "--nodes", str(a.nodes), "--cpus", str(a.cpus),
                        "--profile", a.profile, "--auth", a.auth, "--dbd", dbd, "--port-base", str(a.port_base)]
                if a.conf_extra:
                    args += ["--conf-extra", a.conf_extra]
                if w in ("w5", "w12"):
                    args += ["--fake-nodes", str(S["fake"])]
                cl.Cluster(d).down(purge=True)
                c, t0, err, up = cl.Cluster(d), now(), None, 0
                try:
                    c.up(cl.parser().parse_args(args))
                    up = now() - t0
                    globals()[w](c, o, S)
                except (Exception, SystemExit) as e:
                    err = f"{type(e).__name__}: {e}"
                finally:
                    c.down()
                rec = dict(workload=w, peer=name, round=rnd, profile=a.profile, nodes=a.nodes, dbd=dbd, params=S,
                           cluster_up_s=round(up, 2), wall_s=round(now() - t0, 1), load1=round(os.getloadavg()[0], 1),
                           metrics=o.m, checks_failed=[x for x in o.checks if not x["ok"]],
                           checks_ok=sum(x["ok"] for x in o.checks), skipped=o.skipped)
                if err:
                    rec["error"] = err
                emit(rec)
                for k, v in o.m.items():
                    if isinstance(v, dict):
                        got.setdefault(k, {}).setdefault(name, []).append(v["median"])
        summ = {}
        for k, v in got.items():
            row = {p: round(statistics.median(x), 6) for p, x in v.items()}
            base = peers[0][0]
            for p, _ in peers[1:]:
                if p in row and row.get(base):
                    row[f"{p}/{base}"] = round(row[p] / row[base], 3)
            summ[k] = row
        emit(dict(workload=w, summary=summ, rounds=a.rounds, profile=a.profile))


if __name__ == "__main__":
    main()
