// SPDX-License-Identifier: BSD-3-Clause
#include <sluice/state/store/lmdb_pages.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <vector>

namespace sluice {

namespace {

static_assert(std::endian::native == std::endian::little && sizeof(std::size_t) == 8);

// What LMDB writes, from its mdb.c.

using page_number = std::uint64_t;

constexpr page_number no_page = ~page_number{0};
constexpr std::uint32_t magic = 0xBEEFC0DE;
constexpr std::uint32_t data_version = 1;
constexpr std::uint16_t integer_keys = 0x08; // the only flag of ours: of the free list
constexpr std::size_t page_header_bytes = 16;
constexpr std::size_t node_header_bytes = 8;
constexpr std::size_t most_levels = 32; // of a tree, as CURSOR_STACK
constexpr std::size_t least_page = 512;
constexpr std::size_t largest_page = 0x8000;

enum page_flags : std::uint16_t { branch = 0x01, leaf = 0x02, overflow = 0x04, meta = 0x08 };
constexpr std::uint16_t big_value = 0x01; // of a node: it is on overflow pages

struct page_header {
  page_number number;
  std::uint16_t pad;
  std::uint16_t flags;
  std::uint16_t lower; // of an overflow page: the number of pages, with `upper`
  std::uint16_t upper;

  std::uint32_t pages() const { return std::uint32_t{upper} << 16 | lower; }
};
static_assert(sizeof(page_header) == page_header_bytes);

struct node_header {
  std::uint16_t low;
  std::uint16_t high;
  std::uint16_t flags;
  std::uint16_t key_bytes;

  std::uint32_t value_bytes() const { return std::uint32_t{high} << 16 | low; }
  page_number child() const { return page_number{flags} << 32 | value_bytes(); }
};
static_assert(sizeof(node_header) == node_header_bytes);

struct tree {
  std::uint32_t pad; // of the free list: the size of a page
  std::uint16_t flags;
  std::uint16_t depth;
  std::uint64_t branch_pages;
  std::uint64_t leaf_pages;
  std::uint64_t overflow_pages;
  std::uint64_t entries;
  page_number root;
};
static_assert(sizeof(tree) == 48);

struct meta_page {
  page_header header;
  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t address;
  std::uint64_t map_bytes;
  tree free_list;
  tree main;
  page_number last;
  std::uint64_t transaction;
};
static_assert(sizeof(meta_page) == 152);

template <class T>
T load(std::span<const std::byte> from, std::size_t at) {
  T result;
  std::memcpy(&result, from.data() + at, sizeof(T));
  return result;
}

/// Ends the check.
struct damage {
  std::string what;
};

[[noreturn]] void fail(page_number at, const char* what) { throw damage{"page " + std::to_string(at) + ": " + what}; }

void require(bool fact, page_number at, const char* what) {
  if (!fact)
    fail(at, what);
}

/// A walk through both trees of the last transaction.
class page_walk {
public:
  page_walk(const page_source& read, const meta_page& current)
      : read_{read}, meta_{current}, page_bytes_{current.free_list.pad}, taken_(current.last + 1) {
    taken_[0] = taken_[1] = true;
  }

  /// Checks everything. Returns the last transaction that gave up pages, 0 for none.
  std::uint64_t check() {
    walk(meta_.free_list, true);
    walk(meta_.main, false);
    for (page_number i = 0; i <= meta_.last; ++i)
      require(taken_[i], i, "it is neither in use nor free");
    return newest_free_;
  }

  /// Whether all that has entries lies behind page `last`, and there is something. Requires `check`.
  bool is_all_behind(page_number last) const { return first_entry_page_ != no_page && first_entry_page_ > last; }

private:
  using page = std::vector<std::byte>;

  /// The keys of a part of a tree: from `first` on (empty: no bound), and before `end` (empty: no bound).
  struct bounds {
    std::string first;
    std::string end;
  };

  void walk(const tree& of, bool is_free_list) {
    is_free_list_ = is_free_list;
    found_ = {};
    if (of.root == no_page)
      require(of.depth == 0, is_free_list ? 0 : 1, "an empty tree has levels");
    else {
      require(of.depth > 0 && of.depth <= most_levels, of.root, "its tree has an impossible depth");
      visit(of.root, of.depth, {});
    }
    require(found_.branch_pages == of.branch_pages && found_.leaf_pages == of.leaf_pages
                && found_.overflow_pages == of.overflow_pages && found_.entries == of.entries,
            of.root, "its tree has not the pages and entries that were counted");
  }

