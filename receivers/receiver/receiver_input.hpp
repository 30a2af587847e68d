// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include <sluice/receivers/receiver/input.hpp>
#include <sluice/receivers/receiver/receiver.hpp>

namespace sluice {

/// The records of a receiver that you write, made from `args`.
///
///     auto values = receiver_input<sensor>("/dev/ttyS0");
///     values.max_rate = 1000;
///     auto stream = ctx.stream(values);
template <class Receiver, class... Args>
input<typename Receiver::record_type> receiver_input(Args... args) {
  return {.kind = "receiver_stream", .description = "receiver", .make_receiver = [args...] {
            return std::make_shared<Receiver>(args...);
          }};
}

} // namespace sluice
