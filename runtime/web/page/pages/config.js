// SPDX-License-Identifier: BSD-3-Clause

// The options that the program runs with.

import {h} from "../view.js";
import {names, table} from "../tables.js";
import {quiet, section} from "../parts.js";

export const configPage = {
  title: () => "Configuration",
  batches: 1,
  load: (get) => get("/api/v1/config"),
  view: ({options, arguments: words}) => [
    section("Options", table(columns, options, {
      caption: "Options", key: (option) => option.name, rowClass: (option) => (option.isDefault ? null : "chosen"),
    })),
    section("Command line",
      words.length ? h("pre", {class: "words"}, words.join(" ")) : quiet("There were no arguments.")),
  ],
};

const origin = (option) => (option.isDefault ? "default" : "set");

const columns = [
  names("Option", "name", {rowHeader: true}),
  names("Value", "value", {wide: true}),
  {name: "From", show: origin},
  {name: "What it does", wide: true, show: (option) => option.help},
];
