# SPDX-License-Identifier: BSD-3-Clause
if(TARGET sluice_tool_parts)
  foreach(suite printable numbers table graph_drawing views completion client command_line new_project findings)
    sluice_test(tools ${suite} LINK sluice_tool_parts)
  endforeach()
endif()
