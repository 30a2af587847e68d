// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <mutex>
#include <set>
#include <string>

namespace sluice {

/// The logged inputs whose sources have said, in this process, where they go on. After a failure in the same process
/// such a source gives again whatever no batch has got, so that the log must not give it as well. Thread safe.
class positioned_inputs {
public:
  void add(const std::string& name) {
    const std::lock_guard lock{mutex_};
    names_.insert(name);
  }

  std::set<std::string> names() const {
    const std::lock_guard lock{mutex_};
    return names_;
  }

private:
  mutable std::mutex mutex_;
  std::set<std::string> names_;
};

} // namespace sluice
