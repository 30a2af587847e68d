// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/control_routes.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/runtime/web/whole_number.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;

http_response ok(std::string body) { return {200, "application/json", std::move(body), {}}; }

} // namespace

control_routes::control_routes(std::shared_ptr<run_monitor> of, web_actions actions)
    : of_{std::move(of)}, actions_{std::move(actions)} {}

http_response control_routes::post(const http_request& x) {
  if (x.path == "/api/v1/stop")
    return stop(x);
  if (x.path == "/api/v1/log-level")
    return set_log_level(x);
  if (x.path == "/api/v1/savepoint")
    return start_savepoint(x);
  constexpr std::string_view inputs = "/api/v1/inputs/";
  if (x.path.starts_with(inputs))
    return limit_input(x, std::string_view{x.path}.substr(inputs.size()));
  if (x.path == "/api/v1/restart")
    return restart("somebody has asked for it");
  return restart_operator(x);
}

/// What is no path of these takes no POST.
http_response control_routes::restart_operator(const http_request& x) {
  constexpr std::string_view operators = "/api/v1/operators/";
  constexpr std::string_view end = "/restart";
  if (x.path.starts_with(operators) && x.path.ends_with(end)) {
    const auto id =
        whole_number(std::string_view{x.path}.substr(operators.size(), x.path.size() - operators.size() - end.size()));
    const auto picture = of_->picture();
    if (!id || *id >= picture.operators.size())
      return http_error(404, "there is no such operator");
    return restart("somebody has asked for a restart of " + picture.operators[*id].name);
  }
  auto refused = http_error(405, "this path takes no POST");
  refused.headers.emplace_back("Allow", "GET, HEAD");
  return refused;
}

/// INPUT/pause, INPUT/resume or INPUT/max-rate.
http_response control_routes::limit_input(const http_request& x, std::string_view path) {
  const auto slash = std::min(path.rfind('/'), path.size());
  const auto name = path.substr(0, slash);
  const auto what = path.substr(std::min(slash + 1, path.size()));
  const auto picture = of_->picture();
  const auto input = std::ranges::find(picture.inputs, name, &input_picture::name);
  if (input == picture.inputs.end())
    return http_error(404, "there is no such input; /api/v1/overview lists them");
  if (what == "pause" || what == "resume") {
    actions_.limit(input->id, {.is_paused = what == "pause", .max_rate = input->max_rate});
    return ok(json{{"state", what == "pause" ? "paused" : "running"}}.dump());
  }
  if (what != "max-rate")
    return http_error(404, "an input takes pause, resume and max-rate");
  const auto given = json::parse(x.body, nullptr, false);
  const auto* const key = "recordsPerSecond";
  const bool is_good = given.is_object() && given.contains(key)
                       && (given[key].is_null() || (given[key].is_number() && given[key].get<double>() >= 0));
  if (!is_good)
    return http_error(400, "give {\"recordsPerSecond\": 1000}: 0 is no limit, and null is the program's own");
  const auto rate = given[key].is_null() ? std::nullopt : std::optional{given[key].get<double>()};
  actions_.limit(input->id, {.is_paused = input->is_paused, .max_rate = rate});
  return ok(json{{key, given[key]}}.dump());
}

http_response control_routes::restart(const std::string& why) {
  if (!actions_.restart(why))
    return http_error(409, "the program does not restart parts of itself now: it needs a restart policy, as of "
                           "--on-error restart, and must run");
  return {202, "application/json", json{{"state", "restarting"}}.dump(), {}};
}

http_response control_routes::stop(const http_request& x) {
  const auto given = x.body.empty() ? json::object() : json::parse(x.body, nullptr, false);
  if (!given.is_object() || (given.contains("graceful") && !given["graceful"].is_boolean()))
    return http_error(400, "give {\"graceful\": true} or {\"graceful\": false}");
  actions_.stop(given.value("graceful", true));
  return {202, "application/json", json{{"state", "stopping"}}.dump(), {}};
}

http_response control_routes::start_savepoint(const http_request& x) {
  const auto given = json::parse(x.body, nullptr, false);
  const auto directory = given.is_object() && given.contains("directory") && given["directory"].is_string()
                             ? given["directory"].get<std::string>()
                             : std::string{};
  if (!directory.starts_with('/'))
    return http_error(400, "give {\"directory\": \"/path\"}: the absolute path of a directory that does not exist yet");
  if (is_saving_.exchange(true))
    return http_error(409, "a savepoint is being written; wait for it");
  saving_ = std::jthread{[this, directory] { write_savepoint(directory); }};
  return {202, "application/json", json{{"state", "writing"}}.dump(), {}};
}

void control_routes::write_savepoint(const std::string& directory) {
  try {
    const auto t = actions_.savepoint(directory);
    of_->tell("savepoint", event_level::info,
              "The savepoint " + directory + " is written, of batch " + to_string(t) + '.');
  } catch (const std::exception& e) {
    of_->tell("savepoint", event_level::error, "The savepoint " + directory + " could not be written: " + e.what());
  }
  is_saving_ = false;
}

http_response control_routes::set_log_level(const http_request& x) {
  const auto given = json::parse(x.body, nullptr, false);
  constexpr std::array levels{"debug", "info", "warning", "error", "off"};
  const auto* const level = given.is_object() && given.contains("level") && given["level"].is_string()
                                ? std::ranges::find(levels, given["level"].get<std::string>())
                                : levels.end();
  if (level == levels.end())
    return http_error(400, "give {\"level\": \"info\"}, or debug, warning, error or off");
  sluice::set_log_level(*level);
  return ok(json{{"level", *level}}.dump());
}

} // namespace sluice::detail
