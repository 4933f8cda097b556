#!/usr/bin/python3
# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine can check: layers, sizes, banned words, headers. Called by `./dev tidy`.

Every finding is one line: the place, what is wrong, the cure. Hard rules fail. Soft limits are counted and may only
go down: tools/tidy.ratchet holds the counts (`./dev tidy --ratchet` lowers them). tools/tidy.allow lists the
exceptions (tables, codecs, copied harnesses), each with its reason. The parsing is a heuristic on braces: it never
edits, and a wrong verdict is cured in the allow-list, with the reason.
"""
import collections, os, re, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RATCHET, ALLOW = f"{ROOT}/tools/tidy.ratchet", f"{ROOT}/tools/tidy.allow"

# room -> the rooms whose headers it may include (besides its own)
STACK = ["base", "core", "state", "ports", "wire"]
LAYERS = {room: set(STACK[:i]) for i, room in enumerate(STACK)}
LAYERS["control"] = LAYERS["node"] = LAYERS["accounting"] = LAYERS["adapters"] = set(STACK)
LAYERS["cli"] = LAYERS["adapters"] | {"adapters"}
LAYERS["replay"] = set(STACK) | {"control"}
LAYERS["commands"] = LAYERS["cli"] | {"cli", "replay"}
LAYERS["daemons"] = LAYERS["adapters"] | {"adapters", "control", "node", "accounting"}
LAYERS["sim"] = set(STACK) | {"control", "node"}

PURE = {"base", "core", "state", "control", "node", "accounting", "replay"}  # no ambient clock, randomness, I/O or threads
BANNED = [
    (r"::now\(", "reads a clock", "take the time as an argument"),
    (r"\btime\((nullptr|NULL|0|&)", "reads a clock", "take the time as an argument"),
    (r"\b(gettimeofday|clock_gettime)\(", "reads a clock", "take the time as an argument"),
    (r"\b(rand|srand|random)\(|\brandom_device\b", "is random", "take the number as an argument"),
    (r"\bgetenv\b", "reads the environment", "take the value as an argument"),
    (r"\bfopen\b|\b[io]?fstream\b", "does I/O", "go through a port"),
    (r"\bstd::j?thread\b", "starts a thread", "threads live in adapters and daemons"),
    (r"\bunordered_\w+", "has a hidden order", "use a sorted vector, std::map or an index"),
]
FILE_SOFT, FILE_HARD, TEST_HARD = 400, 800, 1200
FUNCTION_SOFT, FUNCTION_HARD = 40, 70
FIELDS_HARD, PARAMETERS_SOFT = 20, 4
UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + r"ME|XX" + r"X)\b")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.\"'])sleep\(|\btime\.sleep\(|asyncio\.sleep")

Finding = collections.namedtuple("Finding", "rule path line what cure")


class Report:
    def __init__(self):
        self.hard, self.soft = [], collections.defaultdict(list)
        self.allowed = load_allow()
        self.used = set()

    def add(self, rule, path, line, what, cure, soft=False):
        if (rule, path) in self.allowed:
            self.used.add((rule, path))
            return
        (self.soft[rule] if soft else self.hard).append(Finding(rule, path, line, what, cure))


def load_allow():
    """RULE PATH REASON... a line."""
    allowed = {}
    for n, line in enumerate(open(ALLOW), 1):
        words = line.split(None, 2)
        if not words or line.startswith("#"):
            continue
        if len(words) < 3:
            sys.exit(f"tools/tidy.allow:{n}: wants RULE PATH REASON")
        allowed[words[0], words[1]] = words[2].strip()
    return allowed


def blank(text):
    """The text with comments and literals blanked, newlines kept."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)

    def hide(m):
        s = m.group(0)
        filler = '""' if s[0] in "\"R" else " "
        return filler + "\n" * s.count("\n")
    return token.sub(hide, text)


def unnest(text):
    """Template arguments removed, innermost first."""
    for _ in range(6):
        shorter = re.sub(r"<[^<>;{}]*>", "", text)
        if shorter == text:
            break
        text = shorter
    return text


NOT_A_VALUE = re.compile(r"\b(const|constexpr|using|typedef|friend|extern|template|static_assert|concept|namespace|operator|class|struct|"
                         r"union|enum|return|goto|public|private|protected|requires)\b")
HEAD_END = {"const", "noexcept", "override", "final", "mutable", "try"}


