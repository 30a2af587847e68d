// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::bench {

/// Notes when something in a directory gets its name, by a thread that does nothing else.
class renamed_directories {
public:
  struct arrival {
    std::string name;
    std::uint64_t at; ///< see nanoseconds_now
  };

  /// The directory must exist. Throws std::system_error if it cannot be watched.
  explicit renamed_directories(const std::filesystem::path& where);
  ~renamed_directories();
  renamed_directories(const renamed_directories&) = delete;
  renamed_directories& operator=(const renamed_directories&) = delete;

  /// What has got a name so far, in order. Ends the watch.
  std::vector<arrival> finish();

private:
  void run();
  void read_events();

  int fd_;
  std::atomic<bool> stop_ = false;
  std::vector<arrival> seen_; // belongs to the thread
  std::thread thread_;
};

} // namespace sluice::bench
