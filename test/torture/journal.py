# SPDX-License-Identifier: BSD-3-Clause
"""The journal that the shim writes, and what is on a disk whose power was cut."""
import dataclasses
import pathlib
import struct

WRITE, SYNC, TRUNCATE, RENAME = 1, 2, 3, 4
HEAD = struct.Struct("<5Q")  # kind, offset, length of the path, length of the content, whether it is durable at once


@dataclasses.dataclass
class Entry:
    kind: int
    path: str
    offset: int  # of a truncate: the new size
    content: bytes  # of a rename: the new path
    durable: bool


def read(path):
    data = pathlib.Path(path).read_bytes()
    result, at = [], 0
    while at < len(data):
        kind, offset, path_length, length, durable = HEAD.unpack_from(data, at)
        at += HEAD.size
        name = data[at:at + path_length].decode()
        at += path_length
        result.append(Entry(kind, name, offset, data[at:at + length], durable == 1))
        at += length
    return result


def image(entries, cut, chance):
    """The files, by path, that a power cut during entry number `cut` may leave behind.

    What was synced before is there. Of the rest, every block is there or not: blocks of 512 bytes or of 4 KiB, with one
    probability for all of the image, often none and often all of them. So the order of writes between two syncs
    does not matter, and a single write may be torn. The same goes for a change of size, and for a rename.
    """
    block = chance.choice([512, 4096])
    kept = chance.choice([0, 0.5, 1, chance.random()])
    synced = {entry.path: i for i, entry in enumerate(entries[:cut]) if entry.kind == SYNC}
    files = {}
    for i, entry in enumerate(entries[:cut + 1]):
        folder = entry.path.rpartition("/")[0]
        synced_by = synced.get(folder if entry.kind == RENAME else entry.path, -1)
        is_sure = i < cut and (entry.durable or synced_by > i)
        if entry.kind == WRITE:
            write(files, entry, block, lambda: is_sure or chance.random() < kept)
        elif entry.kind == TRUNCATE and (is_sure or chance.random() < kept):
            content = files.setdefault(entry.path, bytearray())
            del content[entry.offset:]
            content.extend(bytes(entry.offset - len(content)))
        elif entry.kind == RENAME and entry.path in files and (is_sure or chance.random() < kept):
            files[entry.content.decode()] = files.pop(entry.path)
    return files


def write(files, entry, block, is_there):
    """Puts the blocks of a write that are there into its file."""
    at, end = entry.offset, entry.offset + len(entry.content)
    while at < end:
        block_end = min(end, (at // block + 1) * block)
        if is_there():
            content = files.setdefault(entry.path, bytearray())
            content.extend(bytes(max(0, block_end - len(content))))
            content[at:block_end] = entry.content[at - entry.offset:block_end - entry.offset]
        at = block_end


def save(files, old_root, new_root):
    """Writes an image somewhere else."""
    for path, content in files.items():
        to = pathlib.Path(new_root) / pathlib.Path(path).relative_to(old_root)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
