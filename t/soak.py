"""soak.py DIRECTORY: everything goes wrong, for SOAK_TIME seconds.

Submitters of every kind send mail, an operator changes the queue, and
soak_trouble.py does harm to all that takes part, in an order that SEED decides.
Then there is peace, and soak_account.py must find that each recipient for whom
a submitter was told "yes" is delivered, returned, parked, queued or removed by
the operator; who was told "no" is nowhere; and copies are only where a reply
was lost.  That again and again, until the time is over.

In the environment: SOAK_TIME (3600), SEED, SOAK_ROUND (seconds of trouble in
each round, 25), BUILD, srcdir."""

import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter

from soak_account import Account
from soak_trouble import TROUBLES
from soak_world import World

SUBMITTERS = 4
PATIENCE = 900      # seconds until peace; only what hangs takes so long
LINES = 60          # of the log for a message, and
LINES_TROUBLE = 200     # for a trouble
LIMITS = {"flush KiB": 16384, "worker KiB": 32768, "descriptors": 330,
          "processes": 2 + 64 + 8}

tests = failures = 0


def ok(good, name, why=()):
    global tests, failures
    tests += 1
    failures += not good
    print("%sok %d - %s" % ("" if good else "not ", tests, name))
    for line in list(why)[:20]:
        print("# " + line)
    sys.stdout.flush()


