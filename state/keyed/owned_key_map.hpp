// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <sluice/actors/protocol/messages.hpp>
#include <sluice/actors/record/owned.hpp>
#include <sluice/actors/record/record_hash.hpp>

namespace sluice::detail {

/// Hash and equality of owned keys that also accept keys which are views.
struct record_hasher {
  using is_transparent = void;
  using is_avalanching = void;
  template <class K>
  std::size_t operator()(const K& key) const {
    return hash_record(key);
  }
};

struct record_equal {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return equal_records(a, b);
  }
};

/// A map that keeps its keys for longer than a batch. It is searched with keys that may be views. Erasing an entry does
/// not move others.
template <record K, class V>
using owned_key_map = boost::unordered_flat_map<owned_t<K>, V, record_hasher, record_equal>;

/// Makes room in a map of keys for a piece of a state and those that follow. A snapshot has the keys in the order of
/// the map that it was taken of; into one of the same size they go one beside the other, into a smaller one all over
/// it.
template <class Map>
void make_room(Map& map, const state_piece& piece) {
  if (piece.kind == change_kind::base)
    map.reserve(map.size() + piece.content.count() * (piece.following + 1));
}

/// The keys alone.
template <record K>
using owned_key_set = boost::unordered_flat_set<owned_t<K>, record_hasher, record_equal>;

} // namespace sluice::detail
