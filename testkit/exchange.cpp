// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/testkit/exchange.hpp>

#include <iterator>

#include <sluice/actors/base/errors.hpp>

namespace sluice::testkit {

namespace {

template <class Map>
std::string names_of(const Map& named) {
  std::string result;
  for (const auto& [name, x] : named)
    result += (result.empty() ? "" : ", ") + name;
  return result.empty() ? "none" : result;
}

template <class Map>
auto& find(Map& named, const std::string& name, const char* what) {
  const auto found = named.find(name);
  if (found == named.end())
    throw usage_error{std::string{"the program has no "} + what + " '" + name + "'; there are: " + names_of(named)};
  return found->second;
}

void check_schema(const std::string& name, const std::string& has, const std::string& asked) {
  if (has != asked)
    throw usage_error{"'" + name + "' has records of type " + has + ", not " + asked};
}

} // namespace

void exchange::declare_input(const std::string& name, std::string schema, stream_id id) {
  auto& x = inputs_[name];
  x.schema = std::move(schema);
  x.id = id;
}

void exchange::put(const std::string& name, const std::string& schema, std::vector<batch> blocks) {
  auto& x = find_input(name);
  check_schema(name, x.schema, schema);
  if (!x.next)
    x.next.emplace();
  std::ranges::move(blocks, std::back_inserter(*x.next));
}

void exchange::put_none(const std::string& name) { find_input(name).next.reset(); }

exchange::dataset_content exchange::take(const std::string& name) {
  return std::exchange(find_input(name).next, std::vector<batch>{});
}

void exchange::drop_unread() {
  for (auto& [name, x] : inputs_)
    x.next.emplace();
}

std::map<std::string, stream_id> exchange::inputs() const {
  std::map<std::string, stream_id> result;
  for (const auto& [name, x] : inputs_)
    result.emplace(name, x.id);
  return result;
}

void exchange::declare_output(const std::string& name, const std::string& schema, std::shared_ptr<void> empty) {
  if (const auto known = outputs_.find(name); known != outputs_.end())
    check_schema(name, known->second.schema, schema);
  else
    outputs_.emplace(name, seen_output{schema, std::move(empty)});
}

void exchange::begin_output(const std::string& name, batch_time t) {
  auto& x = find(outputs_, name, "output");
  if (x.until_failure == 0)
    return;
  --x.until_failure;
  if (x.until_failure == 0)
    throw planned_failure{"output '" + name + "' fails at " + to_string(t) + ", as the test planned"};
}

void exchange::fail_output(const std::string& name, std::size_t n) { find(outputs_, name, "output").until_failure = n; }

void exchange::trip(const std::string& tag) {
  const auto found = armed_.find(tag);
  if (found == armed_.end())
    return;
  if (--found->second == 0)
    armed_.erase(found);
  throw planned_failure{"'" + tag + "' fails, as the test planned"};
}

exchange::fed_input& exchange::find_input(const std::string& name) { return find(inputs_, name, "input"); }

void* exchange::find_output(const std::string& name, const std::string& schema) const {
  const auto& x = find(outputs_, name, "output");
  check_schema(name, x.schema, schema);
  return x.content.get();
}

} // namespace sluice::testkit
