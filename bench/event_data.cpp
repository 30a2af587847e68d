// SPDX-License-Identifier: BSD-3-Clause
#include "event_data.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include "random.hpp"

namespace sluice::bench {

namespace {

constexpr std::uint64_t us_between_events = 1'000'000 / events_per_second;

/// Writes make(0) … make(n - 1).
template <class Make>
void write_array(const std::filesystem::path& path, std::size_t n, Make make) {
  using element = decltype(make(std::size_t{0}));
  constexpr std::size_t at_once = std::size_t{1} << 16;
  std::ofstream out{path, std::ios::binary};
  std::vector<element> buffer;
  for (std::size_t i = 0; i < n;) {
    buffer.clear();
    for (const auto end = std::min(n, i + at_once); i < end; ++i)
      buffer.push_back(make(i));
    out.write(reinterpret_cast<const char*>(buffer.data()),
              static_cast<std::streamsize>(buffer.size() * sizeof(element)));
  }
  if (!out.flush())
    throw std::system_error{errno, std::generic_category(), path.string()};
}

} // namespace

void write_events(const std::filesystem::path& path, std::size_t n, std::uint32_t keys) {
  const zipf ranks{keys};
  random_numbers random{11};
  write_array(path, n, [&](std::size_t i) {
    const auto key = mix(ranks.draw(random) + std::uint64_t{1});
    return event{key, static_cast<std::int64_t>(random.below(2001)) - 1000, i * us_between_events};
  });
}

void write_nexmark_events(const std::filesystem::path& path, std::size_t n) {
  constexpr std::uint64_t first_id = 1000;
  random_numbers random{23};
  write_array(path, n, [&](std::size_t i) {
    const auto cycle = i / 50;
    const auto step = i % 50;
    const auto last_person = cycle;
    const auto last_auction = cycle * 3 + (step < 1 ? 0 : step < 4 ? step - 1 : 2);
    const auto active_person = [&] {
      const auto is_hot = random.below(4) != 0;
      return first_id
             + (is_hot ? last_person / 100 * 100
                       : last_person - random.below(std::min<std::uint64_t>(last_person + 1, 1000)));
    };
    nexmark_event x{nexmark_type::person, 0, 0, 0, i * us_between_events};
    if (step < 1) {
      x.a = first_id + last_person;
      x.b = random.below(6);
    } else if (step < 4) {
      x.type = nexmark_type::auction;
      x.a = first_id + last_auction;
      x.b = active_person();
      x.c = 10 + random.below(5);
    } else {
      x.type = nexmark_type::bid;
      const auto is_hot = random.below(2) != 0;
      x.a = first_id
            + (is_hot ? last_auction / 100 * 100
                      : last_auction - random.below(std::min<std::uint64_t>(last_auction + 1, 100)));
      x.b = active_person();
      std::uint64_t price = 100;
      for (auto digits = random.below(6); digits != 0; --digits)
        price *= 10;
      x.c = price + random.below(price * 9);
    }
    return x;
  });
}

} // namespace sluice::bench