  void take(page_number first, std::uint64_t count) {
    if (!is_free_list_)
      first_entry_page_ = std::min(first_entry_page_, first);
    require(first <= meta_.last && count <= meta_.last - first + 1, first, "it lies behind the last page");
    for (auto i = first; i < first + count; ++i) {
      require(!taken_[i], i, "it is in use twice, or in use and free");
      taken_[i] = true;
    }
  }

  page_header read_header(page_number at) const {
    page_header result;
    require(read_(at * page_bytes_, std::as_writable_bytes(std::span{&result, 1})), at, "it cannot be read");
    require(result.number == at, at, "it has another number");
    return result;
  }

  void visit(page_number at, std::uint16_t levels, const bounds& keys) {
    take(at, 1);
    const auto header = read_header(at);
    require(header.flags == (levels == 1 ? leaf : branch), at, "it is of another kind than its place in the tree says");
    page content(page_bytes_);
    require(read_(at * page_bytes_, content), at, "it cannot be read");
    require(header.lower >= page_header_bytes && header.lower % 2 == 0 && header.lower <= header.upper
                && header.upper <= page_bytes_,
            at, "its free room is not inside of it");
    const auto nodes = (header.lower - page_header_bytes) / 2U;
    require(nodes >= (levels == 1 ? 1U : 2U), at, "it has too few entries");
    ++(levels == 1 ? found_.leaf_pages : found_.branch_pages);
    std::size_t room = 0;
    for (std::size_t i = 0; i < nodes; ++i) {
      const auto node = node_at(at, header, content, i);
      room += levels == 1 ? check_entry(at, content, node) : (node.bytes(0) + 1) / 2 * 2;
      const auto key = key_of(content, node);
      if (i > 0 || levels == 1) {
        require(keys.first.empty() || !is_less(key, keys.first), at, "a key is before those of its page");
        require(keys.end.empty() || is_less(key, keys.end), at, "a key is after those of its page");
      }
      if (i > (levels == 1 ? 0U : 1U))
        require(is_less(key_of(content, node_at(at, header, content, i - 1)), key), at, "its keys are not in order");
    }
    require(room == page_bytes_ - header.upper, at, "its entries do not fill its room");
    if (levels == 1)
      return;
    for (std::size_t i = 0; i < nodes; ++i) {
      const auto node = node_at(at, header, content, i);
      bounds below = keys;
      if (i > 0)
        below.first = key_of(content, node);
      if (i + 1 < nodes)
        below.end = key_of(content, node_at(at, header, content, i + 1));
      visit(node.header.child(), static_cast<std::uint16_t>(levels - 1), below);
    }
  }

  struct node {
    std::size_t offset;
    node_header header;

    std::size_t bytes(std::size_t value) const { return node_header_bytes + header.key_bytes + value; }
  };

  node node_at(page_number at, const page_header& header, const page& content, std::size_t i) const {
    const std::size_t offset = load<std::uint16_t>(content, page_header_bytes + 2 * i);
    require(offset >= header.upper && offset % 2 == 0 && offset + node_header_bytes <= page_bytes_, at,
            "an entry is not inside of it");
    const node result{offset, load<node_header>(content, offset)};
    require(offset + result.bytes(0) <= page_bytes_, at, "a key is not inside of it");
    return result;
  }

  static std::string_view key_of(const page& content, const node& x) {
    return {reinterpret_cast<const char*>(content.data()) + x.offset + node_header_bytes, x.header.key_bytes};
  }

  bool is_less(std::string_view a, std::string_view b) const {
    return is_free_list_ ? number_in(a) < number_in(b) : a < b;
  }

  static std::uint64_t number_in(std::string_view key) {
    return key.size() == sizeof(std::uint64_t) ? load<std::uint64_t>(std::as_bytes(std::span{key}), 0) : 0;
  }

