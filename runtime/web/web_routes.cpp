// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/web_routes.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <sluice/runtime/web/metrics_text.hpp>
#include <sluice/runtime/web/page_files.hpp>
#include <sluice/runtime/web/spark_views.hpp>
#include <sluice/runtime/web/whole_number.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;

constexpr std::string_view applications = "/api/v1/applications";
constexpr std::string_view tails = "/api/v1/tail/";
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

/// Where the records of an operator can be seen: at the first operator that takes them.
record_tails::place tail_of(const run_picture& in, const operator_picture& x) {
  for (const auto& to : in.operators)
    for (const auto& parent : to.parents)
      if (to.stage && !x.is_input && parent == stream_ref{x.id, outlet_index{0}})
        return {x.id, to.id};
  return x.is_input ? record_tails::place{x.id, x.id} : record_tails::place{x.parents.front().node, x.id};
}

http_response health(bool (*is_well)(run_state), run_state x) {
  return {is_well(x) ? 200 : 503, "application/json", json{{"state", to_text(x)}}.dump(), {}};
}

} // namespace

web_routes::web_routes(program_identity program, std::shared_ptr<run_monitor> of, std::vector<shown_setting> settings,
                       std::vector<std::string> arguments, web_actions actions)
    : program_{std::move(program)}, of_{std::move(of)}, settings_{std::move(settings)},
      arguments_{std::move(arguments)}, states_{actions.states}, control_{of_, std::move(actions)} {}

http_response web_routes::answer(const http_request& x) {
  if (x.method != "POST")
    return get(x);
  return state_routes::answers(x.path) ? states_.post(x) : control_.post(x);
}

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
  if (state_routes::answers(path))
    return states_.get(x);
  if (path.starts_with(tails))
    return tail(path.substr(tails.size()), x);
  if (path.starts_with("/api/"))
    return get_numbered(x);
  return page(path);
}

/// The last records that an operator has emitted, or an output has taken.
http_response web_routes::tail(std::string_view name, const http_request& x) {
  const auto after = number(x, "after", 0);
  if (!after)
    return http_error(400, "after: give the number of a record");
  const auto picture = of_->picture();
  const auto found = std::ranges::find(picture.operators, name, &operator_picture::name);
  if (found == picture.operators.end() || !found->stage)
    return http_error(404, "there is no such operator, or nothing computes it");
  const auto place = tail_of(picture, *found);
  return ok(tail_json(*found, of_->tails().ask(place, *after, picture.now), *after));
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

} // namespace sluice::detail
