# SPDX-License-Identifier: BSD-3-Clause
"""A TCP server that sends numbered lines, and sends again what was not acknowledged."""
import socket
import threading


class Sender:
    """Each client gets the lines that nobody has acknowledged yet, then the new ones. It writes back how many lines of
    its connection are safe. The lines before are not sent again."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.lines = []
        self.safe = 0  # lines that somebody has acknowledged
        self.sent = 0  # lines that have been sent, the repeated ones too
        self.closed = False
        self.changed = threading.Condition()
        threading.Thread(target=self.accept, daemon=True).start()

    def put(self, word):
        with self.changed:
            self.lines.append(f"{len(self.lines)} {word}\n")
            self.changed.notify_all()

    def close(self):
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.server.close()

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            begin = self.safe
            threading.Thread(target=self.hear, args=(client, begin), daemon=True).start()
            threading.Thread(target=self.send, args=(client, begin), daemon=True).start()

    def send(self, client, position):
        try:
            while True:
                with self.changed:
                    self.changed.wait_for(lambda: self.closed or position < len(self.lines))
                    if self.closed:
                        return
                    text = "".join(self.lines[position:])
                    self.sent += len(self.lines) - position
                    position = len(self.lines)
                client.sendall(text.encode())
        except OSError:
            pass  # the client has gone
        finally:
            client.close()

    def hear(self, client, begin):
        heard = b""
        try:
            while data := client.recv(4096):
                heard += data
                *numbers, heard = heard.split(b"\n")
                if numbers:
                    with self.changed:
                        self.safe = max(self.safe, begin + int(numbers[-1]))
        except OSError:
            pass
