// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/runtime/web/record_json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/algorithm/hex.hpp>

namespace sluice::detail {

namespace {

using nlohmann::json;
using sort = record_shape::sort;

std::string as_hexadecimal(std::string_view bytes) {
  std::string result;
  boost::algorithm::hex_lower(bytes, std::back_inserter(result));
  return result;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number result{};
  const auto* const end = std::to_address(text.end());
  const auto [read, problem] = std::from_chars(std::to_address(text.begin()), end, result);
  return problem == std::errc{} && read == end ? std::optional{result} : std::nullopt;
}

/// How many bytes an element of such a column has.
unsigned bits_of(column_kind kind) { return static_cast<unsigned>(column_size(kind, 1)) * 8; }

std::optional<std::int64_t> integer_of(const json& from, column_kind kind) {
  const auto found = from.is_string() ? parse_number<std::int64_t>(from.get_ref<const std::string&>())
                     : from.is_number_unsigned() && from.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()
                         ? std::nullopt
                     : from.is_number_integer() ? std::optional{from.get<std::int64_t>()}
                                                : std::nullopt;
  const auto most = std::numeric_limits<std::int64_t>::max() >> (64 - bits_of(kind));
  return found && *found <= most && *found >= -most - 1 ? found : std::nullopt;
}

std::optional<std::uint64_t> natural_of(const json& from, column_kind kind) {
  const auto found = from.is_string()            ? parse_number<std::uint64_t>(from.get_ref<const std::string&>())
                     : from.is_number_unsigned() ? std::optional{from.get<std::uint64_t>()}
                                                 : std::nullopt;
  const auto most = std::numeric_limits<std::uint64_t>::max() >> (64 - bits_of(kind));
  return found && *found <= most ? found : std::nullopt;
}

std::optional<double> floating_of(const json& from, column_kind kind) {
  auto found = from.is_string()   ? parse_number<double>(from.get_ref<const std::string&>())
               : from.is_number() ? std::optional{from.get<double>()}
                                  : std::nullopt;
  if (found && kind == column_kind::fixed4)
    found = double{static_cast<float>(*found)};
  return found;
}

/// Appends the bytes of one value; false if `from` is none.
class key_reader {
public:
  explicit key_reader(std::string& to) : bytes_{to} {}

  bool read(const json& from, const record_shape& shape) {
    switch (shape.what) {
      case sort::integer: return number(integer_of(from, shape.kind));
      case sort::natural: return number(natural_of(from, shape.kind));
      case sort::floating: return floating(floating_of(from, shape.kind));
      case sort::boolean: return boolean(from);
      case sort::text: return from.is_string() && text(from.get_ref<const std::string&>());
      case sort::bytes: return hexadecimal(from);
      case sort::list: return list(from, shape);
      case sort::option: return option(from, shape);
      case sort::fields: return fields(from, shape);
      case sort::variant: return variant(from, shape);
      case sort::nothing: return from.is_null();
    }
    return false;
  }

private:
  template <class Number>
  bool number(std::optional<Number> x) {
    if (x)
      bytes_.put_number(static_cast<std::uint64_t>(*x));
    return x.has_value();
  }

  bool floating(std::optional<double> x) {
    if (x)
      bytes_.put_floating(*x);
    return x.has_value();
  }

  bool boolean(const json& from) {
    const bool is_word = from == "true" || from == "false";
    if (!is_word && !from.is_boolean())
      return false;
    bytes_.put_bit(from == "true" || from == true);
    return true;
  }

  bool text(std::string_view x) {
    bytes_.put_text(x);
    return true;
  }

  bool hexadecimal(const json& from) {
    if (!from.is_string())
      return false;
    std::string bytes;
    try {
      boost::algorithm::unhex(from.get_ref<const std::string&>(), std::back_inserter(bytes));
    } catch (const boost::algorithm::hex_decode_error&) {
      return false;
    }
    return text(bytes);
  }

  bool list(const json& from, const record_shape& shape) {
    if (!from.is_array())
      return false;
    bytes_.put_count(from.size());
    return std::ranges::all_of(from, [&](const json& x) { return read(x, shape.parts[0]); });
  }

  bool option(const json& from, const record_shape& shape) {
    bytes_.put_bit(!from.is_null());
    return from.is_null() || read(from, shape.parts[0]);
  }

  bool fields(const json& from, const record_shape& shape) {
    bool good = from.is_array() && from.size() == shape.parts.size();
    for (std::size_t n = 0; good && n < shape.parts.size(); ++n)
      good = read(from[n], shape.parts[n]);
    return good;
  }

  bool variant(const json& from, const record_shape& shape) {
    if (!from.is_object() || from.size() != 1)
      return false;
    const auto index = parse_number<std::size_t>(from.begin().key());
    if (!index || *index >= shape.parts.size())
      return false;
    bytes_.put_count(*index);
    return read(from.begin().value(), shape.parts[*index]);
  }

  key_writer bytes_;
};

} // namespace

json record_json(const shaped_values& of, std::size_t i) {
  switch (of.shape().what) {
    case sort::integer: return of.integer(i);
    case sort::natural: return of.natural(i);
    case sort::floating: return of.floating(i);
    case sort::boolean: return of.bit(i);
    case sort::text: return std::string{of.text(i)};
    case sort::bytes: return as_hexadecimal(of.text(i));
    case sort::option: return of.bit(i) ? record_json(of.part(0), i) : json(nullptr);
    case sort::variant: {
      const auto held = of.alternative(i);
      return json{{std::to_string(held), record_json(of.part(held), i)}};
    }
    case sort::list: {
      auto result = json::array();
      const auto [begin, end] = of.range(i);
      for (auto k = begin; k != end; ++k)
        result.push_back(record_json(of.part(0), k));
      return result;
    }
    case sort::fields: {
      auto result = json::array();
      for (std::size_t n = 0; n < of.shape().parts.size(); ++n)
        result.push_back(record_json(of.part(n), i));
      return result;
    }
    case sort::nothing: break;
  }
  return nullptr;
}

std::optional<std::string> key_bytes(const json& from, const record_shape& shape) {
  std::string result;
  return key_reader{result}.read(from, shape) ? std::optional{std::move(result)} : std::nullopt;
}

} // namespace sluice::detail
