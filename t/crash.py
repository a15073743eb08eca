# crash.py: every state that a power cut can leave on the disk.
#
#	crash.py RECOVER DIRECTORY FLUSH CONF TOOK NAME=TRACE[,OPTION]...
#
# A trace (fault_record.h) is what programs did to the files of a queue.  At
# each point of it the power goes: the states that the disk may be in then are
# made in DIRECTORY/spool, one after the other, RECOVER (recover.c) runs there
# as after a reboot, and the account of all acknowledged mail must balance.
# From some of them FLUSH recovers, too, with the configuration CONF for that
# spool, and a smarthost that puts what it takes in the directory TOOK.
#
# Two models say which states there are.
#
# "posix": what POSIX promises, and nothing more.  A file has what it had when
# it was synced last; of what was written since, each sector of 512 bytes may
# be on the disk, in any of the versions that it had, or not, and its size may
# be any that it had, or end with a sector between.  A directory has the names
# that it had when it was synced last, and each that came or went since is
# there or not, on its own: a rename may be half done, and leave the file with
# two names or none.  No real file system with a journal is that bad; what
# survives this does not depend on one.
#
# "journal": ext4, XFS, btrfs and their like.  Names change in the order in
# which they were changed, a rename is one change, and whoever syncs anything
# makes all earlier changes of names durable.  Data are written when it suits,
# by blocks of 4096 bytes: without data=ordered, or with blocks that are
# allocated first and filled later (the default of ext4 today), a file may have
# its new size and zeros.
#
# States are only added until something is synced, or happens outside; so they
# are looked at just before that.  Where those of one point are more than LIMIT,
# all things but one are as before or as after, and this one takes all its
# values.  A file of more than BLOCKS blocks has larger ones.

import collections
import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys
import zlib

LIMIT = 300             # states of a point
CONTENTS = 40           # of a file
BLOCKS = 12             # of a file, that are told apart


def message(data):
    """Recipients still to do, all recipients, and the content of a file."""
    try:
        size = int(data[4:12])
        lines = data[:size].decode('latin-1').split('\n')
    except ValueError:
        return None
    if data[:4] != b'OB1 ' or size == 0 or len(data) < size:
        return None
    marks = {line[2:]: line[1] for line in lines if line[:1] == 'R'}
    sender = [line[1:] for line in lines if line[:1] == 'S']
    return sender[:1] == [''], marks, data[size:]


def crc(data):
    return '%08x' % zlib.crc32(data)


def reported(text):
    """Whom a report is about."""
    head = 'Final-Recipient: rfc822; '
    names = [line[len(head):].strip() for line in text.split('\n')
             if line.startswith(head)]
    return [name for name in names if is_whole(name)]


def is_whole(address):
    """A report that is torn, and not promised to anybody, has halves of
    addresses, which look different when they have gone through a server."""
    return re.fullmatch(r'\S+@(\S+\.)?example\.(net|org)', address)


def read_trace(path):
    ops = []
    with open(path) as f:
        for line in f:
            ops.append(line.rstrip('\n').split(' '))
    return ops


