// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/roll_call.hpp>

namespace sluice {

std::uint64_t roll_call::enter(std::string who) {
  const std::lock_guard lock{mutex_};
  names_.emplace(next_, std::move(who));
  return next_++;
}

void roll_call::leave(std::uint64_t id) {
  const std::lock_guard lock{mutex_};
  names_.erase(id);
}

std::vector<std::string> roll_call::present() const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> result;
  for (const auto& [id, who] : names_)
    result.push_back(who);
  return result;
}

} // namespace sluice
