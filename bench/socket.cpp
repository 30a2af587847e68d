// SPDX-License-Identifier: BSD-3-Clause
//
// Lines that come from another process over loopback, counted with their bytes: by hand, with recv and memchr, or on
// Sluice, written as a user would. Both read into 256 KiB at a time.
#include <algorithm>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "loopback.hpp"
#include "mapped_file.hpp"
#include "measurement.hpp"
#include "signal.hpp"
#include "text_sender.hpp"

namespace sluice::bench {

namespace {

struct line_sum {
  std::uint64_t lines;
  std::uint64_t bytes; ///< without \n
};

digest digest_of(const line_sum& x) { return {x.lines, 1, x.bytes}; }

/// The clock runs from before connecting until the end of the connection. A line must fit into the buffer.
measurement run_bare(std::uint16_t port) {
  std::vector<char> buffer(std::size_t{256} << 10);
  const stopwatch watch;
  const auto connection = connect_loopback(port);
  line_sum sum{0, 0};
  std::size_t kept = 0;
  for (;;) {
    const auto n = recv(connection, buffer.data() + kept, buffer.size() - kept, 0);
    if (n <= 0)
      break;
    const auto* line = buffer.data();
    const auto* const end = line + kept + n;
    while (const auto* const newline =
               static_cast<const char*>(std::memchr(line, '\n', static_cast<std::size_t>(end - line)))) {
      ++sum.lines;
      sum.bytes += static_cast<std::uint64_t>(newline - line);
      line = newline + 1;
    }
    kept = static_cast<std::size_t>(end - line);
    std::memmove(buffer.data(), line, kept);
  }
  close(connection);
  return watch.stop(digest_of(sum));
}

/// The clock runs from before the start until an output has seen the last line.
measurement run_sluice(std::uint16_t port, std::uint64_t lines, duration interval, const runtime_options& how) {
  streaming_context context{interval, how};
  signal over;
  line_sum sum{0, 0};
  context.socket_text_stream("127.0.0.1", port)
      .map([](std::string_view line) { return line_sum{1, line.size()}; })
      .reduce([](const line_sum& a, const line_sum& b) { return line_sum{a.lines + b.lines, a.bytes + b.bytes}; })
      .foreach_rdd([&](const rdd<line_sum>& sums) {
        sums.for_each([&](const line_sum& x) {
          sum.lines += x.lines;
          sum.bytes += x.bytes;
        });
        if (sum.lines >= lines)
          over.set();
      });
  const stopwatch watch;
  context.start();
  over.wait();
  const auto measured = watch.stop(digest_of(sum));
  context.stop(stop_mode::immediate);
  return measured;
}

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  std::string file;
  bool bare = false;
  std::size_t times = 5;
  std::int64_t interval = 100;
  sluice::runtime_options how;
  how.threads = 1;
  CLI::App app{"Counts the lines that another process sends, and prints what it took."};
  app.add_option("FILE", file, "The text, which ends with a line's end")->required()->check(CLI::ExistingFile);
  app.add_flag("--bare", bare, "By hand: recv and memchr in one thread, no engine");
  app.add_option("--times", times, "How often the text is sent")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--interval", interval, "Batch interval in ms")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("error"); // that the sender closes the connection is a warning
  try {
    const mapped_file text{file};
    const auto lines = static_cast<std::uint64_t>(std::ranges::count(text.text(), '\n')) * times;
    const text_sender sender{text.text(), times};
    std::cout << to_json(bare ? run_bare(sender.port())
                              : run_sluice(sender.port(), lines, sluice::duration{interval}, how))
              << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
