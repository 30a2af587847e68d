// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/state_routes.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sluice/runtime/web/json_text.hpp>
#include <sluice/runtime/web/record_json.hpp>
#include <sluice/runtime/web/whole_number.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;
using kept_operator = state_view::kept_operator;

constexpr std::string_view root = "/api/v1/state";
constexpr std::string_view lookup = "/api/v1/state/lookup";
constexpr std::uint64_t default_rows = 100;
constexpr std::uint64_t most_rows = 1000;
constexpr std::size_t most_keys = 10'000;

/// What a request asks of a view: thrown where there is no answer, so that each step says so itself.
struct refusal {
  http_response answer;
};

[[noreturn]] void refuse(int status, std::string_view why) { throw refusal{http_error(status, why)}; }

/// The commit that a request names: the newest if it names none.
batch_time commit_of(const state_view& in, std::optional<std::uint64_t> asked) {
  if (!asked)
    return in.newest();
  const batch_time t{static_cast<std::int64_t>(*asked)};
  if (t > in.newest())
    refuse(404, "batch: nothing that new has been committed, or there is no such batch");
  if (!in.has(t))
    refuse(410, "batch: its state is not kept any more, or there is no such commit; the oldest is "
                    + std::to_string(in.oldest().ms()));
  return t;
}

std::optional<std::uint64_t> number_of(const http_request& x, std::string_view name) {
  const auto* const text = x.parameter(name);
  if (text == nullptr)
    return std::nullopt;
  const auto result = whole_number(*text);
  if (!result)
    refuse(400, std::string{name} + ": give a whole number");
  return result;
}

const kept_operator& find_operator(const state_view& in, std::string_view name) {
  const auto found = in.operators().find(name);
  if (found == in.operators().end())
    refuse(404, "there is no operator with a state of this name; /api/v1/state lists them");
  if (!found->second.key)
    refuse(404, "what this operator keeps has no keys");
  return found->second;
}

json describe(const kept_operator& x) {
  return {{"name", x.about.operator_name},
          {"hasKeys", x.key != nullptr},
          {"schema", x.about.schema},
          {"partitions", x.about.partitions},
          {"keys", x.key ? json(x.keys()) : json(nullptr)},
          {"bytes", x.key ? json(x.bytes()) : json(nullptr)}};
}

json list(const state_view& in) {
  auto operators = json::array();
  for (const auto& [name, x] : in.operators())
    operators.push_back(describe(x));
  return {{"status", "ready"},
          {"why", nullptr},
          {"batch", in.newest().ms()},
          {"oldestBatch", in.oldest().ms()},
          {"operators", std::move(operators)}};
}

/// The list of a program whose state cannot be shown now: "reading" if it soon can.
json empty_list(std::string_view status, const std::string& why) {
  return {{"status", status}, {"why", why}, {"batch", nullptr}, {"oldestBatch", nullptr}, {"operators", json::array()}};
}

std::string reading(std::uint64_t pieces) {
  return "the state is being read, " + std::to_string(pieces) + " pieces so far; ask again in a second";
}

/// {"value": …}, or null where the key has none.
json look_up(const state_view& in, const kept_operator& of, const json& key, batch_time t) {
  const auto bytes = key_bytes(key, *of.key);
  if (!bytes)
    refuse(400, "key: " + dump(key) + " is not a key of '" + of.about.operator_name + "', whose schema is "
                    + of.about.schema);
  const auto found = in.find(of, *bytes, t);
  return found ? json{{"value", record_json(found->value(), found->row)}} : json(nullptr);
}

/// The key in a query: text as it is, everything else as JSON.
json key_of(const std::string& text, const record_shape& shape) {
  auto result = shape.what == record_shape::sort::text || shape.what == record_shape::sort::bytes ? json(text)
                                                                                                  : parse_shallow(text);
  return result.is_discarded() ? json(text) : std::move(result);
}

