// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/socket/socket_text_input.hpp>

#include <ranges>
#include <string_view>

#include <sluice/receivers/socket/socket_reader.hpp>
#include <sluice/receivers/text/line_splitter.hpp>

namespace sluice {

namespace {

class line_sink : public byte_sink {
public:
  line_sink(receiver<std::string_view>& to, const socket_options& options)
      : to_{to}, max_line_{options.max_line}, counts_{options.acknowledge != acknowledgement::none},
        splitter_{max_line_} {}

  std::span<char> space() override { return splitter_.space(); }

  std::optional<std::string> take(std::size_t n) override {
    auto lines = splitter_.take(n);
    if (counts_)
      to_.store(std::views::transform(lines, [this](std::string_view line) {
        ++lines_;
        return line;
      }));
    else
      to_.store(lines);
    if (splitter_.too_long())
      return "a line is longer than the limit of " + std::to_string(max_line_) + " bytes (max_line)";
    return std::nullopt;
  }

  std::optional<std::string> finish() override {
    if (const auto rest = splitter_.rest()) {
      to_.store(*rest);
      ++lines_;
    }
    return std::nullopt;
  }

  std::uint64_t records() const override { return lines_; }

private:
  receiver<std::string_view>& to_;
  std::size_t max_line_;
  bool counts_;
  std::uint64_t lines_ = 0;
  line_splitter splitter_;
};

} // namespace

input<std::string_view> socket_text_input(std::string host, int port, socket_options options) {
  auto server = checked_server("socket_text_stream", std::move(host), port, options.connect_timeout,
                               options.reconnect_delay, options.acknowledge);
  if (options.max_line == 0 || options.max_line > longest_max_line)
    throw usage_error("socket_text_stream: max_line must be 1 to " + std::to_string(longest_max_line) + " bytes, not "
                      + std::to_string(options.max_line));
  return make_socket_input<std::string_view>(
      "socket_text_stream", std::move(server),
      [options](receiver<std::string_view>& to) { return std::make_unique<line_sink>(to, options); }, options.max_rate);
}

} // namespace sluice
