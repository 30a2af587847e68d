// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <sluice/actors/base/time.hpp>
#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/socket/acknowledgement.hpp>
#include <sluice/receivers/text/line_splitter.hpp>

namespace sluice {

struct socket_options {
  /// A longer line is an error: it is reported and the connection dropped. Less than 4 MiB.
  std::size_t max_line = default_max_line;
  /// From the end of a connection, or a failed attempt, to the next attempt.
  duration reconnect_delay = std::chrono::seconds{2};
  /// How long one address of the host may take to answer.
  duration connect_timeout = std::chrono::seconds{10};
  /// Whether, and when, the number of lines of a connection is written back to the server.
  acknowledgement acknowledge = acknowledgement::none;
  /// Records per second at most; 0: no limit.
  double max_rate = 0;
};

/// Lines of text (records of type `std::string_view`) from a TCP server, such as `nc -lk 9999`. A line ends at `\n`,
/// with one `\r` before it dropped, and its bytes are kept as they are; at the end of a connection so is what follows
/// the last `\n`. Connects again whenever the connection ends. A host nobody knows is the end, if it is so at the first
/// attempt. Throws usage_error for an empty host, a port that is not 1 to 65535, and limits that cannot work.
input<std::string_view> socket_text_input(std::string host, int port, socket_options options = {});

} // namespace sluice