class Scopes:
    """Walks one blanked C++ file: finds functions, types with their fields, and namespace-scope variables."""

    def __init__(self, text):
        self.functions, self.types, self.variables, self.wide = [], [], [], []
        self.text = text
        self.walk()

    def walk(self):
        stack, start, parens, line = [], 0, 0, 1
        last = 0
        text = self.text
        for m in re.finditer(r"[{}();]|^[ \t]*#[^\n]*(?:\\\n[^\n]*)*", text, re.M):
            line += text.count("\n", last, m.start())
            last = m.start()
            c = m.group(0)
            if c.lstrip().startswith("#"):
                if not parens:
                    start = m.end()
            elif c == "(":
                parens += 1
            elif c == ")":
                parens -= 1
            elif c == "{":
                kind, name = self.classify(text[start:m.start()], stack, parens)
                stack.append([kind, name, line, parens, 0, start])
                parens = 0
                if kind != "init":
                    start = m.end()
            elif c == "}" and stack:
                kind, name, first, parens, fields, outer = stack.pop()
                if kind == "function":
                    self.functions.append((name, first, line - first + 1))
                elif kind == "type":
                    self.types.append((name, first, fields))
                start = outer if kind == "init" else m.end()
            elif c == ";" and not parens:
                self.statement(text[start:m.start()], stack, line)
                start = m.end()

    def classify(self, head, stack, parens):
        head = unnest(head).strip()
        inside = stack[-1][0] if stack else "namespace"
        word = re.search(r"(\w+)$", head)
        if parens or inside not in ("namespace", "type"):
            return ("init" if parens or inside == "init" else "block"), ""
        if re.search(r"\bnamespace\b|^extern\s*\"\"$", head):
            return "namespace", ""
        bare = re.sub(r"\b(?:public|private|protected)\s*:", "", head).strip()
        if re.search(r"\benum\b", bare):
            return "init", ""
        if re.search(r"^(?:template\s*)?(?:typedef\s+)?(?:class|struct|union)\b", bare) and "(" not in bare:
            return "type", (re.findall(r"(?:class|struct|union)\s+(?:alignas\(\w+\)\s*)?(\w+)", bare) or ["?"])[0]
        if "(" not in bare or re.search(r"(?<![=!<>])=\s*(\w|:)*$", bare) or re.match(r"^[^(]*[^=!<>]=[^=]", bare):
            return "init", ""
        if word and word.group(1) not in HEAD_END and "->" not in bare[bare.rindex(")"):]:
            return "init", ""
        name = re.search(r"([\w~:]+|operator\s*\S+?)\s*\(", bare)
        name = name.group(1) if name else "?"
        self.parameters(name, bare, stack)
        return "function", name

    def parameters(self, name, head, stack):
        depth, count, seen = 0, 1, False
        for ch in head[head.index("(") + 1:]:
            if ch == "(":
                depth += 1
            elif ch == ")":
                if depth == 0:
                    break
                depth -= 1
            elif ch == "," and depth == 0:
                count += 1
            seen = seen or not ch.isspace()
        if seen and count > PARAMETERS_SOFT:
            self.wide.append((name, count))

    def statement(self, text, stack, line):
        inside = stack[-1][0] if stack else "namespace"
        text = re.sub(r"\[\[.*?\]\]|\b(?:public|private|protected)\s*:", "", unnest(text)).strip()
        if inside == "type" and text and "(" not in text.split("=")[0] and not re.match(
                r"(using|typedef|static|friend|template|enum|struct|class|union|concept|constexpr|inline static)\b", text):
            stack[-1][4] += 1
        if inside == "namespace" and not NOT_A_VALUE.search(text.split("{")[0].split("=")[0]) and "(" not in text.split("=")[0]:
            if re.match(r"^(?:(?:static|inline|thread_local|constinit|volatile)\s+)*[\w:]+[\s*&]+\w+\s*(?:\[.*\]\s*)?(?:=.*|\{.*\})?$", text, re.S):
                self.variables.append((line, text.split("=")[0].strip()))


def room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def check_cpp(report, path, text):
    code = blank(text)
    room, test = room_of(path), path.endswith("_test.cpp") or path.startswith("tests/")
    check_layers(report, path, room, text)
    check_words(report, path, room, code, test)
    check_shapes(report, path, Scopes(code), test)


def check_layers(report, path, room, text):
    if room is None:
        return
    if room not in LAYERS:
        report.add("layer", path, 1, f"src/{room} is no room of ARCHITECTURE.md", "move the file, or give the room its place in tools/tidy.py")
        return
    for m in re.finditer(r'^\s*#\s*include\s+"([\w.]+)/', text, re.M):
        other = m.group(1)
        if other != room and other not in LAYERS[room]:
            report.add("layer", path, text.count("\n", 0, m.start()) + 1, f"{room} includes {other}",
                       f"{room} may see: {' '.join(r for r in [*STACK, 'control', 'node', 'adapters', 'cli'] if r in LAYERS[room]) or 'nothing'}")


def check_words(report, path, room, code, test):
    for line, text in enumerate(code.splitlines(), 1):
        if room in PURE and not test:
            for pattern, what, cure in BANNED:
                m = re.search(pattern, text)
                if m:
                    report.add("banned", path, line, f"\"{m.group(0)}\" {what}", cure)
        if room and room != "wire" and re.search(r"\b(NO_VAL\w*|INFINITE\w*)\b|0xfffffff[ef]\b", text):
            report.add("sentinel", path, line, "a sentinel number outside wire/", "name the absence: std::optional or a variant")
        if test and SLEEP.search(text):
            report.add("sleep", path, line, "a test sleeps", "wait for the event, or inject the clock")


