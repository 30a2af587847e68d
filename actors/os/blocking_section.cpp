// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/actors/os/blocking_section.hpp>

#include <utility>

namespace sluice {

namespace {

thread_local blocking_section::host* this_thread = nullptr; // null while it blocks

} // namespace

blocking_section::blocking_section() : host_{std::exchange(this_thread, nullptr)} {
  if (host_ != nullptr)
    host_->begins_to_block();
}

blocking_section::~blocking_section() {
  if (host_ == nullptr)
    return;
  host_->has_blocked();
  this_thread = host_;
}

void blocking_section::this_thread_is(host* x) { this_thread = x; }

} // namespace sluice
