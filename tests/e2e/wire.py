# SPDX-FileCopyrightText: The slurmxx authors
# SPDX-License-Identifier: Apache-2.0
"""Just enough of docs/formats/wire.md to misbehave in it: a session over slurmctld's unix socket, where the kernel names the user."""
import os, socket, struct, time

CLIENT_CALL, NODE_REPORT = 1, 3


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def text(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


class Session:
    def __init__(self, path, uid):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.sent = 0
        os.seteuid(uid)  # SO_PEERCRED tells who connected
        try:
            self.socket.connect(path)
        finally:
            os.seteuid(0)
        self.frame(text(1, text(1, "slurmxx") + number(2, 1) + number(3, 1000) + text(4, "kernel")))
        assert b"slurmxx" in self.answer()

    def frame(self, body):
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def message(self, kind, body):
        self.sent += 1
        self.frame(struct.pack(">QQQH", self.sent, int(time.time()), 0, kind) + body)

    def read(self, count):
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part:
                return got
            got += part
        return got

    def answer(self):
        """The next frame; b"" when the connection was closed."""
        try:
            head = self.read(4)
            return self.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""
        except ConnectionError:
            return b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
