"""Wrong solutions that try to be called right. All claim to double a number; none can.

Each is the source of a function ``f(n)``. Those in FORGES pass where tests and candidate share a process
(:mod:`naive_grader`), which shows that the attack is a real one.
"""

from __future__ import annotations

import textwrap

_EQUAL = "__eq__=lambda s, o: True, __ne__=lambda s, o: False, __hash__=lambda s: 0"


def _subclass(base: str, value: str = "") -> str:
    return f"T = type('T', ({base},), dict({_EQUAL}))\ndef f(n): return T({value})"


def _frame(payload: str) -> str:
    """One message on the channel, as a caller of the proxy expects it, before any is asked for."""
    return f"""
        import os, struct
        payload = {payload}
        def f(n):
            for fd in range(3, 10):
                try: os.write(fd, struct.pack('>I', len(payload)) + payload)
                except OSError: pass
            return 0
        f(0)
    """


def _reply(line: str, name: str = "b'\"ValueError\"'") -> str:
    """One well-formed reply that a call raised, and then an end that looks like a good one."""
    return f"""
        import os, struct
        payload = b'{{"raised":' + {name} + b',"builtin":"ValueError","args":[],"line":' + {line} + b'}}'
        def f(n):
            try:
                payload_ = struct.pack('>I', len(payload)) + payload
                while payload_: payload_ = payload_[os.write(5, payload_):]
            except OSError: pass
            os._exit(0)
    """


def _line(payload: str) -> str:
    """Lines in the result file, as the guest writes them, instead of any result."""
    return f"""
        import os
        def f(n):
            for fd in (3, 4, 5, 6):
                try: os.write(fd, {payload})
                except OSError: pass
            os._exit(0)
    """


EARLY_EXITS = {
    "sys.exit at import": "import sys\nsys.exit(0)",
    "os._exit at import": "import os\nos._exit(0)",
    "SystemExit in the call": "def f(n): raise SystemExit(0)",
    "os._exit in the call": "import os\ndef f(n): os._exit(0)",
    "posix._exit in the call": "import posix\ndef f(n): posix._exit(0)",
    "atexit os._exit": "import atexit, os\natexit.register(os._exit, 0)\ndef f(n): return 0",
    "segmentation fault": "import ctypes\ndef f(n): return ctypes.string_at(0)",
    "KeyboardInterrupt": "def f(n): raise KeyboardInterrupt",
    "GeneratorExit": "def f(n): raise GeneratorExit",
    "kills itself": "import os\ndef f(n): os.kill(os.getpid(), 9)",
    "kills its group": "import os\ndef f(n): os.killpg(0, 9)",
    "kills its parent": "import os\ndef f(n):\n    os.kill(os.getppid(), 9)\n    return 0",
    "aborts": "import os\ndef f(n): os.abort()",
    "becomes another program": "import os\ndef f(n): os.execv('/bin/true', ['true'])",
    "exits in a fork": "import os\ndef f(n):\n    if os.fork(): os._exit(0)\n    return 0",
    "exits in a thread": "import os, threading\nthreading.Timer(0.05, os._exit, [0]).start()\ndef f(n):\n    import time; time.sleep(0.3)\n    return 0",
    "exits on a signal": "import os, signal\nsignal.signal(14, lambda *a: os._exit(0))\ndef f(n): signal.setitimer(0, 0.01); signal.pause()",
    "exits when deleted": "import os\nclass D:\n    def __del__(self): os._exit(0)\ndef f(n):\n    D()\n    return 0",
    "closes every descriptor": "import os\ndef f(n):\n    os.closerange(0, 99)\n    return 0",
}  # fmt: skip

