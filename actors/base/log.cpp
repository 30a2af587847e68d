// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/log.hpp>

#include <sluice/actors/base/one_line.hpp>

#include <utility>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace sluice {

namespace {

thread_local std::string* captured = nullptr;

spdlog::logger& logger() {
  static auto instance = [] {
    // Standard output belongs to the user's results, so the log goes to standard error.
    auto result = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    result->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    return result;
  }();
  return *instance;
}

void log(spdlog::level::level_enum level, std::string_view line) {
  const auto text = on_one_line(line);
  if (captured == nullptr)
    return logger().log(level, "{}", text);
  const auto name = spdlog::level::to_string_view(level);
  captured->append(name.data(), name.size()).append(" ").append(text).append("\n");
}

} // namespace

void log_info(std::string_view line) { log(spdlog::level::info, line); }
void log_warning(std::string_view line) { log(spdlog::level::warn, line); }
void log_error(std::string_view line) { log(spdlog::level::err, line); }

void set_log_level(std::string_view level) { logger().set_level(spdlog::level::from_str(std::string{level})); }

log_capture::log_capture(std::string& to) : former_{std::exchange(captured, &to)} {}

log_capture::~log_capture() { captured = former_; }

} // namespace sluice
