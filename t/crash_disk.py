# What may be on the disk when the power goes: for crash.py.
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
import itertools
import os
import sys

LIMIT = 300             # states of a point
CONTENTS = 40           # of a file
BLOCKS = 12             # of a file, that are told apart


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
