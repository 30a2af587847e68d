// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "loopback.hpp"

namespace sluice::bench {

/// The monotonic clock, which is the same for all threads of a machine.
std::uint64_t nanoseconds_now();

/// A word that says when: '@' and the nanoseconds in 15 hexadecimal digits.
std::string time_word(std::uint64_t nanoseconds);

/// The time in such a word.
std::uint64_t time_in(std::string_view word);

/// A server on the loopback that sends the lines of a text, over and over, to whoever connects first. Each line begins
/// with a word of its own: the time at which it was handed to the socket. Lines that leave together, within 0.2 ms,
/// bear the same time. It takes little of the processor, which it shares with what is measured.
class line_sender {
public:
  /// Flat out, as fast as the other side reads.
  static constexpr double no_limit = 1e12;

  /// @param lines without their \n; not empty.
  explicit line_sender(const std::vector<std::string>& lines);
  ~line_sender();
  line_sender(const line_sender&) = delete;
  line_sender& operator=(const line_sender&) = delete;

  int port() const { return listener_.port; }

  /// So many lines a second from now on; 0 at first.
  void set_rate(double lines_per_second) {
    rate_ = lines_per_second;
    rate_.notify_one();
  }

  /// Lines handed to the socket so far.
  std::uint64_t sent() const { return sent_; }

private:
  void run();
  void send_at_rates(int to);
  bool send_lines(int to, std::size_t count);
  bool send_whole(int to, std::string_view bytes);

  std::string text_;                // lines as they are sent; belongs to the thread, like what follows
  std::vector<std::size_t> begins_; // of the lines in the text, and its end
  std::size_t next_ = 0;            // line
  bound_socket listener_;
  std::atomic<double> rate_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

} // namespace sluice::bench