class File:
    """Its content when it was synced, and after each write since."""

    def __init__(self):
        self.synced = b''
        self.later = []

    def now(self):
        return self.later[-1] if self.later else self.synced

    def write(self, offset, data):
        old = self.now().ljust(offset, b'\0')
        self.later.append(old[:offset] + data + old[offset + len(data):])

    def truncate(self, size):
        self.later.append(self.now()[:size].ljust(size, b'\0'))

    def sync(self):
        self.synced, self.later = self.now(), []

    def contents(self, block):
        """All that may be on the disk; the last one is the newest."""
        if not self.later:
            return [self.synced]
        every = [self.synced] + self.later
        least, most = min(map(len, every)), max(map(len, every))
        while most > block * BLOCKS:
            block *= 2
        sizes = {len(v) for v in every}
        ends = list(range(least // block * block + block, most, block))
        sizes.update(ends[:2] + ends[-2:])
        choices = []
        for at in range(0, most, block):
            versions = [v[at:at + block].ljust(block, b'\0') for v in every]
            choices.append(list(dict.fromkeys(versions)))
        found = dict()
        for blocks in product(choices, CONTENTS):
            whole = b''.join(blocks)
            for size in sizes:
                found[whole[:size]] = True
        found.pop(every[-1], None)
        return list(found) + [every[-1]]


def product(choices, limit):
    """All combinations; or with all but one or two the oldest or newest."""
    n = 1
    for c in choices:
        n *= len(c)
    if n <= limit:
        yield from itertools.product(*choices)
        return
    for base in ([c[0] for c in choices], [c[-1] for c in choices]):
        yield tuple(base)
        for i, c in enumerate(choices):
            for value in c:
                yield tuple(base[:i] + [value] + base[i + 1:])
    old, new = [c[0] for c in choices], [c[-1] for c in choices]
    for i in range(1, len(choices)):
        yield tuple(old[:i] + new[i:])
        yield tuple(new[:i] + old[i:])


class Disk:
    """What is durable of a queue, and what may be."""

    def __init__(self, model, directories):
        self.model = model
        self.files = collections.defaultdict(File)
        self.names = {}         # path: key, or None; durable
        self.later = []         # changes since: lists of (path, key)
        for d in directories:
            self.names[d] = 'directory'

    def now(self):
        names = dict(self.names)
        for change in self.later:
            names.update(change)
        return {p: k for p, k in names.items() if k is not None}

    def change(self, *pairs):
        self.later.append(list(pairs))

    def sync(self, directory):
        """This directory, or with None something else, was synced."""
        if self.model == 'journal':
            for change in self.later:
                self.names.update(change)
            self.later = []
        elif directory is not None:
            for change in self.later:
                for path, key in change:
                    if (os.path.dirname(path) or '.') == directory:
                        self.names[path] = key
            self.later = [[(p, k) for p, k in change
                           if (os.path.dirname(p) or '.') != directory]
                          for change in self.later]
            self.later = [change for change in self.later if change]

    def do(self, op):
        kind, args = op[1], op[2:]
        if kind == 'make':
            self.change((args[0], args[1]))
        elif kind == 'write':
            self.files[args[0]].write(int(args[1]), bytes.fromhex(args[2]))
        elif kind == 'truncate':
            self.files[args[0]].truncate(int(args[1]))
        elif kind == 'link':
            self.change((args[1], args[0]))
        elif kind == 'rename':
            key = self.now()[args[0]]
            self.change((args[0], None), (args[1], key))
        elif kind == 'unlink':
            self.change((args[0], None))
        elif kind == 'mkdir':
            self.change((args[0], 'directory'))
        elif kind == 'sync':
            self.files[args[0]].sync()
            self.sync(None)
        elif kind == 'syncdir':
            self.sync(args[0])
        elif kind == 'unknown':
            sys.exit('crash.py: the models do not have ' + ' '.join(op))

    def namings(self):
        """The choices of names: lists of alternatives, each a list of
        changes; the last is the newest."""
        if self.model == 'journal':
            return [[sum(self.later[:n], [])
                     for n in range(len(self.later) + 1)]]
        paths = collections.defaultdict(list)
        for change in self.later:
            for path, key in change:
                paths[path].append(key)
        return [[[(p, k)] for k in dict.fromkeys([self.names.get(p)] + keys)]
                if self.names.get(p) != keys[-1] or len(keys) > 1
                else [[(p, keys[-1])]] for p, keys in paths.items()]

    def states(self):
        """Each is a tuple of (path, content or None, path of a file that is
        the same)."""
        block = 512 if self.model == 'posix' else 4096
        namings = self.namings()
        keys = set(self.names.values())
        for choice in namings:
            for changes in choice:
                keys.update(k for p, k in changes)
        # Of the files that hold no mail each is varied alone.
        side = {k for p, k in itertools.chain(self.names.items(), *[
            c for choice in namings for c in choice])
            if k is not None and os.path.basename(p).startswith(
                ('state', 'lock'))}
        pending = [k for k in keys if k in self.files and
                   self.files[k].later]
        main = [k for k in pending if k not in side]
        contents = {k: self.files[k].contents(block) for k in pending}
        newest = {k: c[-1] for k, c in contents.items()}
        for combined in product(
                namings + [[(k, c) for c in contents[k]] for k in main],
                LIMIT):
            names = dict(self.names)
            for changes in combined[:len(namings)]:
                names.update(changes)
            yield self.freeze(names, {**newest,
                                      **dict(combined[len(namings):])})
        names = self.now()
        for k in pending:
            if k in side:
                for c in contents[k]:
                    yield self.freeze(names, {**newest, k: c})

    def freeze(self, names, contents):
        here, first = [], {}
        for path in sorted(p for p, k in names.items() if k is not None):
            key, parent = names[path], os.path.dirname(path)
            if parent and names.get(parent) is None:
                continue        # its directory is not there
            if key == 'directory':
                here.append((path, None, None))
                continue
            data = contents.get(key)
            if data is None:
                data = self.files[key].synced
            here.append((path, data, first.get(key)))
            first.setdefault(key, path)
        return tuple(here)


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


def taken(directory, name):
    """What the smarthost took: whom it reports on, who got which content."""
    base = os.path.join(directory, name[:-4])
    with open(base + '.env') as f:
        rcpts = [line.split()[1].strip('<>') for line in f
                 if line.startswith('rcpt ')]
    with open(base + '.msg', 'rb') as f:
        data = f.read()
    return reported(data.decode('latin-1')), [(r, crc(data)) for r in rcpts]


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


class Outcome:
    def __init__(self):
        self.took, self.told, self.status = [], [], None
        self.queued, self.parked, self.junk = [], [], 0
        self.stuck = False      # in queue/, and no message

    def fates(self):
        """Without the reports themselves, which differ in their IDs."""
        return (self.status, sorted(t for t in self.took if '@example.org'
                                    not in t[0]), sorted(self.told),
                sorted(self.queued), sorted(self.parked), self.junk)

    def look(self, spool):
        for name, fates in ('queue', self.queued), ('failed', self.parked):
            place = os.path.join(spool, name)
            for entry in os.listdir(place) if os.path.isdir(place) else []:
                with open(os.path.join(place, entry), 'rb') as f:
                    data = f.read()
                m = message(data)
                if name == 'queue' and entry[0] != '.':
                    self.stuck |= m is None or os.stat(
                        os.path.join(place, entry)).st_nlink > 1
                if m is None:
                    self.junk += 1
                    continue
                report, marks, content = m
                if report:
                    self.told += reported(content.decode('latin-1'))
                for address, mark in marks.items():
                    if mark == '-' or (name == 'failed' and mark == '!'):
                        fates.append((address, crc(content)))


class Account:
    """What was acknowledged, and what had become of it, at a point."""

    def __init__(self, took, options):
        self.took_directory = took
        self.options = options
        self.content = {}       # of each recipient's message, named or not
        self.acked = {}         # the same, of what was acknowledged
        self.links = {}         # pid: keys not acknowledged yet
        self.last = None        # pid of the last of these
        self.delivered = collections.Counter()
        self.told = collections.Counter()
        self.deleted = set()

    def take(self, name):
        told, took = taken(self.took_directory, name)
        self.told.update(told)
        self.delivered.update(took)

    @staticmethod
    def contents(disk, key):
        report, marks, content = message(disk.files[key].now())
        return {} if report else dict.fromkeys(marks, crc(content))

    def note(self, op, disk):
        pid, kind, args = op[0], op[1], op[2:]
        if kind == 'link' or (kind == 'rename' and
                              args[0].startswith('queue/.')):
            key = args[0] if kind == 'link' else disk.now()[args[1]]
            self.links.setdefault(pid, []).append(key)
            self.last = pid
            self.content.update(self.contents(disk, key))
        elif kind == 'took':
            self.take(args[0])
        elif (kind == 'exit' and args == ['0', 'sendmail']) or (
                kind == 'say' and args[0] == '250' and self.last):
            keys = self.links.pop(pid, None)
            if keys is None and self.last in self.links:
                keys = self.links.pop(self.last)    # by the socket
            for key in keys or []:
                self.acked.update(self.contents(disk, key))
        elif kind == 'exit' and args == ['0', 'outbox'] and \
                'delete' in self.options:
            self.deleted.add(pid)

    def size(self):
        return (len(self.acked), sum(self.delivered.values()),
                len(self.deleted))

    def judge(self, o, over):
        """What is wrong with an outcome, as words."""
        wrong = []
        took = collections.Counter(o.took)
        for address, content in self.acked.items():
            both = (address, content)
            fates = (took[both] + self.delivered[both] +
                     o.told.count(address) + self.told[address] +
                     o.queued.count(both) + o.parked.count(both))
            if fates == 0 and 'delete' not in self.options:
                wrong.append('lost ' + address)
        for (address, content), n in took.items():
            if content != self.content.get(address, content):
                wrong.append('torn ' + address)
            if n > 1:
                wrong.append('twice ' + address)
        if o.stuck:
            wrong.append('stuck')
        if o.status not in (0, 75):
            wrong.append('status %d' % o.status)
        if over and 'still' in self.options and (o.took or o.told):
            wrong.append('again ' + ' '.join(a for a, c in o.took))
        return wrong


class Run:
    """One trace with one model."""

    def __init__(self, machine, ops, took, model, options, real=None):
        self.machine, self.ops, self.options = machine, ops, options
        self.real = real
        directories = [] if 'bare' in options else ['queue', 'failed']
        self.disk = Disk(model, directories)
        self.account = Account(took, options)
        self.points = self.states = self.junk = 0
        self.dirty = True
        self.distinct = set()
        self.wrong = collections.Counter()
        self.examples = {}

    def check(self, over):
        self.points += 1
        seen = set()
        for state in self.disk.states():
            name = digest(state)
            if name in seen:
                continue
            seen.add(name)
            self.states += 1
            self.distinct.add(name)
            o = self.machine.outcome(state)
            self.junk += o.junk > 0
            wrong = self.account.judge(o, over)
            # A hole looks different when the real client has encoded it.
            if self.real is not None and not wrong:
                self.real.keep(name, state)
            for what in wrong:
                kind = what.split()[0]
                self.wrong[kind] += 1
                self.examples.setdefault(kind, (what, self.points, state))

    def run(self):
        """Before each that makes some states impossible, or changes what
        must be accounted for."""
        for op in self.ops:
            if op[1] in ('sync', 'syncdir', 'took', 'exit', 'say'):
                if self.dirty:
                    self.check(False)
                self.dirty = False
            before = self.account.size()
            self.disk.do(op)
            self.account.note(op, self.disk)
            self.dirty |= (op[1] not in ('took', 'exit', 'say') or
                           before != self.account.size())
        self.check(True)
        return self


# Mistakes that programs could make, put into a trace.

def of_program(ops, program):
    return {op[0] for op in ops if op[1] == 'exit' and op[-1] == program}


def without(ops, *kinds):
    """Of those who make a message: they link it."""
    pids = {op[0] for op in ops if op[1] == 'link'}
    flush = of_program(ops, 'outbox-flush') if of_program(
        ops, 'sendmail') & pids else set()
    return [op for op in ops if op[0] not in pids - flush or
            op[1] not in kinds]


def lazy_flush(ops):
    pids = of_program(ops, 'outbox-flush')
    return [op for op in ops if op[0] not in pids or op[1] != 'syncdir']


def early_unlink(ops):
    """Removed before the smarthost had it."""
    ops = list(ops)
    at = next(i for i, op in enumerate(ops) if op[1] == 'took')
    gone = next(i for i, op in enumerate(ops)
                if op[1] == 'unlink' and i > at)
    ops.insert(at, ops.pop(gone))
    return ops


def late_failed(ops):
    """The queue is synced before failed/."""
    ops = list(ops)
    at = next(i for i, op in enumerate(ops) if op[1:3] == [
        'syncdir', 'failed'])
    then = next(i for i, op in enumerate(ops) if i > at and op[1:3] == [
        'syncdir', 'queue'])
    ops[at], ops[then] = ops[then], ops[at]
    return ops


def flag_unsynced(ops):
    """Marked as done, and not yet as to be parked: the first file sync of
    flush is left out."""
    pids = of_program(ops, 'outbox-flush')
    at = next(i for i, op in enumerate(ops)
              if op[0] in pids and op[1] == 'sync')
    return ops[:at] + ops[at + 1:]


def early_seal(ops):
    """The data of a large message is not synced before its seal."""
    at = next(i for i, op in enumerate(ops) if op[1] == 'sync')
    return ops[:at] + ops[at + 1:]


MISTAKES = {
    'file': ('posix', 'lost', 'who submits does not sync the file',
             lambda ops: without(ops, 'sync')),
    'directory': ('journal', 'lost', 'who submits syncs nothing',
                  lambda ops: without(ops, 'sync', 'syncdir')),
    'name': ('posix', 'lost', 'who submits does not sync the directory',
             lambda ops: without(ops, 'syncdir')),
    'early': ('journal', 'lost', 'flush removes before the reply',
              early_unlink),
    'again': ('journal', 'again', 'flush does not sync the directory',
              lazy_flush),
    'late': ('posix', 'lost', 'failed/ is synced after the queue',
             late_failed),
    'seal': ('journal', 'torn', 'a large message is sealed before it is '
             'synced', early_seal),
    'flag': ('journal', 'lost', 'marks are written before the flag to park '
             'is synced', flag_unsynced),
}


class Output:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, passed, what):
        self.n += 1
        self.failed += not passed
        print('%sok %d - %s' % ('' if passed else 'not ', self.n, what))
        sys.stdout.flush()


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


def show(run):
    for kind, (what, point, state) in run.examples.items():
        print('# %s: %d states; the first, at point %d: %s' % (
            kind, run.wrong[kind], point, what))
        show_state(state)


def main():
    recover, directory, flush, conf, took, *traces = sys.argv[1:]
    out, total = Output(), collections.Counter()
    machine, real = Machine(recover, directory), Real(flush, conf, took)
    for word in traces:
        name, path = word.split('=')
        path, *options = path.split(',')
        ops = read_trace(path)
        mistakes = [o[8:] for o in options if o.startswith('mistake:')]
        total['traces'] += 1
        total['operations'] += len(ops)
        for model in 'posix', 'journal':
            r = Run(machine, ops, path + '.in', model, options, real).run()
            total['points'] += r.points
            total['states'] += r.states
            print('# %s, %s: %d operations, %d points, %d states, %d of them '
                  'different; %d leave a file that is no message' % (
                      name, model, len(ops), r.points, r.states,
                      len(r.distinct), r.junk))
            # What nobody was told is queued may arrive with a hole, but not
            # if it is large.
            torn = 'torn' in r.wrong and 'whole' not in options
            bad = {k: n for k, n in r.wrong.items() if k != 'torn' or not torn}
            out.ok(not bad and len(r.account.acked) > 0,
                   '%s: no power cut loses anything (%s)' % (name, model))
            if model == 'journal' and 'small' in options:
                out.ok(r.junk == 0, name + ': what nobody was told is queued '
                       'leaves nothing for a person to look at')
            if torn:
                print('# %s, %s: %d states with a message that is torn, and '
                      'was never acknowledged' % (name, model,
                                                  r.wrong['torn']))
            if bad:
                show(r)
        for m in mistakes:
            model, kind, what, change = MISTAKES[m]
            r = Run(machine, change(ops), path + '.in', model, options).run()
            out.ok(r.wrong[kind] > 0, '%s: it is noticed that %s' % (
                name, what))
    out.ok(not list(real.differences(machine)) and real.runs > 0,
           'the real programs do the same')
    print('# %d traces, %d operations, %d points, %d states, %d recoveries, '
          '%d by the real programs' % (
              total['traces'], total['operations'], total['points'],
              total['states'], machine.runs, real.runs))
    print('1..%d' % out.n)
    sys.exit(out.failed > 0)


main()
