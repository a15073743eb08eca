"""What goes wrong in a soak.  Each trouble takes the world and a source of
chances, does its harm, and undoes what would not end by itself."""

import os
import signal
import time

from soak_world import SECRET

RULES = {
    "greeting": ["reply-close 421 4.3.2 busy", "reply 554 5.3.2 no",
                 "close", "stall", "delay 300", "reset"],
    "ehlo": ["reply-close 421 4.3.2 busy", "close", "reply 550 no"],
    "starttls": ["reply 454 4.7.0 not now", "close",
                 "inject 250 injected\\r\\n"],
    "handshake": ["close", "raw 220 not TLS\\r\\n", "stall"],
    "auth": ["reply 454 4.7.0 not now", "reply 535 5.7.8 wrong", "close",
             "reply-close 421 4.7.0 too many"],
    "mail": ["reply 450 4.2.0 later", "reply 550 5.7.1 no", "close",
             "reply-close 421 4.3.2 busy", "slow 20 250 2.1.0 ok"],
    "rcpt": ["reply 450 4.2.1 later", "reply 550 5.1.1 unknown",
             "reply 452 4.5.3 too many", "reply-close 421 4.3.2 busy", "reset"],
    "data": ["reply 451 4.3.0 later", "reply 554 5.6.0 no", "close"],
    "body": ["close-after 100", "close-after 5000", "drip 2000", "reset"],
    "dot": ["reply 451 4.3.0 later", "reply 554 5.7.1 spam", "accept-close",
            "close", "truncate", "reset", "stall", "delay 300",
            "reply-close 421 4.3.2 busy", "reply 452 4.3.1 full"],
    "quit": ["close", "stall", "silent"],
}


def mood(world, chance):
    """The smarthost has another temper."""
    rules = []
    for phase in RULES:
        if chance.random() < 0.35:
            action = chance.choice(RULES[phase])
            rules.append("%s %%%d %s" % (phase, chance.randint(
                2 if phase in ("greeting", "ehlo", "handshake") else 3, 12),
                action))
    chance.shuffle(rules)
    world.write("script", "".join(r + "\n" for r in rules))


def kill_flush(world, chance):
    world.end(signal.SIGKILL)


def end_flush(world, chance):
    world.end(signal.SIGTERM)


def reload(world, chance):
    world.configure(connections=chance.randint(1, 4),
                    window=chance.choice([1, 2, 16, 50]),
                    messages=chance.choice([1, 3, 100]),
                    recipients=chance.choice([1, 2, 100]))
    world.end(signal.SIGHUP)


def mended(world, chance):
    world.end(signal.SIGUSR1)


def pause(world, pid, chance):
    try:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(chance.random() * 0.5)
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


def pause_flush(world, chance):
    pause(world, world.flush.pid, chance)


def hit_child(world, chance):
    """Something happens to a worker, a doorkeeper or who serves a client."""
    flush = world.flush.pid
    children = sorted(p for p in world.processes() if p != flush)
    if not children:
        return
    pid = chance.choice(children)
    number = chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
    if number == signal.SIGSTOP:
        pause(world, pid, chance)
        return
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def hit_submitter(world, chance):
    with world.lock:
        if not world.children:
            return
        p = chance.choice(sorted(world.children, key=lambda p: p.pid))
        if p.poll() is None:
            p.send_signal(chance.choice([signal.SIGKILL, signal.SIGTERM]))


def wrong_password(world, chance):
    world.write("password", "another\n")
    time.sleep(chance.random() * 2)
    world.write("password", SECRET)


def full_disk(world, chance):
    """Nothing can be written for a while."""
    if not world.small_disk:
        world.configure(min_free="1000000G")
        world.end(signal.SIGHUP)
        time.sleep(chance.random() * 2)
        world.configure(min_free="0")
        world.end(signal.SIGHUP)
        return
    path = os.path.join(world.spool, "filler")
    try:
        with open(path, "wb", buffering=0) as f:
            while True:
                f.write(bytes(65536))
    except OSError:
        pass
    time.sleep(chance.random() * 2)
    os.unlink(path)


def jump(world, chance):
    hour = 3600
    world.set_clock(chance.choice([0, 0, 60, -60, hour, -hour, 30 * hour,
                                   -30 * hour]))
    if chance.random() < 0.05:      # what waits outlives its time
        world.set_clock(7 * 24 * hour)


def other_state(world, chance):
    """The state file is gone, or says something else."""
    path = os.path.join(world.spool, "state")
    if chance.random() < 0.5:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
    else:
        try:
            with open(path, "wb") as f:
                f.write(chance.randbytes(200))
        except OSError:
            pass
    world.end(chance.choice([signal.SIGKILL, signal.SIGTERM]))


TROUBLES = [(mood, 10), (kill_flush, 3), (end_flush, 2), (reload, 2),
            (mended, 3), (pause_flush, 2), (hit_child, 8),
            (hit_submitter, 8), (wrong_password, 1), (full_disk, 2),
            (jump, 2), (other_state, 1)]