json look_up_one(const state_view& in, const kept_operator& of, const std::string& text, batch_time t) {
  const auto key = key_of(text, *of.key);
  const auto found = look_up(in, of, key, t);
  return {{"batch", t.ms()},
          {"operator", of.about.operator_name},
          {"key", key},
          {"found", !found.is_null()},
          {"value", found.is_null() ? json(nullptr) : found["value"]}};
}

json page(const state_view& in, const kept_operator& of, const http_request& x, batch_time t) {
  const auto most = number_of(x, "limit").value_or(default_rows);
  if (most == 0 || most > most_rows)
    refuse(400, "limit: give a number from 1 to 1000");
  const auto* const from = x.parameter("from");
  const auto found = in.page(of, from == nullptr ? std::string_view{} : *from, most, t);
  if (!found)
    refuse(400, "from: " + found.error().what());
  auto rows = json::array();
  for (const auto& row : found->rows)
    rows.push_back({{"key", record_json(row.key(), row.row)}, {"value", record_json(row.value(), row.row)}});
  return {{"batch", t.ms()},
          {"operator", of.about.operator_name},
          {"rows", std::move(rows)},
          {"next", text_or_null(found->next)}};
}

json answer(const state_view& in, const http_request& x) {
  std::string_view path = x.path;
  path.remove_prefix(root.size());
  const auto t = commit_of(in, number_of(x, "batch"));
  const auto& of = find_operator(in, path.substr(1));
  const auto* const key = x.parameter("key");
  return key == nullptr ? page(in, of, x, t) : look_up_one(in, of, *key, t);
}

json look_up_many(const state_view& in, const json& given) {
  const auto t =
      commit_of(in, given.contains("batch") ? std::optional{given["batch"].get<std::uint64_t>()} : std::nullopt);
  json values = json::object();
  for (const auto& [name, keys] : given["keys"].items()) {
    const auto& of = find_operator(in, name);
    auto& found = values[name] = json::array();
    for (const auto& key : keys)
      found.push_back(look_up(in, of, key, t));
  }
  return {{"batch", t.ms()}, {"values", std::move(values)}};
}

/// Whether a body is {"keys": {operator: [key, …], …}}, with or without "batch".
bool is_good_lookup(const json& given) {
  if (!given.is_object() || !given.contains("keys") || !given["keys"].is_object()
      || (given.contains("batch") && !given["batch"].is_number_unsigned()))
    return false;
  std::size_t keys = 0;
  for (const auto& [name, x] : given["keys"].items()) {
    if (!x.is_array())
      return false;
    keys += x.size();
  }
  return keys <= most_keys;
}

http_response shown(state_window& in, const std::function<json(const state_view&)>& make) {
  std::optional<json> body;
  const auto done = in.look([&](const state_view& view) { body = make(view); }, state_window::clock::now());
  if (body)
    return {200, "application/json", dump(*body), {}};
  if (done.failure)
    return http_error(409, done.failure.what());
  auto later = http_error(503, reading(done.pieces_read));
  later.headers.emplace_back("Retry-After", "1");
  return later;
}

} // namespace

bool state_routes::answers(std::string_view path) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

http_response state_routes::get(const http_request& x) const try {
  if (x.path == root)
    return list_all();
  return shown(*of_, [&x](const state_view& in) { return answer(in, x); });
} catch (refusal& refused) {
  return std::move(refused.answer);
}

http_response state_routes::list_all() const {
  std::optional<json> body;
  const auto done = of_->look([&](const state_view& view) { body = list(view); }, state_window::clock::now());
  if (!body)
    body = done.failure ? empty_list("none", done.failure.what()) : empty_list("reading", reading(done.pieces_read));
  return {200, "application/json", dump(*body), {}};
}

http_response state_routes::post(const http_request& x) const try {
  const auto given = parse_shallow(x.body);
  if (x.path != lookup || !is_good_lookup(given))
    return http_error(400, "post {\"keys\": {\"operator\": [key, …], …}}, and \"batch\" if you like, to "
                           "/api/v1/state/lookup; at most 10000 keys");
  return shown(*of_, [&given](const state_view& in) { return look_up_many(in, given); });
} catch (refusal& refused) {
  return std::move(refused.answer);
}

} // namespace sluice::detail
