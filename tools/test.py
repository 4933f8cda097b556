#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that CI runs, part by part, with a table at the end. Called by `./dev test [PART...]`.

Each part streams its own output. A part whose program or tests do not exist is MISSING, which is a failure (or "not yet",
while it stands in NOT_YET). A part that cannot run for this user (compat wants root) is "skipped", and says why.
"""
import collections, glob, os, shutil, subprocess, sys, tempfile, time
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = f"{ROOT}/build/dev"
PREFIX = f"{BUILD}/prefix"
PROGRAMS = ["bin/sacctmgr", "bin/sreport", "bin/sstat", "bin/seff", "bin/slurm-sim", "bin/sbatch", "bin/srun", "bin/sattach", "bin/sbcast", "bin/squeue", "bin/sinfo", "bin/scancel", "bin/scontrol", "bin/strigger", "bin/scrontab", "bin/sprio", "bin/sshare", "bin/sdiag",
            "sbin/slurmctld", "sbin/slurmd", "sbin/slurmstepd", "sbin/sackd",
            "libexec/slurmxx/slurmxx-pmix"]
SIM_SEEDS = "1-200"
FUZZ_SECONDS = 10
FAILURE_LINES = 30  # of each failed end-to-end test and part, said again under the table
COMPAT_MIN = 80
E2E_WORKERS = os.cpu_count()  # files of tests run side by side: they wait more than they compute


# Parts whose programs are still being built. They are named "not yet" in the table, never "ok"; each leaves this list
# with the commit that brings its program, and from then on its absence is a failure.
NOT_YET = set()
# What failed in detail: said once more under the table, where a reader of the last page of a log finds it.
FAILURES = []


class Missing(Exception):
    pass


class Skipped(Exception):
    pass


def run(*argv, **kw):
    print("$", " ".join(argv), flush=True)
    return subprocess.call(argv, cwd=ROOT, **kw) == 0


def run_told(name, *argv):
    """Like run(); where it fails, the end of what it printed is said again under the table."""
    print("$", " ".join(argv), flush=True)
    end = collections.deque(maxlen=FAILURE_LINES)
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            end.append(line)
    if process.returncode:
        FAILURES.append(f"{name}: exit code {process.returncode}\n{''.join(end)}")
    return process.returncode == 0


def build():
    if not run("./dev", "build", "dev"):
        return False
    shutil.rmtree(PREFIX, ignore_errors=True)
    return run("cmake", "--install", BUILD, "--prefix", PREFIX, stdout=subprocess.DEVNULL)


def need_programs():
    absent = [p for p in PROGRAMS if not os.path.exists(f"{PREFIX}/{p}")]
    if absent:
        raise Missing("not built: " + " ".join(os.path.basename(p) for p in absent))


def unit():
    rooms = run("ctest", "--test-dir", BUILD, "-j", str(os.cpu_count()), "--output-on-failure")
    tools = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/tools")
    return rooms and tools


def e2e():
    if not glob.glob(f"{ROOT}/tests/e2e/test_*.py"):
        raise Missing("no tests/e2e/test_*.py")
    need_programs()
    report = f"{BUILD}/e2e.xml"
    passed = run(sys.executable, "-m", "pytest", "-v", "-rs", "--durations=5", "-p", "no:cacheprovider",
                 "-n", str(E2E_WORKERS), "--dist", "loadfile", f"--junitxml={report}",
                 "tests/e2e", env={**os.environ, "SLURMXX_PREFIX": PREFIX})
    if not passed:
        FAILURES.extend(failures(report))
    return passed


def failures(report):
    """One block of text for each test that failed by a JUnit file: its name and the end of what pytest said of it."""
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        for bad in [*case.findall("failure"), *case.findall("error")]:
            end = "\n".join((bad.text or "").strip().splitlines()[-FAILURE_LINES:])
            yield f"{case.get('classname')}::{case.get('name')}: {bad.get('message')}\n{end}"


def sim():
    if not os.path.exists(f"{BUILD}/slurmxx-sim"):
        raise Missing("slurmxx-sim is not built")
    return run_told("sim", f"{BUILD}/slurmxx-sim", "--seeds", SIM_SEEDS)


def fuzz():
    if not glob.glob(f"{ROOT}/tests/fuzz/*_fuzz.cpp"):
        raise Missing("no tests/fuzz/*_fuzz.cpp")
    return run_told("fuzz", sys.executable, "tools/fuzz.py", "--seconds", str(FUZZ_SECONDS))


def compat():
    need_programs()
    if os.geteuid() != 0:
        raise Skipped("the recordings were made as root and change users")
    return run_told("compat", sys.executable, "tests/compat/run.py", "--prefix", PREFIX, "--min", str(COMPAT_MIN))


def install():
    """What an administrator does: a release build, installed. Its optimiser sees warnings that the dev build does not."""
    with tempfile.TemporaryDirectory(prefix="slurmxx-install.") as prefix:
        if not run("./dev", "install", "--prefix", prefix):
            return False
        absent = [p for p in [*PROGRAMS, "share/man/man1/sbatch.1"] if not os.path.exists(f"{prefix}/{p}")]
        if absent:
            print("not installed:", *absent)
        return not absent and all(run(f"{prefix}/{p}", "-V") for p in PROGRAMS)


def tidy():
    return run(sys.executable, "tools/tidy.py")


def fmt():
    return run("./dev", "fmt", "--check")


PARTS = {"build": build, "unit": unit, "tidy": tidy, "fmt": fmt, "sim": sim, "fuzz": fuzz, "e2e": e2e, "compat": compat,
         "install": install}


def main():
    names = sys.argv[1:] or list(PARTS)
    unknown = [n for n in names if n not in PARTS]
    if unknown:
        sys.exit(f"dev test: no part \"{unknown[0]}\"; one of: {' '.join(PARTS)}")
    rows = []
    for name in names:
        print(f"\n\033[1m== {name}\033[0m", flush=True)
        start, note = time.monotonic(), ""
        try:
            state = "ok" if PARTS[name]() else "FAILED"
        except Missing as e:
            state, note = "not yet" if name in NOT_YET else "MISSING", str(e)
        except Skipped as e:
            state, note = "skipped", str(e)
        if note:
            print(f"{name}: {state}: {note}")
        rows.append((name, state, time.monotonic() - start, note))
        if name == "build" and state != "ok":
            break
    print(f"\n{'part':8} {'result':8} {'seconds':>8}")
    for name, state, seconds, note in rows:
        print(f"{name:8} {state:8} {seconds:8.1f}  {note}".rstrip())
    bad = [name for name, state, _, _ in rows if state not in ("ok", "skipped", "not yet")]
    waiting = [name for name, state, _, _ in rows if state == "not yet"]
    for text in FAILURES:
        print(f"\n{text}")
    print(f"\n{'FAILED: ' + ' '.join(bad) if bad else 'all parts that exist passed'}")
    if waiting:
        print(f"not built yet, so not tested: {' '.join(waiting)}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
