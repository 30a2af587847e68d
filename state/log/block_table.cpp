// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/log/block_table.hpp>

#include <sluice/actors/base/capnp_message.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <algorithm>
#include <cassert>
#include <set>

#include "blocks.capnp.h"

namespace sluice {

namespace {

constexpr std::uint32_t format_version = 1;

constexpr std::string_view block_tag{"block\0\0\0", 8};
constexpr std::string_view allocation_tag{"batch\0\0\0", 8};

std::string to_string(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
std::string to_string(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }
capnp::Data::Reader to_data(const std::string& s) { return {reinterpret_cast<const kj::byte*>(s.data()), s.size()}; }
kj::StringPtr to_text(const std::string& s) { return {s.c_str(), s.size()}; }

constexpr std::int64_t none = -1;

std::int64_t to_number(std::optional<batch_time> t) { return t ? t->ms() : none; }
std::optional<batch_time> to_time(std::int64_t ms) { return ms == none ? std::nullopt : std::optional{batch_time{ms}}; }

bytes to_bytes(capnp::MallocMessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  const auto raw = std::as_bytes(std::span{words.begin(), words.size()});
  return {raw.begin(), raw.end()};
}

error malformed(const std::string& what, const std::string& why) {
  return make_error(ec::storage_failed,
                    what + " cannot be read (" + why + "); restore the whole checkpoint, or remove it to start over");
}

/// Reads `stored` as a `Root`; `what` it is, for messages. `read` returns an expected value.
template <class Root, class Read>
auto decode(bytes_view stored, const std::string& what, const Read& read) -> decltype(read(typename Root::Reader{})) {
  if (stored.empty() || stored.size() % sizeof(capnp::word) != 0)
    return malformed(what, "its length is wrong");
  try {
    detail::capnp_message message{stored};
    return read(message.root<Root>());
  } catch (const kj::Exception& e) {
    return malformed(what, e.getDescription().cStr());
  }
}

bool consistent(const block_table& table) {
  std::set<std::string_view> names;
  for (const auto& [name, counts] : table.inputs)
    if (!names.insert(name).second || counts.first == 0 || counts.first > counts.allocated
        || counts.allocated > counts.next)
      return false;
  const auto good_time = [](std::optional<batch_time> t) { return !t || *t >= batch_time{}; };
  return good_time(table.allocated) && good_time(table.released);
}

void append_number(std::string& key, std::uint64_t n) {
  for (int shift = 56; shift >= 0; shift -= 8)
    key += static_cast<char>(n >> shift);
}

} // namespace

std::optional<std::uint32_t> block_table::find(std::string_view name) const {
  const auto found = std::ranges::find(inputs, name, &input::name);
  if (found == inputs.end())
    return std::nullopt;
  return static_cast<std::uint32_t>(found - inputs.begin());
}

std::uint32_t block_table::number_of(const std::string& name) {
  if (const auto found = find(name))
    return *found;
  inputs.push_back({name, {}});
  return static_cast<std::uint32_t>(inputs.size() - 1);
}

bytes encode(const block_table& table) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<wire::BlockTable>();
  out.setFormatVersion(format_version);
  out.setAllocated(to_number(table.allocated));
  out.setReleased(to_number(table.released));
  auto inputs = out.initInputs(static_cast<unsigned>(table.inputs.size()));
  for (unsigned i = 0; i < inputs.size(); ++i) {
    const auto& [name, counts] = table.inputs[i];
    inputs[i].setName(to_text(name));
    inputs[i].setFirst(counts.first);
    inputs[i].setAllocated(counts.allocated);
    inputs[i].setNext(counts.next);
  }
  return to_bytes(message);
}

expected<block_table> decode_table(bytes_view stored) {
  const std::string what = "its table of inputs";
  return decode<wire::BlockTable>(stored, what, [&what](wire::BlockTable::Reader in) -> expected<block_table> {
    if (in.getFormatVersion() != format_version)
      return make_error(ec::checkpoint_mismatch, "it has format version " + std::to_string(in.getFormatVersion())
                                                     + ", and this program reads version "
                                                     + std::to_string(format_version)
                                                     + "; use the version of Sluice that wrote it, or choose another "
                                                       "directory");
    block_table result{to_time(in.getAllocated()), to_time(in.getReleased()), {}};
    for (auto input : in.getInputs())
      result.inputs.push_back({to_string(input.getName()), {input.getFirst(), input.getAllocated(), input.getNext()}});
    if (!consistent(result))
      return malformed(what, "its parts do not fit together");
    return result;
  });
}

bytes encode(const allocation& what, const block_table& table) {
  capnp::MallocMessageBuilder message;
  auto shares = message.initRoot<wire::Allocation>().initShares(static_cast<unsigned>(what.inputs.size()));
  unsigned i = 0;
  for (const auto& [name, share] : what.inputs) {
    const auto number = table.find(name);
    assert(number);
    auto out = shares[i++];
    out.setInput(*number);
    out.setFirstBlock(share.first_block);
    out.setEndBlock(share.end_block);
    out.setIsLogged(share.is_logged);
    out.setHad(share.had == presence::none ? wire::Allocation::Had::NONE : wire::Allocation::Had::SOME);
    auto recipes = out.initRecipes(static_cast<unsigned>(share.recipes.size()));
    for (unsigned k = 0; k < recipes.size(); ++k)
      recipes.set(k, to_data(share.recipes[k]));
    out.setPosition(to_data(share.position));
  }
  return to_bytes(message);
}

expected<allocation> decode_allocation(batch_time time, bytes_view stored, const block_table& table) {
  const auto what = "the allocation of the batch at " + to_string(time);
  return decode<wire::Allocation>(stored, what, [&](wire::Allocation::Reader in) -> expected<allocation> {
    allocation result{time, {}};
    for (auto share : in.getShares()) {
      if (share.getInput() >= table.inputs.size())
        return malformed(what, "it names an input that is not in the table");
      const auto& [name, counts] = table.inputs[share.getInput()];
      input_share read{.first_block = share.getFirstBlock(),
                       .end_block = share.getEndBlock(),
                       .is_logged = share.getIsLogged(),
                       .had = share.getHad() == wire::Allocation::Had::NONE ? presence::none : presence::some,
                       .position = to_string(share.getPosition())};
      for (const auto recipe : share.getRecipes())
        read.recipes.push_back(to_string(recipe));
      const auto known = counts.first <= read.first_block && read.end_block <= counts.allocated;
      if (read.first_block > read.end_block || (read.is_logged && !known))
        return malformed(what, "it names blocks that are not in the table");
      if (!result.inputs.emplace(name, std::move(read)).second)
        return malformed(what, "it names an input twice");
    }
    return result;
  });
}

std::string block_key(std::uint32_t input, block_number number) {
  std::string key{block_tag};
  append_number(key, input);
  append_number(key, number);
  return key;
}

std::string allocation_key(batch_time time) {
  assert(time >= batch_time{});
  std::string key{allocation_tag};
  append_number(key, static_cast<std::uint64_t>(time.ms()));
  return key;
}

std::optional<batch_time> allocation_time(std::string_view key) {
  if (key.size() != allocation_tag.size() + 8 || !key.starts_with(allocation_tag))
    return std::nullopt;
  std::uint64_t n = 0;
  for (const char c : key.substr(allocation_tag.size()))
    n = n << 8 | static_cast<unsigned char>(c);
  return batch_time{static_cast<std::int64_t>(n)};
}

std::string end_of_allocations() {
  std::string key{allocation_tag};
  key.back() = '\1';
  return key;
}

} // namespace sluice
