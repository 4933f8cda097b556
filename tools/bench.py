#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Runs bench/run.py for two peers in turn and prints one table. Called by `./dev bench`.

A row is a metric: the median of the rounds for each peer, and how many times better ours is (above 1: better).
Failed checks and errors of either peer are printed below the table; nothing is left out.
"""
import argparse, collections, json, os, statistics, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETS = {
    "submit": ("w1,w10", "sbatch latency and rate; kill -9 of slurmctld among submissions: acknowledged jobs lost"),
    "throughput": ("w2", "2,000 short jobs from submission to end, and one array of 2,000 tasks"),
    "srun": ("w3", "srun launch latency, and steps inside an allocation"),
    "queue": ("w4", "queries, memory a job and restart with 10k-50k pending jobs"),
    "schedule": ("w5", "5,000 mixed jobs on 200 nodes: scheduling cycles"),
    "array": ("w7", "an array of 100k tasks"),
    "output": ("w9", "200 MB of srun output"),
}
BASE, OURS = "slurm-wlm", "slurmxx"


def measure(a):
    records = []
    with tempfile.TemporaryDirectory(prefix="slurmxx-bench.") as folder:
        argv = [sys.executable, f"{ROOT}/bench/run.py", "--peers", f"{BASE}={a.base},{OURS}={a.ours}", "-w", SETS[a.set][0],
                "--rounds", str(a.rounds), "--dir", folder, "--auth", "munge"]
        argv += ["--quick"] if a.quick else []
        for s in a.option:
            argv += ["--set", s]
        run = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        for line in run.stdout:
            r = json.loads(line)
            if "summary" in r:
                continue
            records.append(r)
            print(f"{r['workload']} round {r['round'] + 1} {r['peer']}: {r['wall_s']} s, load {r['load1']}"
                  + (f", ERROR {r['error']}" if "error" in r else ""), flush=True)
            if a.out:
                with open(a.out, "a") as f:
                    f.write(line)
        if run.wait() != 0:
            sys.exit("dev bench: bench/run.py failed")
    return records


def number(x):
    if x is None:
        return "-"
    return f"{x:.0f}" if x == int(x) else f"{x:.1f}" if x >= 100 else f"{x:.4g}"


def ratio(base, ours, better):
    if not base or not ours:
        return ""
    return f"{(base / ours if better == 'lower' else ours / base):.2f}"


def table(records):
    rows = collections.OrderedDict()
    for r in records:
        for name, m in r["metrics"].items():
            if isinstance(m, dict):
                row = rows.setdefault((r["workload"], name), dict(unit=m["unit"], better=m["better"], peers={}))
                row["peers"].setdefault(r["peer"], []).append(m["median"])
    print(f"\n{'':4} {'metric':24} {'unit':8} {'better':7} {BASE:>11} {OURS:>11} {'times better':>13}")
    for (workload, name), row in rows.items():
        base, ours = (statistics.median(row["peers"][p]) if p in row["peers"] else None for p in (BASE, OURS))
        print(f"{workload:4} {name:24} {row['unit']:8} {row['better']:7} {number(base):>11} {number(ours):>11} "
              f"{ratio(base, ours, row['better']):>13}".rstrip())


def gaps(records):
    for line in dict.fromkeys(f"not measured: {r['workload']} {r['peer']}: {why}" for r in records for why in r.get("skipped", [])):
        print(line)


def faults(records):
    lines = [f"{r['workload']} {r['peer']}: {c['check']}: {c['detail']}" for r in records for c in r["checks_failed"]]
    lines += [f"{r['workload']} {r['peer']}: {r['error']}" for r in records if "error" in r]
    if lines:
        print("\nfailed checks:")
        for line in dict.fromkeys(lines):
            print(f"  {line}")
    return any(OURS in line.split(":")[0] for line in lines)


def main():
    ap = argparse.ArgumentParser(prog="./dev bench")
    ap.add_argument("set", choices=[*SETS, "list"])
    ap.add_argument("--ours", default=f"{ROOT}/build/release/prefix")
    ap.add_argument("--base", default="/usr")
    ap.add_argument("--rounds", type=int, default=2)
    ap.add_argument("--quick", action="store_true", help="smaller sizes")
    ap.add_argument("--set", dest="option", action="append", default=[], metavar="wN.key=value")
    ap.add_argument("--out", help="append the raw JSON lines of every run")
    a = ap.parse_args()
    if a.set == "list":
        for name, (workloads, what) in SETS.items():
            print(f"./dev bench {name:11} {workloads:7} {what}")
        print("./dev bench rpc                 durable submissions by RPC: 4 authenticated sessions, a real disk")
        print("./dev bench plan                one pass of the planner: 100k pending jobs, 10k nodes, no peer")
        return
    records = measure(a)
    table(records)
    gaps(records)
    print(f"medians of {a.rounds} rounds, peers in turn on the same machine ({os.cpu_count()} cores); differences under 10 % are noise")
    sys.exit(1 if faults(records) else 0)


if __name__ == "__main__":
    main()
