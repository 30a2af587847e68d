// SPDX-License-Identifier: BSD-3-Clause
//
// Four queries of NEXMark on Sluice, written as a user would.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include "event_data.hpp"
#include "measurement.hpp"
#include "nexmark.hpp"
#include "record_file.hpp"
#include "replay.hpp"

namespace sluice::bench {

namespace {

using events = record_file<nexmark_event>;

constexpr auto is_bid = [](const nexmark_event& x) { return x.type == nexmark_type::bid; };

struct bid_in_euros {
  std::uint64_t auction;
  std::uint64_t bidder;
  std::uint64_t price;
};

/// A batch is 1 s of event time: its results, which are most of what came, fit the cache.
measurement q1(events& all, const runtime_options& how) {
  const auto batches = (all.size() + events_per_second - 1) / events_per_second;
  return replay_events<nexmark_digest>(all, events_per_second, how, [&](auto stream, auto& result, auto done) {
    stream.filter(is_bid)
        .map([](const nexmark_event& x) { return bid_in_euros{x.a, x.b, in_euros(x.c)}; })
        .foreach_rdd([&result, done, left = batches](const rdd<bid_in_euros>& bids) mutable {
          bids.for_each([&](const bid_in_euros& x) { result.add_q1(x.auction, x.bidder, x.price); });
          if (--left == 0)
            done();
        });
  });
}

/// A batch is 10 s.
measurement q2(events& all, const runtime_options& how) {
  using auction_price = std::pair<std::uint64_t, std::uint64_t>;
  const auto batches = (all.size() + events_of_a_window - 1) / events_of_a_window;
  return replay_events<nexmark_digest>(all, events_of_a_window, how, [&](auto stream, auto& result, auto done) {
    stream.filter([](const nexmark_event& x) { return is_bid(x) && x.a % 123 == 0; })
        .map([](const nexmark_event& x) { return auction_price{x.a, x.c}; })
        .foreach_rdd([&result, done, left = batches](const rdd<auction_price>& bids) mutable {
          bids.for_each([&](const auction_price& x) { result.add_q2(x.first, x.second); });
          if (--left == 0)
            done();
        });
  });
}

/// A batch is a hop.
measurement q5(events& all, const runtime_options& how) {
  using auction_bids = std::pair<std::uint64_t, std::uint64_t>;
  const auto hops = all.size() / events_of_a_hop;
  return replay_events<nexmark_digest>(all, events_of_a_hop, how, [&](auto stream, auto& result, auto done) {
    stream.filter(is_bid)
        .map([](const nexmark_event& x) { return auction_bids{x.a, 1}; })
        .reduce_by_key_and_window(std::plus<>{}, std::minus<>{}, duration{hops_of_a_window}, {}, {},
                                  [](const auction_bids& x) { return x.second != 0; })
        .foreach_rdd([&result, hops, done, hop = std::size_t{0}](const rdd<auction_bids>& bids) mutable {
          ++hop;
          if (hop >= hops_of_a_window && hop <= hops) {
            std::uint64_t most = 0;
            bids.for_each([&](const auction_bids& x) { most = std::max(most, x.second); });
            bids.for_each([&](const auction_bids& x) {
              if (x.second == most)
                result.add_q5(hop - hops_of_a_window, x.first, x.second);
            });
          }
          if (hop == hops)
            done();
        });
  });
}

/// A batch is a window.
measurement q8(events& all, const runtime_options& how) {
  using person = std::pair<std::uint64_t, bool>;
  const auto windows = all.size() / events_of_a_window;
  return replay_events<nexmark_digest>(all, events_of_a_window, how, [&](auto stream, auto& result, auto done) {
    const auto people = stream.filter([](const nexmark_event& x) { return x.type == nexmark_type::person; })
                            .map([](const nexmark_event& x) { return person{x.a, true}; });
    const auto sellers = stream.filter([](const nexmark_event& x) { return x.type == nexmark_type::auction; })
                             .map([](const nexmark_event& x) { return person{x.b, true}; })
                             .reduce_by_key(std::logical_or<>{});
    people.join(sellers).foreach_rdd([&result, windows, done, window = std::size_t{0}](const auto& found) mutable {
      if (window < windows)
        found.for_each([&](const auto& x) { result.add_q8(window, x.first); });
      if (++window == windows)
        done();
    });
  });
}

const std::map<std::string, measurement (*)(events&, const runtime_options&)> queries{
    {"q1", q1}, {"q2", q2}, {"q5", q5}, {"q8", q8}};

} // namespace

} // namespace sluice::bench

int main(int argc, char** argv) {
  using namespace sluice::bench;
  std::string file;
  std::string query;
  sluice::runtime_options how;
  how.threads = 1;
  CLI::App app{"Answers a query of NEXMark on Sluice, and prints what it took."};
  app.add_option("FILE", file, "The events")->required()->check(CLI::ExistingFile);
  app.add_option("--query", query, "Which one")->required()->check(CLI::IsMember(queries));
  app.add_option("--threads", how.threads, "Worker threads")->check(CLI::Range(1, 1024))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  sluice::set_log_level("error"); // it warns that batches are late, and they are meant to be
  try {
    events input{file};
    std::cout << to_json(queries.at(query)(input, how)) << '\n';
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
