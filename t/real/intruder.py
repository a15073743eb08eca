"""What a process can do that has the group of the queue and means harm.

	python3 - QUEUE VICTIM

QUEUE is the directory of the queue, VICTIM the ID of another user's message.
Prints "may WHAT" or "may not WHAT: WHY".
"""
import ctypes
import os
import socket
import sys

base, victim = sys.argv[1:3]
queue = base + "/queue"
his = queue + "/" + victim
libc = ctypes.CDLL(None, use_errno=True)
made = []


def tried(what, call):
    try:
        call()
    except OSError as e:
        print("may not %s: %s" % (what, e.strerror))
        return 0
    print("may", what)
    return 1


def opened(path, flags):
    def call():
        os.close(os.open(path, flags | os.O_NONBLOCK, 0o600))
    return call


def new():
    path = "%s/%024X" % (queue, 16 + len(made))
    made.append(path)
    return path


def again(path):
    fd = os.open(path, os.O_PATH)
    try:
        os.close(os.open("/proc/self/fd/%d" % fd, os.O_RDONLY))
    finally:
        os.close(fd)


def exchanged():
    mine = new()
    opened(mine, os.O_WRONLY | os.O_CREAT)()
    if libc.renameat2(-100, mine.encode(), -100, his.encode(), 2) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def bound():
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(new())


def named(path, directory):
    """A nameless file of one's own gets this name."""
    fd = os.open(directory, os.O_TMPFILE | os.O_RDWR, 0o606)
    rc = libc.linkat(-100, b"/proc/self/fd/%d" % fd, -100, path.encode(), 0x400)
    os.close(fd)
    if rc != 0:
        raise OSError(ctypes.get_errno(), "linkat")


def renamed_over():
    mine = new()
    opened(mine, os.O_WRONLY | os.O_CREAT)()
    os.rename(mine, his)


# Of another's message: that it is there, and no more.
tried("list the queue", lambda: os.listdir(queue))
tried("read it", opened(his, os.O_RDONLY))
tried("read it by another way", lambda: again(his))
tried("write it", opened(his, os.O_WRONLY))
tried("append to it", opened(his, os.O_WRONLY | os.O_APPEND))
tried("cut it", lambda: os.truncate(his, 0))
tried("remove it", lambda: os.unlink(his))
tried("rename it", lambda: os.rename(his, new()))
tried("rename over it", renamed_over)
tried("exchange it", exchanged)
tried("name another file so", lambda: named(his, queue))
tried("make a second name", lambda: os.link(his, new()))
tried("change its mode", lambda: os.chmod(his, 0o777))
tried("change its owner", lambda: os.chown(his, os.getuid(), -1))
tried("change its times", lambda: os.utime(his, (0, 0)))
tried("give it an attribute", lambda: os.setxattr(his, "user.x", b"x"))
# Of what belongs to the scheduler.
tried("change the mode of the queue", lambda: os.chmod(queue, 0o777))
tried("rename the queue", lambda: os.rename(queue, base + "/q"))
tried("make a file beside it", opened(base + "/x", os.O_WRONLY | os.O_CREAT))
tried("remove the fifo", lambda: os.unlink(base + "/wake"))
tried("read the fifo", opened(base + "/wake", os.O_RDONLY))
tried("take the lock", opened(base + "/lock", os.O_RDONLY))
tried("list failed/", lambda: os.listdir(base + "/failed"))
tried("put a file there", opened(base + "/failed/x", os.O_WRONLY |
                                 os.O_CREAT))
tried("write the state", opened(base + "/state", os.O_WRONLY))
tried("read the password", opened("/etc/outbox/password", os.O_RDONLY))
tried("write the configuration", opened("/etc/outbox/outbox.conf",
                                        os.O_WRONLY))
# What is left: to add to the queue, as oneself.
tried("write to the fifo", opened(base + "/wake", os.O_WRONLY))
tried("make a file", opened(new(), os.O_WRONLY | os.O_CREAT))
tried("make a nameless one", lambda: named(new(), queue))
tried("make one of another user", lambda: os.chown(made[-1], 0, -1))
tried("make a device", lambda: os.mknod(new(), 0o20606, os.makedev(1, 5)))
tried("make a directory", lambda: os.mkdir(new()))
tried("make a fifo", lambda: os.mkfifo(new()))
tried("make a socket", bound)
tried("make a link", lambda: os.symlink("/etc/passwd", new()))
tried("make a name of any kind", opened(queue + "/x\n", os.O_WRONLY |
                                        os.O_CREAT))
tried("remove its own", lambda: os.unlink(queue + "/x\n"))
