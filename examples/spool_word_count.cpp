// SPDX-License-Identifier: BSD-3-Clause
//
// A receiver that acknowledges its source. The source is a directory: each file that is moved into it is a message, and
// to acknowledge it is to remove it. With a log (--write-ahead-log) that is done when the message is in the log,
// without one when its batch is committed. After a crash, files that are still there are taken again. So no message is
// lost, and the last ones may come twice.
#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>

#include <sluice/sluice.hpp>

namespace {

namespace fs = std::filesystem;

class spool : public sluice::receiver<std::string> {
public:
  explicit spool(fs::path directory) : directory_{std::move(directory)} {}

private:
  void on_start() override {
    thread_ = std::jthread{[this] {
      try {
        for (; !is_stopped(); std::this_thread::sleep_for(std::chrono::milliseconds{100}))
          for (const auto& file : new_files())
            take(file);
      } catch (const fs::filesystem_error& e) {
        restart(e.what());
      }
    }};
  }
  void on_stop() override { thread_ = {}; } // joins it

  void take(const fs::path& file) {
    std::ifstream in{file};
    const std::string message{std::istreambuf_iterator<char>{in}, {}};
    if (is_logged()) {
      if (const auto why = store_durably(message))
        return report_error(file.string() + " stays where it is: " + describe(why)); // and is taken again
      fs::remove(file);
    } else {
      add_taken(file);
      store(message);
      mark(file.string());
    }
  }

  void add_taken(const fs::path& file) {
    const std::lock_guard lock{mutex_};
    taken_.push_back(file);
  }

  void on_committed(std::string_view last) override {
    const std::lock_guard lock{mutex_};
    for (auto is_last = false; !is_last && !taken_.empty(); taken_.pop_front()) {
      is_last = taken_.front() == last;
      fs::remove(taken_.front());
    }
  }

  std::vector<fs::path> new_files() {
    std::vector<fs::path> result;
    const std::lock_guard lock{mutex_};
    for (const auto& entry : fs::directory_iterator{directory_})
      if (entry.is_regular_file() && std::ranges::find(taken_, entry.path()) == taken_.end())
        result.push_back(entry.path());
    std::ranges::sort(result);
    return result;
  }

  const fs::path directory_;
  std::mutex mutex_;
  std::deque<fs::path> taken_; // stored and not committed, in order
  std::jthread thread_;
};

} // namespace

int main(int argc, char** argv) {
  const sluice::program_info info{.about = "Counts the words of messages, which are files in a directory.",
                                  .arguments = {{"DIRECTORY", "where messages are moved to"}}};
  return sluice::run(argc, argv, info, [](sluice::streaming_context& ctx) {
    auto words = ctx.receiver_stream<spool>(ctx.argument("DIRECTORY")).flat_map(sluice::split(' '));
    words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{}).print();
  });
}
