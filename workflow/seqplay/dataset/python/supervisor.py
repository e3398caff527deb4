"""Runs inside the jail, on a bare interpreter: a supervisor that never runs a solution, and a child for each that does.

A trial takes two children: the answer, which only computes calls, and the item's test, which asks it over a pipe and
alone can say that it has passed.

Requests and replies are JSON lines on standard input and output. A request: ``code``, ``function``, ``calls`` (lists of
encoded arguments), ``tests`` (statements), ``seconds``, ``memory_mib``, ``bytes``. The reply: ``lines``, what the child
wrote, a JSON text for each call and then one for the tests; and ``end``. A request for a trial: ``prompt``, ``code``,
``function``, ``test`` and the limits; its reply has ``end`` alone. A child has a processor, memory and output
limit, may not start processes or threads, open files for writing, make sockets, signal or change anything but itself
(a seccomp filter), and is killed on a clock that it cannot reach. The supervisor cannot be read or traced by it.

Only the standard library; nothing of the package is there.
"""

from __future__ import annotations

import builtins
import ctypes
import fcntl
import json
import os
import platform
import resource
import select
import signal
import struct
import sys
import time
from typing import Any, NoReturn, TextIO

MOST_DIGITS = 4000
DEEPEST = 60

# What a child may not do. By name: x86_64, aarch64 (absent: not on that machine).
DENIED = {
    "fork": (57, None), "vfork": (58, None), "clone": (56, 220), "execve": (59, 221), "execveat": (322, 281),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "socket": (41, 198),
    "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "mount": (165, 40), "umount2": (166, 39),
    "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "pivot_root": (155, 41), "bpf": (321, 280),
    "perf_event_open": (298, 241), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "memfd_create": (319, 279), "prlimit64": (302, 261), "setrlimit": (160, 164),
    "setpriority": (141, 140), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "shmget": (29, 194), "semget": (64, 190),
    "msgget": (68, 186), "mq_open": (240, 180), "creat": (85, None), "mkdir": (83, None), "mkdirat": (258, 34),
    "mknod": (133, None), "mknodat": (259, 33), "link": (86, None), "linkat": (265, 37), "symlink": (88, None),
    "symlinkat": (266, 36), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "unlink": (87, None), "unlinkat": (263, 35), "rmdir": (84, None), "truncate": (76, 45), "chmod": (90, None),
    "fchmodat": (268, 53), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
}  # fmt: skip
MISSING = {"clone3": (435, 435), "openat2": (437, 437)}
"""Denied as if this kernel did not have them, so that the C library takes the older way."""
OPEN = {"open": ((2, 1), None), "openat": ((257, 2), (56, 2))}
"""Number, and which argument holds the flags."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
ALLOW, DENY, KILL, ABSENT = 0x7FFF0000, 0x00050000 | 1, 0x80000000, 0x00050000 | 38
LOAD, EQUAL, ABOVE, ANY, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


def filter_program() -> tuple[bytes, int]:
    """Return the seccomp filter of this machine as bytes; raises KeyError where the machine is not known."""
    machine, place = MACHINES[platform.machine()]
    steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    steps += [(ABOVE, 0, 1, 0x40000000), (RETURN, 0, 0, DENY)]  # the x32 numbers
    for numbers, answer in ((DENIED, DENY), (MISSING, ABSENT)):
        for pair in numbers.values():
            call = pair[place]
            if call is not None:
                steps += [(EQUAL, 0, 1, call), (RETURN, 0, 0, answer)]
    for ways in OPEN.values():
        way = ways[place]
        if way is not None:
            number, argument = way
            steps += [(EQUAL, 0, 4, number), (LOAD, 0, 0, 16 + 8 * argument), (ANY, 0, 1, WRITING)]
            steps += [(RETURN, 0, 0, DENY), (RETURN, 0, 0, ALLOW)]
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps), len(steps)


class Program(ctypes.Structure):
    """The kernel's sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


LIBC = ctypes.CDLL(None, use_errno=True)
FILTER, STEPS = filter_program()


