"""A program on a terminal, with answers to its questions.

    dialogue.py COMMAND... <<EOF
    part of a question => answer
    another => ^C
    EOF

Each answer is given when its text was said, after what was matched before;
"^C" and "^D" are the keys, "TERM" is the signal.  All that was said is
printed, then whether the terminal shows what is typed; the exit status is that
of the program, 128 and the signal when one ended it.
"""
import os
import pty
import signal
import sys
import termios


def start(words):
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(words[0], words)
    return pid, fd


def hear(fd):
    """More of what is said; nothing at the end."""
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""


def answer(pid, fd, text):
    if text == "TERM":
        os.kill(pid, signal.SIGTERM)
    elif text == "^C":
        os.write(fd, b"\x03")
    elif text == "^D":
        os.write(fd, b"\x04")
    else:
        os.write(fd, text.encode() + b"\n")


def main():
    rows = [line.rstrip("\n").partition(" => ") for line in sys.stdin]
    pid, fd = start(sys.argv[1:])
    said, begin = b"", 0
    while data := hear(fd):
        said += data
        while rows and (at := said.find(rows[0][0].encode(), begin)) >= 0:
            begin = at + len(rows[0][0])
            answer(pid, fd, rows.pop(0)[2])
    shown = termios.tcgetattr(fd)[3] & termios.ECHO
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.stdout.write(said.decode().replace("\r\n", "\n"))
    if said[-1:] != b"\n":
        print()
    print("echo is on" if shown else "echo is off")
    for question, _, _ in rows:
        print("never asked: " + question)
    sys.exit(status if status >= 0 else 128 - status)


main()
