// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/checkpoint/manifest.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cassert>

#include <sluice/actors/base/capnp_message.hpp>

#include "checkpoint.capnp.h"

namespace sluice {

namespace {

constexpr std::uint32_t format_version = 4;
constexpr std::uint32_t oldest_version = 3; ///< of the same content, but for the key of the manifest

std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
std::string to_string(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }
capnp::Data::Reader to_data(const std::string& s) { return {reinterpret_cast<const kj::byte*>(s.data()), s.size()}; }
kj::StringPtr to_text(const std::string& s) { return {s.c_str(), s.size()}; }

error malformed(const std::string& why) {
  return make_error(ec::storage_failed, "its commit record cannot be read (" + why
                                            + "); restore the whole checkpoint, or remove it to start over");
}

/// Whether there is no partial snapshot but one after its base.
bool consistent(const manifest::snapshot_entries& snapshots) {
  const auto& [base, partial] = snapshots;
  return (!base || base->time >= batch_time{}) && (!partial || (base && partial->time > base->time));
}

/// Whether all parts of `m` agree with each other.
bool consistent(const manifest& m) {
  std::map<std::uint32_t, std::uint32_t> partitions;
  for (const auto& [name, op] : m.operators)
    if (op.number >= m.next_operator || !partitions.emplace(op.number, op.partitions).second)
      return false;
  return m.commit->time >= batch_time{} && m.commit->interval >= duration{0}
         && std::ranges::all_of(m.states, [&partitions](const auto& state) {
              const auto& [key, entry] = state;
              const auto op = partitions.find(key.operator_number);
              return op != partitions.end() && key.partition < op->second && entry.first_delta <= entry.next_delta
                     && consistent(entry.snapshots);
            });
}

std::optional<manifest::snapshot_entry> read(wire::Manifest::Snapshot::Reader in) {
  if (!in.getExists())
    return std::nullopt;
  return manifest::snapshot_entry{batch_time{in.getTime()}, in.getBlobs()};
}

void write(const std::optional<manifest::snapshot_entry>& snapshot, wire::Manifest::Snapshot::Builder out) {
  out.setExists(snapshot.has_value());
  out.setTime(snapshot ? snapshot->time.ms() : 0);
  out.setBlobs(snapshot ? snapshot->blobs : 0);
}

manifest read(wire::Manifest::Reader in) {
  manifest result;
  auto& commit = result.commit.emplace();
  commit.time = batch_time{in.getTime()};
  if (in.getZeroTime() != 0)
    commit.zero = batch_time{in.getZeroTime()};
  commit.interval = duration{in.getInterval()};
  commit.batches = in.getBatches();
  commit.epoch_number = in.getEpochNumber();
  commit.description = to_string(in.getDescription());
  for (auto position : in.getPositions())
    commit.positions.emplace(to_string(position.getSource()), to_string(position.getValue()));
  for (auto sum : in.getSums())
    commit.sums[to_string(sum.getName())] =
        sum.isReal() ? accumulated_sum::of(sum.getReal()) : accumulated_sum::of(std::int64_t{sum.getInteger()});
  result.next_operator = in.getNextOperator();
  for (auto op : in.getOperators())
    result.operators[to_string(op.getName())] = {op.getNumber(), op.getPartitions(), to_string(op.getSchema())};
  for (auto state : in.getStates()) {
    auto& entry = result.states[{state.getOperatorNumber(), state.getPartition()}];
    entry.snapshots = {read(state.getBase()), read(state.getPartial())};
    entry.first_delta = state.getFirstDelta();
    entry.next_delta = state.getNextDelta();
  }
  return result;
}

} // namespace

std::vector<state_id> states_of(const manifest& m) {
  std::vector<state_id> result;
  for (const auto& [name, op] : m.operators)
    for (auto i = m.states.lower_bound({op.number, 0}); i != m.states.end() && i->first.operator_number == op.number;
         ++i)
      result.push_back({name, partition_id{i->first.partition}});
  return result;
}

bytes encode(const manifest& m) {
  assert(m.commit);
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<wire::Manifest>();
  out.setFormatVersion(format_version);
  out.setTime(m.commit->time.ms());
  out.setZeroTime(m.commit->zero.value_or(batch_time{}).ms());
  out.setInterval(m.commit->interval.count());
  out.setBatches(m.commit->batches);
  out.setEpochNumber(m.commit->epoch_number);
  out.setDescription(to_text(m.commit->description));
  auto positions = out.initPositions(static_cast<unsigned>(m.commit->positions.size()));
  unsigned i = 0;
  for (const auto& [source, value] : m.commit->positions) {
    positions[i].setSource(to_text(source));
    positions[i++].setValue(to_data(value));
  }
  auto sums = out.initSums(static_cast<unsigned>(m.commit->sums.size()));
  i = 0;
  for (const auto& [name, sum] : m.commit->sums) {
    auto to = sums[i++];
    to.setName(to_text(name));
    if (sum.is_real)
      to.setReal(sum.as<double>());
    else
      to.setInteger(sum.as<std::int64_t>());
  }
  out.setNextOperator(m.next_operator);
  auto operators = out.initOperators(static_cast<unsigned>(m.operators.size()));
  i = 0;
  for (const auto& [name, op] : m.operators) {
    operators[i].setName(to_text(name));
    operators[i].setNumber(op.number);
    operators[i].setPartitions(op.partitions);
    operators[i++].setSchema(to_text(op.schema));
  }
  auto states = out.initStates(static_cast<unsigned>(m.states.size()));
  i = 0;
  for (const auto& [key, entry] : m.states) {
    auto state = states[i++];
    state.setOperatorNumber(key.operator_number);
    state.setPartition(key.partition);
    write(entry.snapshots.base, state.initBase());
    write(entry.snapshots.partial, state.initPartial());
    state.setFirstDelta(entry.first_delta);
    state.setNextDelta(entry.next_delta);
  }
  const auto words = capnp::messageToFlatArray(message);
  const auto raw = std::as_bytes(std::span{words.begin(), words.size()});
  return {raw.begin(), raw.end()};
}

expected<manifest> decode_manifest(bytes_view stored) {
  if (stored.empty() || stored.size() % sizeof(capnp::word) != 0)
    return malformed("its length is wrong");
  try {
    detail::capnp_message message{stored};
    const auto in = message.root<wire::Manifest>();
    if (in.getFormatVersion() < oldest_version || in.getFormatVersion() > format_version)
      return make_error(ec::checkpoint_mismatch, "it has format version " + std::to_string(in.getFormatVersion())
                                                     + ", and this program reads version "
                                                     + std::to_string(format_version)
                                                     + "; use the version of Sluice that wrote it, or choose another "
                                                       "directory");
    auto result = read(in);
    if (!consistent(result))
      return malformed("its parts do not fit together");
    return result;
  } catch (const kj::Exception& e) {
    return malformed(e.getDescription().cStr());
  }
}

} // namespace sluice
