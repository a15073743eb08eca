"""The account of a soak: what became of each recipient.

A recipient has an address of its own, so that it can be found wherever it is:
in what the smarthost took, in a report, in the queue or in failed/."""

import os
import re
from collections import defaultdict

TAIL = 60       # lines of a process that is killed which may be news to it


def read(path):
    try:
        with open(path, "rb") as f:
            return f.read().decode("latin-1")
    except FileNotFoundError:
        return ""


class Account:
    def __init__(self, directory):
        self.dir = directory
        self.said = {}              # address: "yes", "no" or "maybe"
        self.why = {}               # address: and this was not "yes"
        self.removed = {}           # address: an operator removed it, or may
        self.taken = defaultdict(list)   # address: connections, in order
        self.returned = set()
        self.quit = set()           # connections that ended with QUIT
        self.before = {}            # address: its account in earlier rounds
        self.log = defaultdict(list)     # process: addresses of its lines
        self.killed = set()         # processes
        self.sent = defaultdict(list)    # address: (process, line)
        self.lines = 0
        self.position = 0
        self.rest = b""
        self.messages = self.reports = 0

    # What the programs say.

    def hear(self, line):
        """A line of a log."""
        self.lines += 1
        m = re.match(r"outbox-flush\[(\d+)\]: (.*)", line)
        if not m:
            return
        process = self.log[int(m[1])]
        process.append(None)
        to = re.search(r": to=<([^>]*)>.*status=sent", m[2])
        if to:
            self.sent[to[1]].append((int(m[1]), len(process)))

    # What can be seen.

    def harvest(self):
        """Take in what the smarthost has taken since, and remove it."""
        box = os.path.join(self.dir, "in")
        for name in sorted(os.listdir(box)):
            if not name.endswith(".env"):
                continue
            path = os.path.join(box, name)
            text, message = read(path), path[:-4] + ".msg"
            connection = int(re.search(r"^connection (\d+)", text, re.M)[1])
            if re.search(r"^mail <>", text, re.M):
                self.reports += 1
                self.report(read(message))
            else:
                self.messages += 1
                for to in re.findall(r"^rcpt <([^>]*)>", text, re.M):
                    self.taken[to].append(connection)
            os.unlink(path)
            os.unlink(message)
        self.transcript()

    def transcript(self):
        with open(os.path.join(self.dir, "transcript"), "rb") as f:
            f.seek(self.position)
            data = f.read()
            self.position = f.tell()
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if line.endswith(b" C: QUIT"):
                self.quit.add(int(line.split(b" ", 1)[0]))

    def report(self, text):
        self.returned.update(re.findall(
            r"^Final-Recipient: rfc822; *(\S+)\r?\nAction: failed", text,
            re.M))

    def files(self, folder):
        """Addresses that wait in the files of a folder, with their IDs."""
        waits = {}
        path = os.path.join(self.dir, "spool", folder)
        for name in os.listdir(path):
            text = read(os.path.join(path, name))
            head = text.split("\n\n", 1)[0]
            if re.search(r"^S$", head, re.M):
                self.report(text)
                continue
            marks = "-" if folder == "queue" else "-!"
            for mark, to in re.findall(r"^R(.)(.*)$", head, re.M):
                if mark in marks:
                    waits[to] = name
        return waits

    def follow(self, last):
        """Go on after that account, whose queue is empty."""
        self.position, self.rest = last.position, last.rest
        self.quit, self.before = last.quit, last.before
        for to, said in last.said.items():
            self.before[to] = "%s %s, taken %s, sent %s, removed %s" % (
                said, last.why.get(to, ""), last.taken.get(to),
                last.sent.get(to), last.removed.get(to))

    # The judgement.

    def excused(self, to):
        """So many copies of to may be: those whose last reply was lost."""
        clean = [c for c in self.taken[to] if c in self.quit]
        lost = len(self.taken[to]) - len(clean)
        logged = self.sent[to]
        # Said to be sent, but who said so was killed before it was marked.
        unmarked = sum(1 for process, line in logged
                       if process in self.killed and
                       len(self.log[process]) - line < TAIL)
        unheard = 0
        if self.killed:
            unheard = max(0, len(clean) - len(logged))
        return lost + unmarked + unheard

    def copies(self):
        return sum(len(c) - 1 for c in self.taken.values() if len(c) > 1)

    def balance(self):
        """(count of each fate, what is wrong)"""
        self.harvest()
        queued, parked = self.files("queue"), self.files("failed")
        counts, wrong = defaultdict(int), []
        for to, said in self.said.items():
            got = len(self.taken.get(to, ()))
            fates = [name for name, is_so in (
                ("delivered", got > 0), ("returned", to in self.returned),
                ("parked", to in parked), ("queued", to in queued),
                ("removed", to in self.removed)) if is_so]
            counts["accepted" if said == "yes" else
                   "refused" if said == "no" else "in doubt"] += 1
            if said == "no" and fates:
                wrong.append("%s was refused and is %s: %s" % (
                    to, fates[0], self.why.get(to, "")))
            if said == "yes":
                counts[fates[0] if fates else "lost"] += 1
                if not fates:
                    wrong.append("%s is lost" % to)
            if got > 1 and got > 1 + self.excused(to):
                wrong.append("%s arrived %d times: connections %s, log %s" % (
                    to, got, self.taken[to], self.sent[to]))
            if to in self.returned and got > self.excused(to):
                wrong.append("%s arrived and was returned" % to)
        for to, where in self.taken.items():
            # Of an earlier round: a slow smarthost that nobody waited for.
            if to not in self.said:
                counts["late copies"] += 1
                if not to.startswith("r") or self.quit & set(where):
                    wrong.append("%s arrived too late: connections %s, %s" % (
                        to, where, self.before.get(to, "")))
        counts["copies"] = self.copies()
        return counts, wrong