def check_shapes(report, path, scopes, test):
    for name, line, length in scopes.functions:
        if length > FUNCTION_HARD and not test:
            report.add("function", path, line, f"{name} has {length} lines (hard limit {FUNCTION_HARD})", "let the parent branch and leaves compute")
        elif length > FUNCTION_SOFT and not test:
            report.add(f"functions_over_{FUNCTION_SOFT}", path, line, f"{name} has {length} lines", "split it", soft=True)
    for name, line, fields in scopes.types:
        if fields > FIELDS_HARD:
            report.add("fields", path, line, f"{name} has {fields} fields (limit {FIELDS_HARD})", "split it by what changes together")
    for name, count in scopes.wide:
        report.add(f"parameters_over_{PARAMETERS_SOFT}", path, 1, f"{name} takes {count} parameters", "pass an options struct", soft=True)
    if not test:
        for line, text in scopes.variables:
            report.add("global", path, line, f"mutable global \"{text}\"", "pass it, or make it constexpr")


def check_any(report, path, text):
    lines = text.count("\n")
    test = "_test." in path or path.startswith("tests/")
    if lines > (TEST_HARD if test else FILE_HARD):
        report.add("file", path, 1, f"{lines} lines (hard limit {TEST_HARD if test else FILE_HARD})", "split it by role")
    elif lines > FILE_SOFT and not test:
        report.add(f"files_over_{FILE_SOFT}", path, 1, f"{lines} lines", "split it by role", soft=True)
    head = text[:400]
    if "SPDX-FileCopyrightText: The slurmxx authors" not in head or "SPDX-License-Identifier: Apache-2.0" not in head:
        report.add("spdx", path, 1, "no SPDX header", "begin with the two lines that src/base/result.h has")
    for m in UNFINISHED.finditer(text):
        report.add("unfinished", path, text.count("\n", 0, m.start()) + 1, f"\"{m.group(0)}\"", "finish it, or open an issue and say so in the guide")
    if test and path.endswith(".py"):
        for line, t in enumerate(text.splitlines(), 1):
            if SLEEP.search(t.split("#")[0]):
                report.add("sleep", path, line, "a test sleeps", "wait through the harness, which polls with a bound")


def sources():
    for top in ("src", "tests", "tools", "bench", "dev", ".ci"):
        if os.path.isfile(f"{ROOT}/{top}"):
            yield top
        for folder, subs, files in os.walk(f"{ROOT}/{top}"):
            subs[:] = sorted(s for s in subs if s not in ("__pycache__", "corpus"))
            for f in sorted(files):
                if f.endswith((".h", ".cpp", ".py", ".sh", ".proto")) or f == "run" and top == ".ci":
                    yield os.path.relpath(f"{folder}/{f}", ROOT)


def ratchet(report, lower):
    limits = {}
    if os.path.exists(RATCHET):
        limits = {k: int(v) for k, v in (l.split() for l in open(RATCHET) if l.strip() and not l.startswith("#"))}
    rules = [f"files_over_{FILE_SOFT}", f"functions_over_{FUNCTION_SOFT}", f"parameters_over_{PARAMETERS_SOFT}"]
    counts = {rule: len(report.soft[rule]) for rule in rules}
    over = [rule for rule in rules if counts[rule] > limits.get(rule, 0)]
    for rule in over:
        print(f"tools/tidy.ratchet: {rule}: {counts[rule]}, may be at most {limits.get(rule, 0)}: bring one down (listed below)")
        for f in report.soft[rule]:
            print(f"  {f.path}:{f.line}: {f.what}: {f.cure}")
    if lower:
        with open(RATCHET, "w") as out:
            out.write("# How often each soft limit is passed. These numbers may only go down: ./dev tidy --ratchet lowers them.\n")
            out.writelines(f"{rule} {min(counts[rule], limits.get(rule, counts[rule]))}\n" for rule in rules)
    return counts, over


def main():
    report = Report()
    count = 0
    for path in sources():
        text = open(f"{ROOT}/{path}", encoding="utf-8").read()
        count += 1
        check_any(report, path, text)
        if path.endswith((".h", ".cpp")):
            check_cpp(report, path, text)
    for rule, path in sorted(set(report.allowed) - report.used):
        print(f"tools/tidy.allow: {rule} {path}: no longer needed: remove the line")
    for f in report.hard:
        print(f"{f.path}:{f.line}: {f.rule}: {f.what}: {f.cure}")
    counts, over = ratchet(report, "--ratchet" in sys.argv)
    if "--verbose" in sys.argv:
        for rule, found in report.soft.items():
            for f in found:
                print(f"  ({rule}) {f.path}:{f.line}: {f.what}")
    bad = len(report.hard) + len(over)
    print(f"tidy: {count} files, {len(report.hard)} faults; " + ", ".join(f"{k} {v}" for k, v in counts.items()))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
