// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/monitor/listener_info.hpp>

namespace sluice {

std::optional<std::chrono::microseconds> output_operation_info::duration() const {
  if (!end_time)
    return std::nullopt;
  return *end_time - start_time;
}

std::uint64_t batch_info::num_records() const {
  std::uint64_t result = 0;
  for (const auto& [stream, info] : stream_id_to_input_info)
    result += info.num_records;
  return result;
}

std::optional<std::chrono::microseconds> batch_info::scheduling_delay() const {
  if (!processing_start)
    return std::nullopt;
  return *processing_start - submitted;
}

std::optional<std::chrono::microseconds> batch_info::processing_delay() const {
  if (!processing_start || !processing_end)
    return std::nullopt;
  return *processing_end - *processing_start;
}

std::optional<std::chrono::microseconds> batch_info::total_delay() const {
  if (!processing_end)
    return std::nullopt;
  return *processing_end - submitted;
}

} // namespace sluice
