// SPDX-License-Identifier: BSD-3-Clause
#include "row_streams.hpp"

namespace sluice::test {

namespace {

template <class T>
rdd<T> make_rdd(const std::vector<T>& records) {
  batch_writer<T> writer;
  for (const auto& x : records)
    writer.append(x);
  return rdd<T>{{{writer.freeze()}}};
}

template <class T>
std::vector<T> twist_all(std::span<const T> records, std::int64_t a) {
  std::vector<T> result;
  for (const auto& x : records)
    result.push_back(twist(x, a));
  return result;
}

template <class T>
std::optional<row_stream> make(const step& how, const dstream<T>& s, const dstream<T>& other) {
  const auto a = how.a;
  switch (how.kind) {
    case step_kind::repartition: return s.repartition(*how.partitions);
    case step_kind::map_partitions:
      return s.map_partitions([a](std::span<const T> records) { return twist_all(records, a); });
    case step_kind::glom: return s.glom().flat_map([](const std::vector<T>& records) { return records; });
    case step_kind::transform:
      return s.transform([a](const rdd<T>& x) { return make_rdd(twist_all<T>(x.collect(), a)); });
    case step_kind::transform_with:
      return s.transform_with(other, [](const rdd<T>& x, const rdd<T>& y) {
        auto records = x.collect();
        for (auto& record : records)
          record = repeated(record, static_cast<std::int64_t>(y.count()));
        return make_rdd(records);
      });
    default: return std::nullopt;
  }
}

} // namespace

std::optional<row_stream> make_dataset_stream(const step& how, const row_stream& parent, const row_stream& other) {
  return std::visit([&](const auto& s) { return make(how, s, std::get<std::remove_cvref_t<decltype(s)>>(other)); },
                    parent);
}

} // namespace sluice::test
