"""Naive judges of a function's source, of the kinds that are in use. They are here to be fooled.

Run as ``python naive.py STYLE FD``, in a folder of its own: a JSON object with the source, the entry
point's name ``f``, its inputs and expected outputs is on standard input. Whoever passes gets the byte ``P``
written to the descriptor, *by the judge*; a style whose judge is the process that ran the answer is
believed by its exit code instead. :mod:`naive_run` runs it and says what came of it.
"""

# ruff: noqa: B905, C417, PT009, SIM110, SIM201 (what a linter would change is what is wrong with them)
from __future__ import annotations

import json
import math
import os
import pickle
import resource
import socket
import struct
import subprocess
import sys
import traceback

TEST = "def check(candidate):\n" + "    assert candidate(21) == 42\n    assert candidate(-3) == -6\n"


def by_asserts(job: dict) -> bool:
    """Source and tests in one namespace; no exception is a pass."""
    names: dict = {}
    test = TEST
    exec(job["source"], names)
    exec(compile(test, "check.py", "exec"), names)
    names["check"](names["f"])
    return True


def by_file(job: dict) -> bool:
    """The same, from a file, so that frames have lines of source."""
    source = job["source"] + "\n\nif True:\n    assert f(21) == 42\n    assert f(-3) == -6\n"
    with open("solution.py", "w") as file:
        file.write(source)
    exec(compile(source, os.path.abspath("solution.py"), "exec"), {"__name__": "solution"})
    return True


def by_data(job: dict) -> bool:
    """Calls compared with ``==``, where the expected values are."""
    names: dict = {"__file__": os.path.abspath("judge.py")}
    exec(job["source"], names)
    cases = list(zip(job["inputs"], job["outputs"]))
    for args, expected in cases:
        if not names["f"](*args) == expected:
            return False
    return True


def by_tuples(job: dict) -> bool:
    """Cases as pairs in a local variable, no names that say what they are."""
    names: dict = {}
    exec(job["source"], names)
    pairs = tuple((tuple(given), wanted_) for given, wanted_ in zip(job["inputs"], job["outputs"]))
    return all(names["f"](*pair[0]) == pair[1] for pair in pairs)


def by_reference(job: dict) -> bool:
    """Compared with what a reference, held as text, gives."""
    reference = "def f(n):\n    return 2 * n\n"
    ours: dict = {}
    exec(reference, ours)
    names: dict = {}
    exec(job["source"], names)
    return all(names["f"](*given) == ours["f"](*given) for given in job["inputs"])


def by_map(job: dict) -> bool:
    """``zip`` of results and expected: a missing result is no wrong one."""
    names: dict = {}
    exec(job["source"], names)
    results = list(map(lambda given: names["f"](*given), job["inputs"]))
    return all(got == right for got, right in zip(results, job["outputs"]))


def by_difference(job: dict) -> bool:
    """Wrong when too far away, which NaN never is."""
    names: dict = {}
    exec(job["source"], names)
    for given, right in zip(job["inputs"], job["outputs"]):
        if abs(names["f"](*given) - right) > 1e-6 * abs(names["f"](*given)):
            return False
    return True


def by_closeness(job: dict) -> bool:
    """The library's own notion of close."""
    names: dict = {}
    exec(job["source"], names)
    return all(
        math.isclose(names["f"](*given), right) for given, right in zip(job["inputs"], job["outputs"])
    )


def by_failures(job: dict) -> bool:
    """No noted failure is a success."""
    failures: list = []
    try:
        names: dict = {}
        exec(job["source"], names)
        for given, right in zip(job["inputs"], job["outputs"]):
            try:
                if names["f"](*given) != right:
                    failures.append(given)
            except Exception as error:
                failures.append(error)
    finally:
        sys.stdout.flush()
        os._exit(1 if failures else 0)


def by_text(job: dict) -> bool:
    """Texts of results compared, with blanks stripped."""
    names: dict = {}
    exec(job["source"], names)
    return all(
        str(names["f"](*given)).strip() == str(right)
        for given, right in zip(job["inputs"], job["outputs"])
    )


def by_kinds(job: dict) -> bool:
    """Types looked at with ``isinstance``, sizes with ``len``, items with ``zip``: nested lists."""
    names: dict = {}
    exec(job["source"], names)

    def same(got: object, right: object) -> bool:
        if isinstance(right, list):
            return len(got) == len(right) and all(same(a, b) for a, b in zip(got, right))
        return isinstance(got, int) and got == right

    got = [names["f"](*given) for given in job["inputs"]]
    return same(got, job["outputs"])


def by_int(job: dict) -> bool:
    """Results made plain with ``int()`` first, in the candidate's interpreter."""
    names: dict = {}
    exec(job["source"], names)
    return all(
        int(names["f"](*given)) == int(right) for given, right in zip(job["inputs"], job["outputs"])
    )


