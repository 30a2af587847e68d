// SPDX-License-Identifier: BSD-3-Clause
//
// Records of any type from a TCP server, made of its bytes by a decoder: a function object of the user's.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sluice/receivers/socket/socket_reader.hpp>
#include <sluice/receivers/text/byte_buffer.hpp>

namespace sluice {

struct socket_stream_options {
  /// If a decoder leaves more bytes than this unused, the error is reported and the connection dropped.
  std::size_t max_undecoded = std::size_t{4} << 20;
  /// From the end of a connection, or a failed attempt, to the next attempt.
  duration reconnect_delay = std::chrono::seconds{2};
  /// How long one address of the host may take to answer.
  duration connect_timeout = std::chrono::seconds{10};
  /// Whether, and when, the number of records of a connection is written back to the server.
  acknowledgement acknowledge = acknowledgement::none;
  /// Records per second at most; 0: no limit.
  double max_rate = 0;
};

/// Collects what a decoder emits: a function object that is called with each record. What views point to must live
/// until the decoder returns, as the bytes that it was given do.
template <record T>
class decoded {
public:
  void operator()(T x) { records_.push_back(std::move(x)); }

  const std::vector<T>& records() const { return records_; }
  void clear() { records_.clear(); }

private:
  std::vector<T> records_;
};

/// Calls a decoder with the bytes of one connection, and stores what it emits. `Store` is called with a range of
/// records.
template <record T, class Decoder, class Store>
class decoding_sink : public byte_sink {
public:
  decoding_sink(Decoder decode, std::size_t max_undecoded, Store store)
      : decode_{std::move(decode)}, max_undecoded_{max_undecoded}, store_{std::move(store)} {}

  std::span<char> space() override { return buffer_.space(); }

  std::optional<std::string> take(std::size_t n) override {
    buffer_.add(n);
    while (decode_some() != 0) {
    }
    if (const auto left = buffer_.content().size(); left > max_undecoded_)
      return "the decoder has made nothing of " + std::to_string(left) + " bytes, more than the limit of "
             + std::to_string(max_undecoded_) + " (max_undecoded)";
    return std::nullopt;
  }

  std::optional<std::string> finish() override {
    const auto rest = buffer_.content();
    if (rest.empty())
      return std::nullopt;
    if constexpr (requires(decoded<T>& emit) { decode_.finish(rest, emit); }) {
      decode_.finish(rest, found_);
      store_found();
      return std::nullopt;
    } else {
      return "the decoder has made nothing of its last " + std::to_string(rest.size()) + " bytes";
    }
  }

  std::uint64_t records() const override { return stored_; }

private:
  /// Returns how many bytes were used.
  std::size_t decode_some() {
    const auto bytes = buffer_.content();
    if (bytes.empty())
      return 0;
    const std::size_t used = decode_(bytes, found_);
    if (used > bytes.size())
      throw usage_error("socket_stream: the decoder claims to have used " + std::to_string(used) + " of "
                        + std::to_string(bytes.size()) + " bytes");
    store_found();
    buffer_.drop(used);
    return used;
  }

  void store_found() {
    if (!found_.records().empty())
      store_(found_.records());
    stored_ += found_.records().size();
    found_.clear();
  }

  Decoder decode_;
  std::size_t max_undecoded_;
  Store store_;
  byte_buffer buffer_;
  decoded<T> found_;
  std::uint64_t stored_ = 0;
};

/// The records that decoders make of the bytes of a TCP server. `make_decoder()` returns a new decoder for each
/// connection. It is called as decode(std::string_view bytes, emit) with all bytes that it has not used yet. It calls
/// emit(record) for each complete record, and returns how many bytes it has used: 0 to be called again when there are
/// more. If it has a function finish(std::string_view rest, emit), that is called when the connection ends in the
/// middle of a record. A decoder that throws ends its connection. Connects again as socket_text_input does.
template <record T, class MakeDecoder>
input<T> socket_input(std::string host, int port, MakeDecoder make_decoder, socket_stream_options options = {}) {
  using decoder = std::remove_cvref_t<std::invoke_result_t<const MakeDecoder&>>;
  static_assert(std::invocable<decoder&, std::string_view, decoded<T>&>,
                "sluice: socket_stream: what make_decoder returns cannot be called as decode(std::string_view, emit)");
  static_assert(std::convertible_to<std::invoke_result_t<decoder&, std::string_view, decoded<T>&>, std::size_t>,
                "sluice: socket_stream: a decoder must return how many bytes it has used");
  auto server = checked_server("socket_stream", std::move(host), port, options.connect_timeout, options.reconnect_delay,
                               options.acknowledge);
  if (options.max_undecoded == 0)
    throw usage_error("socket_stream: max_undecoded must be at least 1 byte");
  return make_socket_input<T>(
      "socket_stream", std::move(server),
      [make = std::move(make_decoder), limit = options.max_undecoded](receiver<T>& to) {
        const auto store = [&to](const std::vector<T>& records) { to.store(records); };
        return std::make_unique<decoding_sink<T, decoder, decltype(store)>>(make(), limit, store);
      },
      options.max_rate);
}

} // namespace sluice
