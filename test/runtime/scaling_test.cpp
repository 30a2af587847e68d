// SPDX-License-Identifier: BSD-3-Clause
//
// The cost model of docs/scaling.md against what a simulated cluster really sends: every message of a batch is counted,
// and every byte on the wires. Who changes how actors talk to each other changes the model, too.
#include <support/cluster.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::test;
using namespace std::chrono_literals;

namespace data = boost::unit_test::data;

namespace {

/// A word count: some inputs, united and split into words, reduced by key once or more, to one output.
struct shape {
  std::uint64_t nodes;      ///< workers beside the driver; 0: the driver does all
  std::uint64_t partitions; ///< of every stage
  std::uint64_t inputs;
  std::uint64_t shuffles;
  std::uint64_t blocks; ///< an input and batch

  friend std::ostream& operator<<(std::ostream& out, const shape& x) {
    return out << x.nodes << " nodes, " << x.partitions << " partitions, " << x.inputs << " inputs, " << x.shuffles
               << " shuffles, " << x.blocks << " blocks";
  }
};

using word_count = std::pair<std::string_view, int>;

/// What the batches of a second cost.
struct cost {
  std::uint64_t coordinator = 0; ///< messages that it handles
  std::uint64_t generators = 0;
  std::uint64_t operators = 0;
  std::uint64_t bytes = 0; ///< over the wires, where batches are empty

  friend bool operator==(const cost&, const cost&) = default;
  friend std::ostream& operator<<(std::ostream& out, const cost& x) {
    return out << x.coordinator << " to the coordinator, " << x.generators << " to batch generators, " << x.operators
               << " to operators, " << x.bytes << " bytes";
  }
};

// What CAF and our messages come to on the wire.
constexpr std::uint64_t end_mark_bytes = 103;
constexpr std::uint64_t heartbeat_bytes = 32;
constexpr duration interval = 100ms;
constexpr std::uint64_t batches = 10; // a second

/// Pairs of partitions that are on different workers: partition p is on worker p modulo `nodes`.
std::uint64_t pairs_apart(const shape& x) {
  std::uint64_t together = 0;
  for (std::uint64_t node = 0; node < x.nodes; ++node) {
    const auto here = x.partitions / x.nodes + (node < x.partitions % x.nodes ? 1 : 0);
    together += here * here;
  }
  return x.nodes == 0 ? 0 : x.partitions * x.partitions - together;
}

/// The model of docs/scaling.md.
cost predicted(const shape& x) {
  const auto p = x.partitions;
  const auto united = x.inputs > 1 ? x.inputs * p : 0; // streams that are united are passed on, partition by partition
  const auto marks = x.inputs * p + united + x.shuffles * p * p + p;
  const auto crossing = x.nodes == 0 ? 0 : x.inputs * p + x.shuffles * pairs_apart(x) + p;
  const auto blocks = x.inputs * x.blocks;
  const auto passed_on = x.inputs > 1 ? blocks : 0;
  const auto filled = std::min(x.blocks, p); // partitions of the first stage that have records
  const auto parcels = blocks == 0 ? 0 : blocks + passed_on + filled * p + (x.shuffles - 1) * p * p + p;
  // A mark rides on the last records where there are some, but not where they came from the input before its end.
  const auto riding = blocks == 0 ? 0 : parcels - blocks - passed_on;
  cost result;
  const auto filled_inputs = blocks == 0 ? 0 : x.inputs; // who has something to say, and to be given back
  result.coordinator = batches * (2 + filled_inputs);
  result.generators = batches * (x.inputs + filled_inputs);
  result.operators = batches * (marks + parcels - riding);
  if (blocks == 0)
    result.bytes = batches * crossing * end_mark_bytes + x.nodes * (x.nodes + 1) * heartbeat_bytes;
  return result;
}

/// A line that fills a block, with so many words that every partition has some of them. The long one is not counted.
std::string full_line(std::uint64_t partitions) {
  std::string result(default_block_bytes, 'x');
  for (std::uint64_t i = 0; i < 64 * partitions; ++i)
    result += " word" + std::to_string(i);
  return result;
}

/// What a second costs in which each batch has as many blocks.
cost measured(const shape& x) {
  using line_queue = record_queue<std::string_view>;
  std::vector<std::shared_ptr<line_queue>> queues;
  for (std::uint64_t i = 0; i < x.inputs; ++i)
    queues.push_back(std::make_shared<line_queue>());
  cluster nodes{x.nodes};
  runtime_options how;
  how.partitions = static_cast<std::uint32_t>(x.partitions);
  nodes.start(
      interval,
      [&](streaming_context& ctx) {
        std::vector<dstream<std::string_view>> lines;
        for (const auto& queue : queues)
          lines.push_back(ctx.queue_stream(queue));
        auto counts = (x.inputs == 1 ? lines.front() : ctx.union_all(lines))
                          .flat_map(split(' '))
                          .filter([](std::string_view w) { return w.size() < default_block_bytes; })
                          .map([](std::string_view w) { return std::pair{w, 1}; })
                          .reduce_by_key(std::plus<>{});
        for (std::uint64_t i = 1; i < x.shuffles; ++i)
          counts = counts.map([](const word_count& w) { return word_count{w.first.substr(1), w.second}; })
                       .reduce_by_key(std::plus<>{});
        counts.foreach_rdd([](const auto&) {});
      },
      how);
  BOOST_REQUIRE(nodes.is_running());
  nodes.advance(interval + interval / 2); // between two ticks, and with what starting costs over
  for (const auto& queue : queues)
    for (std::uint64_t n = 0; x.blocks != 0 && n < batches; ++n)
      queue->push(std::vector<std::string>(x.blocks, full_line(x.partitions)));
  const auto now = [&nodes] {
    return cost{nodes.handled("sluice.coordinator"), nodes.handled("sluice.generator"),
                nodes.handled("sluice.operator"), nodes.network_bytes()};
  };
  const auto before = now();
  nodes.advance(1s);
  const auto after = now();
  return {after.coordinator - before.coordinator, after.generators - before.generators,
          after.operators - before.operators, x.blocks != 0 ? 0 : after.bytes - before.bytes};
}

} // namespace