def by_json(job: dict) -> bool:
    """Results compared as JSON, made in the candidate's process."""
    names: dict = {}
    exec(job["source"], names)
    got = [names["f"](*given) for given in job["inputs"]]
    return json.loads(json.dumps({"value": got})) == json.loads(json.dumps({"value": job["outputs"]}))


def by_unittest(job: dict) -> bool:
    """A test case, and no failures in the result."""
    import unittest  # here, because it is slow to load

    names: dict = {}
    exec(job["source"], names)

    class Tests(unittest.TestCase):
        def test(self) -> None:
            for given, right in zip(job["inputs"], job["outputs"]):
                self.assertEqual(names["f"](*given), right)

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Tests).run(result)
    return result.wasSuccessful()


def by_namespace(job: dict) -> bool:
    """The answer first, then tests that use what it may have defined."""
    names: dict = {"__name__": "__main__"}
    exec(TEST + job["source"], names)
    names["check"](names["f"])
    return True


def by_helper(job: dict) -> bool:
    """A comparison that is a function of the judge's module."""
    names: dict = {}
    exec(job["source"], names)
    return all(
        compare(names["f"](*given), right) for given, right in zip(job["inputs"], job["outputs"])
    )


def compare(got: object, right: object) -> bool:
    return type(got) is type(right) and got == right


def by_module(job: dict) -> bool:
    """The expected value in a module's variable."""
    module = sys.modules["__main__"]
    names: dict = {}
    exec(job["source"], names)
    for given, right in zip(job["inputs"], job["outputs"]):
        module.expected = right
        if names["f"](*given) != right:
            return False
    return True


def by_hidden_module(job: dict) -> bool:
    """The same, a case at a time as a dict that nothing but the heap reaches."""
    names: dict = {}
    exec(job["source"], names)
    for given, right in zip(job["inputs"], job["outputs"]):
        keep = [{"args": given, "expected": right}]
        if _asked(names["f"], given) != keep.pop()["expected"]:
            return False
    return True


def _asked(function: object, given: list) -> object:
    return function(*given)


def by_status_list(job: dict) -> bool:
    """A list that gets a word when all went well, looked at after everything."""
    result: list = []
    try:
        names: dict = {}
        exec(job["source"], names)
        _run_cases(names, job, result)
    except BaseException:
        pass
    return bool(result) and result[0] == "passed"


def _run_cases(names: dict, job: dict, result: list) -> None:
    for given, right in zip(job["inputs"], job["outputs"]):
        if names["f"](*given) != right:
            return
    result.append("passed")


def by_sorted_argument(job: dict) -> bool:
    """Asks to sort a list; what is expected is worked out of it after the call."""
    names: dict = {}
    exec(job["source"], names)
    given = [3, 1, 2]
    return names["f"](given) == sorted(given)


# ----------------------------------------------------- judges in a process of their own, and what they read


