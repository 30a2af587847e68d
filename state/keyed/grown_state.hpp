// SPDX-License-Identifier: BSD-3-Clause
//
// Fields that a struct got since its states were stored. A state that is a struct is read from the form that it had
// before fields were appended to it, and these get the values that they have in a new S{}. Fields have no names in what
// is stored, so they are told by their place: only appended ones are found out. A blob says of which form it is, so
// those of the current one are read as ever.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <sluice/actors/batch/record_chunks.hpp>
#include <sluice/actors/record/record.hpp>

namespace sluice::detail {

/// So many appended fields are noticed; each form costs the compiler a reader.
inline constexpr std::size_t most_appended = 8;

/// The first N fields of S.
template <class S, class Fields>
struct first_fields;
template <class S, std::size_t... I>
struct first_fields<S, std::index_sequence<I...>> {
  using type = std::tuple<field_t<S, I>...>;
  static constexpr bool are_assignable =
      (std::is_assignable_v<decltype(boost::pfr::get<I>(std::declval<S&>())), field_t<S, I>> && ...);
};

/// The forms that S may have had: form<0> had one field less than now, and so on.
template <class S>
struct former_forms {
  static constexpr std::size_t count = 0;

  template <std::size_t>
  using form = S;

  static S grow(S from) { return from; }
};

template <struct_record S>
  requires(std::default_initializable<S> && sound_record<S> && field_count<S>() > 1)
struct former_forms<S> {
private:
  static constexpr std::size_t fields = field_count<S>();
  template <std::size_t N>
  using first = first_fields<S, std::make_index_sequence<N>>;

public:
  static constexpr std::size_t count = first<fields>::are_assignable ? std::min(fields - 1, most_appended) : 0;

  template <std::size_t I>
  using form = typename first<fields - 1 - I>::type;

  template <class Form>
  static S grow(Form&& from) {
    S result{};
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((boost::pfr::get<I>(result) = std::get<I>(std::forward<Form>(from))), ...);
    }(std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<Form>>>{});
    return result;
  }
};

/// A state with the time of its last touch.
template <class S>
struct former_forms<std::pair<S, std::int64_t>> {
  static constexpr std::size_t count = former_forms<S>::count;

  template <std::size_t I>
  using form = std::pair<typename former_forms<S>::template form<I>, std::int64_t>;

  template <class Form>
  static std::pair<S, std::int64_t> grow(Form&& from) {
    return {former_forms<S>::grow(from.first), from.second};
  }
};

/// Calls `f(std::integral_constant<std::size_t, I>)` for each former form of S.
template <class S, class F>
void for_each_former_form(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<former_forms<S>::count>{});
}

/// The schemas of states of K that can be read as states S.
template <record K, record S>
std::vector<std::string> former_schemas() {
  std::vector<std::string> result;
  for_each_former_form<S>([&result](auto i) {
    result.push_back(codec<std::pair<K, typename former_forms<S>::template form<i>>>::schema());
  });
  return result;
}

/// Reads changes of states, which are pairs of K and std::optional<S>, as `for_each_chunk` does, in whichever form they
/// were stored.
template <record K, record S, class Push>
error for_each_change(const batch& stored, Push&& push) {
  using change = std::pair<K, std::optional<S>>;
  if (stored.schema() == schema_id<change>()) [[likely]]
    return for_each_chunk<change>(stored, push);
  std::optional<error> result;
  for_each_former_form<S>([&](auto i) {
    using former_change = std::pair<K, std::optional<typename former_forms<S>::template form<i>>>;
    if (result || stored.schema() != schema_id<former_change>())
      return;
    std::vector<change> grown;
    result = for_each_chunk<former_change>(stored, [&](std::span<const former_change> chunk) {
      grown.clear();
      for (const auto& [key, state] : chunk)
        grown.emplace_back(key, state ? std::optional<S>{former_forms<S>::grow(*state)} : std::nullopt);
      push(std::span<const change>{grown});
    });
  });
  return result ? *result : for_each_chunk<change>(stored, push); // which says what is wrong
}

} // namespace sluice::detail
