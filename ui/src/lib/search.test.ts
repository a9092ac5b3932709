import { expect, test } from "vitest";
import { fits } from "./search";

test("the beginning fits best, then the beginning of a word, then its inside, then its letters in order", () => {
  expect(["Sierra, Sunday", "La sierra", "Presierra", "Si e r r a"].map((name) => fits(name, "sierra"))).toEqual([
    0, 1, 2, 3,
  ]);
  expect(fits("Sierra", "arreis")).toBeNull();
});

test("accents and capitals do not matter, and nothing asked for fits all", () => {
  expect(fits("Ángel Muñoz", "angel mun")).toBe(0);
  expect(fits("Иван", "ИВ")).toBe(0);
  expect(fits("anything", " ")).toBe(0);
});
