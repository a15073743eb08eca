# Who recovers from the states of a disk: for crash.py.

import hashlib
import os
import shutil
import subprocess
import sys

from crash_account import Outcome, is_whole, taken


def digest(state):
    h = hashlib.blake2b(digest_size=16)
    for path, data, same in state:
        h.update(repr((path, data is None or len(data), same)).encode())
        h.update(data or b'')
    return h.digest()


class Machine:
    """Makes states, and recovers from them."""

    def __init__(self, recover, directory):
        self.directory = directory
        self.spool = os.path.join(directory, 'spool')
        self.process = subprocess.Popen(
            [recover, os.path.join(directory, 'conf')], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.outcomes = {}
        self.runs = 0

    def make(self, state):
        shutil.rmtree(self.spool, ignore_errors=True)
        os.mkdir(self.spool)
        for path, data, same in state:
            path = os.path.join(self.spool, path)
            if data is None:
                os.mkdir(path, 0o700)
            elif same is not None:
                os.link(os.path.join(self.spool, same), path)
            else:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
                os.write(fd, data)
                os.close(fd)

    def outcome(self, state):
        name = digest(state)
        if name not in self.outcomes:
            self.make(state)
            self.outcomes[name] = self.recover()
        return self.outcomes[name]

    def recover(self):
        self.runs += 1
        self.process.stdin.write('go\n')
        self.process.stdin.flush()
        o = Outcome()
        while True:
            words = self.process.stdout.readline().split()
            if not words:
                sys.exit('crash.py: recover ended')
            if words[0] == 'took':
                o.took.append((words[1], words[2]))
            elif words[0] == 'told' and is_whole(words[1]):
                o.told.append(words[1])
            elif words[0] == 'done':
                o.status = int(words[1])
                break
        o.look(self.spool)
        return o


class Real:
    """The same as Machine does, by the real programs."""

    def __init__(self, flush, conf, took):
        self.command = [flush, '-C', conf, '--once', '--all', '--stderr']
        self.took = took
        self.states, self.runs = [], 0

    def keep(self, name, state):
        """Some of all states."""
        if name[0] < 3 and len(self.states) < 100:
            self.states.append(state)

    def differences(self, machine):
        for state in self.states:
            want = machine.outcome(state).fates()
            # On a machine that is very busy one may run out of patience.
            for _ in range(3):
                o = self.recover(machine, state)
                if o.fates() == want:
                    break
                show_difference(state, o.fates(), want)
            else:
                yield state

    def recover(self, machine, state):
        for name in os.listdir(self.took):
            os.unlink(os.path.join(self.took, name))
        machine.make(state)
        self.runs += 1
        o = Outcome()
        o.status = subprocess.run(self.command, stdin=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode
        for name in os.listdir(self.took):
            if name.endswith('.env'):
                told, took = taken(self.took, name)
                o.told += told
                o.took += took
        o.look(machine.spool)
        return o


def show_state(state):
    for path, data, same in state:
        print('#   %s %s' % (path, '/' if data is None else
                             '= ' + same if same else
                             '%d bytes %r' % (len(data), data[:200])))


def show_difference(state, one, other):
    for a, b in zip(one, other):
        if a != b:
            print('# real: %r\n# simulated: %r' % (a, b))
    show_state(state)