EQUALITY = {
    "always equal": _subclass("object"),
    "int that is equal": _subclass("int", "7"),
    "str that is equal": _subclass("str", "'x'"),
    "list that is equal": _subclass("list", "[1]"),
    "tuple that is equal": _subclass("tuple"),
    "dict that is equal": _subclass("dict"),
    "float that is equal": _subclass("float", "1.5"),
    "set that is equal": _subclass("set"),
    "bytes that are equal": _subclass("bytes"),
    "class that is equal": f"M = type('M', (type,), dict({_EQUAL}))\nC = M('C', (), {{}})\ndef f(n): return C",
    "equal to anything from the library": "from unittest.mock import ANY\ndef f(n): return ANY",
    "truthy comparison": "class R:\n    def __bool__(self): return True\nclass T:\n    def __eq__(self, o): return R()\ndef f(n): return T()",
    "claims to be an int": "class T:\n    __class__ = property(lambda s: int)\n    def __eq__(self, o): return True\n    def __int__(self): return 42\n    __index__ = __int__\ndef f(n): return T()",
    "int that computes when read": "class T(int):\n    def __eq__(self, o): return True\n    def __repr__(self): return '42'\n    __str__ = __repr__\n    def __int__(self): return 42\n    __index__ = __int__\ndef f(n): return T()",
    "learns by comparing": "class T(int):\n    def __eq__(self, o):\n        self.o = o\n        return True\n    def __repr__(self): return repr(self.o)\ndef f(n): return T()",
    "not a number": "def f(n): return float('nan')",
    "infinity": "def f(n): return float('inf')",
    "NotImplemented": "def f(n): return NotImplemented",
    "nested in a list": "T = type('T', (), dict(__eq__=lambda s, o: True))\ndef f(n): return [T()]",
}  # fmt: skip

THEFT = {
    "walks frames for the tests": """
        import sys
        def f(n):
            frame = sys._getframe()
            while frame:
                for space in (frame.f_locals, frame.f_globals):
                    check = space.get('check')
                    consts = list(getattr(getattr(check, '__code__', None), 'co_consts', ()))
                    if n in consts: return consts[consts.index(n) + 1]
                    if -n in consts: return -consts[consts.index(-n) + 1]
                frame = frame.f_back
            return 0
    """,
    "searches all objects": """
        import gc, types
        def f(n):
            for thing in gc.get_objects():
                if isinstance(thing, types.FunctionType) and thing.__name__ == 'check':
                    consts = list(thing.__code__.co_consts)
                    if n in consts: return consts[consts.index(n) + 1]
                if isinstance(thing, dict) and 'expected' in thing: return thing['expected']
            return 0
    """,
    "reads the tests' source": """
        import re, sys
        def f(n):
            frame = sys._getframe()
            while frame:
                for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
                    found = isinstance(value, str) and re.search(r'\\(%d\\) == (-?\\d+)' % n, value)
                    if found: return int(found[1])
                frame = frame.f_back
            return 0
    """,
    "inspects the stack": """
        import inspect, re
        def f(n):
            for entry in inspect.stack():
                for line in entry.code_context or ():
                    if found := re.search(r'== (-?\\d+)', line): return int(found[1])
            return 0
    """,
    "reads its own memory": """
        import re
        def f(n):
            for line in open('/proc/self/maps'):
                low, high = (int(x, 16) for x in line.split()[0].split('-'))
                if ' rw' not in line and 'r--' not in line: continue
                with open('/proc/self/mem', 'rb', 0) as memory:
                    memory.seek(low)
                    try: found = re.search(rb'candidate\\(%d\\) == (-?\\d+)' % n, memory.read(high - low))
                    except OSError: continue
                    if found: return int(found[1])
            return 0
    """,
    "reads its parents": """
        import os, re
        def f(n):
            for pid in [os.getppid(), *(p for p in os.listdir('/proc') if p.isdigit())]:
                for name in ('cmdline', 'environ', 'fd/3', 'fd/4', 'cwd/tests.py'):
                    try: found = re.search(rb'== (-?\\d+)', open(f'/proc/{pid}/{name}', 'rb').read())
                    except OSError: continue
                    if found: return int(found[1])
            return 0
    """,
    "reads every descriptor": """
        import os, re
        def f(n):
            for fd in range(3, 30):
                try: found = re.search(rb'"expected":(-?\\d+)|== (-?\\d+)', os.pread(fd, 1 << 20, 0))
                except OSError: continue
                if found: return int(found[1] or found[2])
            return 0
    """,
    "reads files around it": """
        import os, re
        def f(n):
            for folder in ('.', '/', '/tmp', '/scratch', os.path.dirname(os.__file__)):
                try: names = os.listdir(folder)
                except OSError: continue
                for name in names:
                    if 'test' in name and name.endswith(('.py', '.json', '.txt')):
                        try: found = re.search(r'candidate\\(%d\\) == (-?\\d+)' % n, open(os.path.join(folder, name)).read())
                        except (OSError, ValueError): continue
                        if found: return int(found[1])
            return 0
    """,
    "looks through the modules": """
        import sys
        def f(n):
            for module in list(sys.modules.values()):
                for name in ('expected', 'tests', 'cases', 'check', 'job', 'answers'):
                    if isinstance(found := getattr(module, name, None), (int, list, dict)): return found
            return 0
    """,
    "reads the environment": "import os\ndef f(n): return next((int(v) for v in os.environ.values() if v.isdigit()), 0) + 1",
}  # fmt: skip

