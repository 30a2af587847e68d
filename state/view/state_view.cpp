// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/view/state_view.hpp>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/base/hash.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

namespace sluice::detail {

namespace {

/// The schema of the changes of a state whose own schema is that of pairs; nothing for another one.
std::optional<std::string> change_schema(const std::string& schema) {
  if (!schema.ends_with(')'))
    return std::nullopt;
  return schema.substr(0, schema.size() - 1) + "?)";
}

state_view::kept_operator describe_operator(state_description about) {
  state_view::kept_operator result;
  const auto written = change_schema(about.schema);
  if (auto shape = written ? parse_shape(*written) : make_error(ec::schema_mismatch, "no pairs");
      shape && shape->what == record_shape::sort::fields && shape->parts.size() == 2) {
    result.shape = std::make_shared<const record_shape>(std::move(*shape));
    result.key = {result.shape, result.shape->parts.data()};
    result.schema = hash_bytes(*written);
  }
  result.partitions.resize(about.partitions);
  result.about = std::move(about);
  return result;
}

/// Takes a number and the '.' after it off the front of a cursor.
std::optional<std::uint64_t> take_number(std::string_view& from) {
  std::uint64_t result = 0;
  const auto [end, problem] = std::from_chars(std::to_address(from.begin()), std::to_address(from.end()), result);
  if (problem != std::errc{})
    return std::nullopt;
  from.remove_prefix(static_cast<std::size_t>(end - std::to_address(from.begin())));
  if (from.starts_with('.'))
    from.remove_prefix(1);
  return result;
}

} // namespace

std::size_t state_view::kept_operator::keys() const {
  std::size_t result = 0;
  for (const auto& x : partitions)
    result += x.keys();
  return result;
}

std::size_t state_view::kept_operator::bytes() const {
  std::size_t result = 0;
  for (const auto& x : partitions)
    result += x.bytes();
  return result;
}

state_view::state_view(std::vector<state_description> operators, batch_time t, const options& how) : how_{how} {
  for (auto& x : operators) {
    auto name = x.operator_name;
    operators_.emplace(std::move(name), describe_operator(std::move(x)));
  }
  commits_.push_back({t, {}});
}

state_view::kept_operator* state_view::find_kept(const state_id& id) {
  const auto found = operators_.find(id.operator_name);
  return found == operators_.end() || id.partition.value() >= found->second.partitions.size() ? nullptr
                                                                                              : &found->second;
}

error state_view::load(const state_id& id, batch piece) {
  auto* const in = find_kept(id);
  if (in == nullptr || !in->key || piece.count() == 0)
    return {};
  if (piece.schema() != in->schema) {
    in->key = nullptr; // pairs, but no keys with values: a window keeps them
    return {};
  }
  auto opened = shaped_batch::open(std::move(piece), in->shape, in->schema);
  if (!opened)
    return opened.error();
  in->partitions[id.partition.value()].load(std::make_shared<const shaped_batch>(std::move(*opened)));
  if (bytes() > how_.most_bytes)
    return make_error(ec::invalid_argument, "the state is too large to be looked at: its copy may have "
                                                + std::to_string(how_.most_bytes >> 20) + " MiB");
  return {};
}

void state_view::begin(batch_time t, std::vector<state_update> changes) {
  coming_ = t;
  for (auto& x : changes)
    if (auto err = add_change(std::move(x)); err && !broken_)
      broken_ = std::move(err);
}

error state_view::add_change(state_update x) {
  auto* const in = find_kept(x.id);
  if (in == nullptr || !in->key)
    return {};
  change added{.id = std::move(x.id), .kind = x.kind, .pieces = {}};
  for (auto& piece : x.content) {
    if (piece.count() == 0)
      continue;
    if (piece.schema() != in->schema) {
      in->key = nullptr;
      return {};
    }
    auto opened = shaped_batch::open(std::move(piece), in->shape, in->schema);
    if (!opened)
      return opened.error();
    added.pieces.push_back(std::make_shared<const shaped_batch>(std::move(*opened)));
  }
  if (!added.pieces.empty() || added.kind == change_kind::base)
    changes_.push_back(std::move(added));
  return {};
}

expected<bool> state_view::step(std::size_t most, clock::time_point now) {
  if (broken_)
    return broken_;
  while (!changes_.empty() && most != 0) {
    auto& next = changes_.front();
    auto& index = find_kept(next.id)->partitions[next.id.partition.value()];
    if (!std::exchange(next.is_begun, true))
      index.begin(*coming_, next.kind == change_kind::base);
    if (next.pieces.empty()) {
      changes_.pop_front();
      continue;
    }
    const auto& piece = next.pieces.front();
    const auto end = static_cast<std::uint32_t>(std::min<std::size_t>(piece->size(), row_ + most));
    index.add(piece, row_, end);
    most -= end - row_;
    row_ = end;
    if (end == piece->size()) {
      next.pieces.erase(next.pieces.begin());
      row_ = 0;
    }
  }
  if (!changes_.empty())
    return true;
  if (coming_)
    finish(now);
  if (bytes() > how_.most_bytes)
    return make_error(ec::invalid_argument, "the state has grown too large to be looked at");
  return false;
}

void state_view::finish(clock::time_point now) {
  commits_.back().replaced = now;
  commits_.push_back({*std::exchange(coming_, std::nullopt), {}});
  forget(now);
}

/// Gives up the commits that are too old, and more of them if they take too much memory.
void state_view::forget(clock::time_point now) {
  const auto former = [this] {
    std::size_t result = 0;
    for (const auto& [name, x] : operators_)
      for (const auto& partition : x.partitions)
        result += partition.former_bytes();
    return result;
  };
  while (commits_.size() > 1
         && (now - commits_.front().replaced > how_.kept || former() > how_.most_former || bytes() > how_.most_bytes)) {
    commits_.pop_front();
    for (auto& [name, x] : operators_)
      for (auto& partition : x.partitions)
        partition.forget_before(commits_.front().time);
  }
}

bool state_view::has(batch_time t) const { return std::ranges::find(commits_, t, &commit::time) != commits_.end(); }

std::optional<state_row> state_view::find(const kept_operator& in, std::string_view key, batch_time t) const {
  for (const auto& partition : in.partitions)
    if (auto found = partition.find(key, t))
      return found;
  return std::nullopt;
}

expected<state_page> state_view::page(const kept_operator& in, std::string_view from, std::size_t most,
                                      batch_time t) const {
  constexpr std::size_t most_looked_at = 100'000;
  const auto is_start = from.empty();
  auto partition = take_number(from);
  auto position = partition ? take_number(from) : std::nullopt;
  if ((!is_start && !position) || !from.empty())
    return make_error(ec::invalid_argument, "give what a page has said as its next one");
  state_page result;
  position = position.value_or(0);
  auto left = most_looked_at;
  for (auto n = partition.value_or(0); n < in.partitions.size(); ++n, position = 0) {
    if (most == 0)
      return result;
    position = in.partitions[n].scan(t, *position, left, [&](state_row row) {
      result.rows.push_back(std::move(row));
      return result.rows.size() < most;
    });
    if (position) {
      result.next = std::to_string(n) + '.' + std::to_string(*position);
      return result;
    }
  }
  return result;
}

std::size_t state_view::bytes() const {
  std::size_t result = 0;
  for (const auto& [name, x] : operators_)
    result += x.bytes();
  return result;
}

} // namespace sluice::detail
