import { expect, test } from "vitest";
import { fits, marks } from "./search";

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

test("what was found is marked where it stands in the name as it is written", () => {
  const marked = (name: string, query: string) => marks(name, query).map(([from, to]) => name.slice(from, to));
  expect(marked("Ángel Muñoz", "angel mun")).toEqual(["Ángel Muñ"]);
  expect(marked("A\u0301ngel", "an")).toEqual(["A\u0301n"]);
  expect(marked("Harbour office", "hof")).toEqual(["H", "o", "f"]);
  expect([marked("Ana", "x"), marked("Ana", " ")]).toEqual([[], []]);
});
