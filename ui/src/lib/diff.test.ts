import { expect, test } from "vitest";
import { apply } from "./diff";

test("steps count from the list as it is at each step", () => {
  const before = ["a", "b", "c"];
  const after = apply(before, [
    { op: "remove", index: 0 },
    { op: "insert", index: 0, item: "x" },
    { op: "update", index: 1, item: "B" },
    { op: "insert", index: 3, item: "d" },
  ]);
  expect(after).toEqual(["x", "B", "c", "d"]);
  expect(before).toEqual(["a", "b", "c"]);
});

test("a reset forgets what was there", () => {
  expect(
    apply(
      ["a"],
      [
        { op: "reset", items: ["y"] },
        { op: "insert", index: 1, item: "z" },
      ],
    ),
  ).toEqual(["y", "z"]);
});
