// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/operators/output/print.hpp>

#include <array>
#include <ctime>

namespace sluice::detail {

std::string local_time(batch_time t) {
  const auto seconds = static_cast<std::time_t>(t.ms() / 1000);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string batch_directory(const std::string& prefix, const std::string& suffix, batch_time t) {
  return prefix + '-' + std::to_string(t.ms()) + (suffix.empty() ? "" : '.' + suffix);
}

} // namespace sluice::detail
