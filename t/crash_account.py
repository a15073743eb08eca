# What became of each message, and what must have: for crash.py.

import collections
import os
import re
import zlib


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


def taken(directory, name):
    """What the smarthost took: whom it reports on, who got which content."""
    base = os.path.join(directory, name[:-4])
    with open(base + '.env') as f:
        rcpts = [line.split()[1].strip('<>') for line in f
                 if line.startswith('rcpt ')]
    with open(base + '.msg', 'rb') as f:
        data = f.read()
    return reported(data.decode('latin-1')), [(r, crc(data)) for r in rcpts]


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
