// SPDX-License-Identifier: BSD-3-Clause
//
// All that a program needs: #include <sluice/sluice.hpp>.
#pragma once

#include <sluice/runtime/program/run.hpp>
#include <sluice/runtime/program/streaming_context.hpp>