class Round:
    def __init__(self, world, seed, number):
        self.world, self.number = world, number
        self.account = world.account
        self.seed = "%s.%d" % (seed, number)
        self.peace = threading.Event()
        self.done = Counter()
        self.ids = {}           # queue ID: addresses

    def chance(self, name):
        return random.Random("%s %s" % (self.seed, name))

    # Submitters.

    def message(self, chance, name, n):
        to = ["r%d-%s-%d-%d@example.net" % (self.number, name, n, i)
              for i in range(chance.choice([1, 1, 1, 2, 4]))]
        size = chance.choice([1, 1, 1, 5, 30, 200]) * 16
        body = "Subject: soak\n\n" + ("0123456789abcdef" * 4 + "\n") * size
        return to, body.encode()

    def submit(self, chance, to, body):
        """yes, no or maybe."""
        conf = self.world.path(chance.choice(["conf", "conf", "chroot"]))
        command = [self.world.program("sendmail/sendmail"), "-C", conf]
        if chance.random() < 0.25:
            return self.dialogue(command, to, body)
        limit = 65536 if chance.random() < 0.1 else None
        status, _, err = self.world.run(
            command + ["-f", "alice@example.org"] + to, body, limit)
        if status == 0:
            return "yes"
        self.account.why[to[0]] = "%d %s" % (status, err.strip())
        if status < 0 or "may have" in err:
            return "maybe"
        return "no"

    def dialogue(self, command, to, body):
        lines = ["EHLO soak", "MAIL FROM:<alice@example.org>"]
        lines += ["RCPT TO:<%s>" % address for address in to] + ["DATA"]
        text = "\r\n".join(lines) + "\r\n" + body.decode().replace(
            "\n", "\r\n") + ".\r\nQUIT\r\n"
        status, out, err = self.world.run(command + ["-bs"], text.encode())
        replies = re.findall(r"^(\d\d\d) ", out, re.M)
        after = replies[replies.index("354") + 1:] if "354" in replies else []
        if after[:1] == ["250"]:
            return "yes"
        self.account.why[to[0]] = "%d %s" % (status, out.strip()[-200:])
        # One that is killed may not have said what it knew.
        if "may have" in out or (status < 0 and not after):
            return "maybe"
        return "no"

    def submitter(self, name):
        chance, n = self.chance("submitter %s" % name), 0
        while not self.peace.is_set():
            n += 1
            to, body = self.message(chance, name, n)
            # Should the mail be faster than its submitter.
            self.account.said.update((address, "maybe") for address in to)
            said = self.submit(chance, to, body)
            self.account.said.update((address, said) for address in to)
            self.done["message " + said] += 1
            self.peace.wait(chance.random() * 0.2)

    # The operator.

    def act(self, chance, verb):
        outbox = [self.world.program("queue/outbox"), "-C",
                  self.world.path("conf")]
        waits = self.account.files("queue")
        if verb in ("list", "status"):
            status, out, _ = self.world.run(outbox + [verb, "--json"])
            if status == 0:
                for line in out.splitlines():
                    json.loads(line)
            return
        if not waits:
            return
        name = chance.choice(sorted(set(waits.values())))
        mine = [to for to, where in waits.items() if where == name]
        if verb == "delete":
            # Gone or not, it may be.
            self.account.removed.update((to, "maybe") for to in mine)
        status, _, _ = self.world.run(outbox + [verb] + (
            ["--yes"] if verb in ("delete", "bounce") else []) + [name])
        if verb == "delete" and status > 0:
            for to in mine:
                del self.account.removed[to]

    def operator(self):
        chance = self.chance("operator")
        verbs = ["list", "status", "hold", "hold", "release", "retry",
                 "delete", "bounce", "mailq"]
        while not self.peace.is_set():
            verb = chance.choice(verbs)
            if verb == "mailq":
                self.world.run([self.world.program("sendmail/sendmail"),
                                "-C", self.world.path("conf"), "-bp"])
            else:
                self.act(chance, verb)
            self.done["verb"] += 1
            self.peace.wait(chance.random())

    # Troubles.

    def trouble(self, seconds):
        chance, end = self.chance("trouble"), time.monotonic() + seconds
        names, weights = zip(*TROUBLES)
        while time.monotonic() < end:
            what = chance.choices(names, weights)[0]
            what(self.world, chance)
            self.done["trouble " + what.__name__] += 1
            self.world.look()
            time.sleep(chance.random() * 0.6)

    def calm(self):
        """Nothing goes wrong any more; until the queue is empty.  0: it is."""
        world = self.world
        world.write("script", "")
        world.set_clock(0)
        world.configure(connections=4, window=16, messages=100,
                        recipients=100, min_free="0")
        world.forget()
        outbox = [world.program("queue/outbox"), "-C", world.path("conf")]
        end, told = time.monotonic() + PATIENCE, None
        while os.listdir(os.path.join(world.spool, "queue")):
            if time.monotonic() > end:
                return -1
            # One that was started meanwhile may be another one.
            world.end(signal.SIGHUP if told is not world.flush else
                      signal.SIGUSR1)
            told = world.flush
            world.run(outbox + ["release", "--all"])
            world.run(outbox + ["retry", "--all"])
            time.sleep(0.5)
            world.look()
        return 0

    def run(self, seconds):
        threads = [threading.Thread(target=self.submitter, args=(str(i),))
                   for i in range(SUBMITTERS)]
        threads.append(threading.Thread(target=self.operator))
        for t in threads:
            t.start()
        times = [time.monotonic()]
        self.trouble(seconds)
        self.peace.set()
        times.append(time.monotonic())
        for t in threads:
            t.join()
        times.append(time.monotonic())
        empty = self.calm()
        times.append(time.monotonic())
        print("# round %d: %d s of trouble, %d until the last submitter was "
              "told, %d until the queue was empty" % ((self.number,) + tuple(
                  b - a for a, b in zip(times, times[1:]))))
        counts, wrong = self.account.balance()
        text = ", ".join("%d %s" % (n, name) for name, n in
                         sorted(counts.items()))
        ok(empty == 0 and not wrong, "round %d: %s" % (self.number, text),
           (["the queue does not get empty: %s" % os.listdir(os.path.join(
               self.world.spool, "queue"))] if empty else []) + wrong)
        for text in wrong[:3]:
            self.explain(text.split(" ", 1)[0])
        return counts

    def explain(self, to):
        """What the log has of an address and its messages."""
        with open(self.world.path("log"), errors="replace") as f:
            lines = f.read().splitlines()
        ids = {m[1] for line in lines if to in line
               for m in [re.search(r": ([0-9A-Fa-f.]{16,}): ", line)] if m}
        for line in [line for line in lines if to in line or
                     any(name in line for name in ids)][-12:]:
            print("#   " + line[:300])


