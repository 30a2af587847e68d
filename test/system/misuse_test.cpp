// SPDX-License-Identifier: BSD-3-Clause
#include "programs.hpp"

#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace sluice::test;

namespace {

/// Runs a program that is to end by itself, with this code and with one line on standard error, besides the log, that
/// holds all these words. Nothing was printed.
void check_ends(const std::string& name, const arguments& given, exit_status how,
                const std::vector<std::string>& words) {
  program run{name, given};
  std::string shown = name;
  for (const auto& each : given)
    shown += ' ' + each;
  BOOST_TEST_CONTEXT(shown) {
    BOOST_TEST((run.wait(patience) == how), run.err());
    BOOST_TEST(run.out() == "");
    const auto said = complaints(run);
    BOOST_TEST_REQUIRE(said.size() == 1U, run.err());
    BOOST_TEST(said[0].starts_with("error: "), said[0]);
    for (const auto& word : words)
      BOOST_TEST(said[0].find(word) != std::string::npos, said[0]);
  }
}

void check_misuse(const arguments& given, const std::vector<std::string>& words) {
  check_ends("network_word_count", given, misused, words);
}

arguments localhost(const arguments& options) { return arguments{"localhost", "9999"} + options; }

/// A checkpoint of the test program's, with something in it.
void write_checkpoint(const std::string& directory, const std::string& way) {
  program writer{"misbehaving", {way, directory, "--partitions", "2"}};
  BOOST_TEST_REQUIRE(writer.wait_for_batch_count(2), writer.err());
  BOOST_TEST_REQUIRE((writer.stop() == stopped_as_asked), writer.err());
}

} // namespace

BOOST_AUTO_TEST_SUITE(misuse)

BOOST_AUTO_TEST_CASE(arguments_that_make_no_sense_are_named) {
  const std::string help = "see network_word_count --help";
  check_misuse({}, {"HOST", help});
  check_misuse({"localhost"}, {"PORT", help});
  check_misuse({"localhost", "9999", "more"}, {"more", help});
  check_misuse(localhost({"--no-such-option"}), {"--no-such-option", help});
  for (const auto* port : {"0", "70000", "-1", "abc", "99x", ""})
    check_misuse({"localhost", port}, {port, "port", "1 to 65535"});
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_named) {
  for (const auto* interval : {"abc", "0ms", "1", "-1s", "1y", "", "9999999999999999h", "0.4ms"})
    check_misuse(localhost({"--interval", interval}), {"interval"});
  check_misuse(localhost({"--interval"}), {"--interval"});
  for (const auto* count : {"0", "-1", "x", "1000000000"})
    for (const auto* option : {"--partitions", "--threads", "--checkpoint-interval"})
      check_misuse(localhost({option, count}), {option});
  for (const auto* size : {"0MiB", "x", "64", "-1MiB", "15MiB", "1000000000GiB"})
    check_misuse(localhost({"--memory-budget", size}), {"memory"});
  for (const auto* count : {"-1", "x", "1x"})
    check_misuse(localhost({"--print", count}), {"--print", "all"});
  check_misuse(localhost({"--log-level", "loud"}), {"--log-level", "debug"});
  for (const auto* option : {"--run-for", "--graceful-timeout", "--wait-for-nodes", "--node-timeout"})
    check_misuse(localhost({option, "long"}), {option});
  check_misuse(localhost({"--node-timeout", "10ms"}), {"--node-timeout"});
  for (const auto* option : {"--run-for", "--graceful-timeout"})
    check_misuse(localhost({option, "0s"}), {option, "longer than 0"});
}

BOOST_AUTO_TEST_CASE(node_addresses_that_make_no_sense_are_named) {
  for (const auto* option : {"--node", "--nodes"}) {
    for (const auto* address : {"localhost", ":4711"})
      check_misuse(localhost({option, address}), {address, "HOST:PORT"});
    for (const auto* port : {"", "0", "70000", "x"})
      check_misuse(localhost({option, std::string{"localhost:"} + port}), {port, "1 to 65535"});
    for (const auto* address : {"0.0.0.0:4711", "192.0.2.1:4711"})
      check_misuse(localhost({option, address}), {address, "only loopback"});
    check_misuse(localhost({option, "no-such-host.invalid:4711"}), {"no-such-host.invalid", "unknown host"});
  }
  check_misuse(localhost({"--node", "localhost:1", "--nodes", "localhost:2"}), {"--node", "--nodes"});
  check_misuse(localhost({"--nodes", "localhost:1,localhost:1"}), {"localhost:1", "twice"});
}

