// SPDX-License-Identifier: BSD-3-Clause
//
// All that a program needs: #include <sluice/sluice.hpp>.
#pragma once

#include <sluice/runtime/run.hpp>
#include <sluice/runtime/streaming_context.hpp>
