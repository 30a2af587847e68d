// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/block_log.hpp>

#include <sluice/state/checkpoint/checkpoint_identity.hpp>
#include <sluice/state/store/storage_errors.hpp>

#include <algorithm>
#include <deque>
#include <utility>

namespace sluice {

namespace {

error in_log(const keyed_store& store, const error& why) {
  return make_error(why.code(), "the log in '" + store.place().string() + "': " + describe(why));
}

error refused(const std::string& why) { return make_error(ec::invalid_argument, why); }

} // namespace

/// A write in the making.
struct block_log::draft {
  block_table table;
  std::map<batch_time, allocation> allocations; ///< to be added
  std::optional<batch_time> release;
  write_batch batch;
  std::deque<bytes> values; ///< that `batch` refers to
};

expected<std::optional<batch>> block_reader::next() {
  if (next_ == end_)
    return std::optional<batch>{};
  const auto key = block_key(input_, next_);
  std::optional<expected<batch>> found;
  // Not by `get`, which would copy the block once more.
  auto err = store_->scan(key, key + '\0', [&found](std::string_view, bytes_view value) {
    found = batch::from_bytes(value);
    return false;
  });
  if (err)
    return err;
  const auto number = std::to_string(next_++);
  if (!found)
    return damage_error(store_->place(), make_error(ec::storage_failed, "block " + number + " is missing"));
  if (!*found)
    return damage_error(store_->place(), make_error(found->error().code(), "block " + number + " is malformed"));
  return std::optional{std::move(**found)};
}

expected<block_log> block_log::open(keyed_store& store) {
  block_log result{store};
  if (auto err = result.read_table())
    return err;
  if (auto err = result.read_allocations())
    return err;
  return result;
}

error block_log::read_table() {
  const auto stored = store_->get(table_key);
  if (!stored)
    return stored.error();
  if (*stored) {
    auto found = decode_table(**stored);
    if (!found)
      return in_log(*store_, found.error());
    table_ = std::move(*found);
    return {};
  }
  // Each write writes the table, so there cannot be anything without one.
  const auto nothing = holds_nothing(*store_);
  if (!nothing)
    return nothing.error();
  if (*nothing)
    return {};
  return in_log(*store_, make_error(ec::storage_failed, "it is damaged: its table of inputs is missing; restore the "
                                                        "whole checkpoint, or remove it to start over"));
}

error block_log::read_allocations() {
  error bad;
  auto err = store_->scan(allocation_key({}), end_of_allocations(), [&](std::string_view key, bytes_view value) {
    const auto time = allocation_time(key);
    auto found = decode_allocation(time.value_or(batch_time{}), value, table_);
    if (!time || !found || (table_.released && *time <= *table_.released) || time > table_.allocated) {
      bad = found ? make_error(ec::storage_failed, "an allocation is not in the table; restore the whole checkpoint, "
                                                   "or remove it to start over")
                  : found.error();
      return false;
    }
    pending_.emplace_hint(pending_.end(), *time, std::move(*found));
    return true;
  });
  if (err)
    return err;
  return bad ? in_log(*store_, bad) : error{};
}

std::map<std::string, block_counts> block_log::inputs() const {
  std::map<std::string, block_counts> result;
  for (const auto& [name, counts] : table_.inputs)
    result.emplace(name, counts);
  return result;
}

block_counts block_log::counts(std::string_view input) const {
  const auto number = table_.find(input);
  return number ? table_.inputs[*number].counts : block_counts{};
}

expected<block_reader> block_log::blocks(std::string_view input, block_number first, block_number end) const {
  if (closed_)
    return closed_;
  const auto held = counts(input);
  if (first > end || (first != end && (first < held.first || end > held.next)))
    return refused("the log does not hold the blocks " + std::to_string(first) + " to " + std::to_string(end) + " of '"
                   + std::string{input} + "', but " + std::to_string(held.first) + " to " + std::to_string(held.next));
  return block_reader{*store_, table_.find(input).value_or(0), first, end};
}

write_result block_log::write(const log_group& group) {
  if (closed_)
    return closed_;
  draft next{.table = table_, .allocations = {}, .release = {}, .batch = {}, .values = {}};
  for (const auto& block : group.blocks)
    if (auto err = append(block, next))
      return err;
  for (const auto& what : group.allocations)
    if (auto err = allocate(what, next))
      return err;
  if (group.release && (!table_.released || *group.release > *table_.released))
    release(*group.release, next);
  return apply(std::move(next));
}

write_result block_log::forget(const std::string& input, block_number from) {
  if (closed_)
    return closed_;
  const auto number = table_.find(input);
  if (!number)
    return {};
  draft next{.table = table_, .allocations = {}, .release = {}, .batch = {}, .values = {}};
  auto& counts = next.table.inputs[*number].counts;
  const auto first = std::max(from, counts.allocated);
  if (first >= counts.next)
    return {};
  next.batch.erase_range(block_key(*number, first), block_key(*number, counts.next));
  counts.next = first;
  return apply(std::move(next));
}

write_result block_log::apply(draft next) {
  if (next.batch.empty())
    return {};
  next.batch.put(std::string{table_key}, next.values.emplace_back(encode(next.table)));
  auto result = store_->apply_if_room(next.batch);
  if (result.why) {
    const bool tried = !is(result.why, ec::invalid_argument) && !is(result.why, ec::record_too_large);
    if (tried && !result.had_no_room())
      closed_ = make_error(ec::storage_failed, "a write has failed, so the log takes nothing until it is opened again: "
                                                   + describe(result.why));
    return result;
  }
  table_ = std::move(next.table);
  pending_.merge(next.allocations);
  if (next.release)
    pending_.erase(pending_.begin(), pending_.upper_bound(*next.release));
  return {};
}

error block_log::append(const logged_block& block, draft& next) const {
  const auto input = next.table.number_of(block.input);
  auto& counts = next.table.inputs[input].counts;
  if (block.number != counts.next)
    return refused("block " + std::to_string(block.number) + " of '" + block.input + "' comes where "
                   + std::to_string(counts.next) + " is the next");
  ++counts.next;
  next.batch.put(block_key(input, block.number), block.records.bytes());
  return {};
}

error block_log::allocate(const allocation& what, draft& next) const {
  const auto wrong = [&what](const std::string& why) {
    return refused("the allocation of the batch at " + to_string(what.time) + " " + why);
  };
  const auto last = std::max(next.table.allocated, next.table.released);
  if (what.time < batch_time{} || (last && what.time <= *last))
    return wrong("comes after one of a later batch, or is before all time");
  for (const auto& [name, share] : what.inputs) {
    auto& counts = next.table.inputs[next.table.number_of(name)].counts;
    if (share.first_block > share.end_block
        || (share.is_logged && (share.first_block != counts.allocated || share.end_block > counts.next)))
      return wrong("has blocks of '" + name + "' that are not the next ones");
    if (share.is_logged)
      counts.allocated = share.end_block;
  }
  next.table.allocated = what.time;
  next.allocations.emplace(what.time, what);
  next.batch.put(allocation_key(what.time), next.values.emplace_back(encode(what, next.table)));
  return {};
}

void block_log::release(batch_time until, draft& next) const {
  std::map<std::uint32_t, block_number> ends;
  for (const auto* allocations :
       std::initializer_list<const std::map<batch_time, allocation>*>{&pending_, &next.allocations})
    for (auto i = allocations->begin(); i != allocations->end() && i->first <= until; ++i)
      for (const auto& [name, share] : i->second.inputs)
        if (share.is_logged)
          ends[*next.table.find(name)] = share.end_block;
  for (const auto& [input, end] : ends) {
    auto& first = next.table.inputs[input].counts.first;
    if (first != end)
      next.batch.erase_range(block_key(input, first), block_key(input, end));
    first = end;
  }
  next.batch.erase_range(allocation_key({}), allocation_key(until + duration{1}));
  next.table.released = until;
  next.release = until;
}

} // namespace sluice
