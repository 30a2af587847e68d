// SPDX-License-Identifier: BSD-3-Clause
//
// A CAF actor as a receiver: it gets messages like any actor and stores what it likes. Here it tells itself a sentence
// every 10 ms; in your program others would send to it.
#include <functional>
#include <string>

#include <caf/event_based_actor.hpp>
#include <sluice/runtime/program/actor_stream.hpp>
#include <sluice/sluice.hpp>

namespace {

using sentence_atom = caf::atom_constant<caf::atom("sentence")>;

caf::behavior narrator(caf::event_based_actor* self, sluice::actor_store<std::string> store) {
  self->send(self, sentence_atom::value);
  return {[self, store](sentence_atom) {
    store("the cow jumped over the moon");
    self->delayed_send(self, std::chrono::milliseconds{10}, sentence_atom::value);
  }};
}

} // namespace

int main(int argc, char** argv) {
  return sluice::run(argc, argv, {.about = "Counts the words of an actor."}, [](sluice::streaming_context& ctx) {
    auto words = sluice::actor_stream<std::string>(ctx, narrator).flat_map(sluice::split(' '));
    words.map([](std::string_view w) { return std::pair{w, 1}; }).reduce_by_key(std::plus<>{}).print();
  });
}
