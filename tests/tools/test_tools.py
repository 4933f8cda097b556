# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The helpers that judge others are judged here: tidy finds what it must, compat translates ids and nothing else."""
import os, sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [f"{ROOT}/tools", f"{ROOT}/tests/compat"]
import run as compat
import tidy

HEAD = "// SPDX-FileCopyrightText: The slurmxx authors\n// SPDX-License-Identifier: Apache-2.0\n"


def rules(path, text):
    report = tidy.Report()
    report.allowed = {}
    tidy.check_any(report, path, HEAD + text)
    tidy.check_cpp(report, path, HEAD + text)
    return [f.rule for f in report.hard] + list(report.soft)


@pytest.mark.parametrize("path, text, found", [
    ("src/core/a.cpp", '#include "state/events.h"\n', ["layer"]),
    ("src/control/a.cpp", '#include "adapters/disk/disk.h"\n', ["layer"]),
    ("src/state/a.cpp", '#include "core/model/job.h"\n', []),
    ("src/core/a.cpp", "auto t = std::chrono::system_clock::now();\n", ["banned", "global"]),
    ("src/core/a.cpp", 'const char* text = "system_clock::now()";  // rand()\n', []),
    ("src/core/a.h", "std::unordered_map<int, int> f();\n", ["banned"]),
    ("src/core/a.cpp", "namespace x {\nint counter = 0;\n}\n", ["global"]),
    ("src/core/a.cpp", "namespace x {\nconstexpr int limit = 3;\nint f(int a);\n}\n", []),
    ("src/core/a.cpp", "int f() {\n" + "  g();\n" * 80 + "}\n", ["function"]),
    ("src/core/a.cpp", "Foo::Foo(int a) : a_{a}, b_{\n} {\n" + "  g();\n" * 80 + "}\n", ["function"]),
    ("src/core/a.cpp", "int f() {\n" + "  g();\n" * 50 + "}\n", ["functions_over_40"]),
    ("src/core/a.cpp", "constexpr Row rows[] = {\n" + "  {1, [](int x) { return x; }},\n" * 90 + "};\n", []),
    ("src/core/a.h", "struct Job {\n" + "".join(f"  std::vector<int> f{i} = {{}};\n" for i in range(21)) + "  int g() const;\n};\n", ["fields"]),
    ("src/core/a.h", "struct Job {\n" + "".join(f"  int f{i};\n" for i in range(20)) + "  int g() const;\n};\n", []),
    ("src/core/a.cpp", "int f(int a, int b, int c, int d, std::map<int, int> e) {\n}\n", ["parameters_over_4"]),
    ("src/core/a.cpp", "if (limit == NO_VAL) f();\n", ["sentinel"]),
    ("src/core/a_test.cpp", "TEST_CASE(\"x\") { std::this_thread::sleep" "_for(1s); }\n", ["sleep"]),
    ("src/core/a.cpp", "// TO" "DO: later\n", ["unfinished"]),
])
def test_tidy_finds(path, text, found):
    assert rules(path, text) == found


def learned():
    ids = compat.Ids()
    ids.learn("Submitted batch job 6\n", "Submitted batch job 4\n")
    ids.learn("Submitted batch job 7\n", "")                          # refused by ours
    ids.learn("", "Submitted batch job 5\n")                          # refused by the original
    return ids


@pytest.mark.parametrize("argv, ours", [
    ("scancel 6", "scancel 4"), ("scancel 7", "scancel 900007"), ("scancel 5", "scancel 900005"), ("scancel 9999", "scancel 9999"),
    ("scontrol update JobId=6 TimeLimit=6", "scontrol update JobId=4 TimeLimit=6"), ("scontrol show job 6", "scontrol show job 4"),
    ("scontrol hold 6", "scontrol hold 4"), ("squeue -j 6,99 -o %i", "squeue -j 4,99 -o %i"), ("sbatch -n 6 --wrap true", "sbatch -n 6 --wrap true"),
    ("sbatch -d afterok:6 --wrap true", "sbatch -d afterok:4 --wrap true"), ("scontrol update NodeName=n6 State=RESUME", "scontrol update NodeName=n6 State=RESUME"),
])
def test_ids_in_arguments_become_ours(argv, ours):
    assert learned().arguments(argv.split()) == ours.split()


@pytest.mark.parametrize("argv, ours, recorded", [
    (["sbatch", "x"], "Submitted batch job 4\n", "Submitted batch job 6\n"),
    (["squeue"], "                 4     batch     held     root PD       T:TT      4 (None)\n",
     "                 6     batch     held     root PD       T:TT      4 (None)\n"),
    (["squeue", "-o", "%C %i"], "4 4\n", "4 4\n"),
    (["scontrol", "show", "job", "4"], "JobId=4 JobName=a\n   NumCPUs=4 StdOut=/w/slurm-4.out\n", "JobId=6 JobName=a\n   NumCPUs=4 StdOut=/w/slurm-6.out\n"),
    (["sinfo"], "debug up 30:00 4 idle n[1-4]\n", "debug up 30:00 4 idle n[1-4]\n"),
])
def test_ids_in_the_output_become_the_recorded_ones(argv, ours, recorded):
    assert learned().printed(argv, ours) == recorded