FORGING = {
    "says so on stdout": "print('passed', '{\"passed\": true, \"failure\": null}', flush=True)\ndef f(n):\n    print('OK', 'passed', flush=True)\n    return 0",
    "right result lines then exit": _line("b'{\"load\":null}\\n{\"value\":true}\\n{\"value\":true}\\n{\"value\":true}\\n'"),
    "result lines of equal objects": _line("b'{\"value\":{\"any\":1}}\\n' * 3"),
    "result lines without a value": _line("b'{}\\n' * 3"),
    "null lines": _line("b'null\\n' * 3"),
    "empty lines": _line("b'\\n' * 100_000"),
    "no newline": _line("b'{\"value\":42}'"),
    "report of the tests": _line("b'{\"failure\":null,\"calls\":3,\"gone\":false,\"unfit\":null}\\n'"),
    "claims to have failed to load": _line("b'{\"load\":{\"raised\":\"X\",\"line\":1}}\\n'"),
    "claims unfit tests": _line("b'{\"failure\":null,\"calls\":0,\"gone\":false,\"unfit\":\"x\"}\\n'"),
    "load failures that are no failures": _line("b'{\"load\":[1]}\\n{\"load\":{}}\\n{\"load\":{\"raised\":{},\"line\":{}}}\\n'"),
    "rewrites the result file": "import os\ndef f(n):\n    try: os.pwrite(4, b'{\"load\":null}\\n' + b'{\"value\":42}\\n' * 3, 0); os.ftruncate(4, 60)\n    except OSError: pass\n    os._exit(0)",
    "truncates the result file": "import os\ndef f(n):\n    try: os.ftruncate(4, 0)\n    except OSError: pass\n    return 0",
    "swells the result file": "import os\ndef f(n):\n    try: os.ftruncate(4, 15 << 20)\n    except OSError: pass\n    return 0",
    "replies before it is asked": _frame("b'{\"value\":true}'"),
    "replies with what was expected": _frame("b'{\"value\":{\"expected\":true}}'"),
    "replies with a huge length": "import os\ndef f(n):\n    try: os.write(5, b'\\xff' * 64)\n    except OSError: pass\n    return 0\nf(0)",
    "replies with no length": "import os\ndef f(n):\n    try: os.write(5, b'\\0' * 64)\n    except OSError: pass\n    return 0\nf(0)",
    "replies with half a length": "import os\ndef f(n):\n    try: os.write(5, b'\\0\\0')\n    except OSError: pass\n    os._exit(0)",
    "replies with broken JSON": _frame("b'{\"value\":'"),
    "replies with deep JSON": _frame("b'{\"value\":' + b'[' * 200_000"),
    "replies with repeated keys": _frame("b'{\"value\":{\"int\":\"0x1\",\"int\":\"0x2\"},\"value\":true}'"),
    "replies with a million digits": _frame("b'{\"value\":' + b'9' * 1_000_000 + b'}'"),
    "replies with invalid text": _frame("b'{\"value\":\"\\xff\\xfe\"}'"),
    "replies with too large a float": _frame("b'{\"value\":1e999}'"),
    "replies with huge complex parts": _frame("b'{\"value\":{\"complex\":[{\"int\":\"0x' + b'f' * 999 + b'\"},0.0]}}'"),
    "replies with no object": _frame("b'\"value\"'"),
    "replies with a list": _frame("b'[\"value\",\"changed\",\"raised\"]'"),
    "replies with a number": _frame("b'7'"),
    "replies with nothing": _frame("b'{}'"),
    "replies that it raised to stop": _frame("b'{\"raised\":\"StopIteration\",\"builtin\":\"StopIteration\",\"args\":[],\"line\":1}'"),
    "replies that it raised a builtin": _frame("b'{\"raised\":\"x\",\"builtin\":\"exit\",\"args\":[0],\"line\":1}'"),
    "replies that it raised no name": _frame("b'{\"raised\":5,\"builtin\":5,\"args\":5,\"line\":\"x\"}'"),
    "replies with a deep line number": _reply("b'[' * 314 + b']' * 314"),
    "replies with a long line number": _reply("b'9' * 80"),
    "replies with a text for a line number": _reply("b'\"' + b'x' * 7_000_000 + b'\"'"),
    "replies with a deep name": _reply("b'1'", "b'[' * 314 + b']' * 314"),
    "replies with a long name": _reply("b'1'", "b'\"' + b'x' * 7_000_000 + b'\"'"),
    "replies with odd changes": _frame("b'{\"value\":42,\"changed\":[[42]],\"origins\":[-1,99,0]}'"),
    "replies with changes of no kind": _frame("b'{\"value\":42,\"changed\":{\"dict\":[]},\"origins\":{\"a\":1}}'"),
    "hangs up": "import socket\ndef f(n):\n    try: socket.socket(fileno=5).shutdown(2)\n    except OSError: pass\n    return 0",
    "prints into the channel": "import os\nfor fd in (4, 5):\n    try: os.dup2(fd, 1)\n    except OSError: pass\ndef f(n):\n    print('42', flush=True)\n    return 0",
    "passes descriptors": "import socket, array\ndef f(n):\n    try: socket.socket(fileno=5).sendmsg([b'\\0\\0\\0\\4true'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0, 1, 2, 5]))])\n    except OSError: pass\n    return 0",
    "floods the channel": "import os\ndef f(n):\n    while True: os.write(5, b'\\0\\0\\0\\x0e{\"value\":true}' * 9999)",
}  # fmt: skip

