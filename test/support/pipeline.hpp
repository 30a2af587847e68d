// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <sluice/testkit/pipeline.hpp>

namespace sluice::test {

using testkit::batches;
using testkit::collect;
using testkit::composing;
using testkit::pipeline;

} // namespace sluice::test
