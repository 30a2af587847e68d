// SPDX-License-Identifier: BSD-3-Clause
//
// LMDB follows the numbers in its pages without a check: one flipped bit in a page header, and the process dies of a
// signal, or overwrites what is in use. Its pages carry no checksum. But there is a rule that all of them obey: every
// page is either one of the two meta pages, or in use once, or free once; and every number in a page in use says where
// something is that can be looked at. So damage is told before LMDB sees it. What the values say is for their own
// checksums. The format of the pages is that of LMDB 0.9 (data version 1); see docs/formats/checkpoint.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace sluice {

/// Fills `to` with the bytes of a file from `offset` on; false if the file has not so many, or cannot be read.
using page_source = std::function<bool(std::uint64_t offset, std::span<std::byte> to)>;

/// Reads all pages that the last transaction of an LMDB file of `size` bytes has in use, except what is in large
/// values. Returns what is wrong with them, in words; nothing if they obey the rule. Also returns nothing for a file
/// that LMDB itself will refuse (another format), and for one that ends before its last page: those have errors of
/// their own.
std::optional<std::string> find_damaged_page(const page_source& read, std::uint64_t size);

} // namespace sluice
