# SPDX-License-Identifier: BSD-3-Clause
"""A network that delays, trickles and cuts, between a sender of lines and a program with a socket stream. The program
goes on, and each record is a whole line; but at the end of a connection it may be what there was of a line."""
import asyncio
import random
import re
import signal
import socket
import struct
import zlib

from kit import PATIENCE, Failed, require

LINES_A_CUT = 150
LONGEST_CHUNK = 4000


class Sender:
    """Sends numbered lines to whoever connects, and goes on where the connection before stopped."""

    def __init__(self, chance):
        self.chance, self.sent = chance, 0

    def line(self):
        body = f"{self.sent}:" + "ab" * self.chance.randrange(200)
        self.sent += 1
        return f"{body}:{zlib.crc32(body.encode())}\n"


def is_whole(record):
    body, _, crc = record.rpartition(":")
    return crc == str(zlib.crc32(body.encode()))


class Connection:
    """What the proxy handed on over one connection, and how it ended."""

    def __init__(self, writer):
        self.writer = writer  # open as long as it is referred to
        self.bytes = b""
        self.end = None  # how many bytes are to be handed on
        self.was_reset = False

    def records(self):
        """The records of what was handed on, as docs/receivers.md says: the rest after the last newline is one."""
        text = self.bytes.decode()
        return text.removesuffix("\n").split("\n") if text else []


class LossyProxy:
    """Listens for a program, and hands on what a sender says: in pieces, late, and not to the end."""

    def __init__(self, sender, chance, cuts):
        self.sender, self.chance, self.cuts = sender, chance, cuts
        self.connections = []
        self.trouble = "nothing was dropped"

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    def is_over(self):
        return len(self.connections) > self.cuts and len(self.connections[-1].bytes) == self.connections[-1].end

    async def serve(self, _, to):
        here = Connection(to)
        self.connections.append(here)
        is_last = len(self.connections) > self.cuts
        text = "".join(self.sender.line() for _ in range(LINES_A_CUT)).encode()
        here.end = len(text) if is_last else self.chance.randrange(len(text))
        longest = self.chance.choice([7, 300, LONGEST_CHUNK])  # a trickle, or more
        delay = self.chance.choice([0, 0.001])
        try:
            while len(here.bytes) < here.end:
                piece = text[len(here.bytes):min(here.end, len(here.bytes) + self.chance.randrange(1, longest + 1))]
                here.bytes += piece
                to.write(piece)
                await to.drain()
                if delay and self.chance.random() < 0.2:
                    await asyncio.sleep(delay)
        except ConnectionError as e:
            self.trouble = f"the program dropped connection {len(self.connections)}: {e}"
            return
        here.was_reset = not is_last and self.chance.random() < 0.5
        if here.was_reset:  # what is on its way is lost
            to.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            to.transport.abort()
        elif not is_last:
            to.close()


def run(kit, seed, options):
    return asyncio.run(play(kit, random.Random(seed), options.cuts))


async def play(kit, chance, cuts):
    proxy = LossyProxy(Sender(chance), chance, cuts)
    port = await proxy.start()
    program = await asyncio.create_subprocess_exec(
        *kit.program("socket_lines", "127.0.0.1", port, "--interval", "20ms", "--partitions", "1"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    errors = asyncio.create_task(program.stderr.read())
    try:
        records = await asyncio.wait_for(read_records(program, proxy), PATIENCE + cuts)
        code = await asyncio.wait_for(program.wait(), PATIENCE)
    except asyncio.TimeoutError:
        raise Failed(f"after {len(proxy.connections)} connections it does not go on; {proxy.trouble}") from None
    finally:
        if program.returncode is None:
            program.kill()
        proxy.server.close()
    require(code == 0, f"it ended with {code}:\n{(await errors).decode()}")
    halves = compare(records, proxy.connections)
    resets = sum(x.was_reset for x in proxy.connections)
    return (f"{cuts} connections cut, {resets} of them reset; {len(records)} records in order, {halves} of them the "
            "half line of a cut")


async def read_records(program, proxy):
    """Every printed record. Stops the program after the last one of the last connection."""
    result = []
    while line := (await program.stdout.readline()).decode():
        if not re.match(r"\d", line):
            continue  # what print writes around them
        result.append(line.removesuffix("\n"))
        if proxy.is_over() and result[-1] == proxy.connections[-1].records()[-1]:
            program.send_signal(signal.SIGINT)
    return result


def compare(records, connections):
    """Takes the records apart by connection. Returns how many are half lines."""
    at = halves = 0
    for number, connection in enumerate(connections):
        due = connection.records()
        taken = 0
        while taken < len(due) and at < len(records) and records[at] == due[taken]:
            halves += not is_whole(records[at])
            at, taken = at + 1, taken + 1
        if not connection.was_reset:
            first = due[taken][:40] if taken < len(due) else ""
            require(taken == len(due), f"connection {number}: {len(due) - taken} of {len(due)} records are missing, "
                    f"from '{first}' on")
        elif taken < len(due) and at < len(records) and due[taken].startswith(records[at]):
            at, halves = at + 1, halves + 1  # the reset came in the middle of what was handed on
    require(at == len(records), f"a record that nobody sent: '{records[min(at, len(records) - 1)][:60]}'")
    return halves
