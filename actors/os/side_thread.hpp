// SPDX-License-Identifier: BSD-3-Clause
//
// Threads for functions that may take their time: listing a directory, joining a thread, any function of the user. The
// threads that run actors are few and shared by all, and must not be held up. So every input has a thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// A thread that runs functions one after another. When it is destroyed, it still runs the functions it was given, and
/// then ends; nobody waits for it.
class side_thread {
public:
  side_thread() = default;
  side_thread(const side_thread&) = delete;
  side_thread& operator=(const side_thread&) = delete;
  virtual ~side_thread() = default;

  /// Runs `work` after everything posted before. It must not throw. Thread safe.
  virtual void post(std::function<void()> work) = 0;
};

/// Makes side threads. Without one, as in a simulation, the functions run at once, in place.
class side_threads {
public:
  side_threads() = default;
  side_threads(const side_threads&) = delete;
  side_threads& operator=(const side_threads&) = delete;
  virtual ~side_threads() = default;

  /// @param name of the input that it is for. Thread safe.
  virtual std::shared_ptr<side_thread> start(std::string name) = 0;
};

/// Real ones.
class real_side_threads final : public side_threads {
public:
  real_side_threads();
  ~real_side_threads() override;

  std::shared_ptr<side_thread> start(std::string name) override;

  /// Waits until all threads have ended, but no longer than `patience`. Returns the names of those that have not,
  /// because one of their functions does not return. They share nothing with the rest of the program, and are left
  /// behind.
  std::vector<std::string> wait(std::chrono::milliseconds patience);

  /// The number of side threads of this process, from any part of it, that have not ended. While there are any, the
  /// process must not destroy its static objects: it ends by `_exit`.
  static std::size_t running();

private:
  struct register_of_names;
  std::shared_ptr<register_of_names> names_; ///< shared with the threads
};

} // namespace sluice
