#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the preset "fuzz" (clang-16, address and undefined sanitizers) and runs every tests/fuzz/*_fuzz.cpp a while.

  fuzz.py [--seconds 10] [NAME...]

Each target first replays its committed corpus (tests/fuzz/corpus/NAME), then looks for new inputs in a scratch folder.
A failing input is kept in build/fuzz/findings, and the line that replays it is printed.
"""
import argparse, glob, os, shutil, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = f"{ROOT}/build/fuzz"


def build():
    if not os.path.exists(f"{BUILD}/build.ninja"):
        subprocess.run(["cmake", "--preset", "fuzz"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD, "--parallel", str(os.cpu_count()), "--target", "fuzzers"], cwd=ROOT, check=True)


def fuzz(name, seconds):
    corpus, scratch, findings = f"{ROOT}/tests/fuzz/corpus/{name}", f"{BUILD}/scratch/{name}", f"{BUILD}/findings"
    if not os.path.isdir(corpus) or not os.listdir(corpus):
        print(f"fuzz: {name}: no corpus in tests/fuzz/corpus/{name}")
        return False
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    os.makedirs(findings, exist_ok=True)
    r = subprocess.run([f"{BUILD}/{name}_fuzz", f"-max_total_time={seconds}", "-timeout=5", "-rss_limit_mb=1024", "-max_len=8192",
                        f"-artifact_prefix={findings}/{name}-", "-print_final_stats=1", "-verbosity=0", scratch, corpus],
                       stderr=subprocess.PIPE, text=True, errors="replace")
    if r.returncode:
        print(r.stderr[-6000:])
        print(f"fuzz: {name}: FAILED; replay: {BUILD}/{name}_fuzz {findings}/{name}-...")
        return False
    runs = [l.split()[-1] for l in r.stderr.splitlines() if "number_of_executed_units" in l]
    print(f"fuzz: {name}: {runs[0] if runs else '?'} inputs, no fault", flush=True)
    return True


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seconds", type=int, default=10)
    ap.add_argument("names", nargs="*")
    a = ap.parse_args()
    names = a.names or sorted(os.path.basename(p)[:-len("_fuzz.cpp")] for p in glob.glob(f"{ROOT}/tests/fuzz/*_fuzz.cpp"))
    try:
        build()
    except subprocess.CalledProcessError as e:
        sys.exit(f"fuzz: the targets did not build (exit code {e.returncode})")
    results = [fuzz(n, a.seconds) for n in names]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
