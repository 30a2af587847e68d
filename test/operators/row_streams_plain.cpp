// SPDX-License-Identifier: BSD-3-Clause
#include "row_streams.hpp"

namespace sluice::test {

namespace {

template <class T>
std::optional<row_stream> make(const step& how, const dstream<T>& s, const dstream<T>& other) {
  const auto a = how.a;
  switch (how.kind) {
    case step_kind::map: return s.map([a](const T& x) { return twist(x, a); });
    case step_kind::flat_map:
      return s.template flat_map<T>([a](const T& x, emitter<T>& emit) {
        for (std::int64_t i = 0; i < repetitions(x, a); ++i)
          emit(repeated(x, i));
      });
    case step_kind::filter: return s.filter([a](const T& x) { return is_kept(x, a); });
    case step_kind::union_with: return s.union_with(other);
    case step_kind::count: return s.count();
    case step_kind::reduce: return s.reduce(plus{});
    case step_kind::count_by_value: return s.count_by_value(how.partitions).map(fold_counted{});
    default: return std::nullopt;
  }
}

} // namespace

std::optional<row_stream> make_plain_stream(const step& how, const row_stream& parent, const row_stream& other) {
  return std::visit([&](const auto& s) { return make(how, s, std::get<std::remove_cvref_t<decltype(s)>>(other)); },
                    parent);
}

} // namespace sluice::test
