// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/actors/base/expected.hpp>
#include <sluice/receivers/file/file_input.hpp>

#include "fake_disk.hpp"
#include "records.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

/// A fake disk with one input that reads it.
template <record T>
struct reading {
  std::shared_ptr<fake_disk> disk = std::make_shared<fake_disk>();
  std::unique_ptr<block_source> from;

  expected<std::optional<std::vector<batch>>> pull(std::int64_t t, std::uint64_t room = unlimited_room) const {
    return from->pull(batch_time{t}, room);
  }

  std::vector<batch> blocks(std::int64_t t, std::uint64_t room = unlimited_room) const {
    auto result = pull(t, room);
    if (!result)
      BOOST_FAIL(describe(result.error()));
    BOOST_TEST_REQUIRE(result->has_value());
    return std::move(**result);
  }

  std::vector<owned_t<T>> records(std::int64_t t, std::uint64_t room = unlimited_room) const {
    return records_of<T>(blocks(t, room));
  }

  error failure(std::int64_t t) const {
    auto result = pull(t);
    return result ? error{} : std::move(result.error());
  }
};

using texts = std::vector<std::string>;

/// Reads lines in batches of a second, from the time 1,000,000 on, when no others are given.
inline reading<std::string_view> lines(const file_options& options = {}, duration interval = std::chrono::seconds{1},
                                       std::int64_t now = 1'000'000) {
  reading<std::string_view> result;
  result.disk->now = now;
  result.from = text_file_input("in", interval, options, environment_of(result.disk)).make_source();
  return result;
}

/// Lets another process go on from a position.
inline void restart(reading<std::string_view>& x, const std::string& position, const file_options& options = {},
                    duration interval = std::chrono::seconds{1}, const std::string& directory = "in") {
  x.from = text_file_input(directory, interval, options, environment_of(x.disk)).make_source();
  if (auto err = x.from->resume(position))
    BOOST_FAIL(describe(err));
}

/// Lets another process go on from where this one stands.
inline void restart(reading<std::string_view>& x, const file_options& options = {}) {
  restart(x, *x.from->position(), options);
}

} // namespace sluice::test
