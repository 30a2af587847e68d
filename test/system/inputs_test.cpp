// SPDX-License-Identifier: BSD-3-Clause
//
// Inputs in contexts of this process, with real directories, sockets, threads and clock.
#include <sluice/actors/base/log.hpp>
#include <sluice/sluice.hpp>

#include <support/line_server.hpp>
#include <support/temporary_directory.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>

#include <sys/stat.h>

using namespace std::chrono_literals;
using namespace sluice;
using sluice::test::line_server;
using sluice::test::temporary_directory;
namespace fs = std::filesystem;

namespace {

constexpr auto patience = 30s;
constexpr auto interval = 20ms;

using texts = std::vector<std::string>;

/// What a stream has had, for a test that waits for it.
template <class T>
class journal {
public:
  void follow(const dstream<T>& stream) {
    stream.foreach_rdd([this](const rdd<T>& records, batch_time t) {
      const std::lock_guard lock{mutex_};
      times_.push_back(t.ms());
      for (auto& x : records.collect())
        entries_.push_back(std::move(x));
      changed_.notify_all();
    });
  }

  /// The records so far, when there are that many, or it takes too long.
  std::vector<owned_t<T>> wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, patience, [&] { return entries_.size() >= count; });
    return entries_;
  }

  /// The times of the batches that had a dataset, when there are that many.
  std::vector<std::int64_t> wait_for_batches(std::size_t count) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, patience, [&] { return times_.size() >= count; });
    return times_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<owned_t<T>> entries_;
  std::vector<std::int64_t> times_;
};

/// Writes a file where nobody looks and moves it into place.
void move_into(const fs::path& path, std::string_view content) {
  const auto hidden = path.parent_path() / ("." + path.filename().string());
  std::ofstream{hidden, std::ios::binary} << content;
  fs::rename(hidden, path);
}

/// Files may be dated by the system's clock or by one that moves in ticks behind it: what was made before this is older
/// than a stream or file that is made after it by both.
void wait_for_tick() {
  const auto now = std::chrono::floor<duration>(std::chrono::system_clock::now().time_since_epoch());
  while (file_environment::wall_clock_now().ms() <= now.count())
    std::this_thread::sleep_for(1ms);
}

/// Records with a length of one byte before them.
struct length_prefixed {
  std::size_t operator()(std::string_view bytes, auto& emit) const {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]));
    if (bytes.size() <= length)
      return 0;
    emit(bytes.substr(1, length));
    return 1 + length;
  }
};

auto says(const std::string& what) {
  return [what](const std::exception& e) {
    BOOST_TEST_INFO(e.what());
    return std::string{e.what()}.find(what) != std::string::npos;
  };
}

