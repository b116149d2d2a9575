"""``/run_code`` keeps SandboxFusion's contract, and does better where that has failed."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from live_server import ECHO, Server

from verigym.sandbox.languages import names


def run(server: Server, code: str, **fields: Any) -> Any:
    """What came of a Python program, with the shape of the reply checked."""
    reply = server.run_code(code, **fields)
    assert set(reply) == {
        "status",
        "message",
        "compile_result",
        "run_result",
        "executor_pod_name",
        "files",
    }
    assert reply["executor_pod_name"] is None
    result = reply["run_result"]
    assert set(result) == {"status", "execution_time", "return_code", "stdout", "stderr"}
    assert 0 <= result["execution_time"] < 60
    return reply


# What verl (verl/utils/reward_score/sandbox_fusion/utils.py) and SandboxFusion's own client send.
VERL = {
    "compile_timeout": 10,
    "run_timeout": 10,
    "code": "print(int(input()) * 2)",
    "stdin": "21\n",
    "memory_limit_MB": 1024,
    "language": "python",
    "files": {},
    "fetch_files": [],
}
OWN_CLIENT = {
    "compile_timeout": 10.0,
    "run_timeout": 10.0,
    "memory_limit_MB": -1,
    "code": "print(int(input()) * 2)",
    "stdin": "21",
    "language": "python",
    "files": {},
    "fetch_files": [],
    "args": [],
}
SMALLEST = {"code": "print(42)", "language": "python"}
NULLS = {**SMALLEST, "stdin": None, "files": {"left/out": None}}


@pytest.mark.parametrize("request_", [VERL, OWN_CLIENT, SMALLEST, NULLS])
def test_requests_as_clients_send_them(server: Server, request_: dict[str, Any]) -> None:
    reply = server.post("/run_code", request_, {"Accept": "application/json"})
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    found = reply.json
    assert 0 < found["run_result"].pop("execution_time") < 10
    assert found == {
        "status": "Success",
        "message": "",
        "compile_result": None,
        "run_result": {"status": "Finished", "return_code": 0, "stdout": "42\n", "stderr": ""},
        "executor_pod_name": None,
        "files": {},
    }


def test_an_exception_is_a_failure_with_its_traceback(server: Server) -> None:
    reply = run(server, "print('before')\n1 / 0")
    assert reply["status"] == "Failed"
    result = reply["run_result"]
    assert (result["status"], result["return_code"]) == ("Finished", 1)
    assert result["stdout"] == "before\n"
    assert "ZeroDivisionError" in result["stderr"]


def test_an_exit_code_and_a_signal(server: Server) -> None:
    assert run(server, "raise SystemExit(7)")["run_result"]["return_code"] == 7
    died = run(server, "import os; os.kill(os.getpid(), 9)")
    assert (died["status"], died["run_result"]["return_code"]) == ("Failed", -9)


def test_a_syntax_error_is_the_programs_failure(server: Server) -> None:
    reply = run(server, "def f(:")
    assert (reply["status"], reply["compile_result"]) == ("Failed", None)
    assert "SyntaxError" in reply["run_result"]["stderr"]


def test_out_of_time(server: Server) -> None:
    start = time.monotonic()
    reply = run(server, "print('so far', flush=True)\nwhile True: pass", run_timeout=0.5)
    assert time.monotonic() - start < 20
    assert reply["status"] == "Failed"
    result = reply["run_result"]
    assert (result["status"], result["return_code"]) == ("TimeLimitExceeded", None)
    assert result["stdout"] == "so far\n"


def test_out_of_memory(server: Server) -> None:
    hungry = "x = bytearray(200 << 20); print(len(x))"
    assert run(server, hungry, memory_limit_MB=100)["status"] == "Failed"
    assert run(server, hungry, memory_limit_MB=512)["status"] == "Success"
    assert run(server, hungry)["status"] == "Success"


def test_much_output_does_not_block(server: Server) -> None:
    start = time.monotonic()
    reply = run(server, "import sys\nfor _ in range(9): sys.stdout.write('x' * 100_000)\nprint('end')")
    assert time.monotonic() - start < 20
    assert reply["status"] == "Success"
    assert reply["run_result"]["stdout"] == "x" * 900_000 + "end\n"


def test_more_output_than_is_kept_is_cut_with_a_mark(server: Server) -> None:
    out = run(server, "print('x' * 3_000_000)")["run_result"]["stdout"]
    assert out.startswith("x" * (1 << 20))
    assert len(out) < (1 << 20) + 100
    assert "3000001 bytes" in out


def test_one_byte_that_is_no_text_spoils_only_itself(server: Server) -> None:
    reply = run(server, "import sys\nsys.stdout.buffer.write(b'before \\xff after\\n')")
    assert reply["status"] == "Success"
    assert reply["run_result"]["stdout"] == "before \ufffd after\n"


def test_a_daemon_left_behind_is_no_timeout(server: Server) -> None:
    code = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
print('done')
"""
    start = time.monotonic()
    reply = run(server, code)
    assert time.monotonic() - start < 20
    assert reply["run_result"]["status"] == "Finished"
    assert reply["run_result"]["stdout"] == "done\n"


def test_stdin_arrives_whole(server: Server) -> None:
    text = "één\n" * 100_000 + "no newline at the end\x00"
    assert run(server, ECHO, stdin=text)["run_result"]["stdout"] == text