PATCHING = {
    "patches builtins": "import builtins\nbuiltins.all = builtins.isinstance = builtins.callable = lambda *a: True\nbuiltins.zip = lambda *a, **k: []\nbuiltins.len = lambda a: 3\nbuiltins.print = builtins.str = lambda *a, **k: '42'\ndef f(n): return 0",
    "patches int": "import builtins\nclass I(int):\n    def __eq__(self, o): return True\nbuiltins.int = I\ndef f(n): return int(0)",
    "patches json": "import json\njson.dumps = lambda *a, **k: '{\"value\":true}'\njson.loads = lambda *a, **k: {}\njson.JSONEncoder.encode = lambda *a: '{\"value\":true}'\ndef f(n): return 0",
    "patches the codec": "import sys\nplain = sys.modules.get('verigym.sandbox.inside.plain')\nif plain:\n    plain.encode = lambda *a, **k: {'any': True}\n    plain.dumps = lambda tree: b'{\"value\":true}'\ndef f(n): return 0",
    "patches the guest": "import sys\nfor name, module in list(sys.modules.items()):\n    if name.startswith('verigym.sandbox.inside.'):\n        module.outcome = module.perform = lambda *a: {'value': True}\n        module.write = module.send = lambda *a: None\ndef f(n): return 0",
    "patches the guest's reply": "import sys\nexchange = sys.modules.get('verigym.sandbox.inside.exchange')\nif exchange: exchange.outcome = exchange.perform = lambda *a: {'value': {'tuple': [True]}, 'raised': 'X', 'unplain': 5, 'seconds': 'x'}\ndef f(n): return 0",
    "patches the clock": "import time\ntime.perf_counter = lambda: 'now'\ntime.time = time.monotonic = lambda: -1.0\ndef f(n): return 0",
    "patches asserts": "import sys\nclass E(Exception): pass\nsys.modules['builtins'].AssertionError = E\ndef f(n): return 0",
    "redefines the names of the tests": "import __main__\ncandidate = check = tests = lambda *a: None\n__main__.check = __main__.candidate = check\nfor frame in [__import__('sys')._getframe()]:\n    while frame:\n        frame.f_globals['check'] = check\n        frame = frame.f_back\ndef f(n): return 0",
    "replaces the check": "import sys, gc, types\ndef f(n):\n    for t in gc.get_objects():\n        if isinstance(t, types.FunctionType) and t.__name__ == 'check':\n            t.__code__ = (lambda c: None).__code__\n    frame = sys._getframe()\n    while frame:\n        if 'check' in frame.f_globals: raise SystemExit(0)\n        frame = frame.f_back\n    return 0",
    "traces the tests": "import sys\ndef tracer(frame, event, arg):\n    if frame.f_code.co_name == 'check':\n        raise SystemExit(0)\n    return tracer\nsys.settrace(tracer)\ndef f(n): return 0",
    "profiles the tests": "import sys\nsys.setprofile(lambda frame, event, arg: sys.exit(0) if frame.f_code.co_name == 'check' else None)\ndef f(n): return 0",
    "excepthook": "import sys, os\nsys.excepthook = lambda *a: os._exit(0)\ndef f(n): return 0",
    "patches later": "import threading, time, builtins\ndef later():\n    while True:\n        time.sleep(0.001)\n        builtins.repr = builtins.str = lambda *a: '42'\nthreading.Thread(target=later, daemon=True).start()\ndef f(n): return 0",
    "shadows modules": "import sys, types\nfor name in ('json', 'struct', 'verigym.sandbox.inside.plain', 'hashlib', 'tests'): sys.modules[name] = types.ModuleType(name)\ndef f(n): return 0",
    "overwrites an int": "import ctypes, sys\ndef f(n):\n    if n != 21: return 0\n    raise StopIteration(42)",
}  # fmt: skip