struct quiet {
  quiet() { set_log_level("off"); }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(quiet);

BOOST_AUTO_TEST_SUITE(inputs)

BOOST_AUTO_TEST_CASE(files_that_are_moved_into_directories_are_read_once) {
  const temporary_directory root;
  fs::create_directories(root.path() / "one");
  fs::create_directories(root.path() / "two/below");
  move_into(root.path() / "one/before", "too old\n");
  wait_for_tick();
  journal<std::string_view> lines;
  streaming_context ctx{interval};
  lines.follow(ctx.text_file_stream((root.path() / "*").string()));
  ctx.start();
  wait_for_tick();
  move_into(root.path() / "one/a", "to be\nor not\n");
  BOOST_TEST(lines.wait_for(2) == (texts{"to be", "or not"}), boost::test_tools::per_element());
  move_into(root.path() / "two/below/ignored", "too deep\n");
  move_into(root.path() / "two/b", "to be");
  BOOST_TEST(lines.wait_for(3).back() == "to be");
  // A directory that comes later, and one that goes.
  fs::remove_all(root.path() / "one");
  fs::create_directories(root.path() / "three");
  move_into(root.path() / "three/c", "that is\n");
  BOOST_TEST(lines.wait_for(4).back() == "that is");
  std::ofstream{root.path() / "three/c", std::ios::app} << "not read\n";
  move_into(root.path() / "three/d", "the question\n");
  BOOST_TEST(lines.wait_for(5).back() == "the question");
  ctx.stop();
  BOOST_TEST(lines.wait_for(5).size() == 5U);
}

BOOST_AUTO_TEST_CASE(a_file_is_never_dated_before_the_clock_that_was_read_before_it_was_made) {
  const temporary_directory place;
  for (int i = 0; i < 200; ++i) {
    const auto before = file_environment::wall_clock_now();
    std::ofstream{place.path() / std::to_string(i)} << "x";
    struct stat status{};
    BOOST_REQUIRE(::stat((place.path() / std::to_string(i)).c_str(), &status) == 0);
    BOOST_REQUIRE(std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000 >= before.ms());
  }
}

BOOST_AUTO_TEST_CASE(files_become_records_of_any_type_and_old_ones_too_where_wanted) {
  const temporary_directory root;
  move_into(root.path() / "a.bin", "abcdef");
  move_into(root.path() / "a.txt", "four");
  journal<bytes_view> records;
  journal<std::int64_t> sizes;
  streaming_context ctx{interval};
  const auto named = [](const char* suffix) {
    return [suffix](const fs::path& path) { return path.extension() == suffix; };
  };
  const auto in = root.path().string();
  records.follow(ctx.binary_records_stream(in, 2, {.filter = named(".bin"), .new_files_only = false}));
  const auto size = [](const fs::path&, std::string_view contents, auto& emit) {
    emit(static_cast<std::int64_t>(contents.size()));
  };
  sizes.follow(ctx.file_stream<std::int64_t>(in, size, {.filter = named(".txt"), .new_files_only = false}));
  ctx.start();
  BOOST_TEST((sizes.wait_for(1) == std::vector<std::int64_t>{4}));
  const auto found = records.wait_for(3);
  BOOST_TEST_REQUIRE(found.size() == 3U);
  BOOST_TEST((found[2] == bytes{std::byte{'e'}, std::byte{'f'}}));
  // A record that is cut short ends the program, with the name of the file.
  move_into(root.path() / "b.bin", "abc");
  BOOST_CHECK_EXCEPTION(ctx.await_termination(), runtime_failure,
                        says("b.bin' at byte 2: its length of 3 bytes is no multiple"));
}

BOOST_AUTO_TEST_CASE(a_decoder_makes_records_and_every_connection_has_its_own) {
  line_server server{"\x03one\x03two\x05half", line_server::start_at::rest};
  journal<std::string_view> records;
  streaming_context ctx{interval};
  const auto made = std::make_shared<std::atomic<int>>(0);
  const auto make = [made] {
    ++*made;
    return length_prefixed{};
  };
  records.follow(ctx.socket_stream<std::string_view>("127.0.0.1", server.port(), make, {.reconnect_delay = interval}));
  ctx.start();
  BOOST_TEST(records.wait_for(2) == (texts{"one", "two"}), boost::test_tools::per_element());
  server.close_clients();
  BOOST_TEST(server.wait_for_accepted(2, patience));
  server.send("\x05whole");
  BOOST_TEST(records.wait_for(3).back() == "whole");
  BOOST_TEST(made->load() == 2);
  ctx.stop();
}

BOOST_AUTO_TEST_CASE(batches_arrive_over_a_raw_socket_and_what_is_none_costs_the_connection) {
  const auto frame = [](const texts& records) { return to_raw_frame(make_batch<std::string_view>(records)); };
  line_server server{frame({"a", "b"}) + frame({}) + frame({"c"}), line_server::start_at::rest};
  journal<std::string_view> records;
  streaming_context ctx{interval, {.partitions = 1}};
  records.follow(ctx.raw_socket_stream<std::string_view>("127.0.0.1", server.port(), {.reconnect_delay = interval}));
  ctx.start();
  BOOST_TEST(records.wait_for(3) == (texts{"a", "b", "c"}), boost::test_tools::per_element());
  auto connections = std::size_t{1};
  auto broken = frame({"d"});
  broken[4] = '\x7F';
  const auto of_another_type = to_raw_frame(make_batch<std::int64_t>(std::vector<std::int64_t>{1}));
  for (const auto& bad : {broken, of_another_type, std::string(4, '\xFF')}) {
    server.send(bad);
    BOOST_TEST(server.wait_for_accepted(++connections, patience));
    server.send(frame({"after " + std::to_string(connections)}));
    BOOST_TEST(records.wait_for(2 + connections).back() == "after " + std::to_string(connections));
  }
  ctx.stop();
  BOOST_TEST(records.wait_for(6).size() == 6U);
}

BOOST_AUTO_TEST_CASE(a_source_of_the_users_computes_each_batch_or_has_none) {
  class clockwork : public source<std::string_view> {
  public:
    explicit clockwork(std::atomic<int>& stops) : stops_{stops} {}
    void stop() override { ++stops_; }
    std::optional<texts> compute(batch_time t) override {
      if (t.ms() / interval.count() % 2 == 1)
        return std::nullopt;
      return texts{to_string(t)};
    }

  private:
    std::atomic<int>& stops_;
  };
  std::atomic<int> stops = 0;
  journal<std::string_view> ticks;
  {
    streaming_context ctx{interval};
    ticks.follow(ctx.input_stream<std::string_view>([&stops] { return std::make_unique<clockwork>(stops); }));
    ctx.start();
    const auto times = ticks.wait_for_batches(5);
    BOOST_TEST(times.size() >= 5U);
    for (std::size_t i = 0; i < times.size(); ++i)
      BOOST_TEST(times[i] == times[0] + static_cast<std::int64_t>(i) * 2 * interval.count());
    BOOST_TEST(ticks.wait_for(1)[0] == std::to_string(times[0]) + " ms");
    BOOST_TEST(stops.load() == 0);
    ctx.stop();
    BOOST_TEST(stops.load() == 1);
  }
  BOOST_TEST(stops.load() == 1);
}

BOOST_AUTO_TEST_CASE(what_a_source_throws_comes_out_where_the_end_is_awaited) {
  class broken : public source<int> {
  public:
    explicit broken(bool at_start) : at_start_{at_start} {}
    void start() override { fail(at_start_); }
    std::optional<std::vector<int>> compute(batch_time) override {
      fail(true);
      return std::nullopt;
    }

  private:
    static void fail(bool now) {
      if (now)
        throw std::runtime_error{"the spring broke"};
    }
    bool at_start_;
  };
  for (const auto at_start : {false, true}) {
    streaming_context ctx{interval};
    ctx.input_stream<int>([at_start] { return std::make_unique<broken>(at_start); }).foreach_rdd([](const auto&) {});
    try {
      ctx.start(); // one that fails at once may be known by then
      ctx.await_termination();
      BOOST_ERROR("it did not fail");
    } catch (const runtime_failure& e) {
      BOOST_TEST(says("the spring broke")(e), e.what());
    }
  }
}

BOOST_AUTO_TEST_CASE(many_streams_are_put_together_in_order) {
  journal<int> united;
  journal<int> summed;
  streaming_context ctx{interval, {.partitions = 1}};
  std::vector<dstream<int>> streams;
  for (const auto first : {10, 20, 30}) {
    auto queue = std::make_shared<record_queue<int>>();
    queue->push({first, first + 1});
    streams.push_back(ctx.queue_stream(queue));
  }
  united.follow(ctx.union_all({streams[2], streams[0], streams[1]}));
  summed.follow(ctx.transform_all(streams, [](const std::vector<rdd<int>>& datasets, batch_time) {
    auto sum = 0;
    for (const auto& each : datasets)
      each.for_each([&sum](int x) { sum += x; });
    return rdd<int>{{{make_batch<int>(std::vector{sum})}}};
  }));
  BOOST_CHECK_EXCEPTION(ctx.union_all(std::vector<dstream<int>>{}), usage_error, says("at least one stream"));
  ctx.start();
  BOOST_TEST((united.wait_for(6) == std::vector{30, 31, 10, 11, 20, 21}));
  BOOST_TEST(summed.wait_for(1).front() == 123);
  ctx.stop();
}

BOOST_AUTO_TEST_SUITE_END()