  /// Checks an entry of a leaf. Returns the room that it takes in its page.
  std::size_t check_entry(page_number at, const page& content, const node& x) {
    ++found_.entries;
    const std::size_t size = x.header.value_bytes();
    const bool is_big = x.header.flags == big_value;
    require(is_big || x.header.flags == 0, at, "an entry has flags that are never set");
    require(x.header.key_bytes > 0, at, "a key is empty");
    const auto stored = x.bytes(is_big ? sizeof(page_number) : size);
    require(x.offset + stored <= page_bytes_, at, "a value is not inside of it");
    const auto where = x.offset + node_header_bytes + x.header.key_bytes;
    if (!is_big) {
      if (is_free_list_)
        check_free(at, key_of(content, x), std::span{content}.subspan(where, size));
      return (stored + 1) / 2 * 2;
    }
    const auto first = load<page_number>(content, where);
    require(first <= meta_.last, at, "a value lies behind the last page");
    const auto header = read_header(first);
    const auto needed = (page_header_bytes - 1 + size) / page_bytes_ + 1;
    require(header.flags == overflow && header.pages() >= needed, first, "it is not the beginning of its value");
    take(first, header.pages());
    found_.overflow_pages += header.pages();
    if (is_free_list_) {
      page value(size);
      require(read_(first * page_bytes_ + page_header_bytes, value), first, "it cannot be read");
      check_free(first, key_of(content, x), value);
    }
    return (stored + 1) / 2 * 2;
  }

  /// Checks a record of the free list: the pages that one transaction gave up, the largest first.
  void check_free(page_number at, std::string_view key, std::span<const std::byte> value) {
    require(key.size() == sizeof(std::uint64_t) && number_in(key) <= meta_.transaction, at,
            "a record of the free list is of no transaction");
    require(value.size() >= sizeof(page_number) && value.size() % sizeof(page_number) == 0, at,
            "a record of the free list has no pages");
    const auto count = load<page_number>(value, 0);
    require(count < value.size() / sizeof(page_number), at, "a record of the free list has another length");
    newest_free_ = std::max(newest_free_, number_in(key));
    page_number before = no_page;
    for (std::size_t i = 1; i <= count; ++i) {
      const auto free = load<page_number>(value, i * sizeof(page_number));
      require(free < before, at, "a record of the free list is not in order");
      take(free, 1);
      before = free;
    }
  }

  const page_source& read_;
  const meta_page& meta_;
  std::size_t page_bytes_;
  std::vector<bool> taken_;
  bool is_free_list_ = false;
  std::uint64_t newest_free_ = 0;
  page_number first_entry_page_ = no_page; ///< the lowest one of the tree of entries
  tree found_{};
};

/// Whether LMDB will take the page as one of its own.
bool is_ours(const meta_page& x) {
  return (x.header.flags & meta) != 0 && x.magic == magic && x.version == data_version;
}

void check_meta(page_number at, const meta_page& x) {
  require(is_ours(x) && x.header.flags == meta && x.header.number == at, at, "it is not a meta page");
  const auto page_bytes = x.free_list.pad;
  require(std::has_single_bit(page_bytes) && page_bytes >= least_page && page_bytes <= largest_page, at,
          "it has an impossible size of pages");
  require(x.free_list.flags == integer_keys && x.main.flags == 0, at, "it has flags that are never set");
  require(x.transaction == 0 || x.transaction % 2 == at, at, "its transaction belongs into the other meta page");
}

} // namespace

std::optional<std::string> find_damaged_page(const page_source& read, std::uint64_t size) {
  meta_page first;
  meta_page second;
  if (!read(0, std::as_writable_bytes(std::span{&first, 1})) || !is_ours(first))
    return std::nullopt;
  try {
    check_meta(0, first);
    if (!read(first.free_list.pad, std::as_writable_bytes(std::span{&second, 1})))
      return std::nullopt;
    check_meta(1, second);
    require(first.free_list.pad == second.free_list.pad, 1, "it has another size of pages than the other meta page");
    const auto [before, last] = std::minmax(first.transaction, second.transaction);
    require(last - before == 1 || last == 0, last % 2, "its transaction does not follow that of the other meta page");
    const auto& current = first.transaction < second.transaction ? second : first;
    require(current.last >= 1, last % 2, "it knows of fewer pages than there always are");
    if (current.last >= size / current.free_list.pad)
      return std::nullopt;
    // The other meta page is not followed: after a write that failed LMDB leaves the roots of the new transaction there
    // under the number of the old one. So a number that was changed in the newest meta page, to that of two
    // transactions before, looks the same, and brings back the transaction before.
    const auto& former = &current == &first ? second : first;
    page_walk walk{read, current};
    const auto newest = walk.check();
    // A transaction gives up the root that it replaces. The first entries replace none, and lie behind all pages that
    // there were; how many those were, LMDB leaves in the other meta page.
    require(former.main.root == no_page || newest == current.transaction || walk.is_all_behind(former.last), last % 2,
            "its transaction is not that of its pages");
  } catch (const damage& x) {
    return x.what;
  }
  return std::nullopt;
}

} // namespace sluice
