// SPDX-License-Identifier: BSD-3-Clause
//
// What a program answers, as small as it can be.
#pragma once

#include <nlohmann/json.hpp>

namespace sluice::test {

inline nlohmann::json sample_overview() {
  return nlohmann::json::parse(R"json({
    "program": "word_count", "id": "word_count-1", "version": "0.1.0", "startTime": 1764564000000,
    "now": 1764564100000, "batchIntervalMs": 1000, "state": "running", "failure": null, "epoch": 1, "restartsLeft": 0,
    "reason": {"level": "ok", "cause": "healthy", "operator": null, "sentence": "All is well.", "since": 1764564000000},
    "totals": {"completedBatches": 99, "activeBatches": 1, "receivedRecords": 500, "processedRecords": 495,
               "failedOutputs": 0, "deadLetters": 0, "restarts": 0},
    "inputs": [{"id": 0, "name": "socket_text_stream#0", "kind": "socket_text_stream", "isReceiver": true,
                "state": "active", "location": "driver", "records": 500, "recordsPerSecond": 5.0, "lastError": null,
                "lastErrorTime": null}],
    "rates": [{"time": 1764564099000, "records": [5]}, {"time": 1764564100000, "records": [10]}],
    "active": [{"id": 1764564100000, "time": "2025/12/01 04:41:40", "status": "processing", "records": 5,
                "submittedTime": 1764564100000, "schedulingDelayMs": 0.5, "processingTimeMs": null,
                "totalDelayMs": null, "outputsTotal": 1, "outputsSucceeded": 0, "outputsFailed": 0,
                "outputsActive": 1, "firstFailure": null}],
    "completed": [{"id": 1764564099000, "time": "2025/12/01 04:41:39", "status": "completed", "records": 5,
                   "submittedTime": 1764564099000, "schedulingDelayMs": 0.5, "processingTimeMs": 12.0,
                   "totalDelayMs": 12.5, "outputsTotal": 1, "outputsSucceeded": 1, "outputsFailed": 0,
                   "outputsActive": 0, "firstFailure": null}]})json");
}

inline nlohmann::json sample_graph() {
  return nlohmann::json::parse(R"json({
    "stages": [{"id": 0, "partitions": 1, "onDriver": false, "operators": [0, 1]},
               {"id": 1, "partitions": 2, "onDriver": true, "operators": [2]}],
    "operators": [
      {"id": 0, "name": "socket_text_stream#0", "kind": "socket_text_stream", "stage": 0, "parents": [],
       "isInput": true, "isOutput": false, "keepsState": false, "record": "text", "stateSchema": null,
       "recordsIn": 500, "recordsInPerSecond": 5.0, "busyShare": 0.01, "deadLetters": 0, "stateKeys": null,
       "stateBytes": null},
      {"id": 1, "name": "map#1", "kind": "map", "stage": 0, "parents": [0], "isInput": false, "isOutput": false,
       "keepsState": false, "record": "text", "stateSchema": null, "recordsIn": 500, "recordsInPerSecond": 5.0,
       "busyShare": 0.02, "deadLetters": 0, "stateKeys": null, "stateBytes": null},
      {"id": 2, "name": "reduce_by_key#2", "kind": "reduce_by_key", "stage": 1, "parents": [1], "isInput": false,
       "isOutput": true, "keepsState": true, "record": "(text,i64)", "stateSchema": "i64", "recordsIn": 500,
       "recordsInPerSecond": 50.0, "busyShare": 0.95, "deadLetters": 0, "stateKeys": 1204331, "stateBytes": 1048576}],
    "edges": [{"from": 0, "to": 1, "kind": "fused", "recordsPerSecond": 5.0},
              {"from": 1, "to": 2, "kind": "hash", "recordsPerSecond": 50.0}]
})json");
}

} // namespace sluice::test