def _child(job: dict, runner: str, **more: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", runner], stdin=subprocess.PIPE, **more)


def _fork(job: dict, link: object) -> int:
    """A fork that runs the answer, with the judge's end of things still open."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            names: dict = {}
            exec(job["source"], names)
            link(names["f"])
            code = 0
        except Exception:
            pass
        finally:
            os._exit(code)
    return pid


def by_pickle(job: dict) -> bool:
    """Results pickled over a pipe; compared by the judge."""
    for given, right in zip(job["inputs"], job["outputs"]):
        ours, theirs = os.pipe()

        def reply(function: object, given: list = given, theirs: int = theirs) -> None:
            with os.fdopen(theirs, "wb") as pipe:
                pickle.dump(function(*given), pipe)

        pid = _fork(job, reply)
        os.close(theirs)
        with os.fdopen(ours, "rb") as pipe:
            got = pickle.load(pipe)
        os.waitpid(pid, 0)
        if not got == right:
            return False
    return True


def by_lines(job: dict) -> bool:
    """A line of JSON for each result; only those that came are compared."""
    ours, theirs = os.pipe()

    def reply(function: object) -> None:
        for given in job["inputs"]:
            os.write(theirs, json.dumps({"value": function(*given) == 2 * given[0]}).encode() + b"\n")

    pid = _fork(job, reply)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        lines = [json.loads(line) for line in pipe.read().decode().splitlines()]
    os.waitpid(pid, 0)
    return all(line.get("value", True) for line in lines) and len(lines) > 0


def by_report(job: dict) -> bool:
    """One JSON object that says how it went."""
    ours, theirs = os.pipe()

    def reply(function: object) -> None:
        right = all(function(*given) == out for given, out in zip(job["inputs"], job["outputs"]))
        os.write(theirs, json.dumps({"passed": right}).encode())

    pid = _fork(job, reply)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        report = json.loads(pipe.readline())
    os.waitpid(pid, 0)
    return report.get("passed") is True or ("failure" in report and report["failure"] is None)


def by_frames(job: dict) -> bool:
    """Frames of a length and a payload over a socket, read whole."""
    ours, theirs = socket.socketpair()

    def reply(function: object) -> None:
        for given, right in zip(job["inputs"], job["outputs"]):
            payload = json.dumps({"value": function(*given) == right}).encode()
            theirs.sendall(struct.pack(">I", len(payload)) + payload)

    pid = _fork(job, reply)
    theirs.close()
    with ours.makefile("rb") as stream:
        for _ in job["inputs"]:
            (size,) = struct.unpack(">I", stream.read(4))
            if json.loads(stream.read(size))["value"] is not True:
                return False
    os.waitpid(pid, 0)
    return True


def by_words(job: dict) -> bool:
    """What a test runner prints."""
    source = job["source"] + "\nassert f(21) == 42 and f(-3) == -6\nprint('1 passed')\n"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    return b"passed" in done.stdout


def by_result_file(job: dict) -> bool:
    """A file that the answer's process leaves."""
    source = (
        job["source"] + "\nimport json\njson.dump({'passed': f(21) == 42}, open('result.json', 'w'))\n"
    )
    subprocess.run([sys.executable, "-c", source], check=False)
    with open("result.json") as file:
        return json.load(file)["passed"] is True


def by_arguments(job: dict) -> bool:
    """Cases told on the command line of a harness, whose child runs the answer."""
    harness = (
        "import json, os, sys\njob = json.load(sys.stdin)\n"
        "for given, case in zip(job['inputs'], sys.argv[1:]):\n"
        "    ours, theirs = os.pipe()\n"
        "    if not os.fork():\n"
        "        names = {}\n        exec(job['source'], names)\n"
        "        os.write(theirs, str(names['f'](*given)).encode())\n        os._exit(0)\n"
        "    os.wait()\n    os.close(theirs)\n"
        "    if os.read(ours, 99).decode() != str(json.loads(case)['expected']): sys.exit(1)\n"
    )
    one = {**job, "inputs": job["inputs"][:1]}
    case = json.dumps({"expected": job["outputs"][0]})
    done = subprocess.run(
        [sys.executable, "-c", harness, case], input=json.dumps(one).encode(), check=False
    )
    return done.returncode == 0


def by_open_file(job: dict) -> bool:
    """The case in a file that is left open for the answer's process."""
    with open("case.json", "w") as file:
        json.dump({"expected": job["outputs"][0]}, file)
    with open("case.json") as file:
        os.set_inheritable(file.fileno(), True)
        source = job["source"] + f"\nprint(f(*{job['inputs'][0]!r}))\n"
        done = subprocess.run(
            [sys.executable, "-c", source], capture_output=True, close_fds=False, check=False
        )
    return done.stdout.split() == [str(job["outputs"][0]).encode()]


def by_folder(job: dict) -> bool:
    """The reference in a file beside the answer."""
    with open("reference_solution.py", "w") as file:
        file.write("def f(n):\n    return 2 * n\n")
    source = job["source"] + f"\nprint(f(*{job['inputs'][0]!r}))\n"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    return done.stdout.split() == [str(job["outputs"][0]).encode()]


def by_traceback(job: dict) -> bool:
    """Whatever goes wrong is told in full, in the judge."""
    try:
        return by_data(job)
    except Exception as error:
        "".join(traceback.format_exception(error))
        repr(error)
        return False


def by_repr(job: dict) -> bool:
    """Results compared as they print, in the judge."""
    names: dict = {}
    exec(job["source"], names)
    return all(
        repr(names["f"](*given)) == repr(right) for given, right in zip(job["inputs"], job["outputs"])
    )


def by_list(job: dict) -> bool:
    """Whatever comes back is made a list."""
    names: dict = {}
    exec(job["source"], names)
    return all(
        list(names["f"](*given)) == [right] for given, right in zip(job["inputs"], job["outputs"])
    )


STYLES = {
    name.removeprefix("by_"): style for name, style in list(globals().items()) if name.startswith("by_")
}

FORKING = {
    "pickle",
    "lines",
    "report",
    "frames",
    "words",
    "result_file",
    "arguments",
    "open_file",
    "folder",
}
"""Styles whose judge is not the process that runs the answer."""

if __name__ == "__main__":
    style, channel = sys.argv[1], int(sys.argv[2])
    if sys.argv[3:] == ["nobody"]:  # so that the limit on processes binds
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (24, 24))
    passed = STYLES[style](json.load(sys.stdin))
    if style in FORKING:
        os.write(channel, b"P" if passed else b"F")
    sys.exit(0 if passed else 1)
