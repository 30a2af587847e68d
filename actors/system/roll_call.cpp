// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/system/roll_call.hpp>

#include <caf/resumable.hpp>

namespace sluice {

const void* roll_call::job_of(caf::abstract_actor* actor) { return dynamic_cast<caf::resumable*>(actor); }

std::uint64_t roll_call::enter(std::string who, const void* job) {
  const std::lock_guard lock{mutex_};
  list_.emplace(next_, participant{std::move(who), job});
  return next_++;
}

void roll_call::leave(std::uint64_t id) {
  const std::lock_guard lock{mutex_};
  list_.erase(id);
  if (list_.empty())
    emptied_.notify_all();
}

bool roll_call::wait_until_empty(std::chrono::milliseconds patience) const {
  std::unique_lock lock{mutex_};
  return emptied_.wait_for(lock, patience, [this] { return list_.empty(); });
}

std::vector<std::string> roll_call::present() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> result;
  for (const auto& [id, x] : list_)
    result.push_back(x.name);
  return result;
}

std::vector<std::string> roll_call::running(const turn_board& turns) const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> result;
  for (const auto& [id, x] : list_)
    if (x.job != nullptr && turns.is_running(x.job))
      result.push_back(x.name);
  return result;
}

} // namespace sluice
