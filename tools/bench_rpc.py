#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Durable submissions by RPC: real authenticated connections to a real slurmctld on a real disk. Called by `./dev bench rpc`.

Ours: four sessions with 1, 16 and 64 calls under way each, all jobs with one script or each with its own; then kill -9,
a restart, and a count: every acknowledged job must be there. The packaged Slurm has no such interface that a script can
reach, so its row is four loops of sbatch, as in w1; ours has that row too.
"""
import argparse, json, os, signal, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, f"{ROOT}/bench")
import cluster as cl, run as bench


def up(folder, prefix, auth):
    c = cl.Cluster(folder)
    c.up(cl.parser().parse_args(["up", "--prefix", prefix, "--dir", folder, "--nodes", "1", "--auth", auth, "--port-base", "28300"]))
    return c


def sbatch_loops(c, jobs):
    secs, ok, fails = bench.par_submit(c, jobs, 4, ["--hold", "-o", "/dev/null", bench.script(c)])
    return ok / secs


def rpc(c, tool, jobs, depth, distinct):
    argv = [tool, c.conf, "4", str(jobs), str(depth)] + (["distinct"] if distinct else [])
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, env=c.env())
    if done.returncode != 0:
        sys.exit("dev bench rpc: a submission failed")
    return json.loads(done.stdout)


def main():
    ap = argparse.ArgumentParser(prog="./dev bench rpc")
    ap.add_argument("--ours", default=f"{ROOT}/build/release/prefix")
    ap.add_argument("--tool", default=f"{ROOT}/build/release/rpc_bench")
    ap.add_argument("--base", default="/usr")
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--quick", action="store_true", help="smaller sizes")
    ap.add_argument("--folder", help="a folder on the disk to measure (default: a fresh one in TMPDIR)")
    a = ap.parse_args()
    jobs, loops = (4000, 200) if a.quick else (20000, 600)
    rates, missing = {}, 0
    with tempfile.TemporaryDirectory(prefix="slurmxx-rpc.", dir=a.folder) as folder:
        for _ in range(a.rounds):
            for name, prefix in (("slurm-wlm", a.base), ("slurmxx", a.ours)):
                d = f"{folder}/{name}"
                c = up(d, prefix, "munge")
                try:
                    rates.setdefault(f"{name}: 4 loops of sbatch", []).append(sbatch_loops(c, loops))
                    if name == "slurmxx":
                        acknowledged = loops
                        for depth in (1, 16, 64):
                            for distinct in (False, True):
                                what = f"slurmxx: RPC, {depth} calls under way" + (", own scripts" if distinct else "")
                                got = rpc(c, a.tool, jobs if depth > 1 else jobs // 4, depth, distinct)
                                acknowledged += got["acknowledged"]
                                rates.setdefault(what, []).append(got["rate"])
                        c.kill_ctld(signal.SIGKILL)
                        c.start_ctld()
                        missing += acknowledged - bench.count_jobs(c, "all")
                finally:
                    c.down(purge=True)
    print(f"{'accepted submissions/s, 4 clients':52} {'median':>9} {'least':>9} {'most':>9}")
    for what, values in rates.items():
        values.sort()
        print(f"{what:52} {values[len(values) // 2]:9.0f} {values[0]:9.0f} {values[-1]:9.0f}")
    print(f"after kill -9 and a restart: {missing} acknowledged jobs missing")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
