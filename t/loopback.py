"""Starts a program for a connection, as inetd does, and is its client too.

    loopback.py [OPTION]... PROGRAM ARG... <SESSION >REPLIES

The program gets the connection as its descriptors 0 and 1, and keeps 2; its
exit status is the one of this.  The session is sent at once.

    --listen ADDRESS    127.0.0.1 by default; the port is a free one
    --user N            the client runs as this user, and so connects
    --gone              the client has closed before the program starts
    --inetd             the program gets the connection as 2 too

    loopback.py --address

prints an address of this machine that is none of the loopback, or nothing.
"""
import os
import socket
import sys


def client(address, family, uid, gone):
    if uid is not None:
        os.setgroups([])
        os.setresuid(uid, uid, uid)
    s = socket.socket(family)
    s.connect(address)
    s.sendall(sys.stdin.buffer.read())
    if gone:
        return
    s.shutdown(socket.SHUT_WR)
    while data := s.recv(65536):
        os.write(1, data)


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        name = s.getsockname()[0]
    return "" if name.startswith("127.") else name


def main(argv):
    if argv == ["--address"]:
        print(own_address())
        return 0
    listen, uid, gone, inetd = "127.0.0.1", None, False, False
    while argv[0].startswith("--"):
        option = argv.pop(0)
        if option == "--listen":
            listen = argv.pop(0)
        elif option == "--user":
            uid = int(argv.pop(0))
        elif option == "--gone":
            gone = True
        elif option == "--inetd":
            inetd = True
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    server = socket.socket(family)
    server.bind((listen, 0))
    server.listen()
    talker = os.fork()
    if talker == 0:
        server_address = server.getsockname()
        server.close()
        client(server_address, family, uid, gone)
        os._exit(0)
    connection, _ = server.accept()
    if gone:
        os.waitpid(talker, 0)
    program = os.fork()
    if program == 0:
        for fd in (0, 1, 2) if inetd else (0, 1):
            os.dup2(connection.fileno(), fd)
        os.execv(argv[0], argv)
    connection.close()
    status = os.waitstatus_to_exitcode(os.waitpid(program, 0)[1])
    if not gone:
        os.waitpid(talker, 0)
    return status


sys.exit(main(sys.argv[1:]))
