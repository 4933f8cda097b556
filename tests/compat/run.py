#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Replay the recordings against an installed tree and judge the lines of foundation.txt.

  run.py --prefix PREFIX [--min 80] [--only d3-errors] [--diff FILE] [--others]

Every recorded command runs, in order, on fresh clusters (replay.py and ../../bench/cluster.py, without accounting, with
auth/slurm); only the lines that foundation.txt lists are judged: exit code, stdout and stderr must all be equal after
replay.py's normalising. Job ids are translated as README.md of this folder says. Needs root.
"""
import argparse, collections, difflib, json, os, re, shlex, shutil, socket, sys
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import replay

NOWHERE = 900000  # added to an id that must not hit a job of ours

ISSUED = re.compile(r"^(?:Submitted batch job |salloc: Granted job allocation )?(\d+)$", re.M)
# where an id stands: in arguments, and in what the commands print
ARG_WORD = {"scancel": r"^(\d+)(?=$|[._])", "scontrol": r"^(\d+)(?=$|[._,])|(?i:(?<=jobid=)|(?<=job=))(\d+)", "squeue": r"^(\d+)(?=$|[_,])|(?<=,)(\d+)",
            "sbatch": r"(?<=[a-z]:)(\d+)(?=$|[:,])"}
PRINTED = re.compile(r"(?m)(?:(?<=job )|(?<=Job )|(?<=JobId=)|(?<=job id )|(?<=StepId=)|(?<=slurm-))(\d+)\b")
FIRST_COLUMN = re.compile(r"(?m)^(\s*)(\d+)(?=[\s._]|$)")
COLUMN_FORMATS = re.compile(r"^(%\.?\d*i|JobID|JobArrayID)", re.I)


class Ids:
    """The ids one scenario's recording printed, and those our run printed for the same lines."""

    def __init__(self):
        self.ours, self.theirs = {}, {}

    def learn(self, recorded, got):
        a, b = ISSUED.search(recorded), ISSUED.search(got)
        if a:
            self.ours[a.group(1)] = b.group(1) if b else str(NOWHERE + int(a.group(1)))
        if a and b:
            self.theirs[b.group(1)] = a.group(1)
        elif b:
            self.theirs[b.group(1)] = str(NOWHERE + int(b.group(1)))

    def to_ours(self, number):
        if number in self.ours:
            return self.ours[number]
        return str(NOWHERE + int(number)) if number in self.theirs else number

    def arguments(self, argv):
        pattern = ARG_WORD.get(argv[0])
        if not pattern:
            return argv
        swap = lambda m: self.to_ours(m.group(0))
        return [argv[0]] + [re.sub(pattern, swap, w) if takes_id(argv, i) else w for i, w in enumerate(argv[1:], 1)]

    def printed(self, argv, text):
        swap = lambda m: self.theirs.get(m.group(1), m.group(1))
        text = PRINTED.sub(swap, text)
        if argv[0] == "squeue" and first_column_is_id(argv):
            text = FIRST_COLUMN.sub(lambda m: column(m, self.theirs.get(m.group(2), m.group(2))), text)
        elif argv[0] == "sbatch" and "--parsable" in argv:
            text = ISSUED.sub(lambda m: self.theirs.get(m.group(1), m.group(1)), text)
        return text


def column(m, new):
    """Right-aligned columns keep their width."""
    return " " * max(0, len(m.group(0)) - len(new)) + new if m.group(1) else new


def takes_id(argv, i):
    before, word = argv[i - 1], argv[i]
    if argv[0] == "squeue":
        return before in ("-j", "--jobs", "--job")
    if argv[0] == "sbatch":
        return before in ("-d", "--dependency")
    if argv[0] == "scontrol":
        return "=" in word or before in ("job", "hold", "uhold", "release", "requeue", "suspend", "resume", "top")
    return not before.startswith("-") or before in ("-v", "--me")


def first_column_is_id(argv):
    for flag, value in zip(argv, argv[1:] + [""]):
        if flag in ("-o", "-O"):
            return bool(COLUMN_FORMATS.match(value))
    return True


def load_foundation(golden):
    recorded = {f"{s['scenario']}#{s['i']}": shlex.join(s["argv"]) for _, steps in golden for s in steps if s["type"] == "cmd"}
    chosen = set()
    for n, line in enumerate(open(f"{HERE}/foundation.txt"), 1):
        if line.startswith("#") or not line.strip():
            continue
        key, argv = line.rstrip("\n").split(" ", 1)
        if recorded.get(key) != argv:
            sys.exit(f"foundation.txt:{n}: the recording of {key} is \"{recorded.get(key)}\"")
        chosen.add(key)
    return chosen


def load_golden(path):
    scenarios = []
    for line in open(path):
        d = json.loads(line)
        if d["type"] == "setup":
            scenarios.append((d, []))
        else:
            scenarios[-1][1].append(d)
    return scenarios


def playable(steps):
    """Without accounting nothing can be waited for through sacct."""
    return [s for s in steps if s["type"] != "until" or "sacct" not in shlex.join(s["argv"])]


def free_base():
    """A stretch of ports nobody listens on."""
    for base in range(21000, 60000, 100):
        try:
            for k in (0, 1, 2, *range(21, 25)):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", base + k))
            return base
        except OSError:
            continue
    sys.exit("no free ports")


