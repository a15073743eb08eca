"""Clients of the submit socket that go wrong, each in its way.

submit_client.py SOCKET CASE: prints what the socket says, on one line."""

import os
import socket
import sys

SEAL = b"OB1 %08d %015d\nF0000000004 ---\n"
ORIGIN = b"pid=1\nuid=0"
MESSAGE = b"X: y\r\n\r\nhi\r\n"


def envelope(uid=1, mark=b"-"):
    records = (b"T1763925180\nU%d\nSeve@example.org\nR%sbob@example.net\n"
               b"E0000 00 000000000000 --- %s\n\n" % (uid, mark, b" " * 200))
    return SEAL % (len(records) + 45, 0) + records


def seal(env, size):
    return SEAL % (len(env), size)


def talk(path, *parts, end=True):
    """Send each part when the one before was answered; all answers."""
    answers = b""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        for i, part in enumerate(parts):
            s.sendall(part)
            if i < len(parts) - 1:
                answers += s.makefile("rb").readline()
        if not end:
            return answers
        s.shutdown(socket.SHUT_WR)
        while data := s.recv(4096):
            answers += data
    return answers


def say(path, *parts, end=True):
    """The same; again when those before are still counted."""
    while True:
        try:
            answers = talk(path, *parts, end=end)
        except OSError:
            continue
        if not answers.startswith(b"-73 too many"):
            return answers


def start(env):
    return b"%08x%08x" % (len(env), len(ORIGIN)) + env + ORIGIN


def crowd(path):
    """More than may be served at once; whoever comes too late is told."""
    held = []
    for _ in range(65):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        held.append(s)
    late = held[-1].makefile("rb").readline()
    for s in held:
        s.close()
    return late


def stay(path):
    """As many as may be served at once, until standard input ends."""
    held = []
    while len(held) < (64 if os.getuid() == 0 else 16):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        try:
            s.sendall(start(envelope()))
            if s.makefile("rb").readline().startswith(b"+"):
                held.append(s)
        except OSError:         # others are still there
            pass
    print("full", flush=True)
    sys.stdin.read()
    return b""


def main():
    path, case = sys.argv[1:]
    env, other = envelope(), envelope(uid=4242)
    cases = {
        "good": lambda: say(path, start(env), MESSAGE + seal(env, len(MESSAGE))),
        "quiet": lambda: say(path, b"%08x%08x" % (len(env), 0) + env,
                             MESSAGE + seal(env, len(MESSAGE))),
        "forged": lambda: say(path, start(other),
                              MESSAGE + seal(other, len(MESSAGE))),
        "nothing": lambda: say(path, b""),
        "garbage": lambda: say(path, b"EHLO client.example\r\n"),
        "huge": lambda: say(path, b"7fffffff00000000"),
        "talker": lambda: say(path, b"%08x000003e9" % len(env) + env),
        "cut": lambda: say(path, start(env)[:-20]),
        "damaged": lambda: say(path, start(env.replace(b"\nE", b"\nQ"))),
        "control": lambda: say(path, start(env.replace(b"bob", b"b\rb"))),
        "marked": lambda: say(path, start(envelope(mark=b"+"))),
        "unsealed": lambda: say(path, start(env), MESSAGE),
        "unfit": lambda: say(path, start(env), MESSAGE + seal(env, 1)),
        "gone": lambda: say(path, start(env), MESSAGE, end=False),
        "large": lambda: say(path, start(env), b"x" * 20000 + seal(env, 20000)),
        "crowd": lambda: crowd(path),
        "stay": lambda: stay(path),
    }
    print(cases[case]().decode("ascii", "backslashreplace").replace("\n", " "))


main()
