# SPDX-License-Identifier: BSD-3-Clause
"""The shim does what its head says, to a Python process: python3 shim_test.py SHIM"""
import errno
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import journal  # noqa: E402

SHIM = ""

PREPARED = """
import os
def attempt(f, *arguments):
    try:
        return f(*arguments)
    except OSError as e:
        return -e.errno
fd = os.open("watched/file", os.O_RDWR | os.O_CREAT)
other = os.open("other", os.O_RDWR | os.O_CREAT)
"""


class ShimTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.place = pathlib.Path(self.folder.name).resolve()
        (self.place / "watched").mkdir()

    def play(self, script, **settings):
        """What the script prints, what the shim says, and how it ended."""
        environment = dict(os.environ, LD_PRELOAD=SHIM, TORTURE_DIR=str(self.place / "watched"))
        environment.update({f"TORTURE_{name.upper()}": str(value) for name, value in settings.items()})
        done = subprocess.run([sys.executable, "-c", PREPARED + script], cwd=self.place, env=environment, text=True,
                              capture_output=True, timeout=30)
        self.assertNotIn("Traceback", done.stderr)
        return done.stdout.split(), done.stderr, done.returncode

    def test_without_a_fault_everything_happens(self):
        out, err, code = self.play("print(os.write(fd, b'ab'), os.pwrite(fd, b'cd', 4), os.fsync(fd))")
        self.assertEqual((out, err, code), (["2", "2", "None"], "", 0))
        self.assertEqual((self.place / "watched/file").read_bytes(), b"ab\0\0cd")

    def test_the_nth_call_fails_and_the_next_one_does_not(self):
        out, err, _ = self.play("print(*[attempt(os.write, fd, b'x') for _ in range(4)])", fail=2, errno=errno.EROFS)
        self.assertEqual(out, ["1", str(-errno.EROFS), "1", "1"])
        self.assertIn("torture: errno 30 at call 2, a write of", err)

    def test_all_calls_from_the_nth_on_fail(self):
        out, _, _ = self.play("print(*[attempt(os.write, fd, b'x') for _ in range(3)])", fail="2+")
        self.assertEqual(out, ["1", str(-errno.EIO), str(-errno.EIO)])

    def test_every_kind_of_call_counts_or_only_those_named(self):
        calls = """print(*[attempt(*f) for f in [
            (os.write, fd, b'x'), (os.writev, fd, [b'x']), (os.pwrite, fd, b'x', 0), (os.pwritev, fd, [b'x'], 0),
            (os.fsync, fd), (os.fdatasync, fd), (os.ftruncate, fd, 9), (os.rename, 'watched/file', 'watched/new')]])"""
        for n in range(1, 9):
            (self.place / "watched/new").unlink(missing_ok=True)
            out, _, _ = self.play(calls, fail=n)
            self.assertEqual([i for i, x in enumerate(out, 1) if x == str(-errno.EIO)], [n])
        out, _, _ = self.play(calls, fail=1, calls="truncate,rename")
        self.assertEqual([i for i, x in enumerate(out, 1) if x == str(-errno.EIO)], [7])

    def test_files_elsewhere_are_left_alone(self):
        out, _, _ = self.play("print(attempt(os.write, other, b'x'), attempt(os.fsync, other))", fail="1+")
        self.assertEqual(out, ["1", "None"])

    def test_errno_0_kills_the_process_before_the_call(self):
        _, err, code = self.play("os.write(fd, b'x'); os.write(fd, b'y')", fail=2, errno=0)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertIn("torture: killed at call 2", err)
        self.assertEqual((self.place / "watched/file").read_bytes(), b"x")

    def test_a_full_disk_takes_what_fits_and_what_is_there_may_be_written_again(self):
        out, err, _ = self.play("""
block = b'x' * 4096
print(*[attempt(os.pwrite, fd, block, i * 4096) for i in range(3)])
print(attempt(os.pwrite, fd, block * 3, 3 * 4096), attempt(os.pwrite, fd, block, 5 * 4096))
print(attempt(os.pwrite, fd, block, 0), attempt(os.write, other, block * 9))
""", disk=4 * 4096)
        self.assertEqual(out, ["4096"] * 3 + ["4096", str(-errno.ENOSPC), "4096", str(9 * 4096)])
        self.assertIn("torture: the disk is full", err)

    def test_a_hole_takes_no_room(self):
        script = "os.ftruncate(fd, 1 << 30); print(attempt(os.pwrite, fd, b'x' * 4096, 1 << 29))"
        out, _, _ = self.play(script, disk=4096)
        self.assertEqual(out, ["4096"])

    def test_the_journal_has_what_was_done_in_its_order(self):
        self.play("""
os.write(fd, b'ab'); os.writev(fd, [b'c', b'de']); os.fsync(fd); os.ftruncate(fd, 4); os.pwrite(fd, b'z', 9)
sure = os.open("watched/file", os.O_WRONLY | os.O_DSYNC); os.pwrite(sure, b'y', 1)
os.rename('watched/file', 'watched/new'); os.write(other, b'x')
""", journal=self.place / "journal", fail=99)
        file = str(self.place / "watched/file")
        entry = journal.Entry
        self.assertEqual(journal.read(self.place / "journal"), [
            entry(journal.WRITE, file, 0, b"ab", False), entry(journal.WRITE, file, 2, b"cde", False),
            entry(journal.SYNC, file, 0, b"", True), entry(journal.TRUNCATE, file, 4, b"", False),
            entry(journal.WRITE, file, 9, b"z", False), entry(journal.WRITE, file, 1, b"y", True),
            entry(journal.RENAME, file, 0, str(self.place / "watched/new").encode(), False)])

    def test_a_call_that_failed_is_not_in_the_journal(self):
        self.play("attempt(os.write, fd, b'a'); os.write(fd, b'b')", journal=self.place / "journal", fail=1)
        self.assertEqual([x.content for x in journal.read(self.place / "journal")], [b"b"])


if __name__ == "__main__":
    SHIM = os.path.abspath(sys.argv.pop())
    unittest.main()
