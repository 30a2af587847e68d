// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/log.hpp>

#include <sluice/actors/base/one_line.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace sluice {

namespace {

spdlog::logger& logger() {
  static auto instance = [] {
    // Standard output belongs to the user's results, so the log goes to standard error.
    auto result = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    result->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    return result;
  }();
  return *instance;
}

} // namespace

void log_info(std::string_view line) { logger().info("{}", on_one_line(line)); }
void log_warning(std::string_view line) { logger().warn("{}", on_one_line(line)); }
void log_error(std::string_view line) { logger().error("{}", on_one_line(line)); }

void set_log_level(std::string_view level) { logger().set_level(spdlog::level::from_str(std::string{level})); }

} // namespace sluice
