# File systems in an image, as root: disk.py VERB...
#
#	mount IMAGE DIRECTORY TYPE OPTIONS NODES
#			by a loop device that goes away with the mount; its node
#			is made in the directory NODES.  77: there is none here,
#			or this kernel has no file system of that TYPE.
#	shutdown DIRECTORY FILE COPY
#			as if the power failed: what is not on the disk is not
#			written, also of the journal (ext4, XFS); COPY has what
#			FILE had just before

import fcntl
import os
import shutil
import stat
import struct
import subprocess
import sys
import time

LOOP_SET_FD = 0x4C00
LOOP_SET_STATUS64 = 0x4C04
LOOP_CTL_GET_FREE = 0x4C82
LO_FLAGS_AUTOCLEAR = 4
FS_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2


def node(path, mode, major, minor):
    if os.path.exists(path):
        os.unlink(path)
    os.mknod(path, mode | 0o600, os.makedev(major, minor))
    return path


def attach(image, nodes):
    """Open a loop device for it; its path and descriptor."""
    control = os.open(node(os.path.join(nodes, 'loop-control'), stat.S_IFCHR,
                           10, 237), os.O_RDWR)
    back = os.open(image, os.O_RDWR)
    for _ in range(100):
        n = fcntl.ioctl(control, LOOP_CTL_GET_FREE)
        path = node(os.path.join(nodes, 'loop%d' % n), stat.S_IFBLK, 7, n)
        fd = os.open(path, os.O_RDWR)
        try:
            fcntl.ioctl(fd, LOOP_SET_FD, back)
        except OSError:         # someone else was faster
            os.close(fd)
            time.sleep(0.05)
            continue
        info = struct.pack('=5Q4I', 0, 0, 0, 0, 0, 0, 0, 0,
                           LO_FLAGS_AUTOCLEAR) + bytes(64 + 64 + 32 + 16)
        fcntl.ioctl(fd, LOOP_SET_STATUS64, info)
        return path, fd
    raise OSError('no loop device is free')


def is_known(kind):
    with open('/proc/filesystems') as names:
        return any(line.split()[-1] == kind for line in names)


def mount(image, directory, kind, options, nodes):
    try:
        path, fd = attach(image, nodes)
    except OSError as e:
        print('no loop device: %s' % e)
        return 77
    status = subprocess.run(['mount', '-t', kind, '-o', options, path,
                             directory]).returncode
    os.close(fd)
    print(path)
    if status != 0 and not is_known(kind):
        print('this kernel has no %s' % kind)
        return 77
    return status


def shutdown(directory, file, copy):
    fd = os.open(directory, os.O_RDONLY)
    shutil.copyfile(file, copy)
    fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack('I', NO_LOG_FLUSH))
    return 0


verbs = {'mount': mount, 'shutdown': shutdown}
sys.exit(verbs[sys.argv[1]](*sys.argv[2:]))
