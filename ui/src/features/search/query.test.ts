import { expect, test } from "vitest";
import { failure } from "$lib/ipc/fake/failure";
import { added, begun, complete, filled, filterOf, named, namingAt, pieces, valued } from "./query";

const marked = (text: string, ...ranges: [start: number, end: number][]) =>
  pieces(
    text,
    ranges.map(([start, end]) => ({ start, end })),
  )
    .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
    .join("");

test("what was found is marked by code units, so behind emoji and accents too", () => {
  expect(marked("a blue pot", [2, 6])).toBe("a [blue] pot");
  expect(marked("👩‍🚀 flies, 👍 too", [6, 11], [13, 15])).toBe("👩‍🚀 [flies], [👍] too");
  // Two code units for one letter, as some keyboards write it.
  expect(marked("cafe\u0301 con leche", [0, 5])).toBe("[cafe\u0301] con leche");
  expect(marked("سلام world", [5, 10])).toBe("سلام [world]");
});

test("marks that come in any order, overlap or reach beyond lose and repeat no letter", () => {
  expect(marked("abcdef", [4, 6], [0, 2])).toBe("[ab]cd[ef]");
  expect(marked("abcdef", [0, 3], [2, 4])).toBe("[abc][d]ef");
  expect(marked("abcdef", [0, 4], [1, 2])).toBe("[abcd]ef");
  expect(marked("abc", [1, 9], [7, 9])).toBe("a[bc]");
  expect(marked("abc", [1, 1])).toBe("abc");
  expect(pieces("", [{ start: 0, end: 2 }])).toEqual([]);
});

test("a filter is begun until its value comes", () => {
  expect(begun("sunday from:")).toBe("from");
  expect(begun('IN:"')).toBe("in");
  expect(begun("from:l")).toBeNull();
  expect(begun("from: ")).toBeNull();
  expect(begun("https:")).toBeNull();
  expect(begun("wherefrom:")).toBeNull();
  expect(complete('boat  in:"')).toBe("boat ");
  expect(complete("see https:")).toBe("see https:");
});

test("only what the query is to blame for is told at the field", () => {
  expect(filterOf(failure("invalid_request", "has"))).toBe("has");
  expect(filterOf(failure("invalid_request", "query"))).toBe("query");
  expect(filterOf(failure("storage"))).toBeNull();
});

test("filters are added behind what is there, and one writes on where their value goes", () => {
  expect(added("", "from:")).toEqual({ query: "from:", caret: 5 });
  expect(added("boat  ", "has:")).toEqual({ query: "boat has:", caret: 9 });
  expect(added("boat", '""')).toEqual({ query: 'boat ""', caret: 6 });
});

test("a value takes the place of the one that cannot be read", () => {
  expect(filled("boat has:", "has", "link")).toBe("boat has:link");
  expect(filled("has:sound boat", "has", "audio")).toBe("has:audio boat");
  expect(filled('on:"some day" boat', "on", "2026")).toBe("on:2026 boat");
  expect(filled("has:link has:sound", "has", "file")).toBe("has:link has:file");
  expect(filled("boat", "is", "pinned")).toBe("boat is:pinned");
});

test("a name is completed where the caret is behind it, in quotation marks or not", () => {
  const at = (query: string) => {
    const caret = query.indexOf("|");
    return namingAt(query.replace("|", ""), caret);
  };
  expect(at("from:|")).toEqual({ filter: "from", name: "", from: 5 });
  expect(at("boat FROM:@lu|")).toEqual({ filter: "from", name: "lu", from: 10 });
  expect(at('in:"Sierra, S| boat')).toEqual({ filter: "in", name: "Sierra, S", from: 3 });
  expect(at('in:"|"')).toEqual({ filter: "in", name: "", from: 3 });
  for (const none of ["from:l|uz", "from: |", "wherefrom:|", "has:|", 'in:"Sierra" |', "boat|"])
    expect(at(none), none).toBeNull();
});

test("a name that is chosen takes the place of what was typed of it, and one writes on behind it", () => {
  const choose = (query: string, value: string) => {
    const caret = query.indexOf("|");
    const bare = query.replace("|", "");
    const naming = namingAt(bare, caret);
    return naming && named(bare, naming, caret, value);
  };
  expect(choose("boat from:lu|", "luz")).toEqual({ query: "boat from:luz ", caret: 14 });
  expect(choose('in:"Si|" boat', valued("Sierra, Sunday"))).toEqual({ query: 'in:"Sierra, Sunday" boat', caret: 20 });
  expect(choose("in:h| from:luz", valued("Harbour"))).toEqual({ query: "in:Harbour from:luz", caret: 11 });
  expect(valued('The "old" boat')).toBe('"The  old  boat"');
});