BOOST_AUTO_TEST_CASE(an_unknown_host_ends_the_program) {
  check_ends("network_word_count", {"no-such-host.invalid", "9999", "--interval", "1h"}, failed,
             {"no-such-host.invalid:9999", "unknown host", "check its spelling"});
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_is_named_and_tried_again) {
  const auto port = free_port();
  program counter{"network_word_count", {"127.0.0.1", std::to_string(port), "--interval", "100ms"}};
  const auto named = "127.0.0.1:" + std::to_string(port) + ": connection refused; is a server listening there";
  BOOST_TEST(counter.wait_for_error(named, patience), counter.err());
  BOOST_TEST(counter.wait_for_error("trying again in 2 s", patience), counter.err());
  const line_server server{"here now\n", line_server::start_at::beginning, port};
  BOOST_TEST(counter.wait_for_output("(here,1)", patience), counter.err());
  BOOST_TEST((counter.stop() == stopped_as_asked), counter.err());
  BOOST_TEST(complaints(counter).empty(), counter.err());
}

BOOST_AUTO_TEST_CASE(compositions_that_make_no_sense_are_refused) {
  check_ends("misbehaving", {"no-output", "unused"}, misused, {"no output operations registered", "add print()"});
  // It does run after the first start, so its first batch must not come before the second one.
  check_ends("misbehaving", {"start-twice", "unused", "--interval", "1h"}, misused, {"already been started"});
  check_ends("misbehaving", {"two-of-a-name", "unused"}, misused, {"'same'", "give each its own"});
  check_ends("misbehaving", {"throw-a-number", "unused"}, failed, {"not derived from std::exception"});
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_ends_the_program_and_the_batch_is_named) {
  for (const auto& [way, what] :
       {std::pair{"throw-at-5", "partition [0-9]+: map#1 failed: five is too many; record: 5"},
        {"throw-in-output", "partition 0: foreach_rdd#1 failed: the file is full"}}) {
    program run{"misbehaving", {way, "unused"}};
    BOOST_TEST((run.wait(patience) == failed), run.err());
    const auto said = complaints(run);
    BOOST_TEST_REQUIRE(said.size() == 1U, run.err());
    const std::regex expected{std::string{"error: batch [0-9]+ ms, "} + what};
    BOOST_TEST(std::regex_match(said[0], expected), said[0]);
  }
}

BOOST_AUTO_TEST_CASE(a_receiver_that_cannot_be_made_ends_the_program_and_is_named) {
  check_ends("misbehaving", {"broken-receiver", "unused"}, failed, {"receiver_stream", "no such device"});
}

BOOST_AUTO_TEST_CASE(a_receiver_that_stops_for_good_is_named) {
  check_ends("misbehaving", {"receiver-stops", "unused"}, failed, {"receiver_stream#0: the line is dead"});
}

BOOST_AUTO_TEST_CASE(a_name_is_printed_on_one_line) {
  program run{"misbehaving", {"odd-name", "unused"}};
  BOOST_TEST(run.wait_for_output(R"( ms, two\nlines)", patience), run.out());
}

BOOST_AUTO_TEST_CASE(a_limit_on_the_size_of_files_is_named) {
  const temporary_directory place;
  const auto checkpoint = place.path().string();
  process run{arguments{"bash", "-c", R"(ulimit -f 1; exec "$0" "$@")"}
              + command("misbehaving", {"keep-ints", checkpoint, "--partitions", "2"})};
  BOOST_TEST((run.wait(patience) == failed), run.err());
  const auto said = complaints(run);
  BOOST_TEST_REQUIRE(said.size() == 1U, run.err());
  BOOST_TEST(said[0].find(checkpoint) != std::string::npos, said[0]);
}

BOOST_AUTO_TEST_CASE(a_program_that_falls_behind_says_so_with_both_figures) {
  program run{"misbehaving", {"slow-output", "unused"}};
  BOOST_TEST(run.wait_for_error("ms each and there is one every 100 ms: the program is", patience), run.err());
  BOOST_TEST(run.wait_for_error("behind; give it more threads or workers", patience), run.err());
}