BOOST_AUTO_TEST_SUITE(scaling)

BOOST_DATA_TEST_CASE(an_empty_batch_costs_what_the_model_says, data::make(std::vector<shape>{{0, 1, 1, 1, 0},
                                                                                             {0, 4, 2, 2, 0},
                                                                                             {1, 1, 1, 1, 0},
                                                                                             {1, 4, 1, 1, 0},
                                                                                             {2, 4, 1, 1, 0},
                                                                                             {3, 4, 2, 1, 0},
                                                                                             {4, 8, 1, 2, 0},
                                                                                             {5, 3, 1, 1, 0},
                                                                                             {6, 12, 1, 1, 0},
                                                                                             {7, 7, 3, 1, 0},
                                                                                             {8, 16, 1, 1, 0}})) {
  BOOST_CHECK_EQUAL(measured(sample), predicted(sample));
}

BOOST_DATA_TEST_CASE(
    a_batch_with_records_costs_what_the_model_says,
    data::make(std::vector<shape>{
        {0, 1, 1, 1, 1}, {0, 4, 1, 1, 2}, {1, 4, 1, 1, 4}, {2, 4, 1, 2, 1}, {4, 4, 2, 1, 2}, {8, 8, 1, 1, 8}})) {
  BOOST_CHECK_EQUAL(measured(sample), predicted(sample));
}

BOOST_AUTO_TEST_CASE(a_receiver_is_asked_only_in_batches_for_which_it_has_stored) {
  class mute : public receiver<int> {
  public:
    explicit mute(mute** self) { *self = this; }

  private:
    void on_start() override {}
    void on_stop() override {}
  };
  cluster nodes{0};
  mute* made = nullptr;
  int seen = 0;
  nodes.start(interval, [&](streaming_context& ctx) {
    ctx.receiver_stream<mute>(&made).foreach_rdd([&seen](const rdd<int>& xs) { xs.for_each([&](int) { ++seen; }); });
  });
  nodes.advance(interval + interval / 2);
  BOOST_REQUIRE(made != nullptr);
  const auto handled_within = [&nodes](duration time) {
    const auto before = nodes.handled("receiver");
    nodes.advance(time);
    return nodes.handled("receiver") - before;
  };
  const auto block_intervals = [](duration time) { return static_cast<std::uint64_t>(time / 200ms); };
  BOOST_TEST(handled_within(1s) == block_intervals(1s));
  for (int i = 1; i <= 3; ++i) {
    made->store(i);
    // The flush, the block, and the mark behind it; one more flush, which finds nothing. So little credit is not worth
    // a message.
    BOOST_TEST(handled_within(2 * interval) > block_intervals(2 * interval) + 2);
    BOOST_TEST(seen == i);
    nodes.advance(2 * interval);
    BOOST_TEST(handled_within(1s) == block_intervals(1s));
  }
}

BOOST_AUTO_TEST_SUITE_END()
