// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/base/log.hpp>

#include <sluice/actors/base/log_format.hpp>
#include <sluice/actors/base/one_line.hpp>

#include <atomic>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace sluice {

namespace {

constexpr const char* text_pattern = "%Y-%m-%d %H:%M:%S.%e %^%l%$ %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})";

thread_local std::string* captured = nullptr;
std::atomic<bool> is_json = false;

spdlog::logger& logger() {
  static auto instance = [] {
    // Standard output belongs to the user's results, so the log goes to standard error.
    auto result = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    result->set_pattern(text_pattern);
    return result;
  }();
  return *instance;
}

void log(spdlog::level::level_enum level, std::string_view line) {
  const auto text = on_one_line(line);
  if (captured == nullptr)
    return logger().log(level, "{}", is_json ? detail::json_message(text) : text);
  const auto name = spdlog::level::to_string_view(level);
  captured->append(name.data(), name.size()).append(" ").append(text).append("\n");
}

} // namespace

void log_info(std::string_view line) { log(spdlog::level::info, line); }
void log_warning(std::string_view line) { log(spdlog::level::warn, line); }
void log_error(std::string_view line) { log(spdlog::level::err, line); }

void set_log_level(std::string_view level) { logger().set_level(spdlog::level::from_str(std::string{level})); }

void set_log_format(log_format x) {
  is_json = x == log_format::json;
  logger().set_pattern(is_json ? json_pattern : text_pattern,
                       is_json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
}

namespace detail {

std::string json_message(std::string_view text) {
  constexpr std::size_t most = std::size_t{8} << 10;
  auto kept = std::string{text.substr(0, most)};
  if (text.size() > most)
    kept += "…";
  return nlohmann::json(std::move(kept)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace detail

log_capture::log_capture(std::string& to) : former_{std::exchange(captured, &to)} {}

log_capture::~log_capture() { captured = former_; }

} // namespace sluice