BOOST_AUTO_TEST_CASE(results_that_cannot_be_written_end_the_program) {
  // What nobody reads any more, and a disk without room.
  for (const auto* where : {R"("$0" "$@" | head -n 1)", R"(exec "$0" "$@" >/dev/full)"}) {
    process run{arguments{"bash", "-o", "pipefail", "-c", where}
                + command("generator_word_count", {"--interval", "100ms", "--log-level", "error"})};
    BOOST_TEST((run.wait(patience) == failed), run.err());
    BOOST_TEST(run.err().starts_with("error: batch "), run.err());
    BOOST_TEST(run.err().find("cannot write to standard output") != std::string::npos, run.err());
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_directory_that_cannot_be_used_is_named) {
  const temporary_directory place;
  const auto file = (place.path() / "file").string();
  std::ofstream{file} << "text";
  check_ends("stateful_network_word_count", {"localhost", "9999", file}, failed, {file, "directory"});
  check_ends("stateful_network_word_count", {"localhost", "9999", file + "/below"}, failed,
             {file + "/below", "choose"});
  // Even root cannot write there.
  check_ends("stateful_network_word_count", {"localhost", "9999", "/proc/no-checkpoint"}, failed,
             {"/proc/no-checkpoint", "choose a directory that can be written"});
  check_ends("recoverable_network_word_count", {"localhost", "9999", file, file + ".out"}, failed, {file, "directory"});
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_program_is_refused) {
  const temporary_directory place;
  const auto checkpoint = (place.path() / "checkpoint").string();
  write_checkpoint(checkpoint, "keep-ints");
  check_ends("misbehaving", {"keep-others", checkpoint}, failed, {checkpoint, "another program", "'totals'", "named"});
  check_ends("misbehaving", {"keep-doubles", checkpoint}, failed, {checkpoint, "another program", "'totals'", "type"});
  check_ends("stateful_network_word_count", {"localhost", "9999", checkpoint}, failed,
             {checkpoint, "another program", "'totals'", "type"});
  write_checkpoint(checkpoint, "keep-ints");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_with_other_partitions_is_refused) {
  const temporary_directory place;
  const auto checkpoint = (place.path() / "checkpoint").string();
  write_checkpoint(checkpoint, "keep-ints");
  check_ends("misbehaving", {"keep-ints", checkpoint, "--partitions", "3"}, failed,
             {"'totals'", "in 2 partitions", "--partitions 2"});
  write_checkpoint(checkpoint, "keep-ints");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_interval_is_refused) {
  const temporary_directory place;
  const auto checkpoint = (place.path() / "checkpoint").string();
  write_checkpoint(checkpoint, "keep-ints");
  check_ends("misbehaving", {"keep-ints", checkpoint, "--interval", "70ms"}, failed,
             {checkpoint, "one every 70ms", "start it with --interval", "choose another directory"});
  write_checkpoint(checkpoint, "keep-ints");
}

BOOST_AUTO_TEST_CASE(half_a_checkpoint_is_refused_and_left_alone) {
  const temporary_directory place;
  const auto checkpoint = place.path() / "checkpoint";
  write_checkpoint(checkpoint.string(), "keep-ints");
  for (const auto& [missing, left] : {std::pair{"log", "snapshots"}, std::pair{"snapshots", "log"}}) {
    std::filesystem::rename(checkpoint / missing, place.path() / "away");
    check_ends("misbehaving", {"keep-ints", checkpoint.string()}, failed,
               {checkpoint.string(), "half of the checkpoint", std::string{left} + "' is there",
                std::string{missing} + "' is not there", "from the same backup"});
    BOOST_TEST(!std::filesystem::exists(checkpoint / missing));
    std::filesystem::rename(place.path() / "away", checkpoint / missing);
  }
  write_checkpoint(checkpoint.string(), "keep-ints");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_in_use_is_refused) {
  const temporary_directory place;
  const auto checkpoint = (place.path() / "checkpoint").string();
  program first{"misbehaving", {"keep-ints", checkpoint, "--partitions", "2"}};
  BOOST_TEST_REQUIRE(first.wait_for_batch_count(1), first.err());
  check_ends("misbehaving", {"keep-ints", checkpoint, "--partitions", "2"}, failed,
             {checkpoint, "in use", "process " + std::to_string(first.pid()), "stop it or choose another"});
  BOOST_TEST((first.stop() == stopped_as_asked), first.err());
}

BOOST_AUTO_TEST_SUITE_END()