def play(cluster, steps):
    """Yields (step, recorded, got), the ids of both translated to the recording's."""
    ids, plain = Ids(), replay.execute

    def execute(c, s):
        rc, out, err = plain(c, dict(s, argv=ids.arguments(s["argv"])))
        if s["argv"][0] in ("sbatch", "salloc") and s.get("type") == "cmd":
            stream = ("stderr", err) if s["argv"][0] == "salloc" else ("stdout", out)
            ids.learn(s[stream[0]], stream[1])
        out, err = ids.printed(s["argv"], out), ids.printed(s["argv"], err)
        if s.get("sorted"):
            out = "".join(sorted(out.splitlines(True)))
        return rc, out, err

    replay.execute = execute
    try:
        for s, r in replay.play(cluster, steps):
            if r:
                yield s, (s["rc"], s["stdout"], s["stderr"]), r
    finally:
        replay.execute = plain


def difference(key, step, want, got):
    text = f"=== {key} [{step['user']}] {shlex.join(step['argv'])}  exit code want {want[0]} got {got[0]}\n"
    for name, w, g in (("stdout", want[1], got[1]), ("stderr", want[2], got[2])):
        lines = difflib.unified_diff(w.splitlines(True), g.splitlines(True), f"recorded/{name}", f"ours/{name}", n=1)
        text += "".join(x if x.endswith("\n") else x + "\n" for x in lines)
    return text


def judge(a, golden, chosen):
    """{key: (argv, equal)} of the chosen lines, and (equal, count) of the others of the same commands."""
    results, beside = {}, collections.Counter()
    diff = open(a.diff, "w") if a.diff else None
    for setup, steps in golden:
        name = setup["scenario"]
        mine = [f"{name}#{s['i']}" for s in steps if f"{name}#{s['i']}" in chosen]
        if not mine or a.only and name not in a.only.split(","):
            continue
        for s in steps:
            if f"{name}#{s['i']}" in chosen:
                results[f"{name}#{s['i']}"] = (s["argv"], False)
        try:
            cluster = replay.start(dict(setup, prepare=[]), a)
        except (SystemExit, OSError, RuntimeError) as e:
            print(f"{name:12} the cluster did not start: {e}", flush=True)
            replay.cl.Cluster(f"{replay.ROOT}/{name}").down(purge=not a.keep)
            continue
        try:
            for s, want, got in play(cluster, playable(steps)):
                key = f"{name}#{s['i']}"
                if key in chosen:
                    results[key] = (s["argv"], want == got)
                    if want != got and diff:
                        diff.write(difference(key, s, want, got))
                        diff.flush()
                elif s["argv"][0] in ("squeue", "sinfo", "scontrol", "scancel", "sbatch", "srun"):
                    beside[want == got] += 1
                    if a.others:
                        print(f"  {'equal' if want == got else 'not equal'}, left out: {key} {shlex.join(s['argv'])}", flush=True)
                        if want != got and diff:
                            diff.write("left out: " + difference(key, s, want, got))
                            diff.flush()
        finally:
            cluster.down(purge=not a.keep)
        print(f"{name:12} {sum(results[k][1] for k in mine)}/{len(mine)} equal", flush=True)
    return results, beside


def report(results, beside, minimum):
    by_command = collections.defaultdict(list)
    for argv, equal in results.values():
        by_command[argv[0]].append(equal)
    failing = [(k, argv) for k, (argv, equal) in results.items() if not equal]
    if failing:
        print("\nnot equal:")
        for key, argv in failing:
            print(f"  {key} {shlex.join(argv)}")
    print(f"\n{'command':10} {'lines':>6} {'equal':>6} {'%':>7}")
    everything = [e for v in by_command.values() for e in v]
    for name, v in [*sorted(by_command.items()), ("together", everything)]:
        print(f"{name:10} {len(v):6} {sum(v):6} {100 * sum(v) / len(v):7.1f}")
    print(f"(of the {sum(beside.values())} lines that foundation.txt leaves out, {beside[True]} are equal too)")
    percent = 100 * sum(everything) / len(everything) if everything else 0
    print(f"foundation: {percent:.1f} % equal, at least {minimum} wanted")
    return percent >= minimum


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--prefix", required=True)
    ap.add_argument("--min", type=float, default=80)
    ap.add_argument("--only", help="scenarios, comma separated")
    ap.add_argument("--diff", help="write the differences of the foundation's lines here")
    ap.add_argument("--others", action="store_true", help="name the lines that foundation.txt leaves out too")
    ap.add_argument("--golden", default=f"{HERE}/dev.jsonl")
    ap.add_argument("--auth", default="slurm")
    ap.add_argument("--port-base", type=int, default=0)
    ap.add_argument("--keep", action="store_true", help="leave the clusters' folders")
    a = ap.parse_args()
    if os.geteuid() != 0:
        sys.exit("run.py: needs root: the recordings change users")
    a.prefix, a.dbd, a.port_base = os.path.abspath(a.prefix), "none", a.port_base or free_base()
    golden = load_golden(a.golden)
    try:
        good = report(*judge(a, golden, load_foundation(golden)), a.min)
    finally:
        if not a.keep:
            shutil.rmtree(replay.ROOT, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
