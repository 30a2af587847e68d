// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/web_routes.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/runtime/web/metrics_text.hpp>
#include <sluice/runtime/web/page_files.hpp>
#include <sluice/runtime/web/spark_views.hpp>
#include <sluice/runtime/web/whole_number.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;

constexpr std::string_view applications = "/api/v1/applications";
constexpr std::uint64_t default_batches = 100;
constexpr std::uint64_t most_batches = 1000;

http_response ok(std::string body) { return {200, "application/json", std::move(body), {}}; }

http_response found(std::string body, std::string_view missing) {
  return body.empty() ? http_error(404, missing) : ok(std::move(body));
}

/// A parameter of the query; none if it is no whole number.
std::optional<std::uint64_t> number(const http_request& x, std::string_view name, std::uint64_t otherwise) {
  const auto* const text = x.parameter(name);
  return text == nullptr ? otherwise : whole_number(*text);
}

http_response page(std::string_view path) {
  const auto files = page_files();
  const auto file = std::ranges::find(files, path == "/" ? "/index.html" : path, &page_file::path);
  if (file == files.end())
    return http_error(404, "there is nothing at this path; docs/monitoring.md lists the paths");
  return {200, std::string{file->content_type}, std::string{file->content}, {}};
}

/// A program that runs, or will again.
bool is_alive(run_state x) { return x != run_state::stopped && x != run_state::failed; }

bool is_running(run_state x) { return x == run_state::running; }

http_response health(bool (*is_well)(run_state), run_state x) {
  return {is_well(x) ? 200 : 503, "application/json", json{{"state", to_text(x)}}.dump(), {}};
}

} // namespace

web_routes::web_routes(program_identity program, std::shared_ptr<run_monitor> of, std::vector<shown_setting> settings,
                       std::vector<std::string> arguments, web_actions actions)
    : program_{std::move(program)}, of_{std::move(of)}, settings_{std::move(settings)},
      arguments_{std::move(arguments)}, actions_{std::move(actions)} {}

http_response web_routes::answer(const http_request& x) { return x.method == "POST" ? post(x) : get(x); }

http_response web_routes::get(const http_request& x) {
  const std::string_view path = x.path;
  if (path == "/api/v1/overview") {
    const auto batches = number(x, "batches", default_batches);
    if (!batches || *batches > most_batches)
      return http_error(400, "batches: give a whole number up to 1000");
    return ok(overview_json(program_, of_->picture(), *batches));
  }
  if (path == "/api/v1/graph")
    return ok(graph_json(of_->picture()));
  if (path == "/api/v1/reason")
    return ok(reason_json(of_->picture()));
  if (path == "/api/v1/nodes")
    return ok(nodes_json(program_, of_->picture(), usage_.look()));
  if (path == "/api/v1/config")
    return ok(config_json(settings_, arguments_));
  if (path == "/api/v1/openapi.json")
    return page("/openapi.json");
  if (path == "/api/v1/metrics")
    return ok(spark_gauges_json(program_, of_->picture()));
  if (path == "/metrics")
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(program_, of_->picture(), usage_.look()), {}};
  if (path == "/healthz")
    return health(is_alive, of_->state());
  if (path == "/readyz")
    return health(is_running, of_->state());
  if (path == "/api/v1/events") {
    const auto after = number(x, "after", 0);
    return after ? ok(events_json(of_->events_after(*after), *after))
                 : http_error(400, "after: give the number of an event");
  }
  if (path.starts_with(applications) && (path.size() == applications.size() || path[applications.size()] == '/')) {
    auto body = spark_json(program_, of_->picture(), path.substr(applications.size()), x.query);
    return body ? ok(std::move(*body)) : http_error(404, "there is no such application, receiver, batch or output");
  }
  if (path.starts_with("/api/"))
    return get_numbered(x);
  return page(path);
}

http_response web_routes::get_numbered(const http_request& x) {
  constexpr std::string_view batches = "/api/v1/batches/";
  constexpr std::string_view operators = "/api/v1/operators/";
  const std::string_view path = x.path;
  if (path.starts_with(batches)) {
    const auto id = whole_number(path.substr(batches.size()));
    return found(id ? batch_json(of_->picture(), batch_time{static_cast<std::int64_t>(*id)}) : std::string{},
                 "there is no such batch, or it is too old to be kept");
  }
  if (path.starts_with(operators)) {
    const auto id = whole_number(path.substr(operators.size()));
    if (!id || *id > std::numeric_limits<std::uint32_t>::max())
      return http_error(404, "there is no such operator");
    const node_index i{static_cast<std::uint32_t>(*id)};
    return found(operator_json(of_->picture(), i, of_->history(i)), "there is no such operator");
  }
  return http_error(404, "there is nothing at this path; docs/monitoring.md lists the paths");
}

http_response web_routes::post(const http_request& x) {
  if (x.path == "/api/v1/stop")
    return stop(x);
  if (x.path == "/api/v1/log-level")
    return set_log_level(x);
  if (x.path == "/api/v1/savepoint")
    return start_savepoint(x);
  auto refused = http_error(405, "this path takes no POST");
  refused.headers.emplace_back("Allow", "GET, HEAD");
  return refused;
}

http_response web_routes::stop(const http_request& x) {
  const auto given = x.body.empty() ? json::object() : json::parse(x.body, nullptr, false);
  if (!given.is_object() || (given.contains("graceful") && !given["graceful"].is_boolean()))
    return http_error(400, "give {\"graceful\": true} or {\"graceful\": false}");
  actions_.stop(given.value("graceful", true));
  return {202, "application/json", json{{"state", "stopping"}}.dump(), {}};
}

http_response web_routes::start_savepoint(const http_request& x) {
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

void web_routes::write_savepoint(const std::string& directory) {
  try {
    const auto t = actions_.savepoint(directory);
    of_->tell("savepoint", event_level::info,
              "The savepoint " + directory + " is written, of batch " + to_string(t) + '.');
  } catch (const std::exception& e) {
    of_->tell("savepoint", event_level::error, "The savepoint " + directory + " could not be written: " + e.what());
  }
  is_saving_ = false;
}

http_response web_routes::set_log_level(const http_request& x) {
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