def control(*arguments: Any) -> None:
    """Call prctl; raises OSError."""
    if LIBC.prctl(*(ctypes.c_void_p(a) if isinstance(a, int) else a for a in arguments)) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def confine(request: dict[str, Any]) -> None:
    """Take every power from this process."""
    memory, seconds = request["memory_mib"] << 20, request["seconds"]
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: max(1, round(seconds)),
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_STACK: 64 << 20,
    }
    for which, value in limits.items():
        resource.setrlimit(which, (value, value))
    control(38, 1, 0, 0, 0)  # no new privileges
    control(22, 2, ctypes.byref(Program(STEPS, FILTER)), 0, 0)  # the filter


def encoded(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON that keeps its Python type; what has no counterpart by the name of its type."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if depth > DEEPEST:
        return {"o": "a value nested too deep"}
    if kind is int:
        return {"i": str(value)} if value.bit_length() < 3 * MOST_DIGITS else {"o": "a huge int"}
    if kind is float:
        return {"f": repr(value)}
    if kind is str:
        return {"s": value}
    for name, sort in (("l", list), ("t", tuple), ("e", set), ("e", frozenset)):
        if kind is sort:
            return {name: [encoded(item, depth + 1) for item in value]}
    if kind is dict or (isinstance(value, dict) and kind.__name__ in ("defaultdict", "Counter", "OrderedDict")):
        return {"d": [[encoded(k, depth + 1), encoded(v, depth + 1)] for k, v in value.items()]}
    return {"o": kind.__name__}


def decoded(data: Any) -> Any:
    """Return the value of its encoding."""
    if not isinstance(data, dict):
        return data
    ((kind, inner),) = data.items()
    if kind == "i":
        return int(inner)
    if kind == "f":
        return float(inner)
    if kind == "d":
        return {decoded(k): decoded(v) for k, v in inner}
    if kind in ("l", "t", "e"):
        return {"l": list, "t": tuple, "e": set}[kind](decoded(item) for item in inner)
    return inner


def serve(request: dict[str, Any], out: TextIO) -> None:
    """In the child: run the solution, its calls and its tests."""

    def write(fields: dict[str, Any]) -> None:
        out.write(json.dumps(fields) + "\n")
        out.flush()

    names: dict[str, Any] = {"__name__": "solution"}
    try:
        exec(compile(request["code"], "solution.py", "exec", dont_inherit=True), names)
        function = names[request["function"]]
    except BaseException as error:
        write({"broken": type(error).__name__})
        return
    for call in request["calls"]:
        try:
            write({"value": encoded(function(*[decoded(item) for item in call]))})
        except BaseException as error:
            write({"raises": type(error).__name__})
    passed = 0
    for test in request["tests"]:
        try:
            exec(compile(test, "test.py", "exec", dont_inherit=True), dict(names))
            passed += 1
        except BaseException:
            pass
    write({"passed": passed})


def enter(request: dict[str, Any], kept: list[int]) -> None:
    """Become a child: keep these descriptors as 3, 4 and so on, give up the rest and every power."""
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 100) for descriptor in kept]  # out of the way of what follows
    null = os.open("/dev/null", os.O_RDWR)
    for place in (0, 1, 2):
        os.dup2(null, place)
    for place, descriptor in enumerate(high, start=3):
        os.dup2(descriptor, place)
    os.closerange(3 + len(high), 256)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    confine(request)


def child(request: dict[str, Any], writer: int) -> NoReturn:
    """Serve calls and tests in a child, and end."""
    try:
        enter(request, [writer])
        serve(request, os.fdopen(3, "w"))
    finally:
        os._exit(0)


def answering(request: dict[str, Any], calls: int, replies: int) -> NoReturn:
    """Compute calls of an answer's function in a child, until nobody asks any more."""
    try:
        enter(request, [calls, replies])
        asked, out = os.fdopen(3), os.fdopen(4, "w")
        function = defined(request["prompt"], request["code"])[request["function"]]
        for line in asked:
            arguments, named = json.loads(line)
            try:
                given = {name: decoded(value) for name, value in named.items()}
                told: dict[str, Any] = {"value": encoded(function(*[decoded(item) for item in arguments], **given))}
            except Exception as error:
                told = {"raises": type(error).__name__}
            out.write(json.dumps(told) + "\n")
            out.flush()
    finally:
        os._exit(0)


