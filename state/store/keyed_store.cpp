// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/keyed_store.hpp>

#include <cassert>

namespace sluice {

namespace {

error check(const write_batch::operation& op) {
  // The bounds of a range are compared with keys but never stored, so their length does not matter.
  if (op.what == write_batch::action::erase_range)
    return {};
  if (op.key.empty() || op.key.size() > max_key_bytes)
    return make_error(ec::invalid_argument, "a key of a store has 1 to " + std::to_string(max_key_bytes)
                                                + " bytes, not " + std::to_string(op.key.size()));
  if (op.value.size() > max_value_bytes)
    return make_error(ec::record_too_large, "a value of " + std::to_string(op.value.size())
                                                + " bytes is too large for a store; split it in parts of at most "
                                                + std::to_string(max_value_bytes) + " bytes");
  return {};
}

/// Marks a scan as running, also when the visitor throws.
class scan_guard {
public:
  explicit scan_guard(bool& flag) : flag_{flag}, outer_{flag} { flag_ = true; }
  ~scan_guard() { flag_ = outer_; }
  scan_guard(const scan_guard&) = delete;
  scan_guard& operator=(const scan_guard&) = delete;

private:
  bool& flag_;
  bool outer_;
};

} // namespace

void write_batch::put(std::string key, bytes_view value) {
  put_bytes_ += key.size() + value.size();
  operations_.push_back({action::put, std::move(key), {}, value});
}

void write_batch::erase(std::string key) { operations_.push_back({action::erase, std::move(key), {}, {}}); }

void write_batch::erase_range(std::string from, std::string end) {
  operations_.push_back({action::erase_range, std::move(from), std::move(end), {}});
}

error keyed_store::apply(const write_batch& batch) {
  auto result = apply_if_room(batch);
  if (result.had_no_room())
    close(result.why);
  return std::move(result.why);
}

write_result keyed_store::apply_if_room(const write_batch& batch) {
  // A write may move the memory that a scan is reading.
  assert(!scanning_);
  for (const auto& op : batch.operations())
    if (auto err = check(op))
      return err;
  if (closed_)
    return closed_;
  auto result = do_apply(batch);
  if (result.why && !result.had_no_room())
    close(result.why);
  return result;
}

void keyed_store::close(const error& why) {
  closed_ =
      make_error(ec::storage_failed,
                 "a write has failed, so nothing is read or written until the store is opened again: " + describe(why));
}

error keyed_store::scan(std::string_view from, std::string_view end, const visitor& visit) const {
  if (closed_)
    return closed_;
  const scan_guard guard{scanning_};
  return do_scan(from, end, visit);
}

error keyed_store::scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const {
  if (closed_)
    return closed_;
  const scan_guard guard{scanning_};
  return do_scan_keys(from, end, visit);
}

error keyed_store::do_scan_keys(std::string_view from, std::string_view end, const key_visitor& visit) const {
  return do_scan(from, end, [&visit](std::string_view key, bytes_view) { return visit(key); });
}

expected<std::optional<bytes>> keyed_store::get(std::string_view key) const {
  std::optional<bytes> found;
  // The next key after `key` in memcmp order is `key` and a zero byte.
  auto end = std::string{key} + '\0';
  auto err = scan(key, end, [&found](std::string_view, bytes_view value) {
    found.emplace(value.begin(), value.end());
    return false;
  });
  if (err)
    return err;
  return found;
}

} // namespace sluice
