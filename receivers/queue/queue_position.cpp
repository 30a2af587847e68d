// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/receivers/queue/queue_position.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>
#include <kj/io.h>

#include <sluice/actors/base/capnp_message.hpp>
#include <sluice/actors/base/errors.hpp>

#include "queue_position.capnp.h"

namespace sluice {

namespace {

constexpr std::size_t word = sizeof(capnp::word);

/// How many words the message takes, without its frame: all of them in one segment.
std::size_t words_of(std::span<const std::vector<batch>> sets) {
  std::size_t result = 3 + sets.size(); // the root, its two fields, and a pointer to each set
  for (const auto& set : sets)
    for (const auto& x : set)
      result += 1 + (x.bytes().size() + word - 1) / word;
  return result;
}

error too_large(std::size_t sets, std::size_t bytes) {
  return make_error(ec::invalid_argument,
                    "what waits in the queue is too large for a commit: " + std::to_string(sets) + " sets need "
                        + std::to_string(bytes) + " bytes of at most " + std::to_string(max_queue_position_bytes)
                        + "; push fewer ahead (size() of the queue says how many wait), or smaller ones, or let the "
                          "queue not be persistent");
}

error malformed(const std::string& why) {
  return make_error(ec::storage_failed, "what waited in the queue cannot be read from the checkpoint: " + why);
}

error check_length(std::string_view stored) {
  if (stored.empty() || stored.size() % word != 0 || stored.size() > max_queue_position_bytes)
    return malformed("its length is wrong");
  return {};
}

/// The message, which takes `bytes` with its frame.
std::string written(capnp::MallocMessageBuilder& message, std::size_t bytes) {
  std::string result(bytes, '\0');
  kj::ArrayOutputStream to{kj::arrayPtr(reinterpret_cast<kj::byte*>(result.data()), result.size())};
  capnp::writeMessage(to, message);
  return result;
}

} // namespace

expected<std::string> write_queue_position(std::span<const std::vector<batch>> sets, std::uint64_t pulls) {
  const auto words = words_of(sets);
  const auto bytes = (1 + words) * word; // the frame of one segment is one word
  if (bytes > max_queue_position_bytes)
    return too_large(sets.size(), bytes);
  capnp::MallocMessageBuilder message{static_cast<unsigned>(words)};
  auto root = message.initRoot<wire::QueuePosition>();
  root.setPulls(pulls);
  auto out = root.initSets(static_cast<unsigned>(sets.size()));
  for (unsigned i = 0; i < out.size(); ++i) {
    const auto& set = sets[i];
    auto batches = out.init(i, static_cast<unsigned>(set.size()));
    for (unsigned k = 0; k < batches.size(); ++k) {
      const auto raw = set[k].bytes();
      batches.set(k, capnp::Data::Reader{reinterpret_cast<const kj::byte*>(raw.data()), raw.size()});
    }
  }
  return written(message, bytes);
}

std::string write_queue_mark(std::uint64_t pulls) {
  constexpr std::size_t words = 3; // the root and its two fields
  capnp::MallocMessageBuilder message{static_cast<unsigned>(words)};
  message.initRoot<wire::QueuePosition>().setPulls(pulls);
  return written(message, (1 + words) * word);
}

expected<queue_mark> read_queue_mark(std::string_view stored) {
  if (auto err = check_length(stored))
    return err;
  try {
    detail::capnp_message message{std::as_bytes(std::span{stored})};
    const auto root = message.root<wire::QueuePosition>();
    return queue_mark{root.getPulls(), root.hasSets()};
  } catch (const kj::Exception& e) {
    return malformed(e.getDescription().cStr());
  }
}

expected<std::vector<std::vector<batch>>> read_queue_position(std::string_view stored) {
  if (auto err = check_length(stored))
    return err;
  try {
    detail::capnp_message message{std::as_bytes(std::span{stored})};
    // That there are as many sets and batches as is claimed has been checked when their list is here: each has a
    // pointer in the message.
    const auto sets = message.root<wire::QueuePosition>().getSets();
    std::vector<std::vector<batch>> result;
    result.reserve(sets.size());
    for (const auto set : sets) {
      auto& batches = result.emplace_back();
      batches.reserve(set.size());
      for (const auto raw : set) {
        auto read = batch::from_bytes(std::as_bytes(std::span{raw.begin(), raw.size()}));
        if (!read)
          return malformed(describe(read.error()));
        batches.push_back(std::move(*read));
      }
    }
    return result;
  } catch (const kj::Exception& e) {
    return malformed(e.getDescription().cStr());
  }
}

} // namespace sluice
