// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <sluice/actors/base/errors.hpp>
#include <sluice/actors/batch/batch_io.hpp>
#include <sluice/actors/record/owned.hpp>

namespace sluice {

namespace detail {

/// One broadcast value in one process. Filled before any operator runs, and never changed after.
class broadcast_cell {
public:
  virtual ~broadcast_cell() = default;

  /// On the driver: makes the value.
  virtual void make() = 0;
  virtual batch encode() const = 0;

  /// On a worker: takes the driver's.
  virtual error take(const batch& encoded) = 0;
};

template <record T>
class record_cell : public broadcast_cell {
public:
  explicit record_cell(std::function<T()> make) : make_{std::move(make)} {}

  const T& value() const {
    if (!value_)
      throw usage_error{"a broadcast value is there once the context has started"};
    return *value_;
  }

  void make() override { value_ = make_(); }

  batch encode() const override {
    batch_writer<T> writer;
    writer.append(value());
    return writer.freeze();
  }

  error take(const batch& encoded) override {
    auto reader = batch_reader<T>::open(encoded);
    if (!reader)
      return std::move(reader.error());
    if (reader->size() != 1)
      return make_error(ec::schema_mismatch, "a broadcast value is one record");
    value_ = (*reader)[0];
    return {};
  }

private:
  std::function<T()> make_;
  std::optional<T> value_;
};

} // namespace detail

/// A value that all processes of a program have: see streaming_context::broadcast. Cheap to copy; functions keep a
/// copy.
template <record T>
class broadcast {
public:
  explicit broadcast(std::shared_ptr<const detail::record_cell<T>> cell) : cell_{std::move(cell)} {}

  /// The value; valid as long as any copy of this. Throws usage_error before the context has started.
  const T& value() const { return cell_->value(); }
  const T& operator*() const { return value(); }
  const T* operator->() const { return &value(); }

private:
  std::shared_ptr<const detail::record_cell<T>> cell_;
};

} // namespace sluice
