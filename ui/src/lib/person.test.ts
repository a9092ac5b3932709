import { expect, test } from "vitest";
import { colour, initials } from "./person";

test("initials are of the first and the last word", () => {
  expect(initials("Ana")).toBe("A");
  expect(initials("juan de la Cruz")).toBe("JC");
  expect(initials("juan de la Cruz", 1)).toBe("J");
  expect(initials("Ana", 1)).toBe("A");
  expect(initials("  ")).toBe("");
  expect(initials("👩‍🚀 Luz")).toBe("👩‍🚀L");
});

test("a person keeps their colour", () => {
  expect(colour("01a")).toBe(colour("01a"));
  expect(new Set(Array.from({ length: 64 }, (_, at) => colour(`id${at}`))).size).toBe(8);
});
