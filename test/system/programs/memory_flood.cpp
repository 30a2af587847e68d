// SPDX-License-Identifier: BSD-3-Clause
//
// A receiver that stores as fast as it may, and a program that makes much of what it stores. Says at its end how many
// lines went in and came out, and how much memory it took.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sluice/sluice.hpp>

namespace {

using namespace std::chrono_literals;

struct figures {
  std::atomic<std::uint64_t> in = 0;
  std::atomic<std::uint64_t> out = 0;
};

class flood : public sluice::receiver<std::string_view> {
public:
  explicit flood(std::shared_ptr<figures> seen) : seen_{std::move(seen)} {}

protected:
  void on_start() override {
    thread_ = std::thread{[this] { run(); }};
  }
  void on_stop() override { thread_.join(); }

private:
  void run() {
    std::array<std::string, 16> lines;
    for (std::uint64_t n = 0; !is_stopped();) {
      for (auto& line : lines) {
        line = std::to_string(n++) + ' ';
        line.resize(100, 'x');
      }
      store(lines);
      seen_->in += lines.size();
    }
  }

  std::shared_ptr<figures> seen_;
  std::thread thread_;
};

std::uint64_t peak_kib() {
  std::ifstream status{"/proc/self/status"};
  std::uint64_t result = 0;
  for (std::string word; status >> word;)
    if (word == "VmHWM:")
      status >> result;
  return result;
}

constexpr std::uint32_t copies = 200;

std::vector<std::pair<std::uint32_t, std::string_view>> many_of(std::string_view line) {
  std::vector<std::pair<std::uint32_t, std::string_view>> result;
  for (std::uint32_t i = 0; i < copies; ++i)
    result.emplace_back(i << 8 | static_cast<std::uint32_t>(line[0]), line.substr(i % 80, 20));
  return result;
}

} // namespace

int main(int argc, char** argv) {
  const auto seen = std::make_shared<figures>();
  const sluice::program_info info{"Makes much of its input.",
                                  {{"WAY", "group: 200 values of each line, by key; slow: "
                                           "an output that takes longer than a batch"}},
                                  500ms};
  const auto code = sluice::run(argc, argv, info, [&](sluice::streaming_context& ctx) {
    const auto lines = ctx.receiver_stream<flood>(seen);
    if (ctx.argument("WAY") == "slow")
      lines.foreach_rdd([seen](const auto& records) {
        std::this_thread::sleep_for(700ms);
        seen->out += copies * records.count();
      });
    else
      lines.flat_map(many_of).group_by_key().foreach_rdd([seen](const auto& groups) {
        groups.for_each([&seen](const auto& group) { seen->out += group.second.size(); });
      });
  });
  std::cout << "in " << seen->in << ", out " << seen->out / copies << ", peak " << peak_kib() / 1024 << " MiB\n";
  return code;
}
