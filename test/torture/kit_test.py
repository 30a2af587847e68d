# SPDX-License-Identifier: BSD-3-Clause
"""The kit sees what it looks for: images are what a power cut may leave, and wrong outputs are found."""
import argparse
import contextlib
import pathlib
import random
import sqlite3
import tempfile
import unittest

import journal
import kit
import lossy_network
import mutants
import torture


def write(offset, content, durable=False):
    return journal.Entry(journal.WRITE, "/d/file", offset, content, durable)


SYNC = journal.Entry(journal.SYNC, "/d/file", 0, b"", True)


def images(entries, cut):
    return [journal.image(entries, cut, random.Random(seed)).get("/d/file", b"") for seed in range(300)]


class ImageTest(unittest.TestCase):
    def test_what_was_synced_is_in_every_image(self):
        entries = [write(0, b"a" * 9000), SYNC, write(0, b"b" * 9000)]
        for image in images(entries, 1):
            self.assertLessEqual(set(image), set(b"a\0"))
        for image in images(entries, 2):
            self.assertEqual(len(image), 9000)
            self.assertLessEqual(set(image), set(b"ab"))

    def test_of_what_was_not_synced_any_blocks_may_be_there(self):
        entries = [write(0, b"a" * 1024), SYNC, write(0, b"b" * 1024), write(512, b"c" * 512), SYNC]
        found = {bytes([image[0], image[512]]) for image in images(entries, 3)}
        self.assertEqual(found, {b"aa", b"ab", b"ac", b"ba", b"bb", b"bc"})

    def test_the_write_that_is_cut_may_be_torn_even_if_it_syncs_itself(self):
        found = {bytes(image) for image in images([write(0, b"a" * 1024, durable=True), SYNC], 0)}
        self.assertIn(b"a" * 512, found)
        self.assertIn(b"", found)
        self.assertEqual({bytes(x) for x in images([write(0, b"a", durable=True), write(5, b"b")], 1)},
                         {b"a", b"a\0\0\0\0b"})

    def test_sizes_and_names_count_when_they_are_synced(self):
        cut_off = journal.Entry(journal.TRUNCATE, "/d/file", 2, b"", False)
        renamed = journal.Entry(journal.RENAME, "/d/file", 0, b"/d/new", False)
        self.assertEqual({bytes(x) for x in images([write(0, b"abcd", True), cut_off, write(9, b"")], 1)},
                         {b"abcd", b"ab"})
        self.assertEqual({bytes(x) for x in images([write(0, b"abcd", True), cut_off, SYNC], 3)}, {b"ab"})
        self.assertEqual({bytes(x) for x in images([write(0, b"a", True), renamed], 1)}, {b"a", b""})
        folder = journal.Entry(journal.SYNC, "/d", 0, b"", True)
        self.assertEqual({bytes(x) for x in images([write(0, b"a", True), renamed, folder], 3)}, {b""})


class JobTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.job = kit.Job(None, pathlib.Path(folder.name), random.Random(1))
        self.job.expected.update({"a": 2, "b": 1})

    def output(self, *batches):
        for i, text in enumerate(batches):
            batch = self.job.output / f"batch-{i}.txt"
            batch.mkdir()
            (batch / "part-00000").write_text(text)

    def test_updates_may_be_anywhere_and_more_than_once_unless_it_is_strict(self):
        self.output("(a,1)\n", "(b,1)\n(a,2)\n", "(b,1)\n")
        self.assertEqual(self.job.compare(strict=False), "none missing or wrong in files, 1 repeated in files")
        self.assertRaises(kit.Failed, self.job.compare, strict=True)

    def test_a_missing_update_is_found(self):
        self.output("(a,1)\n(b,1)\n")
        self.assertRaisesRegex(kit.Failed, "1 updates are missing", self.job.compare, strict=False)

    def test_a_word_that_counted_twice_is_found(self):
        self.output("(a,1)\n(b,1)\n(a,2)\n(a,3)\n")
        self.assertRaisesRegex(kit.Failed, "count something twice", self.job.compare, strict=False)

    def test_a_torn_line_and_a_leftover_are_found(self):
        self.output("(a,1)\n(b,1)\n(a,2")
        self.assertRaisesRegex(kit.Failed, "middle of a line", self.job.compare, strict=False)
        (self.job.output / "batch-0.txt/part-00000").write_text("(a,1)\n(b,1)\n(a,2)\n")
        self.assertEqual(self.job.compare(strict=True), "none missing, wrong or repeated, in files")
        (self.job.output / "batch-1.txt._temporary").mkdir()
        self.assertRaisesRegex(kit.Failed, "unfinished", self.job.compare, strict=True)

    def table(self, *rows):
        self.job.database = self.job.output.parent / "updates.db"
        with contextlib.closing(sqlite3.connect(self.job.database)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS updates (word TEXT, n INTEGER)")
            database.executemany("INSERT INTO updates VALUES (?, ?)", rows)

    def test_an_update_is_in_sqlite_once_even_if_it_is_not_strict(self):
        self.output("(a,1)\n(b,1)\n(a,2)\n")
        self.table(("a", 1), ("b", 1))
        self.assertRaisesRegex(kit.Failed, "1 updates are missing in SQLite", self.job.compare, strict=False)
        self.table(("a", 2))
        self.assertEqual(self.job.compare(strict=False), "none missing, wrong or repeated, in files and in SQLite")
        self.table(("b", 1))
        self.assertRaisesRegex(kit.Failed, "in SQLite more than once", self.job.compare, strict=False)
        self.table(("b", 2))
        self.assertRaisesRegex(kit.Failed, "in SQLite count something twice", self.job.compare, strict=False)

    def test_a_file_without_the_table_is_found(self):
        self.output("(a,1)\n(b,1)\n(a,2)\n")
        self.job.database = self.job.output.parent / "none.db"
        self.assertRaisesRegex(kit.Failed, "cannot be read", self.job.compare, strict=False)


class CleanFailureTest(unittest.TestCase):
    def test_a_sentence_and_1_are_clean_and_nothing_else_is(self):
        kit.require_clean_failure("it", 1, "the disk is full\n")
        for code, stderr in [(-6, "the disk is full"), (0, "the disk is full"), (1, ""),
                             (1, "torture: errno 5 at call 2"),
                             (1, "==1==ERROR: AddressSanitizer: SEGV on unknown address")]:
            self.assertRaises(kit.Failed, kit.require_clean_failure, "it", code, stderr)


class ConnectionsTest(unittest.TestCase):
    def connection(self, text, was_reset):
        result = lossy_network.Connection(None)
        result.bytes, result.was_reset = text.encode(), was_reset
        return result

    def compare(self, records, *connections):
        return lossy_network.compare(records, [self.connection(*x) for x in connections])

    def test_the_half_line_of_a_cut_is_a_record(self):
        self.assertEqual(self.compare(["0:x", "1", "2:x"], ("0:x\n1", False), ("2:x\n", False)), 3)

    def test_a_reset_loses_the_end_and_nothing_else_does(self):
        self.assertEqual(self.compare(["0:x", "2:x"], ("0:x\n1:x\n", True), ("2:x\n", False)), 2)
        self.assertRaises(kit.Failed, self.compare, ["0:x", "2:x"], ("0:x\n1:x\n", False), ("2:x\n", False))
        self.assertRaises(kit.Failed, self.compare, ["1:x", "2:x"], ("0:x\n1:x\n", True), ("2:x\n", False))

    def test_a_record_twice_is_found(self):
        self.assertRaises(kit.Failed, self.compare, ["0:x", "0:x"], ("0:x\n", False))


class MutantsTest(unittest.TestCase):
    def test_lines_are_found_whatever_their_indentation_and_only_once(self):
        mutant = mutants.Mutant("m", old=["if (a)", "return;"], new=[""])
        self.assertEqual(mutant.applied_to("x;\n  if (a)\n    return;\ny;"), "x;\n  \ny;")
        self.assertIsNone(mutant.applied_to("x;"))
        self.assertIsNone(mutant.applied_to("if (a)\nreturn;if (a)\nreturn;"))


class SeedsTest(unittest.TestCase):
    def test_there_are_as_many_as_asked_for_and_more_while_there_is_time(self):
        options = argparse.Namespace(seed=5, seeds=3, minutes=None)
        self.assertEqual(list(torture.seeds(options, 0)), [5, 6, 7])
        options.minutes = 1e-9
        self.assertEqual(list(torture.seeds(options, 0)), [5, 6, 7])


if __name__ == "__main__":
    unittest.main()