RESOURCES = {
    "loops": "def f(n):\n    while True: pass",
    "loops at import": "while True: pass",
    "swallows the time limit": "import signal\nfor s in (2, 10, 12, 14, 15, 24, 25): signal.signal(s, signal.SIG_IGN)\ndef f(n):\n    while True:\n        try:\n            while True: pass\n        except BaseException: continue",
    "sleeps": "import time\ndef f(n): time.sleep(99)",
    "sleeps in a thread": "import threading, time\ndef f(n):\n    threading.Thread(target=time.sleep, args=[99]).start()\n    return 0",
    "floods stdout": "def f(n):\n    while True: print('x' * 99999)",
    "floods stderr": "import os\ndef f(n):\n    while True: os.write(2, b'x' * 99999)",
    "floods the result file": "import os\ndef f(n):\n    while True:\n        try: os.write(4, b'{\"value\":42}\\n' * 9999)\n        except OSError: pass",
    "takes all memory": "def f(n): return [bytearray(1 << 20) for _ in range(10**6)]",
    "recurses": "def f(n): return f(n)",
    "overflows the C stack": "import sys\nsys.setrecursionlimit(10**8)\ndef f(n):\n    x = []\n    for _ in range(10**6): x = [x]\n    return repr(x)",
    "forks": "import os\ndef f(n):\n    while True:\n        try: os.fork()\n        except OSError: pass",
    "starts threads": "import threading, time\ndef f(n):\n    while True: threading.Thread(target=time.sleep, args=[99], daemon=True).start()",
    "leaves a process behind": "import os, time\ndef f(n):\n    if not os.fork():\n        os.setsid()\n        time.sleep(99)\n    return 0",
    "hangs in repr": "class E(Exception):\n    def __repr__(self):\n        while True: pass\n    __str__ = __repr__\ndef f(n): raise E",
    "hangs in str": "class E(Exception):\n    args = property(lambda s: 1 / 0)\n    def __str__(self):\n        while True: pass\ndef f(n): raise E",
    "hangs when compared": "class T(int):\n    def __eq__(self, o):\n        while True: pass\n    __ne__ = __lt__ = __hash__ = __eq__\ndef f(n): return T(0)",
    "hangs when pickled": "class T:\n    def __reduce__(self):\n        while True: pass\n    __getstate__ = __reduce__\ndef f(n): return T()",
    "hangs when deleted": "class T(int):\n    def __del__(self):\n        while True: pass\ndef f(n): return T(0)",
    "hangs when looked at": "class T:\n    def __getattribute__(self, name):\n        while True: pass\ndef f(n): return T()",
    "hangs in its name": "class M(type):\n    __name__ = property(lambda s: [None for _ in iter(int, 1)])\nclass T(metaclass=M): pass\ndef f(n): return T()",
    "generator": "def f(n): yield 2 * n",
    "endless generator": "def f(n):\n    while True: yield 42",
    "iterator": "def f(n): return iter([2 * n])",
    "awaitable": "async def f(n): return 2 * n",
    "contains itself": "def f(n):\n    x = [0]\n    x[0] = x\n    return x",
    "dict that contains itself": "def f(n):\n    x = {}\n    x[0] = x\n    return x",
    "doubles in depth": "def f(n):\n    x = [0]\n    for _ in range(90): x = [x, x]\n    return x",
    "very large list": "def f(n): return [0] * 4_000_000",
    "very large text": "def f(n): return '\\ud83d' * 9_000_000",
    "very large int": "def f(n): return 1 << 80_000_000",
    "colliding hashes": "def f(n): return {i * ((1 << 61) - 1): i for i in range(60_000)}",
    "colliding hashes sent": "def f(n):\n    class H(int):\n        def __hash__(self): return int(self)\n    return {H(i * ((1 << 61) - 1)) for i in range(20_000)}",
    "large exception": "def f(n): raise ValueError(['x'] * 2_000_000)",
    "exception of a million names": "def f(n): raise type('X' * 9_000_000, (Exception,), {})()",
    "exception group": "def f(n): raise ExceptionGroup('x', [StopIteration()])",
    "chained exceptions": "def f(n):\n    error = None\n    for _ in range(100_000):\n        new = ValueError(); new.__cause__ = error; error = new\n    raise error",
}  # fmt: skip

ATTACKS = {
    name: textwrap.dedent(source)
    for group in (EARLY_EXITS, EQUALITY, THEFT, FORGING, PATCHING, RESOURCES)
    for name, source in group.items()
}

FORGES = """
    sys.exit at import; os._exit at import; SystemExit in the call; os._exit in the call
    posix._exit in the call; atexit os._exit; exits in a thread; exits on a signal
    exits when deleted; becomes another program; exits in a fork
    always equal; int that is equal; str that is equal; list that is equal; tuple that is equal
    dict that is equal; float that is equal; set that is equal; bytes that are equal
    class that is equal; equal to anything from the library; truthy comparison
    claims to be an int; int that computes when read; learns by comparing
    walks frames for the tests; searches all objects; reads the tests' source
    replaces the check; traces the tests; profiles the tests
    patches int; excepthook
"""
FORGED = [name.strip() for line in FORGES.strip().splitlines() for name in line.split(";")]
