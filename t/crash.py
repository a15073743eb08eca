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
# Which states there are crash_disk.py says; how the account goes
# crash_account.py.

import collections
import sys

from crash_account import Account
from crash_disk import Disk
from crash_machine import Machine, Real, digest, show_state
from crash_mistakes import MISTAKES


def read_trace(path):
    ops = []
    with open(path) as f:
        for line in f:
            ops.append(line.rstrip('\n').split(' '))
    return ops


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


class Output:
    def __init__(self):
        self.n = self.failed = 0

    def ok(self, passed, what):
        self.n += 1
        self.failed += not passed
        print('%sok %d - %s' % ('' if passed else 'not ', self.n, what))
        sys.stdout.flush()


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