def forge(account):
    """The account notices what must not be."""
    lost = next(to for to in account.taken if account.said[to] == "yes" and
                to not in account.returned and to not in account.removed)
    where = account.taken.pop(lost)
    ok(account.balance()[1] == ["%s is lost" % lost],
       "a message that vanished is noticed")
    account.quit.add(0)
    account.taken[lost] = where + [0] * (account.excused(lost) + 3)
    account.sent[lost] += [(0, 1)] * len(account.taken[lost])
    ok(any("times" in w for w in account.balance()[1]),
       "a copy too many is noticed")
    account.taken[lost] = where
    account.said[lost] = "no"
    ok(account.balance()[1] == [
        "%s was refused and is delivered: " % lost],
       "a message that was refused and arrives is noticed")


def finish(world):
    world.over = True
    keeper.join()
    flush = world.flush
    flush.send_signal(signal.SIGTERM)
    ok(flush.wait() == 0, "outbox-flush ends")
    end = time.monotonic() + PATIENCE
    while world.left() and time.monotonic() < end:
        time.sleep(0.1)
    ok(not world.left(), "no process is left")
    stray = set(os.listdir(world.spool)) - {
        "queue", "failed", "wake", "lock", "state"}
    hidden = os.listdir(os.path.join(world.spool, "queue"))
    ok(not stray and not hidden, "no file is left",
       ["%s" % (stray | set(hidden))] if stray or hidden else [])


def bounds(world, done, lines):
    messages = sum(n for name, n in done.items() if "message" in name)
    troubles = sum(n for name, n in done.items() if "trouble" in name)
    print("# " + ", ".join("%d %s" % (n, name) for name, n in
                           sorted(done.items())))
    print("# at most: " + ", ".join("%d %s" % (n, name) for name, n in
                                    sorted(world.peak.items())))
    print("# %d lines in the log: %.1f for each message" % (
        lines, lines / max(1, messages)))
    for name, most in LIMITS.items():
        if "KiB" not in name or not world.sanitized:
            ok(world.peak[name] <= most, "%s: at most %d" % (name, most),
               ["%d" % world.peak[name]])
    ok(lines <= LINES * messages + LINES_TROUBLE * troubles,
       "lines in the log are bounded")
    ok(not world.wrong, "nothing crashed or hung", world.wrong)


def main():
    global keeper
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**6))
    print("# SEED=%s" % seed, flush=True)
    end = time.monotonic() + int(os.environ.get("SOAK_TIME") or 3600)
    world = World(sys.argv[1], os.environ.get("BUILD", "."),
                  os.environ.get("srcdir", "."), print)
    world.account = Account(world.dir)
    world.start()
    keeper = threading.Thread(target=world.keep)
    keeper.start()
    done, number, last, lines = Counter(), 0, None, 0
    while (number == 0 or time.monotonic() < end) and failures == 0:
        number += 1
        r = Round(world, seed, number)
        r.run(min(int(os.environ.get("SOAK_ROUND") or 25),
                  max(5, end - time.monotonic())))
        done += r.done
        lines += world.account.lines
        last = world.account
        fresh = Account(world.dir)
        fresh.follow(last)
        world.account = fresh
    finish(world)
    bounds(world, done, lines)
    if failures == 0:
        forge(last)
    print("# SEED=%s: %d rounds" % (seed, number))
    print("1..%d" % tests)
    world.smarthost.stdin.close()
    world.smarthost.wait()
    return failures > 0


sys.exit(main())