def testing(request: dict[str, Any], calls: int, replies: int, writer: int) -> NoReturn:
    """Run an item's test in a child; it runs nothing of the answer, and says that it passed behind its last line."""
    try:
        enter(request, [calls, replies, writer])
        ask, told, out = os.fdopen(3, "w"), os.fdopen(4), os.fdopen(5, "w")

        def function(*arguments: Any, **named: Any) -> Any:
            given = {name: encoded(value) for name, value in named.items()}
            ask.write(json.dumps([[encoded(item) for item in arguments], given]) + "\n")
            ask.flush()
            reply = json.loads(told.readline(request["bytes"]))
            if "raises" in reply:
                raised = getattr(builtins, str(reply["raises"]), None)
                known = isinstance(raised, type) and issubclass(raised, Exception)
                raise (raised if known else RuntimeError)("the answer raises")  # type: ignore[misc]
            return plain(reply["value"])

        names = defined(request["prompt"], "")
        names[request["function"]] = function
        exec(compile(request["test"], "test.py", "exec", dont_inherit=True), names)
        if request["call_check"]:
            names["check"](function)
        out.write("passed")
        out.flush()
    finally:
        os._exit(0)


def defined(prompt: str, code: str) -> dict[str, Any]:
    """Return what a prompt and a program behind it define; a prompt in words defines nothing."""
    names: dict[str, Any] = {"__name__": "solution"}
    try:
        exec(compile(prompt, "prompt.py", "exec", dont_inherit=True), names)
    except Exception:
        names = {"__name__": "solution"}
    exec(compile(code, "solution.py", "exec", dont_inherit=True), names)
    return names


def plain(data: Any) -> Any:
    """Return the value of an answer's JSON; raises ``ValueError`` for what is no plain data, whatever it is called."""
    if not isinstance(data, dict):
        return data
    ((kind, inner),) = data.items()
    if kind in ("l", "t", "e"):
        return {"l": list, "t": tuple, "e": set}[kind](plain(item) for item in inner)
    if kind == "d":
        return {plain(key): plain(value) for key, value in inner}
    if kind in ("i", "f", "s"):
        return {"i": int, "f": float, "s": str}[kind](inner)
    raise ValueError("not plain data")


def supervise_trial(request: dict[str, Any]) -> dict[str, Any]:
    """Run an answer and a test in two children that share two pipes; only the test has the third."""
    ends = [os.pipe(), os.pipe()]
    (calls, ask), (told, replies) = ends
    children = [os.fork()]
    if children[0] == 0:
        answering(request, calls, replies)
    reader, writer = os.pipe()
    children.append(os.fork())
    if children[1] == 0:
        testing(request, ask, told, writer)
    for descriptor in (calls, ask, told, replies, writer):
        os.close(descriptor)
    deadline = time.monotonic() + 2 * request["seconds"] + 1
    text, end = b"", ""
    while not end:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            end = "timeout"
            break
        part = os.read(reader, 64)
        text += part
        end = "" if part else "passed" if text == b"passed" else "failed"
    os.close(reader)
    for started in children:
        os.kill(started, signal.SIGKILL)
    used = [os.wait4(started, 0)[2] for started in children]
    if end == "failed" and any(one.ru_utime + one.ru_stime >= request["seconds"] - 0.1 for one in used):
        end = "timeout"
    return {"end": end}


def supervise(request: dict[str, Any]) -> dict[str, Any]:
    """Run a request in a child; return what it wrote and how it ended."""
    reader, writer = os.pipe()
    started = os.fork()
    if started == 0:
        os.close(reader)
        child(request, writer)
    os.close(writer)
    deadline = time.monotonic() + 2 * request["seconds"] + 1
    text, end = b"", "done"
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            end = "timeout"
            break
        part = os.read(reader, 65536)
        if not part:
            break
        text += part
        if len(text) > request["bytes"]:
            end = "output_limit"
            break
    os.kill(started, signal.SIGKILL)
    used = os.wait4(started, 0)[2]
    os.close(reader)
    if used.ru_utime + used.ru_stime >= request["seconds"] - 0.1:
        end = "timeout"
    lines = text[: request["bytes"]].decode("utf-8", "replace").split("\n")[:-1]
    return {"lines": lines, "end": end}


def main() -> None:
    """Serve requests until nobody asks any more."""
    control(4, 0, 0, 0, 0)  # not dumpable: a child cannot look into the supervisor
    sys.set_int_max_str_digits(0)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(supervise_trial(request) if "test" in request else supervise(request)), flush=True)


main()
