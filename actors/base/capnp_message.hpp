// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <sluice/actors/base/bytes.hpp>

namespace sluice::detail {

/// Reads a stored Cap'n Proto message. Any bytes are safe: they are aligned, and the limits follow from their number,
/// so that no content is read more than twice. For .cpp files only: others need not know Cap'n Proto.
class capnp_message {
public:
  /// Throws kj::Exception for bytes that are no message. What is left over after whole words is ignored.
  explicit capnp_message(bytes_view stored)
      : words_{kj::heapArray<capnp::word>(stored.size() / sizeof(capnp::word))},
        reader_{copy(stored, words_), limits(words_.size())} {}

  /// Throws kj::Exception, as does reading from what it returns.
  template <class Root>
  typename Root::Reader root() {
    return reader_.getRoot<Root>();
  }

private:
  static kj::ArrayPtr<const capnp::word> copy(bytes_view from, kj::Array<capnp::word>& to) {
    std::memcpy(to.begin(), from.data(), to.size() * sizeof(capnp::word));
    return to;
  }

  static capnp::ReaderOptions limits(std::size_t words) {
    capnp::ReaderOptions result;
    result.traversalLimitInWords = 2 * words + 64;
    result.nestingLimit = 8;
    return result;
  }

  kj::Array<capnp::word> words_;
  capnp::FlatArrayMessageReader reader_;
};

} // namespace sluice::detail
