"""Starts a program as systemd does with sockets: LAUNCHER ADDRESS:PORT[=NAME]... -- PROGRAM ARGS."""
import os
import socket
import sys

split = sys.argv.index("--")
wanted, command = sys.argv[1:split], sys.argv[split + 1 :]
sockets, names = [], []
for entry in wanted:
    place, _, name = entry.partition("=")
    host, _, port = place.rpartition(":")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, int(port)))
    listening.listen(128)
    sockets.append(listening)
    names.append(name or "unknown")
# Out of the way first, so that no descriptor is overwritten before it is copied.
high = [os.dup2(one.fileno(), 100 + index, inheritable=False) for index, one in enumerate(sockets)]
for index, descriptor in enumerate(high):
    os.dup2(descriptor, 3 + index, inheritable=True)
os.environ["LISTEN_FDS"] = str(len(sockets))
os.environ["LISTEN_FDNAMES"] = ":".join(names)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(command[0], command)
