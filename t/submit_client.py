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


def line(s):
    """The next line but for signs of life."""
    got = b"~\n"
    while got == b"~\n":
        got = b""
        while not got.endswith(b"\n") and (byte := s.recv(1)):
            got += byte
    return got


def talk(path, *parts, end=True):
    """Send each part when the one before was answered; all answers."""
    answers = b""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        for i, part in enumerate(parts):
            s.sendall(part)
            if i < len(parts) - 1:
                answers += line(s)
        if not end:
            return answers
        s.shutdown(socket.SHUT_WR)
        while data := line(s):
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


def come(path):
    """A client, and the first that it is told."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s, s.recv(2)


def crowd(path):
    """More than may wait; whoever comes too late is told."""
    held = []
    while True:
        s, told = come(path)
        held.append(s)
        if told != b"~\n":
            return told + line(s)


def stay(path, turn, refused):
    """As many as are served at once, and with refused as many as may wait,
    until standard input ends."""
    held = []
    while len(held) < turn:
        s, told = come(path)
        try:
            s.sendall(start(envelope()))
            if told == b"~\n" and line(s).startswith(b"+"):
                held.append(s)
        except OSError:         # others are still there
            pass
    while refused:
        s, told = come(path)
        held.append(s)
        refused = told == b"~\n"
    print("full", flush=True)
    sys.stdin.read()
    return b""


def impatient(path, env):
    """One that hands over all, and does not wait for the answer."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(start(env))
        answer = line(s)
        s.shutdown(socket.SHUT_RD)
        s.sendall(MESSAGE + seal(env, len(MESSAGE)))
    return answer


def main():
    path, case = sys.argv[1:]
    env, other = envelope(), envelope(uid=4242)
    turn = 64 if os.getuid() == 0 else 16
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
        "busy": lambda: stay(path, turn, False),
        "full": lambda: stay(path, turn, True),
        "impatient": lambda: impatient(path, env),
    }
    print(cases[case]().decode("ascii", "backslashreplace").replace("\n", " "))


main()
