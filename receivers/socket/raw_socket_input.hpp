// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <sluice/receivers/socket/raw_frame.hpp>
#include <sluice/receivers/socket/socket_reader.hpp>
#include <sluice/receivers/text/byte_buffer.hpp>

namespace sluice {

struct raw_socket_options {
  /// A longer frame is an error: it is reported and the connection dropped. At most 8 MiB.
  std::size_t max_frame = max_batch_bytes;
  /// From the end of a connection, or a failed attempt, to the next attempt.
  duration reconnect_delay = std::chrono::seconds{2};
  /// How long one address of the host may take to answer.
  duration connect_timeout = std::chrono::seconds{10};
  /// Whether, and when, the number of frames of a connection is written back to the server.
  acknowledgement acknowledge = acknowledgement::none;
  /// Records per second at most; 0: no limit.
  double max_rate = 0;
};

/// Passes the batches in a connection's frames on. `Store` is called with each, and throws if it cannot be used.
template <class Store>
class frame_sink : public byte_sink {
public:
  frame_sink(std::size_t max_frame, Store store) : max_frame_{max_frame}, store_{std::move(store)} {}

  std::span<char> space() override { return buffer_.space(); }

  std::optional<std::string> take(std::size_t n) override {
    buffer_.add(n);
    for (;;) {
      auto frame = read_raw_frame(buffer_.content(), max_frame_);
      if (!frame)
        return describe(frame.error());
      if (frame->size == 0)
        return std::nullopt;
      store_(std::move(frame->content));
      ++frames_;
      buffer_.drop(frame->size);
    }
  }

  std::optional<std::string> finish() override {
    if (buffer_.content().empty())
      return std::nullopt;
    return "its last frame is incomplete";
  }

  std::uint64_t records() const override { return frames_; }

private:
  std::size_t max_frame_;
  Store store_;
  byte_buffer buffer_;
  std::uint64_t frames_ = 0;
};

/// Batches of T that a TCP server sends as frames (`to_raw_frame`). Each is checked and becomes a block as it is, with
/// nothing decoded. What is no frame, no batch, or of another type is reported, and the connection dropped. Connects
/// again as socket_text_input does.
template <record T>
input<T> raw_socket_input(std::string host, int port, raw_socket_options options = {}) {
  auto server = checked_server("raw_socket_stream", std::move(host), port, options.connect_timeout,
                               options.reconnect_delay, options.acknowledge);
  if (options.max_frame == 0 || options.max_frame > max_batch_bytes)
    throw usage_error("raw_socket_stream: max_frame must be 1 to " + std::to_string(max_batch_bytes) + " bytes, not "
                      + std::to_string(options.max_frame));
  return make_socket_input<T>(
      "raw_socket_stream", std::move(server),
      [limit = options.max_frame](receiver<T>& to) {
        const auto store = [&to](batch block) { to.store_block(std::move(block)); };
        return std::make_unique<frame_sink<decltype(store)>>(limit, store);
      },
      options.max_rate);
}

} // namespace sluice
