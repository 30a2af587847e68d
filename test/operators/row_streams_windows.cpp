// SPDX-License-Identifier: BSD-3-Clause
#include "row_streams.hpp"

namespace sluice::test {

namespace {

template <class T>
std::optional<row_stream> make(const step& how, const dstream<T>& s) {
  const auto length = in_batches(how.length);
  const auto slide = in_batches(how.slide);
  switch (how.kind) {
    case step_kind::window: return s.window(length, slide);
    case step_kind::reduce_by_window: return s.reduce_by_window(plus{}, length, slide);
    case step_kind::reduce_by_window_inverse: return s.reduce_by_window(plus{}, minus{}, length, slide);
    case step_kind::count_by_window: return s.count_by_window(length, slide);
    case step_kind::count_by_value_and_window:
      return s.count_by_value_and_window(length, slide, how.partitions).map(fold_counted{});
    default: return std::nullopt;
  }
}

} // namespace

std::optional<row_stream> make_window_stream(const step& how, const row_stream& parent) {
  return std::visit([&how](const auto& s) { return make(how, s); }, parent);
}

std::optional<row_stream> make_keyed_window_stream(const step& how, const row_stream& parent) {
  if (!std::holds_alternative<pair_stream>(parent))
    return std::nullopt;
  const auto& s = std::get<pair_stream>(parent);
  const auto length = in_batches(how.length);
  const auto slide = in_batches(how.slide);
  return with_partitions(how, [&](const auto& by) -> std::optional<row_stream> {
    switch (how.kind) {
      case step_kind::reduce_by_key_and_window: return s.reduce_by_key_and_window(plus{}, length, slide, by);
      case step_kind::reduce_by_key_and_window_inverse:
        return s.reduce_by_key_and_window(plus{}, minus{}, length, slide, by);
      case step_kind::reduce_by_key_and_window_filter:
        return s.reduce_by_key_and_window(plus{}, minus{}, length, slide, by,
                                          [a = how.a](const row& x) { return is_kept_value(x.second, a); });
      case step_kind::group_by_key_and_window:
        return s.group_by_key_and_window(length, slide, by).map_values([](const auto& x) { return fold(x); });
      default: return std::nullopt;
    }
  });
}

} // namespace sluice::test
