"""Programs that submit mail, eight at a time, and are killed at moments that a
seed chooses; then the account of what became of their mail.

	submit_killed.py run SENDMAIL CONF CHROOT SEED COUNT
	submit_killed.py account DIRECTORY SEED

"run" submits COUNT messages, with arguments and by SMTP (-bs), to the queue
itself (CONF) and by the submit socket (CHROOT).  For each it prints "NUMBER
HOW PROMISE": "yes" when it was told that the message is queued, "no" when it
was told that it is not, or not all of it was given, and else "maybe"; HOW is
"killed" or "ended".

"account" reads that, looks into the directory of the smarthost, and prints
each promise that was not kept and a summary."""

import glob
import os
import random
import re
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 8
SESSION = 3     # messages by SMTP in one run


def body(seed, number):
    """The lines of a message; some have more than a buffer."""
    chance = random.Random("%s body %d" % (seed, number))
    count = chance.choice((0, 1, 10, 100, 3000))
    return ["%d.%d %s" % (number, i, "x" * chance.randrange(70))
            for i in range(count)] + ["end of %d" % number]


def write(process, data):
    """-1: it reads no more."""
    try:
        while data:
            data = data[process.stdin.write(data):]
    except BrokenPipeError:
        return -1
    return 0


class Submission:
    """A run of sendmail with these messages: more than one by SMTP.  Each part
    of what it is given is a text and the message that it completes."""

    def __init__(self, command, seed, numbers, span):
        self.command = command
        self.seed = seed
        self.numbers = numbers
        self.chance = random.Random("%s kill %d" % (seed, numbers[0]))
        self.span = span
        self.parts = self.cut()
        # Before that part is complete, or after it; most of what can go wrong
        # comes after the last one.
        self.last = len(self.parts) - 1
        if self.chance.randrange(2):
            self.last = self.chance.randrange(len(self.parts))
        self.is_cut = not self.chance.randrange(3)

    def text(self, number, eol):
        return eol.join(["Subject: t", ""] + body(self.seed, number) + [""])

    def run(self, kill):
        """The replies to the parts, how many parts were given whole, the
        status, what it said of errors, and how long its end took."""
        process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, bufsize=0)
        replies = self.hear(process, first=True)
        whole = 0
        for i, (text, _) in enumerate(self.parts):
            data = text.encode()
            if kill and i == self.last and self.is_cut:
                write(process, data[:self.chance.randrange(len(data))])
                break
            if write(process, data) != 0:
                break
            whole += 1
            start = time.monotonic()
            if kill and i == self.last:
                break
            replies += self.hear(process)
            if replies and replies[-1][:1] not in b"23":
                break
        if whole == len(self.parts) and self.ends_with_input:
            process.stdin.close()
        if kill:
            time.sleep(self.span * 3 * self.chance.random() ** 2)
            process.kill()
            process.wait()
        process.stdin.close()
        replies += process.stdout.read().split(b"\n")[:-1]
        errors = process.stderr.read()
        took = time.monotonic() - start if whole else 0
        return replies, whole, process.wait(), errors, took


class ByArguments(Submission):
    ends_with_input = True

    def cut(self):
        return [(self.text(self.numbers[0], "\n"), self.numbers[0])]

    def hear(self, process, first=False):
        return []

    def promises(self, replies, whole, status, errors):
        told = "maybe"
        if status == 0:
            told = "yes"
        elif whole == 0 or (status > 0 and b"may have queued" not in errors):
            told = "no"
        return {self.numbers[0]: told}


class BySMTP(Submission):
    ends_with_input = False

    def cut(self):
        parts = [("HELO x\r\n", None)]
        for n in self.numbers:
            parts += [("MAIL FROM:<alice@example.org>\r\n", None),
                      ("RCPT TO:<r%d@example.net>\r\n" % n, None),
                      ("DATA\r\n", None),
                      (self.text(n, "\r\n") + ".\r\n", n)]
        return parts

    def hear(self, process, first=False):
        line = process.stdout.readline()
        return [line] if line.endswith(b"\n") else []

    def promises(self, replies, whole, status, errors):
        told = dict.fromkeys(self.numbers, "no")
        for i, (_, number) in enumerate(self.parts[:whole]):
            reply = replies[i + 1] if i + 1 < len(replies) else b""
            if number is None:
                continue
            if reply.startswith(b"250"):
                told[number] = "yes"
            elif not reply or b"may have queued" in reply:
                told[number] = "maybe"
        return told


def run(sendmail, conf, chroot, seed, count):
    ways, spans, lines = [], [], []
    for file in conf, chroot:
        command = [sendmail, "-C", file]
        ways.append((ByArguments, lambda n, c=command: c + [
            "-f", "alice@example.org", "r%d@example.net" % n]))
        ways.append((BySMTP, lambda n, c=command: c + ["-bs"]))

    def submit(kind, first, span, kill):
        how, command = ways[kind]
        numbers = range(first, first + (SESSION if how is BySMTP else 1))
        one = how(command(first), seed, numbers, span)
        *result, took = one.run(kill)
        how = "killed" if result[2] < 0 else "ended"
        lines.extend("%d %s %s" % (n, how, told)
                     for n, told in one.promises(*result).items())
        return took

    number = 0
    for kind, (how, _) in enumerate(ways):      # how long does it take?
        spans.append(submit(kind, number, 0, False))
        number += SESSION
    chance = random.Random(seed)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = []
        while number < count:
            kind = chance.randrange(len(ways))
            runs.append(pool.submit(submit, kind, number, spans[kind],
                                    chance.randrange(4) > 0))
            number += SESSION if ways[kind][0] is BySMTP else 1
        for one in runs:
            one.result()
    print("\n".join(lines))


def account(directory, seed):
    arrived = defaultdict(int)
    bad = 0
    for file in glob.glob(os.path.join(directory, "*.env")):
        with open(file) as f:
            number = int(re.search(r"^rcpt <r(\d+)@", f.read(), re.M)[1])
        with open(file[:-4] + ".msg", newline="") as f:
            text = f.read().split("\r\n\r\n", 1)[1]
        arrived[number] += 1
        if text != "".join(s + "\r\n" for s in body(seed, number)):
            print("# %d is not whole" % number)
            bad += 1
    counts = defaultdict(int)
    allowed = {"yes": (1,), "no": (0,), "maybe": (0, 1)}
    for line in sys.stdin:
        number, how, told = line.split()
        n = arrived.pop(int(number), 0)
        counts[how] += 1
        counts[told] += 1
        counts["there"] += told == "maybe" and n
        if n not in allowed[told]:
            print("# %s: %s, promised: %s, arrived: %d" %
                  (number, how, told, n))
            bad += 1
    print("# %(killed)d of sendmail's killed; %(yes)d promised, %(no)d not,"
          " %(maybe)d in doubt, of which %(there)d arrived" % counts)
    return bad or len(arrived) or not (
        counts["yes"] and counts["killed"] > 10)


if sys.argv[1] == "run":
    run(*sys.argv[2:6], int(sys.argv[6]))
else:
    sys.exit(1 if account(*sys.argv[2:4]) else 0)