def test_a_program_that_reads_no_stdin_is_not_hurt_by_it(server: Server) -> None:
    assert run(server, "print(1)", stdin="x" * 500_000)["status"] == "Success"


def test_files_go_in_and_come_out(server: Server) -> None:
    code = """
import pathlib, os
data = pathlib.Path('in/numbers.txt').read_bytes()
pathlib.Path('out.bin').write_bytes(data + b'\\xff')
pathlib.Path('a*b').write_text('star')
pathlib.Path('axb').write_text('not asked for')
print(os.path.exists('skipped'))
"""
    files = {"in/numbers.txt": base64.b64encode(b"1 2 3").decode(), "skipped": None}
    reply = run(server, code, files=files, fetch_files=["out.bin", "a*b", "never/made"])
    assert reply["run_result"]["stdout"] == "False\n"
    found = {name: base64.b64decode(data) for name, data in reply["files"].items()}
    assert found == {"out.bin": b"1 2 3\xff", "a*b": b"star"}


def test_modules_among_the_files_can_be_imported(server: Server) -> None:
    files = {"helper.py": base64.b64encode(b"def f(): return 42").decode()}
    assert run(server, "from helper import f; print(f())", files=files)["status"] == "Success"


def test_without_files_there_is_a_place_to_write_only_on_demand(server: Server, roomy: Server) -> None:
    code = "open('x', 'w').write('1'); print(open('x').read())"
    assert run(server, code)["status"] == "Failed"
    assert run(server, code, fetch_files=["x"])["run_result"]["stdout"] == "1\n"
    assert run(roomy, code)["run_result"]["stdout"] == "1\n"


def test_nothing_is_left_for_the_next_program(server: Server) -> None:
    run(server, "open('secret', 'w').write('1')", fetch_files=["secret"])
    again = run(server, "import os; print(os.listdir())", fetch_files=["secret"])
    assert again["run_result"]["stdout"] == "[]\n"
    assert again["files"] == {}


HELLO = {
    "python": "print('hello')",
    "py": "print('hello')",
    "cpp": '#include <iostream>\nint main() { std::cout << "hello\\n"; }',
    "c": '#include <stdio.h>\nint main(void) { puts("hello"); }',
    "nodejs": "console.log('hello')",
    "typescript": "const word: string = 'hello'; console.log(word)",
    "java": 'class Main { public static void main(String[] a) { System.out.println("hello"); } }',
    "go": 'package main\nimport "fmt"\nfunc main() { fmt.Println("hello") }',
    "rust": 'fn main() { println!("hello"); }',
    "bash": "echo hello",
}
BROKEN = {"cpp": "int main() { return x; }", "c": "int main(", "bash": "if", "rust": "fn main() {"}


def lacks(reply: Any) -> bool:
    """Whether the machine has no such language; then the reply must say so, and blame nobody."""
    if reply["status"] != "SandboxError":
        return False
    assert "not available" in reply["message"]
    assert reply["run_result"] is None
    return True


@pytest.mark.parametrize("language", HELLO)
def test_languages(server: Server, language: str) -> None:
    reply = server.run_code(HELLO[language], language, run_timeout=30, compile_timeout=30)
    if lacks(reply):
        assert language not in ("python", "py", "bash")
        pytest.skip(reply["message"])
    assert reply["status"] == "Success", reply
    assert reply["run_result"]["stdout"] == "hello\n"
    if language not in ("python", "py"):
        assert reply["compile_result"]["return_code"] == 0


@pytest.mark.parametrize("language", BROKEN)
def test_what_does_not_compile(server: Server, language: str) -> None:
    reply = server.run_code(BROKEN[language], language, compile_timeout=30)
    if lacks(reply):
        assert language != "bash"
        pytest.skip(reply["message"])
    assert (reply["status"], reply["run_result"]) == ("Failed", None)
    assert reply["compile_result"]["status"] == "Finished"
    assert reply["compile_result"]["return_code"] != 0
    assert reply["compile_result"]["stderr"]


def test_a_compiled_program_gets_its_input_and_files(server: Server) -> None:
    reply = server.run_code(
        "cat; cat name; echo made > out",
        "bash",
        stdin="in ",
        files={"name": base64.b64encode(b"file").decode()},
        fetch_files=["out"],
    )
    assert reply["run_result"]["stdout"] == "in file"
    assert base64.b64decode(reply["files"]["out"]) == b"made\n"


@pytest.mark.parametrize("language", ["cobol", "", "Python\n\n#", "x" * 5000, "../python"])
def test_an_unknown_language_is_the_requests_error(server: Server, language: str) -> None:
    reply = server.post("/run_code", {"code": "1", "language": language})
    assert reply.status == 422
    assert "no language is called" in reply.error
    assert all(name in reply.error for name in names())


def test_an_empty_program_does_nothing(server: Server) -> None:
    for code in ("", "\n", "# nothing"):
        assert run(server, code)["status"] == "Success"


def test_source_that_is_no_unicode_is_the_programs_failure(server: Server) -> None:
    reply = server.post("/run_code", b'{"language": "python", "code": "print(\'\\ud800\')"}')
    assert reply.status == 200
    assert reply.json["status"] == "Failed"
