# Mistakes that programs could make, put into a trace: for crash.py.


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
